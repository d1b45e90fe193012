#!/bin/bash
# Threads that come and go: every call is counted, and the room that they take is that of those which
# live at one time.
# shellcheck disable=SC2154 # status, work, failed: lib.sh
# shellcheck source-path=SCRIPTDIR/../..
. "$SRC/test/e2e/lib.sh"

# threads MODE N CALLS-OF-LEAF WHAT CALLS: with WHAT called so often
threads() {
    local mode=$1 n=$2 leaves=$3
    both "$program" "$mode" "$n"
    same "$program $mode $n: says" "$leaves bounded" "$(tr '\n' ' ' <../out | sed 's/ $//')"
    same "$program $mode $n: calls" "$leaves $((leaves / 10)) $5 1" "$(calls out.prof leaf ten "$4" main)"
    same "$program $mode $n: lost and orphaned" "" "$("$REPORT" out.prof | grep -e 'not recorded' -e ignored)"
}

of_each_build() { # COMPILER FLAGS LABEL
    program=threads-$3
    # shellcheck disable=SC2086
    build "$1" "$program" "$SRC/test/faults/12_threads.c" $2
    threads one-by-one 300 3000 start 300
    threads two-kinds 300 3000 other_start 150
    threads pthread_exit 300 3000 start_and_exit 300
    # The first thread's last destructor and the second thread: whose call is whose shows that each
    # has records of its own.
    threads late 2 40 start_late 2
    same "$program late: callers" "20 20" "$(calls out.prof start_late:ten in_last_destructor:ten | sed 's/\b\([0-9]*\)\b/\10/g')"
    same "$program late: nothing is shared" "3 threads, 0 with others" "$(python3 -I "$SRC/test/e2e/tail.py" earlier out.prof)"
}
each_build of_each_build

# A handler's calls, within hooks or not. Its own count is on stderr.
fresh
run env LD_PRELOAD="$LIBRARY" "$work/$program" handlers 3000
same "handlers: status and output" "0 30000 bounded" "$status $(tr '\n' ' ' <../out | sed 's/ $//')"
same "handlers: calls" "30000 3000 $(cat ../err) $(cat ../err)" "$(calls out.prof leaf ten on_tick in_handler | sed 's:/[0-9]*::g')"

threads at-once 1000 20000 start_with_all 2000
same "at once: threads" "2001 threads" "$("$REPORT" out.prof | grep -o '[0-9]* threads')"
fresh
run env LD_PRELOAD="$LIBRARY" "$work/$program" one-by-one 100000
same "100,000: status and output" "0 1000000 bounded" "$status $(tr '\n' ' ' <../out | sed 's/ $//')"
same "100,000: calls" "1000000 100000 1" "$(calls out.prof leaf start main)"
same "100,000: threads" "100001 threads" "$("$REPORT" out.prof | grep -o '[0-9]* threads')"
check "100,000: a profile like one of a few threads" test "$(stat -c %s out.prof)" -lt 20000
"$REPORT" --threads out.prof >../report
same "100,000: said of whom" "100000" \
    "$(awk '/ended threads of start$/ {n += $1} END {print n}' ../report)"
exit "$failed"
