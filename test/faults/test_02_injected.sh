#!/bin/bash
# Every system call of libcprof.so fails once, and each kind always: the program does not notice, and the
# profile is whole, or says what it lacks, or is not there.
# ERRNOS: more of them (1, EPERM); 4 is EINTR, 12 ENOMEM, 28 ENOSPC, 38 ENOSYS.
# shellcheck source-path=SCRIPTDIR/../..
. "$SRC/test/e2e/lib.sh"

"$CC" -O1 -D_GNU_SOURCE "$SRC/test/faults/inject.c" -o inject || exit 1
build "$CC" program "$SRC/test/faults/inject_work.c" -O1
export INJECT=$LIBRARY

if ! mkdir try || ! ./inject 1,-1 "$work/try" "$work/program" >tried || ! grep -q calls "$work/try/-1.0/out"; then
    echo "skipped - no tracing here"
    exit 0
fi
rm -r try
for error in ${ERRNOS:-1}; do
    mkdir "runs-$error"
    runs=$(timeout 300 ./inject "$error" "$work/runs-$error" "$work/program")
    check "errno $error: ${runs% *} runs, more than a hundred" test "${runs% *}" -gt 100
    python3 -IS "$SRC/test/faults/injected.py" "runs-$error" "$BUILD" 1280 \
        "child,waited 1,status 768,351 calls" 351 30 >found
    same "errno $error: each run" "" "$(head -n -1 found | head -n 20)"
    read -r whole lacking raws <<<"$(tail -n 1 found)"
    check "errno $error: most profiles are whole ($whole; $lacking; $raws)" test "$whole" -gt 300
    rm -r "runs-$error"
done

# always CASE WHAT WHOLE: all calls of one kind fail; the program's own file is there, or raw, or is not.
always() {
    rm -rf always && mkdir always
    ./inject "$2" "$work/always" "$work/program" >failed
    check "$1: calls failed" grep -qv '^0 ' failed
    python3 -IS "$SRC/test/faults/injected.py" always "$BUILD" 1280 \
        "child,waited 1,status 768,351 calls" 351 30 >found
    same "$1: each run, whole profiles" "$3" "$(sed 's/ .*//' found)"
}
# As with kernels before 5.14 (MADV_POPULATE_WRITE is 23), and 3.17.
always "no MADV_POPULATE_WRITE" 22,28,23 2
always "no getrandom" 38,318 2
always "no helper" 11,56 2
exit "$failed"
