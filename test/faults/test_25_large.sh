#!/bin/bash
# Much of everything: depth, functions, contexts, calls. Counts are exact, and memory is what it should be.
# LARGE=1 is the long form (make check-large): 200,000 functions and 2,396,744 contexts.
# shellcheck disable=SC2154 # status, work, failed: lib.sh
# shellcheck source-path=SCRIPTDIR/../..
. "$SRC/test/e2e/lib.sh"

# A million deep.
recursion() { # COMPILER FLAGS LABEL
    local flags once="1000000/1 500000/1 500000/1" twice="2000000/2 1000000/2 1000000/2"
    read -ra flags <<<"$2"
    build "$1" recursion "$FAULTS/25_recursion.c" "${flags[@]}" || exit 1
    both recursion 1000000
    same "$3: a million deep: calls" "$once" "$(calls out.prof direct ping pong)"
    [ "$2" = "-O2 -fno-pie -no-pie" ] || return
    (ulimit -s 1000000 2>/dev/null && run env LD_PRELOAD="$LIBRARY" "$work/recursion" 1000000)
    same "$3: a million deep, main thread: calls" "$twice" "$(calls out.prof direct ping pong)"
    check "$3: a million deep: a handful of contexts" test "$(contexts out.prof)" -le 20
}

# contexts PROFILE: how many nodes were called.
contexts() {
    python3 -IS - "$SRC/test/e2e" "$1" <<'END'
import sys
sys.path.insert(0, sys.argv[1])
sys.dont_write_bytecode = True
import tail
print(sum(node.calls > 0 for node in tail.Profile(sys.argv[2]).nodes))
END
}

each_build recursion

# Thousands of functions.
n=$([ -n "${LARGE:-}" ] && echo 200000 || echo 20000)
awk -v N="$n" -f "$FAULTS/25_functions.awk" >"$work/functions.s"
build "$CC" functions "$FAULTS/25_functions.c" "$work/functions.s" -O1 || exit 1
rm "$work/functions.s"
both functions
same "$n functions: rows, calls" "$((n + 1)) $n" "$(python3 -I - <<'END'
import marshal
with open("out.prof", "rb") as f:
    rows = marshal.load(f)
print(len(rows), sum(row[:2] == (3, 3) for key, row in rows.items() if key[2][0] == "f"))
END
)"

# Hundreds of thousands of contexts: a node of 64 bytes each, and little else.
levels=$([ -n "${LARGE:-}" ] && echo 7 || echo 6)
build "$CC" contexts "$FAULTS/25_contexts.c" -O1 -DLEVELS="$levels" || exit 1
mkdir "$work/lib" && cp "$LIBRARY" "$work/lib" || exit 1 # without a helper: the raw file stays
fresh
run env LD_PRELOAD="$work/lib/libcprof.so" "$work/contexts"
made=$(cat ../out)
size=$(stat -c %s out.prof.*.raw)
same "contexts: calls" "$(((8 ** (levels + 1) - 8) / 7))" "$made"
check "$made contexts: bytes of the raw file for each: 64 to 66, $size in all" \
    test $((size / made)) -ge 64 -a $((size / made)) -le 66
"$BUILD/cprof-symbolize" -o whole.prof out.prof.*.raw
same "$made contexts: in the profile" $((made + 1)) "$(contexts whole.prof)"
counts() {
    python3 -IS - "$1" <<'END'
import marshal, sys
with open(sys.argv[1], "rb") as f:
    for key, (cc, nc, _, _, callers) in sorted(marshal.load(f).items()):
        print(key, cc, nc, sorted((k, v[:2]) for k, v in callers.items()))
END
}
counts whole.prof >whole
same "$made contexts: rows" $((8 * levels + 1)) "$(wc -l <whole)"

# Past the limit on contexts, the table is the same.
rm -f out.prof.*.raw
run env CPROF_MAX_NODES=1000 LD_PRELOAD="$work/lib/libcprof.so" "$work/contexts"
size=$(stat -c %s out.prof.*.raw)
check "CPROF_MAX_NODES=1000: $size bytes" test "$size" -le 400000
"$BUILD/cprof-symbolize" -o shared.prof out.prof.*.raw
counts shared.prof >shared
check "CPROF_MAX_NODES=1000: the same table" cmp whole shared
check "CPROF_MAX_NODES=1000: fewer contexts" test "$(contexts shared.prof)" -le 1600
"$REPORT" shared.prof >report
check "CPROF_MAX_NODES=1000: said" grep -qF "1000 contexts is the limit and was reached: the table is exact" report

# More calls than 32 and 63 bits can count.
build "$CC" steps "$PROGS/steps.c" -O1
for more in 4294967296 9223372036854775808; do
    fresh
    run env LD_PRELOAD="$work/lib/libcprof.so" "$work/steps" work=1234
    python3 -I "$FAULTS/25_poke.py" out.prof.*.raw 1234 "$more"
    many=$(python3 -c "print(1234 + $more)")
    "$BUILD/cprof-symbolize" -o out.prof out.prof.*.raw
    same "$many calls" "$many $many" "$(calls out.prof leaf work:leaf)"
    for unit in s auto; do
        same "$many calls, --unit $unit" "$many" \
            "$("$REPORT" --unit $unit out.prof 2>/dev/null | awk '/\(leaf\)$/ {print $1}')"
    done
    same "$many calls: Python's pstats" "$many" \
        "$(/usr/bin/python3 -c 'import pstats; pstats.Stats("out.prof").print_stats()' | awk '/\(leaf\)$/ {print $1}')"
    "$REPORT" --dump again.prof out.prof
    same "$many calls, dumped again" "$many $many" "$(calls again.prof leaf work:leaf)"
done
exit "$failed"
