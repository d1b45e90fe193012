#!/bin/bash
# Functions that are left by longjmp and by exceptions: every call, and at -O0 every caller, as a counter
# in front of the hooks sees them.
# shellcheck disable=SC2154 # status, work, failed: lib.sh
# shellcheck source-path=SCRIPTDIR/../..
. "$SRC/test/e2e/lib.sh"

for compiler in $(compilers); do
    for level in -O0 -O2; do
        chain=
        [ $level = -O2 ] || chain=yes
        for pie in -pie -no-pie; do
            [ $pie = -pie ] || [ $level = -O0 ] || continue
            build "$compiler" jumps "$PROGS/jumps.c" $level $pie -fPIE
            compared "$compiler $level $pie longjmp" "$work/jumps" 500
            build "$compiler" dispatch "$PROGS/dispatch.c" $level $pie -fPIE
            compared "$compiler $level $pie operations by pointer" "$work/dispatch"
            "$BUILD/cprof-symbolize" -o dispatch.prof out.prof.*.raw
            same "$compiler $level $pie operations by pointer: all called by main" "1 2000 1000 2000" \
                "$(calls dispatch.prof main main:op_throw main:op_work main:op_small)"
        done
        build "${compiler/gcc/g}++" exceptions "$PROGS/exceptions.cpp" $level
        compared "$compiler $level exceptions" "$work/exceptions" 500
    done
done
exit "$failed"
