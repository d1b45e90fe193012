#!/bin/bash
# The process that converts the profile is missing, refused, killed, hangs: the program ends as ever, the
# raw file stays, and cprof-report converts it.
# shellcheck disable=SC2154,SC2317 # status, work, failed: lib.sh; functions are called by each_build
# shellcheck source-path=SCRIPTDIR/../..
. "$SRC/test/e2e/lib.sh"

mkdir "$work/lib" && cp "$LIBRARY" "$work/lib" || exit 1
helper=$work/lib/cprof-symbolize
helped=(env LD_PRELOAD="$work/lib/libcprof.so")
build "$CC" refused "$SRC/test/faults/06_refused.c" -O1 "-I$SRC" || exit 1

# new_helper SCRIPT: what is started in cprof-symbolize's place.
new_helper() {
    printf '#!/bin/bash\nPATH=/usr/bin:/bin\n%s\n' "$1" >"$helper"
    chmod +x "$helper"
}

# kept CASE: the program has ended as it should; its raw file is there, alone, and can be converted.
kept() {
    same "$1: status, output" "3 counted 500" "$status $(cat ../out ../err)"
    same "$1: only the raw file" "1 1" "$(find . -name '*.raw' | wc -l) $(find . -type f | wc -l)"
    check "$1: report" convert out.prof
    same "$1: calls, files" "500 out.prof" "$(calls out.prof leaf) $(ls)"
}

fails() { # CASE
    fresh
    run "${helped[@]}" "$work/refused" ""
    kept "$1"
}

# ---- a helper that hangs: the program ends without it, and so does a shell that waits for its output.
# That takes half a minute; the rest is tested meanwhile.

mkdir "$work/hung" "$work/hung/lib" "$work/hung/run" && cp "$LIBRARY" "$work/hung/lib" || exit 1
cat >"$work/hung/lib/cprof-symbolize" <<END
#!/bin/bash
PATH=/usr/bin:/bin
for _ in {1..1200}; do
    [ ! -e "$work/hung/released" ] || exit 1
    sleep 0.1
done
touch "$work/hung/too_late"
END
chmod +x "$work/hung/lib/cprof-symbolize"
(
    cd "$work/hung/run" || exit 1
    out=$(LD_PRELOAD=$work/hung/lib/libcprof.so "$work/refused" "")
    echo "$? $out $(ls "$work/hung")" >"$work/hung/result"
    touch "$work/hung/released"
) &
hung=$!

# ---- missing, refused, failing

rm -f "$helper"
fails "missing"
new_helper 'exit 1'
chmod -x "$helper"
fails "not executable"
printf 'no program' >"$helper" && chmod +x "$helper"
fails "no program"
new_helper 'kill -SEGV $$'
fails "crashes"
new_helper "kill -KILL \$\$"
fails "killed"
new_helper "ulimit -v 4000; exec $BUILD/cprof-symbolize \"\$@\""
fails "without memory"

# One of another version knows nothing of this library's raw files.
# shellcheck disable=SC2016 # for the script
new_helper 'raw=$(echo "${@: -1}"/*.raw)
version=$(od -An -tu1 -j8 -N1 "$raw")
printf "\\x63" | dd of="$raw" bs=1 seek=8 conv=notrunc status=none
'"$BUILD"'/cprof-symbolize "$@"; echo $? >'"$work"'/status_of_other
printf "\\x$(printf %x "$version")" | dd of="$raw" bs=1 seek=8 conv=notrunc status=none'
fails "another version"

# Killed at some moment: the profile is there, or the raw file is.
new_helper "$BUILD/cprof-symbolize \"\$@\" & sleep 0.00\$((RANDOM % 10)); kill -KILL \$!"
for _ in {1..12}; do
    fresh
    run "${helped[@]}" "$work/refused" ""
    [ ! -e out.prof ] || [ "$(calls out.prof leaf)" = 500 ] || not_ok "killed in the middle" "half a profile"
    check "killed in the middle: report" convert out.prof
    [ "$(calls out.prof leaf)" = 500 ] || break
done
same "killed in the middle, 12 times: calls" 500 "$(calls out.prof leaf)"

cp "$BUILD/cprof-symbolize" "$helper"
refused() { # COMPILER FLAGS LABEL
    # shellcheck disable=SC2086
    build "$1" "refused-$3" "$SRC/test/faults/06_refused.c" $2 "-I$SRC"
    fresh
    run "${helped[@]}" "$work/refused-$3" clone
    kept "$3, seccomp refuses clone"
}
each_build refused
fresh
run "${helped[@]}" "$work/refused" execve
kept "seccomp refuses execve"

if [ "$(id -u)" = 0 ]; then
    mkdir -p "$work/jail"
    fresh
    run "${helped[@]}" "$work/refused" chroot "$work/jail"
    kept "chroot"
    same "chroot: nothing is made there" "" "$(ls -A "$work/jail")"
fi

# ---- containers: all processes of one are killed with its first

build "$CC" steps "$PROGS/steps.c" -O1
if unshare -pf --mount-proc true 2>/dev/null; then
    fresh
    run unshare -pf --mount-proc "${helped[@]}" "$work/steps" work=500
    same "the first process of a container: calls, files" "500 out.prof" "$(calls out.prof leaf) $(ls)"

    new_helper "echo >$work/begun; exec sleep 60"
    fresh
    rm -f "$work/begun"
    # shellcheck disable=SC2016
    run unshare -pf --mount-proc sh -c '"$@" & until [ -e "$0" ]; do sleep 0.02; done' \
        "$work/begun" "${helped[@]}" "$work/steps" work=500
    check "a container that ends: report" convert out.prof
    same "a container that ends: calls, files" "500 out.prof" "$(calls out.prof leaf) $(ls)"

    # Process numbers in it mean nothing outside, and the process is known to be alive all the same.
    fresh
    mkfifo ../hold
    unshare -pf --mount-proc "${helped[@]}" "$work/steps" work=500 wait work=100 kill <../hold >../ready 2>/dev/null &
    container=$!
    exec 5>../hold
    until grep -q ready ../ready; do sleep 0.02; done
    convert out.prof
    check "a running container: said" grep -q "is still running" ../report.err
    same "a running container: the raw file stays" 1 "$(find . -name '*.raw' | wc -l)"
    exec 5>&-
    wait $container 2>/dev/null
    check "a container that was killed: report" convert out.prof
    same "a container that was killed: calls, files" "600 out.prof" "$(calls out.prof leaf) $(ls)"
else
    ok "containers # skipped: needs privileges"
fi

wait $hung
same "hangs: the program has ended before it" "3 counted 500 lib run" "$(paste -sd' ' "$work/hung/result")"
cd "$work/hung/run" || exit 1
status=3
printf 'counted 500\n' >../out
: >../err
kept "hangs"
exit "$failed"
