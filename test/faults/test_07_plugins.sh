#!/bin/bash
# Row 7. A plugin in C++ that a C program loads: its exceptions are unwound by its own runtime, not by the
# library that cprof finds callers with.
# shellcheck disable=SC2154,SC2317,SC2016 # status, work: lib.sh; functions by each_build; $ORIGIN is meant
# shellcheck source-path=SCRIPTDIR/../..
. "$SRC/test/e2e/lib.sh"

mkdir "$work/plugins"

# bound: who provides the unwinder's functions, from what the loader wrote to ../bindings.*
bound() {
    cat ../bindings.* | grep -o "to [^ ]* \[0\]: normal symbol .*_Unwind_" | sed 's|^to .*/||; s| .*||' | sort -u | paste -sd' '
    rm -f ../bindings.*
}

plugin() { # COMPILER FLAGS LABEL
    local cxx=g++ mode
    [ "$1" != clang ] || cxx=clang++
    command -v $cxx >/dev/null || return 0
    # shellcheck disable=SC2086
    $cxx $HOOKS ${2%% *} -fPIC -shared "$SRC/test/faults/07_plugin.cpp" -o "$work/plugins/plugin.so" ||
        not_ok "plugin" "does not build"
    # shellcheck disable=SC2086
    build "$1" "host-$3" "$SRC/test/faults/07_host.c" $2 "-I$SRC" '-Wl,-rpath,$ORIGIN/plugins,--enable-new-dtags' -ldl
    for mode in "" first; do
        both "host-$3" $mode
        same "$3 $mode: it ran" "3 caught 100" "$status $(cat ../out)"
        same "$3 $mode: calls" "100 100 100" "$(calls out.prof attempt call_back 'fail(int)')"
    done
    fresh
    run env LD_PRELOAD="$LIBRARY" LD_DEBUG=bindings LD_DEBUG_OUTPUT=../bindings "$work/host-$3"
    same "$3: the unwinder" "libgcc_s.so.1" "$(bound)"
    # Without the process's profile, callers above are found by libunwind, which is loaded then.
    fresh
    run env CPROF_ENABLE=0 LD_PRELOAD="$LIBRARY" LD_DEBUG=bindings LD_DEBUG_OUTPUT=../bindings "$work/host-$3" first
    same "$3, callers by libunwind: status" "3 caught 100" "$status $(cat ../out)"
    check "$3, callers by libunwind: it is loaded" grep -q "libunwind.so" <(cat ../bindings.*)
    same "$3, callers by libunwind: the unwinder" "libgcc_s.so.1" "$(cat ../bindings.* | grep -v 'file [^ ]*libunwind' >../b; rm ../bindings.*; mv ../b ../bindings.1; bound)"
}
each_build plugin

exit "$failed"
