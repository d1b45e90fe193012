#!/usr/bin/env bash
# Two profiles compared, and several of each side. The profiles have literal numbers; what is expected
# follows from these by hand.
# shellcheck source-path=SCRIPTDIR
source "$SRC/test/e2e/lib.sh"

python3 -IS "$SRC/test/e2e/diff_profiles.py" || exit 1

runs() { # SIDE N OPTION: its first N runs, each as that option
    local i
    for ((i = 0; i < $2; i++)); do printf -- '--%s %s.%s.prof ' "$3" "$1" "$i"; done
}

# told NAME EXPECTED ARGUMENT...: what stands before the first empty line
told() {
    local name=$1 expected=$2
    shift 2
    "$REPORT" "$@" >out 2>err
    same "$name" "$expected" "$(sed '/^$/,$d' out; cat err)"
}

"$REPORT" --diff old.prof new.prof >out 2>err
same "status" 0 $?
cat >expected <<'END'
tokenise (/srv/build/app-2/tok.c:45): +750.0ms tottime, 4.0x per call, calls unchanged
inflate (/srv/build/app-2/zip.c:13): +500.0ms tottime, new, called 3 times
split (/srv/build/app-2/tok.c:92): +125.0ms tottime, the same per call, called 2x as often, 4000 -> 8000, by tokenise
lookup (/home/a/app/cache.c:5): gone, called 10 times before

         slower by 1.312 s: 1.188 -> 2.500 seconds
         5031 -> 9024 function calls
         no noise estimate: one run on each side (5 on each give one);
         told is what changed by more than 25%, by 3% of the total, and by more than a few long calls make

   Ordered by: change of internal time

             ncalls           tottime                                 percall           cumtime
      old       new      old      new    change                 old      new      old      new filename:lineno(function)
     1000      1000  250.0ms    1.000  +750.0ms    +300.0%  250.0us  1.000ms  250.0ms    1.000 /srv/build/app-2/tok.c:45(tokenise)
        0         3    0.000  500.0ms  +500.0ms        new    0.000  166.7ms    0.000  500.0ms /srv/build/app-2/zip.c:13(inflate)
     4000      8000  125.0ms  250.0ms  +125.0ms    +100.0%  31.25us  31.25us  125.0ms  250.0ms /srv/build/app-2/tok.c:92(split)
       10         0  62.50ms    0.000  -62.50ms       gone  6.250ms    0.000  62.50ms    0.000 /home/a/app/cache.c:5(lookup)
       20        20  250.0ms  250.0ms    +0.000      +0.0%  12.50ms  12.50ms  250.0ms  250.0ms /srv/build/app-2/io.c:11(read)
        1         1  500.0ms  500.0ms    +0.000      +0.0%  500.0ms  500.0ms  500.0ms  500.0ms /srv/build/app-2/main.c:7(main)


END
same "the whole page" "$(cat expected)" "$(cat out err)"

told "the other way round" "$(
    cat <<'END'
tokenise (tok.c:41): -750.0ms tottime, 0.25x per call, calls unchanged
inflate (zip.c:13): -500.0ms tottime, gone, called 3 times before
split (tok.c:88): -125.0ms tottime, the same per call, called 0.5x as often, 8000 -> 4000, by tokenise
lookup (cache.c:5): new, called 10 times
END
)" --old new.prof --new old.prof --strip-dirs
told "the same file" "no change: every function is called as often and takes as long as before" \
    --diff old.prof old.prof
check "the total stays" grep -qx '         no change of the total: 1.188 -> 1.188 seconds' out

# Of two runs, one may be slow by chance; what all runs agree on is told.
told "runs that overlap" "no change: every function is called as often and takes as long as before" \
    --old old.0.prof --old old.1.prof --new old.2.prof --new old.3.prof
told "runs apart" "tokenise (/home/a/app/tok.c:41): +150.0ms tottime, 1.5x per call, calls unchanged" \
    --old old.0.prof --old old.1.prof --new new.0.prof --new new.1.prof

# shellcheck disable=SC2046
{
    told "ten runs: noise" \
        "no change: every function is called as often and takes as long as before" \
        $(runs old 10 old) $(runs same 10 new)
    told "ten runs: a change" \
        "tokenise (/home/a/app/tok.c:41): +150.0ms tottime, 1.5x per call, calls unchanged" \
        $(runs old 10 old) $(runs new 10 new)
    check "ten runs: how that is known" grep -qx \
        "         noise: 10 old and 10 new runs; Mann-Whitney, 5% after Holm's correction" out
    told "five runs: a change" \
        "tokenise (/home/a/app/tok.c:41): +150.0ms tottime, 1.5x per call, calls unchanged" \
        $(runs old 5 old) $(runs new 5 new)
}

status() { # EXPECTED ARGUMENT...
    local expected=$1
    shift
    "$REPORT" "$@" >out 2>err
    same "status of $*" "$expected" $?
}
status 3 --diff --fail-above 10% old.prof new.prof
status 0 --diff --fail-above 10% new.prof old.prof
status 0 --diff --fail-above 120 old.prof new.prof
status 3 --diff --fail-above 110 old.prof new.prof
status 1 --diff old.prof none.prof
check "what is missing is named" grep -qx 'cprof-report: none.prof: no such file' err
status 2 --diff old.prof
status 2 --diff --old old.prof
status 2 --diff old.prof new.prof new.prof
status 2 --diff --callers old.prof new.prof
status 2 --fail-above 10% old.prof
status 2 --diff --fail-above much old.prof new.prof
status 1 --diff --restrict nothing_like_it old.prof new.prof

exit "$failed"
