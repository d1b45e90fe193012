#!/bin/bash
# test_counter.sh: is the oracle itself right? Programs with known counts, -O0, gcc or $CC.
set -u
HERE=$(cd "$(dirname "$0")" && pwd)
CC=${CC:-gcc}
DIR=$(mktemp -d)
trap 'rm -rf "$DIR"' EXIT
cd "$DIR" || exit 1
failed=0

# report NAME EXPECTED FOUND
report() {
    if [ "$2" = "$3" ]; then
        echo "ok - counter: $1"
    else
        echo "not ok - counter: $1: expected '$2', found '$3'"
        failed=1
    fi
}

# count MODE [N]: runs the program, its files are MODE.PID
count() {
    COUNTER_RBP=1 COUNTER_OUT=$1.%p LD_PRELOAD=$DIR/libcounter.so ./program "$@"
}

# calls FILE FUNCTION -> "ENTERS EXITS"; edges FILE CALLER CALLEE -> COUNT
calls() { awk -v a="${address[$2]}" '$1 == "call" && $2 == a {print $3, $4}' "$1"; }
edges() {
    awk -v a="${address[$2]}" -v b="${address[$3]}" \
        '$1 == "edge" && $2 == a && $3 == b {print $4}' "$1"
}

"$CC" -D_GNU_SOURCE -O2 -shared -fPIC -fvisibility=hidden -static-libgcc -o libcounter.so \
    "$HERE/counter.c" "$HERE/chain.c" &&
    "$CC" -D_GNU_SOURCE -O0 -no-pie -finstrument-functions -o program "$HERE/program.c" \
        -pthread || exit 1
declare -A address
while read -r name value; do
    address[$name]=$value
done < <(nm --defined-only program | awk '{sub(/^0*/, "", $1); print $3, $1}')
address[nobody]=0 address[broken]=1

for mode in return _exit quick_exit vfork; do
    count $mode
    report "$mode: calls" "3 3" "$(calls $mode.* leaf)"
    report "$mode: files" "1" "$(find . -name "$mode.*" | wc -l)"
done

count fork 5
report "fork: parent and child" "3 3,5 5" \
    "$(for f in fork.*; do calls "$f" leaf; done | sort | paste -sd,)"
report "fork: the child's exits from carried frames" "0 1,1 1" \
    "$(for f in fork.*; do calls "$f" main | sed 's/^$/0 0/'; done | sort | paste -sd,)"

count threads 1000
report "1,000 threads" "100003 100003" "$(calls threads.* leaf)"

count ticks 2000
read -r enters exits < <(calls ticks.* leaf)
read -r handled _ < <(calls ticks.* on_tick)
report "signals: enters are exits" "$enters" "$exits"
report "signals: every call counted" "$enters" \
    "$(($(calls ticks.* middle | cut -d' ' -f1) * 1000 - 997 + handled))"

(ulimit -s "$(ulimit -H -s)" && count deep 1000000)
report "deep: calls" "1000000 1000000" "$(calls deep.* deep)"
report "deep: recursion" "999999" "$(edges deep.* deep deep)"
report "deep: first call" "1" "$(edges deep.* main deep)"

count jump 1000
report "longjmp: enters without exits" "5000 0" "$(calls jump.* thrower)"
report "longjmp: the first call after it" "1000" "$(edges jump.* catcher leaf)"
report "longjmp: callers of thrower" "1000 4000" \
    "$(edges jump.* catcher thrower) $(edges jump.* thrower thrower)"

count sort
report "call-back: its caller through libc" "$(calls sort.* compare | cut -d' ' -f1)" \
    "$(edges sort.* sorter compare)"
report "call-back: no broken chain" "" "$(edges sort.* broken compare)"
exit $failed
