#!/bin/bash
# Instrumented signal handlers that interrupt everything, the hooks too.
# shellcheck disable=SC2154 # status, work, failed: lib.sh
# shellcheck source-path=SCRIPTDIR/../..
. "$SRC/test/e2e/lib.sh"

# signals MODE: silently, with status 0.
signals() {
    fresh
    run env LD_PRELOAD="$LIBRARY" "$work/$program" "$1"
    same "$program $1: status" "0 " "$status $(cat ../err)"
    read -r leaves ticks <../out
}

for build in "gcc -O0" "gcc -O2" "clang -O2"; do
    read -r compiler level <<<"$build"
    command -v "$compiler" >/dev/null || continue
    program=signals-$compiler$level
    build "$compiler" "$program" "$PROGS/signals.c" "$level"
    for mode in tick altstack altstack-within; do
        signals $mode
        same "$program $mode: calls" "$leaves $ticks $((5 * ticks)) 100000 1" \
            "$(calls out.prof leaf on_tick in_handler after main)"
    done
    # A handler that comes before any event has shown that the last one was left stands under that.
    signals jump
    same "$program jump: calls" "$ticks $((5 * ticks)) 100000 100000 1" \
        "$(calls out.prof on_tick in_handler after main:after main | sed 's:/[0-9]*::')"
    same "$program jump: no call of leaf and middle is recursive" "" "$(calls out.prof leaf middle | grep /)"
    build "$compiler" forks "$PROGS/fork_in_handler.c" "$level"
    fresh
    run env LD_PRELOAD="$LIBRARY" "$work/forks"
    same "$program: children that a handler forks" "0 0" "$status $(cat ../out ../err)"
done
exit "$failed"
