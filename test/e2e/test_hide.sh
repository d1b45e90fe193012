#!/bin/bash
# Functions that are left out are folded into their callers: own times, calls and edges as worked out
# in Python from the calling contexts.
# shellcheck disable=SC2154 # status, work, failed: lib.sh
# shellcheck source-path=SCRIPTDIR/../..
. "$SRC/test/e2e/lib.sh"
export HIDDEN=1

HIDE=$SRC/test/e2e/hide.py

# folded CASE FILE OPTION [RE]: dumps FILE with the option, and compares.
folded() {
    local name=$1 file=$2 mode=${3#--}
    rm -f folded.prof
    "$REPORT" "$3" ${4:+"$4"} --dump folded.prof "$file" || not_ok "$name" "cprof-report fails"
    check "$name: $*" python3 "$HIDE" "${mode/fold-/}" ${4:+"$4"} "$file" folded.prof
}

# contexts RE...: all of it for the profile of $program, out.prof, and for what Python makes of it.
contexts() {
    local re
    for re; do
        folded "$program" out.prof --exclude "$re"
    done
    folded "$program" out.prof --fold-inlined
    python3 -c 'import pstats; pstats.Stats("out.prof").dump_stats("python.prof")'
    for re; do
        "$REPORT" --exclude "$re" --dump folded.prof python.prof
        check "$program, without contexts: --exclude $re" \
            python3 "$HIDE" table "$re" python.prof folded.prof
    done
}

for compiler in $(compilers); do
    program=$compiler-inference
    # shellcheck disable=SC2086
    "$compiler" $HOOKS -O2 -I"$SRC/examples/inference" -I"$SRC/preload" "$SRC"/examples/inference/{*.c,v2/*.c} \
        -o "$work/$program" -pthread -lm || not_ok "$program" "does not build"
    fresh
    run env LD_PRELOAD="$LIBRARY" "$work/$program" --requests 50 --threads 3
    "$REPORT" --exclude service --dump folded.prof out.prof
    check "$program: the threads' figures still add up to the table's" \
        python3 "$SRC/test/e2e/tail.py" threads folded.prof
    contexts queue 'model|tokenise' service '/main\.c' 'service|/main\.c' random vocabulary
    program=$compiler-inlined
    build "$compiler" "$program" "$PROGS/inlined.c" -O2
    fresh
    run env LD_PRELOAD="$LIBRARY" "$work/$program" 100
    contexts nowhere
    rm -f folded.prof
    "$REPORT" --fold-inlined --dump folded.prof out.prof
    same "$program: what is inlined is not there" "1 300/100 - - -" \
        "$(calls folded.prof main walk leaf nest throws)"
    program=$compiler-exceptions
    build "${compiler/gcc/g}++" "$program" "$SRC/test/faults/15_exceptions.cpp" -O1 -x c "$SRC/test/faults/15_through.c" -x c++
    fresh
    run env LD_PRELOAD="$LIBRARY" "$work/$program" 100
    contexts /usr/
done
fresh
check "random profiles" python3 "$SRC/test/e2e/hide_random.py" "$REPORT" 100
exit "$failed"
