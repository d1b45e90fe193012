#!/bin/bash
# bench.sh [--small] [--rounds N] [--json FILE] [WORKLOAD...] - what a call costs under cprof, under
# hooks that only read the clock twice, and under uftrace; see bench.py. BUILD is the folder of
# cprof (default: build). Real programs come from test/real/sources.sh; --small leaves them out.
set -u
SRC=$(cd "$(dirname "$0")/.." && pwd)
BUILD=${BUILD:-$SRC/build}
# shellcheck source=../test/real/sources.sh
. "$SRC/test/real/sources.sh"
DIR=$(mktemp -d)
trap 'rm -rf "$DIR"' EXIT

fail() {
    echo "bench.sh: $1" >&2
    exit 1
}

command -v uftrace >/dev/null || fail "uftrace is missing: apt-get install uftrace"
cp "$BUILD/libcprof.so" "$DIR/" || fail "no $BUILD/libcprof.so: run make"
for name in two_clock_reads timer; do
    gcc -O2 -shared -fPIC -o "$DIR/$name.so" "$SRC/bench/$name.c" || exit 1
done
gcc -D_GNU_SOURCE -O2 -shared -fPIC -fvisibility=hidden -static-libgcc -o "$DIR/counter.so" \
    "$SRC/test/oracle/counter.c" "$SRC/test/oracle/chain.c" || exit 1
for name in fib wide contexts deep; do
    gcc -g -O2 -finstrument-functions -o "$DIR/$name" "$SRC/bench/work/$name.c" &&
        gcc -g -O2 -o "$DIR/$name.plain" "$SRC/bench/work/$name.c" || exit 1
done
if [ "${1:-}" = --small ]; then
    shift
else
    "$SRC/test/real/inputs.py" "$DIR/inputs" || exit 1
    for name in lua bzip2 cjpeg mujs; do
        build $name gcc O2 || fail "$name was not built; see $LOG"
        ln -s "$BINARY" "$DIR/$name"
        build $name gcc plain || fail "$name was not built; see $LOG"
        ln -s "$BINARY" "$DIR/$name.plain"
    done
fi
"$SRC/bench/bench.py" "$DIR" "$@"
