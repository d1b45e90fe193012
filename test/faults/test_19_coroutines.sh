#!/bin/bash
# Coroutines on stacks of their own, switched by ucontext, and by instructions that nobody sees: calls,
# callers and times are each coroutine's own.
# shellcheck disable=SC2154 # status, work, failed: lib.sh
# shellcheck source-path=SCRIPTDIR/../..
. "$SRC/test/e2e/lib.sh"

fake_clock

# expect NAME EXPECTED PROFILE WHAT...
expect() {
    same "$program $1" "$2" "$(calls "${@:3}")"
}

# timed WHAT
timed() {
    fresh
    run env LD_PRELOAD="$work/libcprof-fake.so" "$work/$program" ucontext "$1"
    same "$program $1, clock of its own: status, output" "0 " "$status $(cat ../out ../err)"
}

# ucontext's switches are events, so that times are exact. A call that is suspended goes on: body_a runs
# through 100 rounds of 1127 s, in which nest_b takes 10 s, and 69 s more in every third; the calls of
# nest_b from body_b see 99 such rounds, one of 1026 s, and 200 of 1015 s, and their own time.
times() {
    timed turns
    expect "times" "1 10000.0 115977.0 100 100.0 100.0 300/100 9000.0 325499.0 300 900.0 900.0 \
101 1111.0 11211.0 301 4515.0 14415.0 301 301000.0 301000.0" \
        out.prof =body_a =leaf_a =nest_b =leaf_b =resume_a =resume_b =between
    timed anew # a call is over when its stack is made anew
    expect "times of a stack that is used again" "100 0.0 100700.0 100 0.0 102100.0" \
        out.prof =abandoned =successor
}

# turns_taken HOW
turns_taken() {
    both "$program" "$1" turns nested anew
    expect "$1: callers" "1 100 1 100 200/100 300 100 200 200 100 100 100 100 100 200" \
        out.prof resume_a:body_a body_a:leaf_a resume_b:body_b body_b:nest_b nest_b:nest_b nest_b:leaf_b \
        resume_a:outer outer:resume_b outer:leaf_a resume_b:inner inner:leaf_b resume_a:abandoned \
        abandoned:leaf_a resume_b:successor successor:leaf_b
    expect "$1: callers on the thread's own stack" "101 301 301 200 100 100 200 200" \
        out.prof turns:resume_a turns:resume_b turns:between nested:resume_a nested:between \
        anew:resume_a anew:resume_b anew:between
    expect "$1: calls" "400 600 401 701 601" out.prof leaf_a leaf_b resume_a resume_b between
}

# at_once HOW: a thousand of them, and a thread that ends while it has some.
at_once() {
    both "$program" "$1" many leaves
    # Of one thread's calls of a function, those that begin while another is open count as recursive.
    expect "$1: many" "1000/1 3000 4000" out.prof resume_a:count_down count_down:leaf_a many:resume_a
    expect "$1: a thread leaves some" "1 1 1 1 1 1" \
        out.prof leaver:resume_a resume_a:body_a body_a:leaf_a resume_b:body_b body_b:nest_b leaver:between
}

# forked HOW: what is suspended, or runs, goes on in the child, where it is no call.
forked() {
    both "$program" "$1" forks
    expect "$1: parent that forks" "1 10 10/4 9" out.prof resume_a:body_a body_a:leaf_a nest_b nest_b:leaf_b
    expect "$1: child with two suspended" "0 9 0 9/3 3 9 9" out.*.prof \
        resume_a:body_a body_a:leaf_a resume_b:body_b nest_b body_b:nest_b nest_b:leaf_b forks:resume_a
    both "$program" "$1" forks_within
    expect "$1: parent of a coroutine's fork" "1 1 2 2" \
        out.prof resume_a:forker forker:leaf_a forker:leaf_b forks_within:resume_a
    expect "$1: child of a coroutine's fork" "0 - 2 1" \
        out.*.prof resume_a:forker forker:leaf_a forker:leaf_b forks_within:resume_a
}

suite() { # COMPILER FLAGS LABEL
    program=coroutines-$3
    # shellcheck disable=SC2086
    build "$1" "$program" "$SRC/test/faults/19_coroutines.c" $2
    times
    turns_taken ucontext
    at_once ucontext
    case $3 in gcc-O0-pie | clang-O2-no-pie) ;; *) return ;; esac
    turns_taken own
    at_once own
    forked ucontext
    forked own
    both "$program" ucontext migrates
    expect "one that goes from thread to thread: calls" "1 30 10 20" out.prof body_a leaf_a resume_a resume_b
}
each_build suite
same "where only the mapping is known, the report says so" \
    "20 switches to coroutines whose stacks' ends are not known: their callers may be mixed" \
    "$(both "$program" own forks >/dev/null; "$REPORT" "$work/run/out.prof" | grep -o '[0-9]* switches.*')"
both "$program" ucontext turns
same "where stacks are made by makecontext, it has nothing to say" "" "$("$REPORT" out.prof | grep switches)"
exit "$failed"
