#!/bin/bash
# Threads: every call of every thread, however many there are and however they end.
# shellcheck disable=SC2154 # status, work, failed: lib.sh
# shellcheck source-path=SCRIPTDIR/../..
. "$SRC/test/e2e/lib.sh"

# threads MODE THREADS CALLS
threads() {
    both "$program" "$@"
    same "$program $*: calls" "$(cat ../out) $2 1" "$(calls out.prof leaf inner main)"
    check "$program $*: the threads' figures add up to the table's" \
        python3 "$SRC/test/e2e/tail.py" threads out.prof
}

# by_thread PROGRAM: what the report shows of the profile by threads is what its tail says.
by_thread() {
    python3 "$SRC/test/e2e/tail.py" rows out.prof | sort >rows
    "$REPORT" out.prof --threads=rows --columns ncalls,pcalls |
        awk '/tid thread/ {on = 1; next} on && NF {sub("/.*", "", $1); $1 = $3 " " $4 " " $1; $3 = $4 = ""; print}' |
        tr -s ' ' | sort >shown
    check "$1: a row for each thread and function" diff rows shown
    check "$1: there are rows" test "$(wc -l <rows)" -gt 10
    "$REPORT" out.prof --threads | awk '
        /^Thread / {tid = $2 " " substr($3, 2, length($3) - 2); next}
        /function calls/ {inside = 0; next}
        /filename:lineno/ {inside = 1; next}
        inside && NF == 6 {split($1, n, "/"); print tid, n[1], (2 in n ? n[2] : n[1]), $6}' | sort >shown
    check "$1: a table for each thread" diff rows shown
}

for compiler in $(compilers); do
    program=threads-$compiler
    build "$compiler" "$program" "$PROGS/threads.c" -O2
    threads return 20 1000
    same "$program: figures of all threads" "21 threads" "$(cat ../why)"
    threads together 20 1000 # so that none is another's successor
    by_thread "$program"
    threads pthread_exit 20 1000
    threads cancel 20 1000
    threads destructor 20 1000
done
threads short 2000 10
threads together 200 1000

# Forty million calls, as Python's own pstats has them.
fresh
run env LD_PRELOAD="$LIBRARY" "$work/$program" return 4 10000000
same "4 threads of 10,000,000 calls, by pstats" "40000014 40000000" "$(python3 -I -c '
import pstats
stats = pstats.Stats("out.prof")
print(stats.total_calls, sum(row[1] for key, row in stats.stats.items() if key[2] == "leaf"))')"
exit "$failed"
