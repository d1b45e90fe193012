#!/bin/bash
# Every way for a process to end: status and output as without cprof, and a profile that holds every
# call, open ones too.
# shellcheck disable=SC2154 # status, work, failed: lib.sh
# shellcheck source-path=SCRIPTDIR/../..
. "$SRC/test/e2e/lib.sh"

# ended MODE LEAVES: the profile of ends MODE has so many calls of leaf.
ended() {
    both "$program" "$1"
    check "$program $1: report" convert out.prof
    same "$program $1: calls" "$2 1 1 1" "$(calls out.prof leaf inner outer main)"
}

compile() {
    build "$1" "$program" "$PROGS/ends.c" "$2" || exit 1
}

program=ends-O0
compile "$CC" -O0
for mode in return exit _exit _Exit quick_exit; do
    ended $mode 1000
    same "$mode: converted by itself" "out.prof" "$(ls)"
    check "$mode: nothing to say" test ! -s ../report.err
done
for mode in exit_group abort SEGV TERM INT HUP KILL exec; do
    ended $mode 1000
    says=$([ $mode = exec ] || echo "was killed or crashed; counts are complete")
    check "$mode: said" grep -q "$says" ../report
    same "$mode: only the profile is left" "out.prof" "$(ls)"
done
ended handler 1001
ended pthread_exit 1500
ended thread 2000

program=ends-O2
for compiler in $(compilers); do
    compile "$compiler" -O2
    for mode in return exit quick_exit TERM pthread_exit; do
        leaves=1000
        [ $mode != pthread_exit ] || leaves=1500
        ended $mode $leaves
    done
done

# Other threads are in the hooks while the process ends.
for mode in spinning spinning-thread; do
    for _ in {1..10}; do
        fresh
        run env LD_PRELOAD="$LIBRARY" "$work/$program" $mode
        found="$status, $(cat ../out ../err), $(calls out.prof inner outer main), $(ls)"
        expected="$([ $mode = spinning ] && echo 8 || echo 9), before the end, 1 1 1, out.prof"
        [ "$found" = "$expected" ] || break
    done
    same "$mode, 10 times: status, output, calls, files" "$expected" "$found"
done

# The helper is not to be seen by the program, nor to hold its output.
build "$CC" children "$PROGS/children.c" -O1 || exit 1
for mode in exit _exit thread; do
    both children $mode
    same "children, $mode: calls" 100 "$(calls out.prof leaf)"
done
fresh
same "\$(program) has all of it, from a program without descriptors" "counted 100" \
    "$(preloaded "$work/children" closed 2>&1)"
same "closed descriptors: calls" 100 "$(calls out.prof leaf)"
for redirection in '<&-' '>&-' '2>&-' '<&- >&- 2>&-'; do
    fresh
    eval "preloaded \"\$work/ends-O0\" return >../out $redirection"
    same "return $redirection" "2 1000" "$? $(calls out.prof leaf)"
done
# What the program has printed arrives while its profile is being converted.
build "$CC" puts "$PROGS/puts.c" -O1 || exit 1
mkdir "$work/slow" && cp "$LIBRARY" "$work/slow"
cat >"$work/slow/cprof-symbolize" <<END
#!/bin/bash
PATH=/usr/bin:/bin
for _ in {1..100}; do
    [ ! -e "$work/arrived" ] || exec "$BUILD/cprof-symbolize" "\$@"
    sleep 0.1
done
echo late >"$work/arrived"
END
chmod +x "$work/slow/cprof-symbolize"
fresh
LD_PRELOAD=$work/slow/libcprof.so "$work/puts" | { read -r line && echo "$line" >"$work/arrived"; }
same "output does not wait for the helper" "at the end" "$(cat "$work/arrived")"
same "output does not wait for the helper: calls" 1000 "$(calls out.prof leaf)"

# And a program that is killed for its output nobody reads, then, has its profile all the same.
rm -f "$work/arrived"
fresh
LD_PRELOAD=$work/slow/libcprof.so "$work/puts" | :
[ "${PIPESTATUS[0]}" = 141 ] || not_ok "output that nobody reads" "status ${PIPESTATUS[0]}"
echo >"$work/arrived"
for _ in {1..100}; do
    [ ! -e out.prof ] || break
    sleep 0.1
done
same "output that nobody reads: calls" 1000 "$(calls out.prof leaf)"
exit "$failed"
