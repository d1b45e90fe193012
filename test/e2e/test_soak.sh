#!/bin/bash
# Threads, signals, exceptions, longjmp, coroutines, forks and dlopen in one program, for SECONDS (make soak: ten minutes).
# Every call is counted, and nothing grows that does not have to.
# shellcheck disable=SC2154 # status, work, failed: lib.sh
# shellcheck source-path=SCRIPTDIR/../..
. "$SRC/test/e2e/lib.sh"

seconds=${SECONDS_OF_SOAK:-8}
build "${CC/gcc/g}++" soak "$PROGS/soak.cpp" -O1 -std=c++17 -ldl || exit 1
build "$CC" plugin.so "$PROGS/soak_plugin.c" -O1 -shared -fPIC || exit 1
# counted: FUNCTION CALLS, the sums over all profiles. What a library that was unloaded held may have no name left.
counted() {
    python3 -I - ./*.prof <<'END'
import collections, marshal, sys
calls = collections.Counter()
for path in sys.argv[1:]:
    with open(path, "rb") as f:
        for (_, _, name), (_, nc, _, _, _) in marshal.load(f).items():
            calls[name.split(".so+")[0]] += nc
for name, n in calls.items():
    print(name, n)
END
}

fresh
run env LD_PRELOAD="$LIBRARY" "$work/soak" "$seconds" "$work/plugin.so"
same "$seconds s: status, stderr" "0 " "$status $(cat ../err)"
cat ../out
counted >../counted
while read -r line; do
    same "$seconds s: calls of ${line% *}" "$line" "$(grep "^${line% *} " ../counted)"
done < <(head -n 9 ../out)
check "$seconds s: it was a soak" test "$(sed -n 's/^leaf //p' ../out)" -gt 10000
check "$seconds s: balance" python3 -IS "$SRC/test/e2e/balance.py" ./*.prof
while read -r what before after; do
    case $what in
        rss) most=$((before + before / 20 + 1024)) ;;  # KiB
        file) most=$((before + before / 4 + 256)) ;;    # KiB
        mappings) most=$((before + 12)) ;;              # the threads' stacks
    esac
    check "$seconds s: $what: from $before to $after, at most $most" test "$after" -le "$most"
done < <(tail -n 3 ../out)
exit "$failed"
