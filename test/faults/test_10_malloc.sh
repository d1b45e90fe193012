#!/bin/bash
# Programs with their own malloc, instrumented or preloaded beside libcprof.so: cprof calls none.
# shellcheck disable=SC2154,SC2086 # status, work, failed: lib.sh; flags are several words
# shellcheck source-path=SCRIPTDIR/../..
. "$SRC/test/e2e/lib.sh"

# The program's own count of calls is part of its output: it is the same without cprof.
own_malloc() { # COMPILER FLAGS LABEL
    build "$1" program "$SRC/test/faults/10_malloc.c" $2 -fno-builtin
    both program
    same "$3: calls" "4000 4" "$(calls out.prof leaf thread)"
    same "$3: calls of children" "1000 1000" "$(for p in out.[0-9]*.prof; do calls "$p" leaf; done | xargs)"
}
each_build own_malloc

build "$CC" program "$SRC/test/faults/10_malloc.c" -O1 -DPLAIN
for name in libjemalloc.so.2 libtcmalloc_minimal.so.4; do
    if ! LD_PRELOAD=$name /bin/true 2>&1 | grep -q .; then
        fresh
        run env LD_PRELOAD="$name" "$work/program"
        bare="$status $(cat ../out ../err)"
        for order in "$name $LIBRARY" "$LIBRARY $name"; do
            fresh
            run env LD_PRELOAD="$order" "$work/program"
            same "$name $([ "${order%% *}" = "$name" ] && echo before || echo behind): output, calls" \
                "$bare 4000" "$status $(cat ../out ../err) $(calls out.prof leaf)"
        done
    else
        echo "skipped - no $name here"
    fi
done

# From the first event to the last: no malloc, no free from libcprof.so; its imports say so of the hooks.
# (setenv, once, in the constructor, is libc's.)
imports=$(nm -D --undefined-only "$LIBRARY" | awk '{ print $2 }' | sed 's/@.*//' |
    grep -xE 'malloc|calloc|realloc|free|strdup|asprintf|fopen|printf|fprintf|snprintf|pthread_mutex_lock|__tls_get_addr')
same "libcprof.so takes none of these from libc" "" "$imports"
exit "$failed"
