#!/bin/bash
# Functions that are left by longjmp and by the end of their thread: every call, and at -O0 every caller,
# as a counter in front of the hooks sees them.
# shellcheck disable=SC2154 # status, work, failed: lib.sh
# shellcheck source-path=SCRIPTDIR/../..
. "$SRC/test/e2e/lib.sh"

jumps() { # COMPILER FLAGS LABEL
    # shellcheck disable=SC2086
    build "$1" jumps "$SRC/test/faults/16_jumps.c" $2
    compared "$3" "$work/jumps" 500
}

suite() { # COMPILER FLAGS LABEL
    chain=
    [[ $2 != *-O0* ]] || chain=yes
    jumps "$@"
    # shellcheck disable=SC2086
    build "$1" dispatch "$SRC/test/faults/16_dispatch.c" $2
    compared "$3 operations by pointer" "$work/dispatch"
    "$BUILD/cprof-symbolize" -o dispatch.prof out.prof.*.raw
    same "$3 operations by pointer: all called by main" "1 2000 1000 2000" \
        "$(calls dispatch.prof main main:op_throw main:op_work main:op_small)"
}
each_build suite
jumps gcc "-O2 -D_FORTIFY_SOURCE=2" "gcc -O2 with __longjmp_chk"
check "it was __longjmp_chk" grep -q __longjmp_chk <(nm -u "$work/jumps")
exit "$failed"
