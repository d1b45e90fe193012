#!/bin/bash
# Before main and after it, in static objects, libraries, exit handlers; after the end of a thread, in
# thread_local objects and in every round of destructors of its data: all calls are there.
# shellcheck disable=SC2154 # status, work, failed: lib.sh
# shellcheck source-path=SCRIPTDIR/../..
. "$SRC/test/e2e/lib.sh"

of_each_build() { # COMPILER FLAGS LABEL
    local compiler=$1 optimise=${2%% *}
    [ "$compiler" = gcc ] && compiler=g++ || compiler=clang++
    command -v "$compiler" >/dev/null || return 0
    program=ends-$3
    # shellcheck disable=SC2086
    "$compiler" $HOOKS "$optimise" -fPIC -shared -DLIBRARY "$SRC/test/faults/22_ends.cpp" -o "$work/lib22.so" ||
        not_ok "$program" "no library"
    # shellcheck disable=SC2086
    build "$compiler" "$program" "$SRC/test/faults/22_ends.cpp" $2 -Wl,--no-as-needed "$work/lib22.so"
    both "$program"
    # 10 threads, 4 rounds each (PTHREAD_DESTRUCTOR_ITERATIONS); main's thread_local object and theirs.
    same "$program: calls" "4 2 11 1 40 54" "$(calls out.prof 'in_library()' 'from_static()' \
        'from_thread_local()' 'at_end()' 'destroy(void*)' 'leaf()' | sed 's:/[0-9]*::g')"
    same "$program: nothing is missing" "" "$("$REPORT" out.prof | grep -e 'not recorded' -e ignored)"
}
each_build of_each_build
exit "$failed"
