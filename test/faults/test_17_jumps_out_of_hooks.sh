#!/bin/bash
# Handlers that jump out of whatever they interrupt, hooks too, wherever they run: what is called from then
# on is recorded where it belongs.
# shellcheck disable=SC2154 # status, work, failed: lib.sh
# shellcheck source-path=SCRIPTDIR/../..
. "$SRC/test/e2e/lib.sh"

suite() { # COMPILER FLAGS LABEL
    local where ticks
    program=signals-$3
    # shellcheck disable=SC2086
    build "$1" "$program" "$SRC/test/faults/18_signals.c" $2
    case $3 in
    gcc-O0-pie | clang-O2-no-pie) set -- here below above within ;;
    *) set -- here ;;
    esac
    for where; do
        fresh
        run env LD_PRELOAD="$LIBRARY" "$work/$program" jump $where
        same "$program, handlers $where: status" "0 " "$status $(cat ../err)"
        read -r _ ticks <../out
        # A handler that comes before any event has shown that the last one was left stands under that.
        same "$program, handlers $where: calls" "$ticks $((5 * ticks)) 100000 100000 1" \
            "$(calls out.prof on_tick in_handler after run:after main | sed 's:/[0-9]*::')"
        same "$program, handlers $where: no call of leaf and middle is recursive" "" \
            "$(calls out.prof leaf middle | grep /)"
    done
}
each_build suite
exit "$failed"
