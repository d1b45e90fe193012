#!/bin/bash
# exit while eight threads are in the hooks: nothing is unmapped or freed. RUNS=1000 for the long form.
# shellcheck disable=SC2154 # status, work, failed: lib.sh
# shellcheck source-path=SCRIPTDIR/../..
. "$SRC/test/e2e/lib.sh"

program=ends
build "$CC" "$program" "$SRC/test/faults/24_ends.c" -O2 || exit 1
for mode in spinning spinning-thread; do
    expected="$([ $mode = spinning ] && echo 8 || echo 9), before the end, 1 1 1, out.prof"
    for ((i = 0; i < ${RUNS:-50} / 2; i++)); do
        fresh
        run env LD_PRELOAD="$LIBRARY" "$work/$program" $mode
        found="$status, $(cat ../out ../err), $(calls out.prof inner outer main), $(ls)"
        [ "$found" = "$expected" ] || break
    done
    same "$mode, $((${RUNS:-50} / 2)) times: status, output, calls, files" "$expected" "$found"
    check "$mode: the program's own thousand calls and the others'" \
        test "$(calls out.prof leaf | cut -d/ -f1)" -ge 1000
done
exit "$failed"
