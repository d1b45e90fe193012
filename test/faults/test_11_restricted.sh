#!/bin/bash
# Programs that forbid themselves the time stamp counter or system calls: they end as without cprof, and
# the profile is whole, or tells where it ends.
# shellcheck disable=SC2154,SC2086 # status, work, failed: lib.sh; flags are several words
# shellcheck source-path=SCRIPTDIR/../..
. "$SRC/test/e2e/lib.sh"

TSC="1 of the processes forbade themselves the time stamp counter"
SECCOMP="1 of the processes are recorded up to where they forbade themselves the system calls"

# restricted LEAVES NOTE STEP...: as bare; the profile, or the raw file, has so many calls of leaf, and the
# note, or none of them.
restricted() {
    local leaves=$1 note=$2 notes
    shift 2
    both program "$@"
    check "$label $*: report" convert out.prof
    same "$label $*: calls" "$leaves" "$(calls out.prof leaf)"
    notes=$(grep -oE "$TSC|$SECCOMP" ../report)
    same "$label $*: note" "$note" "$notes"
}

matrix() { # COMPILER FLAGS LABEL
    label=$3
    build "$1" program "$SRC/test/faults/11_restricted.c" $2
    restricted 657 "$TSC" work=10 tsc work=20 contexts=100 work=30 say exit=3
    restricted 5 "$SECCOMP" work=5 strict work=7 contexts=20 say raw=4
    restricted 1197 "$SECCOMP" contexts=200 work=1 deny=kill:28 contexts=300 say exit=3
}
each_build matrix

label=
build "$CC" program "$SRC/test/faults/11_restricted.c" -O1
# The counter: also in threads and children made later, before the first call, and by a clock that is kept.
restricted 30 "" tsc work=10 thread work=20 say exit=3
restricted 36 "$TSC" work=1 tsc work=10 thread work=25 say exit=3
restricted 3 "$TSC" work=3 tsc fork work=4 say exit=2
same "a child has its own profile" 4 "$(calls "$(ls out.[0-9]*.prof)" leaf)"

# Strict seccomp, in its two forms. Ends that are forbidden kill, with and without cprof.
restricted 5 "$SECCOMP" work=5 strict-call say contexts=100 raw=3
restricted 5 "$SECCOMP" work=5 strict work=6 say _exit=4
restricted 5 "$SECCOMP" work=5 strict work=6 say exit=4

# What is refused, or done by a vfork child, or harmless, changes nothing.
restricted 10 "" work=5 invalid work=5 say exit=2
restricted 7 "" work=3 harmless work=4 say exit=2
restricted 7 "" work=3 vfork work=4 say exit=1

# Filters: one system call after the other is denied, in four ways. Needed by recording, by files and
# processes, or by neither.
for action in kill trap 0 1; do
    for n in 9 25 28 15999; do # mmap mremap madvise none
        note=$SECCOMP leaves=3
        [ $n != 15999 ] || note='' leaves=1203
        restricted $leaves "$note" work=3 deny=$action:$n contexts=200 work=4 raw=3
    done
    for n in 56 76 257 217; do # clone truncate openat getdents64
        restricted 1199 "" work=3 deny=$action:$n contexts=200 raw=3
    done
done
restricted 3 "$SECCOMP" work=3 allow=kill:0,1,15,60,231 contexts=200 work=4 say exit=3
restricted 1202 "" work=3 deny=1:101 contexts=200 work=3 exit=4 # ptrace
restricted 3 "" work=3 deny=kill:257 fork contexts=200 say exit=3
exit "$failed"
