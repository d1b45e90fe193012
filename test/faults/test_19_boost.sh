#!/bin/bash
# Coroutines of boost::context: where their stacks end and when they are switched is known, as with
# ucontext, also where a library that dlopen has loaded for nobody else brings them.
# shellcheck disable=SC2154 # status, work, failed: lib.sh
# shellcheck source-path=SCRIPTDIR/../..
. "$SRC/test/e2e/lib.sh"

fake_clock

# expect NAME WHAT...: calls and times as those of ucontext in test_19_coroutines.sh
expect() {
    same "$1: status, output" "0 " "$status $(cat ../out ../err)"
    same "$1: times" "1 10000.0 115977.0 100 100.0 100.0 300/100 9000.0 325499.0 300 900.0 900.0 \
101 1111.0 11211.0 301 4515.0 14415.0 301 301000.0 301000.0" \
        "$(calls out.prof =body_a =leaf_a =nest_b =leaf_b =resume_a =resume_b =between)"
    same "$1: callers" "1 100 1 100 300" \
        "$(calls out.prof resume_a:body_a body_a:leaf_a resume_b:body_b body_b:nest_b nest_b:leaf_b)"
}

suite() { # COMPILER FLAGS LABEL
    # shellcheck disable=SC2086
    build "$1" "boost-$3" "$SRC/test/faults/19_coroutines.c" $2 -DBOOST -Wl,--no-as-needed -lboost_context
    fresh
    run env LD_PRELOAD="$work/libcprof-fake.so" "$work/boost-$3" boost turns
    expect "$3"
    both "boost-$3" boost anew nested many
    same "$3: callers of more" "100 100 100 100 200 1000/1 3000" \
        "$(calls out.prof resume_a:abandoned resume_b:successor resume_a:outer resume_b:inner \
            outer:resume_b resume_a:count_down count_down:leaf_a)"
}
each_build suite

build gcc plugin.so "$SRC/test/faults/19_coroutines.c" -O1 -fPIC -shared -DBOOST -Dmain=plugin_main \
    -Wl,--no-as-needed -lboost_context
build gcc plugin "$SRC/test/faults/19_plugin.c"
fresh
run env LD_PRELOAD="$work/libcprof-fake.so" "$work/plugin" "$work/plugin.so" boost turns
expect "a plugin"
exit "$failed"
