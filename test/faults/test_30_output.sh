#!/bin/bash
# No place for a profile: the program is not harmed and says nothing unless asked; the tools say which path
# and why. Nobody's file is overwritten but an older profile.
# shellcheck disable=SC2154,SC2016 # status, work, failed: lib.sh; $ in single quotes is meant
# shellcheck source-path=SCRIPTDIR/../..
. "$SRC/test/e2e/lib.sh"

build "$CC" steps "$PROGS/steps.c" -O1
chmod 755 "$work"
nobody=()
[ "$(id -u)" != 0 ] || nobody=(setpriv --reuid=65534 --clear-groups)

# Where everybody may read.
mkdir "$work/lib" && cp "$LIBRARY" "$BUILD/cprof-symbolize" "$REPORT" "$work/lib" && chmod -R a+rX "$work/lib" || exit 1
library=$work/lib/libcprof.so
symbolize=$work/lib/cprof-symbolize
as=()

# unharmed CASE OUT STEP...: with CPROF_OUT=OUT, says its 500 calls and, with CPROF_VERBOSE, a line of cprof's.
unharmed() {
    local name=$1 out=$2
    shift 2
    run "${as[@]}" env LD_PRELOAD="$library" CPROF_OUT="$out" "$work/steps" "$@" work=500 run=: say
    same "$name: status, output" "0  500" "$status $(cat ../err) $(cut -d' ' -f2 ../out)"
    run "${as[@]}" env LD_PRELOAD="$library" CPROF_VERBOSE=1 CPROF_OUT="$out" "$work/steps" "$@" work=500 say
    same "$name, verbose: status, output" "0 500" "$status $(cut -d' ' -f2 ../out)"
    same "$name, verbose: said in a line" "1 1" "$(wc -l <../err) $(grep -c '^cprof: ' ../err)"
    same "$name: no file" "" "$(find . -type f -size +0)"
}

# refused CASE TEXT COMMAND...: the command fails with status 1 and one line on stderr that holds TEXT.
refused() {
    local name=$1 text=$2
    shift 2
    run "$@"
    same "$name: status, lines" "1 1" "$status $(wc -l <../err)"
    check "$name: said" grep -qF -e "$text" ../err
}

# ---- the library

fresh
unharmed "no such folder" nowhere/out.prof
unharmed "no name" nowhere/
touch file
unharmed "a file for a folder" file/out.prof
mkdir closed && chmod 555 closed
as=("${nobody[@]}")
unharmed "a folder that cannot be written" closed/out.prof
as=()
unharmed "a name that is too long" "$(printf '%0250d' 0)"
long=$(printf 'd%.0s' {1..200})
unharmed "a path that is too long" "$(for _ in {1..25}; do printf '%s/' "$long"; done)out.prof"
mkfifo pipe
unharmed "a pipe" pipe
if mknod device c 1 3 2>/dev/null; then
    unharmed "a device" device
fi

(
    mkdir deleted && cd deleted && rmdir ../deleted || exit 1
    LD_PRELOAD=$library "$work/steps" work=500 say >"$work/out" 2>"$work/err"
    echo $? >"$work/status"
)
same "a folder that was deleted: status, output" "0  500" "$(cat "$work/status") $(cat "$work/err") $(cut -d' ' -f2 "$work/out")"

# A line feed, a tab and a quote in the name, and in the folder's.
fresh
mkdir $'new\nline'
run env LD_PRELOAD="$library" CPROF_OUT=$'new\nline/out\t".prof' "$work/steps" work=500
same "a name with a line feed: status, output" "0 " "$status $(cat ../out ../err)"
check "a name with a line feed: report" convert $'new\nline/out\t".prof'
same "a name with a line feed in its folder: calls" "500" "$(awk '/\(leaf\)$/ {print $1}' ../report)"

# ---- what is there already

# kept CASE FILE: the raw file of FILE stays, and the report says, of FILE, why.
kept() {
    run env LD_PRELOAD="$library" CPROF_OUT="$2" "$work/steps" work=500
    same "$1: status, output" "0 " "$status $(cat ../out ../err)"
    same "$1: the raw file stays" 1 "$(find . -name "$2.*.raw" | wc -l)"
    run "$REPORT" "$2"
    same "$1: report: status" 1 "$status"
    check "$1: report: said" grep -qE "^cprof-symbolize: (\\./)?$2: cannot write: exists and is not" ../err
    rm -f -- "$2".*.raw
}

fresh
mkdir taken.prof
kept "a folder in the profile's place" taken.prof
echo precious >victim
ln -s victim link.prof
kept "a symbolic link in the profile's place" link.prof
same "a symbolic link: where it leads" "precious link.prof" "$(cat victim) $(find . -type l -printf '%P')"
printf 'int main(void) { return 0; }\n' >app.c
kept "a source file in the profile's place" app.c
same "a source file: it stays" "int main(void) { return 0; }" "$(cat app.c)"
printf '{"a": 1}\n' >data.json
kept "a JSON file in the profile's place" data.json
: >empty.prof
run env LD_PRELOAD="$library" CPROF_OUT=empty.prof "$work/steps" work=500
same "an empty file is replaced" 500 "$(calls empty.prof leaf)"
run env LD_PRELOAD="$library" CPROF_OUT=empty.prof "$work/steps" work=501
same "an older profile is replaced" 501 "$(calls empty.prof leaf)"
python3 -IS -c 'import marshal; marshal.dump({("a.py", 1, "f"): (1, 1, 0.5, 0.5, {})}, open("python.prof", "wb"))'
run env LD_PRELOAD="$library" CPROF_OUT=python.prof "$work/steps" work=502
same "an older profile of Python's is replaced" 502 "$(calls python.prof leaf)"
same "profiles are their owner's alone" "600 600" "$(stat -c %a empty.prof python.prof | paste -sd' ')"

# How the raw file is made: new, by nobody's link, for its owner alone.
if command -v strace >/dev/null; then
    fresh
    run strace -o ../trace -e trace=openat -E LD_PRELOAD="$library" "$work/steps" work=5
    same "the raw file is made so" "O_RDWR|O_CREAT|O_EXCL|O_NOFOLLOW|O_CLOEXEC, 0600" \
        "$(sed -n 's/.*\.raw\.new", \(.*\)) = .*/\1/p' ../trace)"
fi

# ---- strangers' files in a folder for all

if [ "$(id -u)" = 0 ]; then
    fresh
    chmod 1777 .
    run env LD_PRELOAD="$library" "$work/steps" work=7
    before=$(md5sum out.prof)
    run "${nobody[@]}" env LD_PRELOAD="$library" "$work/steps" work=500
    same "another user's profile: status, output" "0 " "$status $(cat ../out ../err)"
    same "another user's profile stays" "$before" "$(md5sum out.prof)"
    check "another user's profile: it is reported without the stranger's run" convert out.prof
    same "another user's profile: calls" "7" "$(awk '/\(leaf\)$/ {print $1}' ../report)"
    same "another user's profile: the stranger's raw file stays" 1 "$(find . -name '*.raw' -user nobody | wc -l)"
    refused "another user's profile, by the stranger" "out.prof: cannot write: exists and cannot be read: " \
        "${nobody[@]}" "$symbolize" -- *.raw
    same "another user's profile stays, after that" "$before" "$(md5sum out.prof)"
fi

# ---- the tools

fresh
run env LD_PRELOAD="$library" "$work/steps" work=500 kill
raw=$(find . -name '*.raw' -printf '%P')
cp "$raw" ../raw
mkdir folder closed && chmod 555 closed && mkfifo pipe && ln -s ../raw link && echo text >text
for tool in "$symbolize -o" "$work/lib/cprof-report --dump"; do
    name=${tool##*/}
    name=${name% *}
    if [ "$name" = cprof-report ]; then
        run "$symbolize" -o ok.prof --keep "$raw"
        file=ok.prof
    else
        file=$raw
    fi
    # shellcheck disable=SC2086
    for place in folder pipe link text nowhere/x.prof text/x.prof /dev/full; do
        case $place in
        folder | pipe | link | /dev/full) why="exists and is not a regular file" ;;
        text) why="exists and is not a profile" ;;
        nowhere/*) why="No such file or directory" ;;
        text/*) why="Not a directory" ;;
        esac
        refused "$name: $place" "$name: $place: cannot write: $why" $tool "$place" "$file"
    done
    cp "$file" "$work/readable" && chmod 644 "$work/readable"
    # shellcheck disable=SC2086
    refused "$name: a folder that cannot be written" "closed/x.prof: cannot write: Permission denied" \
        "${nobody[@]}" $tool closed/x.prof "$work/readable"
done
same "what was there stays" "text pipe link folder" "$(cat text) $(find . -type p -printf '%P') \
$(find . -type l -printf '%P') $(find . -name folder -type d -printf '%P')"
same "no temporary file is left" "" "$(find . -name '.cprof-*')"
refused "stdout on a full disk" "cprof-report: the output cannot be written: No space left on device" \
    bash -c '"$0" ok.prof >/dev/full' "$REPORT"
ln -s ../raw out.prof.1.2.raw
refused "a raw file that is a symbolic link" "out.prof.1.2.raw: " "$symbolize" out.prof.1.2.raw
refused "the launcher: a file that is no profile" "cprof: -o text: is there and is not a profile" \
    "$BUILD/cprof" -o text "$work/steps" work=5
same "the launcher: it stays" "text" "$(cat text)"
exit "$failed"
