#!/bin/bash
# Libraries that are unloaded, and others that lie where they were: each function under its own name.
# shellcheck disable=SC2154 # status, work, failed: lib.sh
# shellcheck source-path=SCRIPTDIR/../..
. "$SRC/test/e2e/lib.sh"

# plugin NAME [FLAG...]: $work/NAME.so
plugin() {
    local name=$1
    shift
    # shellcheck disable=SC2086
    "$compiler" $HOOKS -fPIC -shared -DNAME="$name" "$@" "$SRC/test/faults/21_plugin.c" -o "$work/$name.so" ||
        not_ok "$name" "does not build"
}

# dlclose MODE ARGUMENT...
dlclose() {
    both "$program" "$@"
    same "$program $*: returns without a call" "" "$("$REPORT" out.prof | grep -e ignored -e damaged)"
}

of_each_build() { # COMPILER FLAGS LABEL
    local compiler=$1 optimise=${2%% *} a=$work/alpha.so b=$work/beta.so
    program=dlclose-$3
    # shellcheck disable=SC2086
    build "$compiler" "$program" "$SRC/test/faults/21_dlclose.c" $2
    plugin alpha "$optimise"
    plugin beta "$optimise"
    dlclose two "$a" "$b"
    same "$program two: it is one place" "one place" "$(cat ../out)"
    same "$program two: calls" "30/10 32 2 60/20 62 2 30 94" \
        "$(calls out.prof alpha_down alpha_inner alpha_at_end beta_down beta_inner beta_at_end plugin leaf)"
    same "$program two: callers" "30 2 60 2 20/10 40/20" "$(calls out.prof alpha_down:alpha_inner \
        alpha_at_end:alpha_inner beta_down:beta_inner beta_at_end:beta_inner alpha_down:alpha_down beta_down:beta_down)"
    dlclose in-turn "$a" "$b"
    same "$program in-turn: calls" "60/20 80 20 120/40 140 20 60" \
        "$(calls out.prof alpha_down alpha_inner alpha_at_end beta_down beta_inner beta_at_end plugin)"
    dlclose still-open "$a"
    same "$program still-open: calls" "18/6 19 6" "$(calls out.prof alpha_down alpha_inner plugin)"
    dlclose errors "$a"
    cp "$a" "$work/first.so"
    cp "$b" "$work/second.so"
    fresh
    run env LD_PRELOAD="$LIBRARY" "$work/$program" replaced "$work/first.so" "$work/second.so"
    same "$program replaced: status and output" "0" "$status$(cat ../out ../err)"
    same "$program replaced: calls of the new one" "60/20 61 1 20" \
        "$(calls out.prof beta_down beta_inner beta_at_end plugin)"
    same "$program replaced: the old one has no names any more, but counts" "1 10 30/10 31 31" \
        "$("$REPORT" out.prof | awk '/first.so\+0x/ {print $1}' | sort -V | paste -sd' ')"
}
each_build of_each_build

compiler=$CC
plugin alpha -O1
plugin beta -O1
plugin closes -O1 "-DOTHER=\"$work/beta.so\""
program=dlclose
build "$CC" "$program" "$SRC/test/faults/21_dlclose.c" -O1
dlclose cycles "$work/alpha.so"
same "cycles: calls" "3000/1000 4000 1000" "$(calls out.prof alpha_down alpha_inner alpha_at_end)"
dlclose two "$work/closes.so" "$work/alpha.so"
same "a destructor that closes another: calls" "2 4 2 32 2 30/10 60/20 2" \
    "$(calls out.prof beta_down beta_inner closes_at_start closes_inner closes_closes closes_down \
        alpha_down alpha_at_end)"

# The others' counts are on stderr.
fresh
run env LD_PRELOAD="$LIBRARY" "$work/$program" threads "$work/alpha.so" "$work/beta.so"
same "while others are in hooks: status" 0 "$status"
same "while others are in hooks: calls" "600/200 1200/400 $(cat ../err)" \
    "$(calls out.prof alpha_down beta_down spin_call)"
exit "$failed"
