#!/bin/bash
# test_compare.sh: does the comparison find what differs? A run whose counts agree, and then with
# one number changed at a time. BUILD is the folder of cprof (default: build).
# shellcheck disable=SC2016  # $ is awk's
set -u
HERE=$(cd "$(dirname "$0")" && pwd)
BUILD=${BUILD:-$HERE/../../build}
CC=${CC:-gcc}
DIR=$(mktemp -d)
trap 'rm -rf "$DIR"' EXIT
failed=0

# expect NAME STATUS PATTERN OPTIONS... : runs compare.py on $DIR/changed
expect() {
    local text status
    text=$("$HERE/compare.py" "${@:4}" 2>&1)
    status=$?
    if [ $status -eq "$2" ] && grep -q "$3" <<<"$text"; then
        echo "ok - compare: $1"
    else
        echo "not ok - compare: $1: status $status: $text"
        failed=1
    fi
}

# change AWK_PROGRAM: counts as if the program had run otherwise
change() { awk "$1 1" "$DIR/counts" >"$DIR/changed"; }

"$CC" -D_GNU_SOURCE -O2 -shared -fPIC -fvisibility=hidden -static-libgcc -o "$DIR/libcounter.so" \
    "$HERE/counter.c" "$HERE/chain.c" &&
    "$CC" -D_GNU_SOURCE -g -O0 -finstrument-functions -o "$DIR/program" "$HERE/program.c" \
        -pthread &&
    cp "$BUILD/libcprof.so" "$DIR/" || exit 1
COUNTER_RBP=1 COUNTER_OUT=$DIR/counts CPROF_OUT=$DIR/x.prof \
    LD_PRELOAD="$DIR/libcounter.so $DIR/libcprof.so" "$DIR/program" jump 100
raw=$(find "$DIR" -name '*.raw')

change ''
expect "equal calls and callers" 0 '^$' --edges "$DIR/changed" "$raw"
change '$1 == "call" && !done {$3++; done = 1}'
expect "one call more" 1 '^calls: .*counted' "$DIR/changed" "$raw"
change '$1 == "call" && !done {done = 1; next}'
expect "a function that was not counted" 1 '^calls: .*counted 0' "$DIR/changed" "$raw"
change '$1 == "edge" && !done {$4--; done = 1}'
expect "one call from another caller" 1 '^edge: ' --edges "$DIR/changed" "$raw"
change '$1 == "total" {$3++}'
expect "one exit more" 1 '^balance: ' "$DIR/changed" "$raw"
change '$1 == "total" {$4++}'
expect "an event that the counter lost" 1 '^oracle: ' "$DIR/changed" "$raw"

"$BUILD/cprof-symbolize" -o "$DIR/x.prof" "$raw" || exit 1
change ''
expect "equal rows" 0 '^$' --prof "$DIR/changed" "$DIR/x.prof"
change '$1 == "call" && !done {$3++; done = 1}'
expect "a row with another count" 1 '^row: ' --prof "$DIR/changed" "$DIR/x.prof"
change '$1 == "edge" && $2 > 1 && !done {$4++; done = 1}'
expect "a caller with another count" 1 '^caller: ' --prof "$DIR/changed" "$DIR/x.prof"
exit $failed
