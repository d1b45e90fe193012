#!/bin/bash
# What was dropped, shared or cut is said in every view, with its reason: under the totals in our units, on stderr
# where pstats' own bytes or another format are asked for.
# shellcheck disable=SC2154 # status, work, failed: lib.sh
# shellcheck source-path=SCRIPTDIR/../..
. "$SRC/test/e2e/lib.sh"

build "$CC" contexts "$FAULTS/25_contexts.c" -O1 -DLEVELS=3 || exit 1
fresh
run env CPROF_MAX_NODES=30 LD_PRELOAD="$LIBRARY" "$work/contexts"
note="30 contexts is the limit and was reached: the table is exact"

for option in --unit=auto --threads --threads=rows --tree "--restrict 3" "--filter contexts" --fold-inlined; do
    # shellcheck disable=SC2086
    run "$REPORT" $option out.prof
    same "$option: on stdout" "0 1 0" "$status $(grep -c "$note" ../out) $(grep -c "$note" ../err)"
done
for option in "--unit s" --callers --callees "--format json" "--unit s --threads"; do
    # shellcheck disable=SC2086
    run "$REPORT" $option out.prof
    same "$option: on stderr" "0 0 1" "$status $(grep -c "$note" ../out) $(grep -c "$note" ../err)"
done
printf 'read out.prof\nstats 3\n' >input
"$REPORT" -i <input >../out 2>../err
same "browser: once" 1 "$(cat ../out ../err | grep -c "$note")"
run "$REPORT" --dump sum.prof out.prof out.prof
run "$REPORT" sum.prof
same "in a sum: on stdout" "0 1" "$status $(grep -c "$note" ../out)"
exit "$failed"
