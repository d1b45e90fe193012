#!/usr/bin/env bash
# cprof-symbolize by hand, on what killed processes left. What it knows of every kind of build: see
# test/faults/test_26_builds.sh.
# shellcheck source-path=SCRIPTDIR
. "$SRC/test/e2e/lib.sh"

SYMBOLIZE=$BUILD/cprof-symbolize
C=$PROGS/sym_c.c

# at SOURCE WORD: "SOURCE:LINE" of the line that is marked with :WORD:
at() {
    echo "$1:$(grep -n ":$2:" "$1" | cut -d: -f1)"
}

# rows PROFILE: every row as FILE:LINE(NAME) CALLS, sorted.
rows() {
    python3 -IS "$SRC/test/e2e/rows.py" "$1" | sed -n 's:^\([^ ].*\) \([0-9]*\)/[0-9]* [^ ]* [^ ]*$:\1 \2:p' |
        LC_ALL=C sort
}

sorted() {
    printf '%s\n' "$@" | LC_ALL=C sort
}

expected_c=$(sorted "$(at "$C" main)(main) 1" "$(at "$C" visible)(visible) 10" "$(at "$C" leaf)(leaf) 20")

# ---- by hand ----

cd "$work" && build "$CC" program "$C"

# dead: a fresh folder with the raw file of a run that was killed, in $raw.
dead() {
    fresh
    preloaded ../program die >/dev/null 2>&1
    raw=$(echo out.prof.*.raw)
}

# session FILE: PID:START:RANDOM from the header of a raw file.
session() {
    python3 -IS -c 'import struct, sys
pid, _, start, random = struct.unpack_from("<IIQQ", open(sys.argv[1], "rb").read(4096), 64)
print("%d:%d:%x" % (pid, start, random))' "$1"
}

dead
check "a killed process' raw file converts" "$SYMBOLIZE" "$raw"
same "it has every call" "$expected_c" "$(rows out.prof)"
same "the raw file is removed" out.prof "$(echo ./* | sed 's:\./::g; s/why//; s/ $//')"

dead
check "--keep" "$SYMBOLIZE" --keep "$raw"
same "--keep leaves the raw file" "$expected_c $raw" "$(rows out.prof) $(echo out.prof.*.raw)"
"$SYMBOLIZE" -o - "$raw" >stdout.prof
same "-o - writes to stdout" "$expected_c" "$(rows stdout.prof)"
check "-o - leaves the raw file" test -e "$raw"
check "-o FILE" "$SYMBOLIZE" -o other.prof "$raw"
same "-o FILE writes there, and removes the raw file" "$expected_c out.prof.*.raw" \
    "$(rows other.prof) $(echo out.prof.*.raw)"

dead
first=$raw
preloaded ../program die >/dev/null 2>&1
for f in out.prof.*.raw; do
    [ "$f" = "$first" ] || second=$f
done
check "the later of two raw files of one name" "$SYMBOLIZE" "$second"
same "removes the earlier one, too" "out.prof.*.raw" "$(echo out.prof.*.raw)"

dead
first=$raw
preloaded ../program die >/dev/null 2>&1
check "the earlier of two raw files of one name" "$SYMBOLIZE" "$first"
check "leaves the later one" test -e "$(echo out.prof.*.raw)"

dead
first=$raw
CPROF_OUT=second.prof preloaded ../program die >/dev/null 2>&1
check "--session" "$SYMBOLIZE" --session "$(session "$first")" .
same "--session converts what is of the session" "$expected_c" "$(rows out.prof)"
check "--session leaves what is of another one" test -e "$(echo second.prof.*.raw)"

# ---- a process that runs ----

fresh
LD_PRELOAD=$LIBRARY ../program wait >/dev/null 2>&1 &
pid=$!
for ((i = 0; i < 600; i++)); do
    "$SYMBOLIZE" -o snapshot.prof out.prof.*.raw 2>../why &&
        [ "$(rows snapshot.prof)" = "$expected_c" ] && break
    sleep 0.05
done
same "a snapshot of a running process" "$expected_c" "$(rows snapshot.prof)"
"$SYMBOLIZE" out.prof.*.raw 2>../why
same "without -o it is refused" "1 1" "$? $(grep -c 'still running' ../why)"
check "and its raw file stays" test -e "$(echo out.prof.*.raw)"
kill -9 $pid
wait $pid 2>/dev/null

# ---- what is not as it should be ----

# refused CASE STATUS PATTERN COMMAND...: one line on stderr, nothing on stdout.
refused() {
    "${@:4}" >../out 2>../err
    local status=$?
    if [ $status = "$2" ] && [ "$(wc -l <../err)" = 1 ] && [ ! -s ../out ] && grep -q "$3" ../err; then
        ok "$1"
    else
        not_ok "$1" "status $status, $(head -c 300 ../err)"
    fi
}

dead
cp "$raw" good
refused "no argument" 2 'no raw file' "$SYMBOLIZE"
refused "an option that is none" 2 "unrecognized option" "$SYMBOLIZE" --none
refused "-o with two files" 2 'one raw file' "$SYMBOLIZE" -o x good good
refused "a session that is none" 2 'PID:START:RANDOM' "$SYMBOLIZE" --session 1:2 .
refused "a folder that is not there" 1 '/nowhere: No such file' "$SYMBOLIZE" --session 1:2:3 /nowhere
refused "a file that is not there" 1 'none.raw: .*No such file' "$SYMBOLIZE" none.raw
refused "a folder" 1 'cannot be read' "$SYMBOLIZE" .
mkfifo pipe
refused "a pipe" 1 'not a regular file' "$SYMBOLIZE" pipe
: >empty
refused "an empty file" 1 'empty: not a raw file.*at offset 0' "$SYMBOLIZE" empty
refused "a foreign file" 1 'not a raw file' "$SYMBOLIZE" "$C"
head -c 4096 good >header.raw
refused "a header alone" 1 'header.raw: ' "$SYMBOLIZE" header.raw
refused "an output folder that is not there" 1 '/nowhere/x' "$SYMBOLIZE" -o /nowhere/x good
check "a failed conversion leaves the raw file" test -e good
sed 's:out\.prof:../evil:' good >evil.raw
refused "a name that leads out of the folder" 1 'name to publish' "$SYMBOLIZE" evil.raw
check "nothing was written there" test ! -e ../evil
ln -s good link.raw
refused "a symbolic link" 1 'link.raw: ' "$SYMBOLIZE" link.raw
"$SYMBOLIZE" none.raw good 2>/dev/null
same "one bad file does not keep the others" "1 $expected_c" "$? $(rows out.prof)"

exit "$failed"
