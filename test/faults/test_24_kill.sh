#!/bin/bash
# Processes that are killed: what they had recorded is all there.
# shellcheck disable=SC2154 # status, work, failed: lib.sh
# shellcheck source-path=SCRIPTDIR/../..
. "$SRC/test/e2e/lib.sh"

build "$CC" steps "$PROGS/steps.c" -O1
build "$CC" storm "$FAULTS/24_storm.c" -O1
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

# The helper is killed in the middle of a conversion: nothing half-written has the profile's name, and
# the raw file is there as long as the profile is not.
fresh
mapfile -t long < <(yes work=100 | head -n 200) # a command line by which the profile is longer than 1 KB
run "${steps[@]}" "${long[@]}" kill
mkdir kept && cp ./*.raw kept
whole=0
for ((i = 0; i < 12; i++)); do
    rm -f out.prof* && cp -p kept/*.raw .
    setsid "$REPORT" out.prof >../report 2>&1 &
    sleep "0.0$(printf %02d $((RANDOM % 40)))"
    kill -KILL -- "-$!"
    wait "$!"
    if [ -e out.prof ]; then
        [ "$(calls out.prof leaf)" = 20000 ] || break
        whole=$((whole + 1))
    else
        [ -e "$(echo out.prof.*.raw)" ] || break
    fi
done 2>/dev/null
same "a conversion that is killed: whole or not there" 12 "$i"
rm -f out.prof* && cp -p kept/*.raw .
(ulimit -f 1 && run "$REPORT" out.prof && exit "$status")
status=$?
check "a conversion that is killed while it writes: fails" test "$status" != 0
same "a conversion that is killed while it writes: what is left" "1 and no profile" \
    "$(find . -maxdepth 1 -name '*.raw' | wc -l) and $([ -e out.prof ] && echo a || echo no) profile"
rm -f out.prof
[ -e "$(echo out.prof.*.raw)" ] || cp -p kept/*.raw .
reported "after conversions that were killed" 20000

# A raw file is a whole one at any moment: every process of a storm, killed at some moment. MOMENTS=1000
# is the long form (make check-kill).
moments=${MOMENTS:-50}
mkdir "$work/moments"
for ((i = 0; i < moments; i++)); do
    mkdir "$work/moments/$i" && cd "$work/moments/$i" || exit 1
    : >truth # the moment may be before the storm makes it
    LD_PRELOAD=$LIBRARY setsid "$work/storm" truth 2>>"$work/storm.err" &
    storm=$!
    for ((tries = 0; tries < 1000; tries++)); do
        [ ! -s truth ] || break # its first process has begun
        sleep 0.003
    done
    sleep "0.$(printf %03d $((RANDOM % 70)))"
    kill -KILL -- "-$storm"
    wait "$storm"
done 2>/dev/null
cd "$work/run" || exit 1
run python3 -I "$FAULTS/24_storm.py" "$BUILD/cprof-symbolize" "$work"/moments/*
same "killed at $moments moments: every raw file converts, no call is lost or made up" \
    "0  " "$status $(cat "$work/storm.err") $(grep -v '^[0-9]*$' ../out | head -n 5)"
check "killed at $moments moments: there were raw files" test "$(tail -n 1 ../out)" -gt "$moments"
rm -rf "$work/moments"
exit "$failed"
