#!/bin/bash
# Processes that make processes: each leaves a profile of its own, with its own calls in it.
# shellcheck disable=SC2154 # status, work, failed: lib.sh
# shellcheck source-path=SCRIPTDIR/../..
. "$SRC/test/e2e/lib.sh"

# as_said CASE PROCESSES: so many processes said "PID CALLS"; there is a profile for each, with its
# calls of leaf, and nothing else. The root's is out.prof.
as_said() {
    local name=$1 pid calls profiles='' expected='' found=''
    while read -r pid calls; do
        profiles="$profiles out.$pid.prof"
        [ -e "out.$pid.prof" ] || pid=root
        expected="$expected $calls"
        found="$found $(calls "out$([ "$pid" = root ] || echo ".$pid").prof" leaf | cut -d/ -f1)"
    done < <(grep ' ' ../out)
    same "$name: calls" "$expected" "$found"
    same "$name: profiles" "$2 $2" "$(wc -w <<<"$profiles") $(find . -name '*.prof' | wc -l)"
    same "$name: no raw file is left" "" "$(find . -name '*.raw*')"
    same "$name: silent, status 0" "0 " "$status $(cat ../err)"
}

# processes COUNT MODE [ARGUMENT]
processes() {
    local expected=$1
    shift
    fresh
    run env LD_PRELOAD="$LIBRARY" "$work/$program" "$@"
    as_said "$program $*" "$expected"
}

for build in "$CC -O0" "$CC -O2" "clang -O2"; do
    read -r compiler level <<<"$build"
    command -v "$compiler" >/dev/null || continue
    program=processes-$compiler$level
    build "$compiler" "$program" "$SRC/test/faults/20_processes.c" "$level"
    ways="fork _Fork SYS_fork SYS_clone"
    [ "$level" = -O0 ] || ways=SYS_fork
    for how in $ways; do
        processes 2 fork "$how"
        processes 2 deep "$how"
        for profile in out*.prof; do
            same "$program deep $how: no negative number in $profile" "" \
                "$(calls "$profile" | grep -e ' -' -e '/-')"
        done
        child=$(find . -name 'out.*.prof')
        same "$program deep $how: carried frames are no calls" "1 62/2 0 2/1" \
            "$(calls out.prof main deep) $(calls "$child" main deep)"
        processes 2 thread "$how"
    done
done

for how in fork vfork posix_spawn system popen; do
    processes 2 image $how
done
processes 1 vfork
processes 21 threads
same "threads: calls of the others" "$(grep -v ' ' ../out)" "$(calls out.prof busy_call)"

processes 5 generations
for ends in exits _exits is-killed; do
    processes 2 child-that $ends
done
processes 2 at-exit
fresh
run env LD_PRELOAD="$LIBRARY" "$work/$program" child-that execs
same "$program child-that execs: calls of root, child, and what it execs" "9 20 33" \
    "$(for p in *.prof; do calls "$p" leaf; done | sort -n | paste -sd' ')"

# A child that a handler forks, in the middle of hooks or elsewhere. Where it was in one, what the
# handler calls until it returns is missing in the child, and said to be so.
sum() { # FUNCTION: its calls in the report
    awk -v f="($1)" 'index($NF, f) {n = $1} END {print n + 0}' ../report
}

from_handlers() { # COMPILER FLAGS LABEL
    # shellcheck disable=SC2086
    build "$1" "handlers-$3" "$SRC/test/faults/20_fork_in_handler.c" $2
    for handler in seen unseen; do
        fresh
        run env LD_PRELOAD="$LIBRARY" "$work/handlers-$3" $handler
        read -r failures leaves <../out
        same "handlers-$3 $handler: status, children that failed" "0 0 " "$status $failures $(cat ../err)"
        same "handlers-$3 $handler: calls of the parent" "$leaves" "$(calls out.prof leaf | cut -d/ -f1)"
        "$REPORT" out.*.prof >../report 2>&1
        same "handlers-$3 $handler: children, their calls" "20 2000" \
            "$(find . -name 'out.*.prof' | wc -l) $(sum last)"
        lost=$(sed -n 's/ *\([0-9]*\) calls and returns were not recorded: of signal handlers.*/\1/p' ../report)
        found=$(sum in_child)
        # Forked within a hook: the call of in_child, its return, and that of on_alarm.
        [ $handler = unseen ] ||
            same "handlers-$3 $handler: said or recorded" 20 $((found + ${lost:-0} / 3))
        [ $handler = seen ] || same "handlers-$3 $handler: nothing is missing" "" "$lost"
    done
}
each_build from_handlers

# A child that outlives the root converts its own.
fresh
run env LD_PRELOAD="$LIBRARY" "$work/$program" orphan
for _ in {1..300}; do
    [ "$(wc -l <../out) $(find . -name 'out.*.prof' | wc -l) $(find . -name '*.raw*' | wc -l)" = "2 1 0" ] && break
    sleep 0.02
done
as_said "orphan" 2
exit "$failed"
