#!/bin/bash
# Functions that are left by exceptions: every call, and at -O0 every caller, as a counter in front of the
# hooks sees them.
# shellcheck disable=SC2154 # status, work, failed: lib.sh
# shellcheck source-path=SCRIPTDIR/../..
. "$SRC/test/e2e/lib.sh"

suite() { # COMPILER FLAGS LABEL
    chain=
    [[ $2 != *-O0* ]] || chain=yes
    # shellcheck disable=SC2086
    build "$1" through.o "$SRC/test/faults/15_through.c" $2 -c
    # shellcheck disable=SC2086
    build "${1/gcc/g}++" exceptions "$SRC/test/faults/15_exceptions.cpp" $2 -x none "$work/through.o"
    compared "$3" "$work/exceptions" 200
}
each_build suite
exit "$failed"
