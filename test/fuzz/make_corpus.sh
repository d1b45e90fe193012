#!/usr/bin/env bash
# make_corpus.sh DIR - writes inputs to begin with to DIR/prof and DIR/raw: profiles of programs in
# test/progs, and raw files that killed ones left. What is in corpus/ was made of these,
# and of what fuzzing found, by libFuzzer's -merge=1.
# Environment: BUILD, SRC, CC.
set -u
to=$1
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
mkdir -p "$to/prof" "$to/raw" && cd "$work" || exit 1

# pack RAW: as fuzz_raw.c reads it.
pack() {
    python3 -IS - "$1" <<'EOF'
import struct, sys
raw = open(sys.argv[1], "rb").read(1 << 20)
words = [raw[i:i + 8] for i in range(0, min(len(raw), 48 * 4096), 8)]
at = 0
while at < len(words):
    first = at
    while first < len(words) and not any(words[first]):
        first += 1
    end = first
    while end < len(words) and end - first < 255 and any(words[end]):
        end += 1
    if end == first:
        break
    sys.stdout.buffer.write(struct.pack("<HB", first - at, end - first) + b"".join(words[first:end]))
    at = end
EOF
}

# A library without its helper leaves the raw file.
cp "$BUILD/libcprof.so" . || exit 1
while read -r name source arguments; do
    "$CC" -D_GNU_SOURCE -O1 -g -ffile-prefix-map="$SRC=/src" -finstrument-functions -I"$SRC/preload" "$SRC/test/progs/$source.c" -o a -pthread || exit 1
    rm -f out.prof*
    # shellcheck disable=SC2086
    LD_PRELOAD=$PWD/libcprof.so ./a $arguments >output 2>&1
    for raw in out.prof.*.raw; do
        pack "$raw" >"$to/raw/$name" && "$BUILD/cprof-symbolize" -o "$to/prof/$name" --keep "$raw" || exit 1
    done
done <<'EOF'
tail steps work=3
killed steps work=2 kill
threads threads join 3 5
thread_rows threads destructor 2 2
jumps jumps 3
inlined inlined 3
signals signals nested
EOF
