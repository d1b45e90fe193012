#!/bin/bash
# Row 29: hostile .prof and raw files: an error that names the file and the offset, status 1, in bounded
# time and memory. (Every byte cut off or flipped, in one process: test_tail, test_profile, test_raw_read;
# and make fuzz.)
# shellcheck disable=SC2154 # work, failed: lib.sh
# shellcheck source-path=SCRIPTDIR/../..
. "$SRC/test/e2e/lib.sh"

SYMBOLIZE=$BUILD/cprof-symbolize
MEMORY=1500000 # KB of address space
[ -z "${SAN:-}" ] || MEMORY=unlimited # sanitizers take terabytes

# refused CASE PATTERN COMMAND...: the command says one line that PATTERN matches, and ends with 1.
refused() {
    local name=$1 pattern=$2 status said
    shift 2
    said=$( (ulimit -v $MEMORY -t 20 && exec "$@") 2>&1 >/dev/null </dev/null)
    status=$?
    if [ $status = 1 ] && [[ $said == *": "* ]] && [ "$(wc -l <<<"$said")" = 1 ] && grep -qE -- "$pattern" <<<"$said"; then
        ok "$name"
    else
        not_ok "$name" "status $status, '${said:0:300}' is not '$pattern'"
    fi
}

# ---- profiles that lie

python3 -IS - <<'EOF' || exit 1
import marshal, struct
def key(name, line=1): return b"(\3\0\0\0" + b"t\1\0\0\0a" + b"i" + struct.pack("<i", line) + b"t" + struct.pack("<I", len(name)) + name
def numbers(count=b"i\1\0\0\0", time=b"g" + struct.pack("<d", .5)): return count * 2 + time * 2
def row(*more): return key(b"f") + b"(\5\0\0\0" + numbers(*more) + b"{0"
def write(name, data):
    with open(name, "wb") as f: f.write(data)
write("good", b"{" + row() + b"0")
write("empty", b"")
write("huge_tuple", b"{(" + b"\xff\xff\xff\x7f")
write("negative_tuple", b"{(" + b"\xff\xff\xff\xff")
write("huge_string", b"{(\3\0\0\0t\xff\xff\xff\x7fabc")
write("huge_integer", b"{" + row(b"l\xff\xff\xff\x7f" + 100 * b"\1\1") + b"0")
write("deep", b"{" + 1000000 * b"(\1\0\0\0")
write("deep_dicts", 1000000 * b"{")
write("own_reference", b"{\xa8\3\0\0\0r\0\0\0\0")
write("reference_ahead", b"{(\3\0\0\0r\7\0\0\0")
write("unfinished_reference", b"\xfb\xa8\3\0\0\0r\1\0\0\0")
for name, value in ("nan", float("nan")), ("inf", float("inf")):
    write(name, b"{" + row(b"i\1\0\0\0", b"g" + struct.pack("<d", value)) + b"0")
write("negative", b"{" + row(b"i\xff\xff\xff\xff", b"g" + struct.pack("<d", -1e300)) + b"0")
write("twice", b"{" + row() + row() + b"0")
long_name = b"\xf4" + struct.pack("<I", 100000) + 100000 * b"x"
write("names", b"{" + b"".join(b"(\3\0\0\0" + (long_name if i == 0 else b"r\0\0\0\0") + b"i" + struct.pack("<i", i) + b"r\0\0\0\0"
      + b"(\5\0\0\0" + numbers() + b"{0" for i in range(20000)) + b"0")
good = open("good", "rb").read()
def section(number, size, count, length, body=b""): return struct.pack("<IIQQ", number, size, count, length) + body
process = section(1, 76, 1, 76, struct.pack("<4IdQ5dI", 1, 1, 1, 1, 1.0, 0, 1, 0, 0, 1, 0, 0))
def tail(*sections, count=None, version=1):
    data = b"\x89CPROF\r\n" + struct.pack("<II", version, len(sections) if count is None else count) + b"".join(sections)
    return good + data + struct.pack("<Q", len(good)) + b"CPROFEND"
node = lambda symbol, parent: struct.pack("<2IQ4d", symbol, parent, 1, 1, 0, 1, 1)
thread = section(4, 76, 1, 76, struct.pack("<4I7QI", 1, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0))
root = node(0xFFFFFFFF, 0)
write("tail", tail(process))
write("tail_version", tail(process, version=99))
write("tail_sections", tail(process, count=0xFFFFFFFF))
write("tail_records", tail(process, section(5, 48, 1 << 60, 0)))
write("tail_empty_records", tail(process, section(5, 0, 1 << 31, 0)))
write("tail_length", tail(process, section(5, 48, 0, (1 << 64) - 8)))
write("tail_cycle", tail(process, thread, section(5, 48, 3, 144, root + node(0xFFFFFFFF, 2) + node(0xFFFFFFFF, 1))))
write("tail_no_thread", tail(process, section(5, 48, 1, 48, root)))
write("tail_twice", tail(process, process))
EOF
run "$REPORT" good
same "a good one is read" 0 "$status"
run "$REPORT" tail
same "a good one with a tail is read" 0 "$status"
for file in huge_tuple negative_tuple huge_string huge_integer deep deep_dicts own_reference reference_ahead \
    unfinished_reference nan inf names tail_version tail_sections tail_records tail_empty_records tail_length tail_cycle \
    tail_no_thread tail_twice; do
    refused "$file" "^cprof-report: $file: .*\(.* at offset [0-9]+\)$" "$REPORT" $file
done
refused "empty file" '^cprof-report: empty: not a profile \(the file is empty\)$' "$REPORT" empty
for file in negative twice; do # Python reads these, too
    run "$REPORT" $file
    same "$file: is shown" "0 1" "$status $(grep -c 'a:1(f)' ../out)"
done

# ---- what is no file

fresh
cp ../good .
mkdir folder
mkfifo pipe
python3 -IS -c 'import socket; socket.socket(socket.AF_UNIX).bind("socket")'
truncate -s 5G sparse
ln -s nowhere dangling
ln -s loop loop
for file in folder pipe socket /dev/zero /dev/null /dev/full sparse dangling loop /proc/self/mem; do
    refused "$file as a profile" "^cprof-report: $file: " "$REPORT" $file
    refused "$file as a raw file" "^cprof-symbolize: $file: " "$SYMBOLIZE" $file
done
refused "/dev/zero as standard input" '^cprof-report: -: ' bash -c '"$1" - </dev/zero' - "$REPORT"

python3 -IS -c 'import marshal, sys
rows = {("/a.c", i, "f%d" % i): (1, 1, 0.5, 0.5, {}) for i in range(20000)}
marshal.dump(rows, sys.stdout.buffer)' >large
same "a large one, in many pieces" "20000 251 0" "$(cat large | "$REPORT" - --restrict 1 |
    awk '/function calls/ { print $1 }') $(head -c 1 large | od -An -tu1 | tr -d ' ') ${PIPESTATUS[0]}"

# A file that grows while it is read is what it was at the beginning.
(while cat good >>growing; do :; done) &
writer=$!
until [ -s growing ]; do :; done
run "$REPORT" growing
kill $writer && wait $writer 2>/dev/null
same "a file that grows" 0 "$status"

# ---- raw files

compiler=$(compilers | head -n 1)
build "$compiler" steps "$PROGS/steps.c" -I"$SRC/preload"
fresh
run env LD_PRELOAD="$LIBRARY" ../steps work=100000 kill
raw=$(echo out.prof.*.raw)
check "a killed program leaves a raw file" test -f "$raw"
cp --sparse=always "$raw" whole.raw

# change FILE OFFSET WIDTH VALUE: a copy of the raw file with a number changed.
change() {
    cp --sparse=always whole.raw "$1" && python3 -IS - "$@" <<'EOF'
import struct, sys
with open(sys.argv[1], "r+b") as f:
    f.seek(int(sys.argv[2]))
    f.write(struct.pack({"4": "<I", "8": "<Q"}[sys.argv[3]], int(sys.argv[4])))
EOF
}
change version.raw 8 4 99
refused "a raw file of another version" '^cprof-symbolize: version.raw: .* \(at offset 8\)$' "$SYMBOLIZE" -o x version.raw
change used.raw 24 8 0
refused "a raw file in which nothing is used" '^cprof-symbolize: used.raw: .* \(at offset 24\)$' "$SYMBOLIZE" -o x used.raw
change vast.raw 24 8 $((1 << 60))
truncate -s 5G vast.raw
run bash -c 'ulimit -v $1 -t 60 && exec "$2" -o x vast.raw' - unlimited "$SYMBOLIZE"
check "a raw file of 5 GB, all holes, is read or refused" test $status -le 1
for size in 0 7 8 100 2900 4095; do
    head -c $size whole.raw >cut.raw
    refused "a raw file of $size bytes" '^cprof-symbolize: cut.raw: ' "$SYMBOLIZE" -o x cut.raw
done

# Of a live process, read again and again while it makes calls: always a profile, and never fewer calls.
mkfifo go
preloaded ../steps work=200000 work=200000 work=200000 work=200000 wait <go >/dev/null &
exec 9>go
until raws=$(ls out.prof.*.raw 2>/dev/null | grep -v "^$raw$") && [ -n "$raws" ]; do :; done
last=0 wrong=
for _ in 1 2 3 4 5 6 7 8; do
    "$SYMBOLIZE" -o live.prof "$raws" 2>why || { grep -q 'no calls' why || wrong=$(cat why); continue; }
    now=$(calls live.prof leaf)
    now=${now##* }
    [ "${now:-0}" -ge "$last" ] || wrong="$now after $last"
    last=$now
done
exec 9>&-
wait
same "a live file, read eight times" "" "$wrong"
exit "$failed"
