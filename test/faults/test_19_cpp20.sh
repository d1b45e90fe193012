#!/bin/bash
# Coroutines of C++20: a suspended one returns to its resumer, on the same stack. Every call, and at -O0
# every caller, as a counter in front of the hooks sees them. (clang calls no hooks in what is resumed.)
# shellcheck disable=SC2154 # status, work, failed: lib.sh
# shellcheck source-path=SCRIPTDIR/../..
. "$SRC/test/e2e/lib.sh"

suite() { # COMPILER FLAGS LABEL
    chain=
    [[ $2 != *-O0* ]] || chain=yes
    # shellcheck disable=SC2086
    build "${1/gcc/g}++" cpp20 "$SRC/test/faults/19_coroutines.cpp" -std=c++20 $2
    compared "$3" "$work/cpp20"
    "$BUILD/cprof-symbolize" -o cpp20.prof out.prof.*.raw
    same "$3: calls of leaf, and of what is called between" "1002 401 201 200" \
        "$(calls cpp20.prof 'leaf()' 'after()' 'interleave(int):after()' 'throwing(int):after()')"
}
each_build suite

# Functions compiled with -fsplit-stack go on in another piece of memory where theirs is used up; where the
# pieces end is not known.
build gcc split "$SRC/test/faults/19_split.c" -O1 -fsplit-stack
both split
same "-fsplit-stack: calls" "3000 3000 3000 1" "$(calls out.prof deep:leaf leaf deep main | sed 's:/[0-9]*::g')"
exit "$failed"
