#!/bin/bash
# Calls that the compiler inlined: as many as the program must have, however it is built.
# shellcheck disable=SC2154 # status, work, failed: lib.sh
# shellcheck source-path=SCRIPTDIR/../..
. "$SRC/test/e2e/lib.sh"

mkdir "$work/lib" && cp "$LIBRARY" "$work/lib" || exit 1 # without a helper: the raw file is to stay

# counted FUNCTION...: its calls / inlined ones, of each.
counted() {
    local name address
    python3 "$SRC/test/oracle/rawcounts.py" out.prof.*.raw >counts
    for name; do
        address=$(nm "$work/inlined" | awk -v name="$name" '$3 == name {sub(/^0*/, "", $1); print $1}')
        awk -v end="+0x$address" '
            substr($2, length($2) - length(end) + 1) == end {n[$1] = $3}
            END {printf "%d/%d ", n["calls"], n["inlined"]}' counts
    done
}

for compiler in $(compilers); do
    for flags in -O0 -O2 "-O2 -fno-asynchronous-unwind-tables -fomit-frame-pointer"; do
        # shellcheck disable=SC2086
        build "$compiler" inlined "$PROGS/inlined.c" -no-pie -fno-pie $flags
        fresh
        run env LD_PRELOAD="$work/lib/libcprof.so" "$work/inlined" 100
        same "$compiler $flags: status, output" "0 " "$status $(cat ../out ../err)"
        same "$compiler $flags: calls, and inlined ones" \
            "1/0 600/600 100/100 100/100 300/0 " "$(counted main leaf nest throws walk)"
        plain=$(counted plain)
        inlined=100
        ! objdump -d --no-show-raw-insn "$work/inlined" | sed -n '/^[0-9a-f]* <flat>:/,/^$/p' |
            grep -q 'call.*<plain>$' || inlined=0
        same "$compiler $flags: inlined here, called there" "200/$inlined " "$plain"
    done
done
exit "$failed"
