#!/bin/bash
# Instrumented signal handlers that interrupt everything, the hooks too, wherever they run: every call is
# recorded.
# shellcheck disable=SC2154 # status, work, failed: lib.sh
# shellcheck source-path=SCRIPTDIR/../..
. "$SRC/test/e2e/lib.sh"

suite() { # COMPILER FLAGS LABEL
    local where leaves ticks
    program=signals-$3
    # shellcheck disable=SC2086
    build "$1" "$program" "$SRC/test/faults/18_signals.c" $2
    case $3 in
    gcc-O0-pie | clang-O2-no-pie) set -- here below above within ;;
    *) set -- here ;;
    esac
    for where; do
        fresh
        run env LD_PRELOAD="$LIBRARY" "$work/$program" return $where
        same "$program, handlers $where: status" "0 " "$status $(cat ../err)"
        read -r leaves ticks <../out
        same "$program, handlers $where: calls" "$leaves $leaves $ticks $((5 * ticks)) 100000 1" \
            "$(calls out.prof leaf middle:leaf on_tick on_tick:in_handler run:after main)"
    done
}
each_build suite
exit "$failed"
