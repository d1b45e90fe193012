#!/bin/bash
# Processes that are killed: what they had recorded is all there.
# shellcheck disable=SC2154 # status, work, failed: lib.sh
# shellcheck source-path=SCRIPTDIR/../..
. "$SRC/test/e2e/lib.sh"

build "$CC" steps "$PROGS/steps.c" -O1
build "$CC" storm "$PROGS/storm.c" -O1
steps=(env LD_PRELOAD="$LIBRARY" "$work/steps")

# reported CASE CALLS: asked for out.prof, cprof-report shows the killed run.
reported() {
    check "$1: report" convert out.prof
    check "$1: how it ended is said" grep -q "was killed or crashed; counts are complete" ../report
    same "$1: calls in the table" "$2" "$(awk '/\(leaf\)$/ {print $1}' ../report)"
    same "$1: calls" "$2" "$(calls out.prof leaf)"
}

fresh
run "${steps[@]}" work=1000 kill
reported "kill -9" 1000
run "${steps[@]}" work=2000 kill
same "kill -9 after another run: the older profile is still there" 1000 "$(calls out.prof leaf)"
reported "kill -9 after another run" 2000
same "kill -9 after another run: one file is left" out.prof "$(ls)"
run "${steps[@]}" work=3000 kill
run "${steps[@]}" work=4000 kill
same "kill -9 twice: both raw files" 2 "$(find . -name '*.raw' | wc -l)"
reported "kill -9 twice" 4000
same "kill -9 twice: one file is left" out.prof "$(ls)"
run "${steps[@]}" work=5000 kill
run "${steps[@]}" work=6000
same "a run after a kill -9" "6000 out.prof" "$(calls out.prof leaf) $(ls)"
check "a run after a kill -9: report" convert out.prof
check "a run after a kill -9: nothing about the killed one" test "$(grep -c killed ../report)" = 0

# A raw file is a whole one at any moment: every process of a storm, killed at some moment.
moments=30
raws=0
status=0
for ((i = 0; i < moments; i++)); do
    fresh
    : >../truth # the moment may be before the storm makes it
    LD_PRELOAD=$LIBRARY setsid "$work/storm" ../truth 2>../err &
    storm=$!
    for ((tries = 0; tries < 1000; tries++)); do
        [ ! -s ../truth ] || break # its first process has begun
        sleep 0.01
    done
    sleep "0.0$((RANDOM % 9 + 1))"
    kill -KILL -- "-$storm"
    wait "$storm"
    [ -e ../truth ] || continue # it had not begun
    run python3 -I "$SRC/test/e2e/storm.py" ../truth "$REPORT"
    rm -f ../truth
    [ "$status" = 0 ] || break
    raws=$((raws + $(tail -n 1 ../out)))
done 2>/dev/null
same "killed at $moments moments: every raw file converts, no call is lost or made up" \
    "0  " "$status $(cat ../err) $(grep -v '^[0-9]*$' ../out | head -n 5)"
check "killed at $moments moments: there were raw files" test "$raws" -gt "$moments"
exit "$failed"
