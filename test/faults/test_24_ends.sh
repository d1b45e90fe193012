#!/bin/bash
# Every way for a process to end: status and output as without cprof, and a profile that holds every
# call, open ones too.
# shellcheck disable=SC2154 # status, work, failed: lib.sh
# shellcheck source-path=SCRIPTDIR/../..
. "$SRC/test/e2e/lib.sh"

# ended MODE LEAVES: the profile of $program MODE has so many calls of leaf.
ended() {
    both "$program" "$1"
    check "$program $1: report" convert out.prof
    same "$program $1: calls" "$2 1 1 1" "$(calls out.prof leaf inner outer main)"
}

# lasted FUNCTION...: the time that the innermost one slept is in the cumulative time of each, although
# none has returned.
lasted() {
    python3 -I - "$@" <<'END'
import marshal, sys
with open("out.prof", "rb") as f:
    ct = {key[2]: row[3] for key, row in marshal.load(f).items()}
times = [ct[name] for name in sys.argv[1:]]
sys.exit(None if min(times) > 0.0019 else repr(times))
END
}

# killed MODE LEAVES: the same of a process that did not come to its exit handlers.
killed() {
    ended "$1" "$2"
    check "$program $1: said" grep -q "${3:-was killed or crashed; counts are complete}" ../report
    same "$program $1: what is left" "${4:-out.prof}" "$(echo *)"
}

EXEC="ran another program (exec); open calls end at the last event"

program=ends
each_way() { # COMPILER FLAGS LABEL
    local flags
    read -ra flags <<<"$2"
    build "$1" "$program" "$FAULTS/24_ends.c" "${flags[@]}" || exit 1
    program=ends
    ended return 1000
    killed TERM 1000
    check "$3: what was open lasted until the end" lasted main outer inner
    killed overflow 1000 "was killed" "begun out.prof"
    same "$3: calls up to the overflow" yes "$(overflown)"
}

# Between the count and the hook there is room for one call more.
overflown() {
    local begun recorded
    begun=$(od -An -t d8 begun | tr -d ' ')
    recorded=$(calls out.prof descend | cut -d/ -f1)
    [ "$begun" -gt 1000 ] && [ $((begun - recorded)) -ge 0 ] && [ $((begun - recorded)) -le 1 ] && echo yes
}

build "$CC" "$program" "$FAULTS/24_ends.c" -O0 || exit 1
for mode in return exit _exit _Exit quick_exit; do
    ended $mode 1000
    same "$mode: converted by itself" "out.prof" "$(ls)"
    check "$mode: nothing to say" test ! -s ../report.err
done
for mode in exit_group abort assert trap SEGV TERM INT HUP ALRM QUIT PIPE KILL killed; do
    killed $mode 1000
done
for mode in execl execlp execle execv execvp execve execvpe fexecve execveat; do
    killed $mode 1000 "$EXEC"
done
for mode in KILL execv; do
    both $program $mode
    check "$mode: report" convert out.prof
    check "$mode: what was open lasted until the end" lasted main outer inner
done
ended handler 1001
ended pthread_exit 1500
ended thread 2000
each_build each_way

program=terminate
for compiler in $(compilers); do
    build "${compiler/gcc/g}++" terminate "$FAULTS/24_terminate.cpp" -O1 || exit 1
    for mode in thrown called; do killed $mode 1000; done
done

build "$CC" ends "$FAULTS/24_ends.c" -O2 || exit 1
for redirection in '<&-' '>&-' '2>&-' '<&- >&- 2>&-'; do
    fresh
    eval "preloaded \"\$work/ends\" return >../out $redirection"
    same "return $redirection" "2 1000" "$? $(calls out.prof leaf)"
done
exit "$failed"
