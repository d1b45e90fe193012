#!/bin/bash
# Small stacks: first events of a process and of threads, handlers, the process's end, on as little as there
# is. A hook takes at most 256 bytes of stack; the library at most 1 KiB of every thread's static TLS.
# shellcheck disable=SC2154,SC2086 # status, work, failed: lib.sh; flags are several words
# shellcheck source-path=SCRIPTDIR/../..
. "$SRC/test/e2e/lib.sh"

small() { # COMPILER FLAGS LABEL
    local bare
    build "$1" program "$SRC/test/faults/08_small_stacks.c" $2
    both program threads
    same "$3: calls" "2000" "$(calls out.prof leaf)"
    both program exit
    same "$3: calls at the end of a thread's process" "100" "$(calls out.prof leaf)"
    both program handler
    same "$3: calls of handlers" "4 4" "$(calls out.prof leaf handler)"
    fresh
    run "$work/program" depth
    bare=$(cat depth)
    run env LD_PRELOAD="$LIBRARY" "$work/program" depth
    check "$3: a hook takes $(($(cat depth) - bare)) bytes of stack" test $(($(cat depth) - bare)) -le 256
    check "$3: and some" test $(($(cat depth) - bare)) -gt 8
}
each_build small

tls=$(($(readelf -lW "$LIBRARY" | awk '$1 == "TLS" { print $6 }')))
check "static TLS: $tls bytes" test "$tls" -gt 0 -a "$tls" -le 1024
exit "$failed"
