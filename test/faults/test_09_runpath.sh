#!/bin/bash
# Row 9. A plugin is found by the RUNPATH of the program that loads it, with $ORIGIN in it, since dlopen
# looks into that of its caller: it is not interposed.
# shellcheck disable=SC2154,SC2016 # status, work: lib.sh; $ORIGIN is meant
# shellcheck source-path=SCRIPTDIR/../..
. "$SRC/test/e2e/lib.sh"

mkdir "$work/plugins"

plugin() { # COMPILER FLAGS LABEL
    # shellcheck disable=SC2086
    {
        build "$1" plugins/plugin.so "$SRC/test/faults/09_plugin.c" ${2%% *} -fPIC -shared
        build "$1" "host-$3" "$SRC/test/faults/09_host.c" $2 '-Wl,-rpath,$ORIGIN/plugins,--enable-new-dtags' -ldl
    }
    both "host-$3"
    same "$3: found" "0 42" "$status $(cat ../out)"
    same "$3: calls" "1 1" "$(calls out.prof main answer)"
}
each_build plugin

# What the library puts in the place of others' functions: nothing that looks at its caller (dlopen,
# dlsym, dlerror), and nothing besides.
same "exported symbols" "_Exit __cyg_profile_func_enter __cyg_profile_func_exit _exit cprof_api dlclose \
jump_fcontext make_fcontext makecontext ontop_fcontext prctl setcontext swapcontext syscall" \
    "$(nm -D --defined-only "$LIBRARY" | sed 's/.* //' | paste -sd' ')"
same "libraries it needs" "libc.so.6" "$(readelf -d "$LIBRARY" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | paste -sd' ')"
exit "$failed"
