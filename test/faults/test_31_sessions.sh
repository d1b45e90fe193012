#!/bin/bash
# Which profiles there are after a run, what they are called and who makes them.
# shellcheck disable=SC2154 # status, work, failed: lib.sh
# shellcheck source-path=SCRIPTDIR/../..
. "$SRC/test/e2e/lib.sh"

build "$CC" steps "$PROGS/steps.c" -O1
build "$CC" processes "$SRC/test/faults/20_processes.c" -O1
mkdir "$work/lib" && cp "$LIBRARY" "$work/lib" || exit 1

# A helper that writes down each of its starts.
cat >"$work/lib/cprof-symbolize" <<END2
#!/bin/sh
echo "\$@" >>$work/starts
exec $BUILD/cprof-symbolize "\$@"
END2
chmod +x "$work/lib/cprof-symbolize"
logged=(env LD_PRELOAD="$work/lib/libcprof.so")

# found FILE...: the calls of leaf in each.
found() {
    local file
    for file; do
        calls "$file" leaf
    done | paste -sd' '
}

# leaves CASE FILES: what is in this folder.
leaves() {
    same "$1: files" "$2" "$(find . -type f -printf '%P\n' | sort | paste -sd' ')"
}

steps=$work/steps

# ---- many commands

fresh
for i in {1..200}; do echo "'$steps' work=$i say"; done >../script
rm -f "$work/starts"
run "${logged[@]}" sh ../script
same "200 commands: silent, status 0" "0 " "$status $(cat ../err)"
same "200 commands: one conversion" 1 "$(wc -l <"$work/starts")"
same "200 commands: only profiles are left" "200 200" "$(find . -name 'out.*.prof' | wc -l) $(find . -type f | wc -l)"
mapfile -t profiles < <(sed 's/\(.*\) .*/out.\1.prof/' ../out)
same "200 commands: every call" "$(cut -d' ' -f2 ../out | paste -sd' ')" "$(found "${profiles[@]}")"

# ---- images of one process

fresh
run env LD_PRELOAD="$LIBRARY" "$work/processes" images 4
pid=$(head -n 1 ../out | cut -d' ' -f1)
same "images: calls of each" "104 103 102 101 100" \
    "$(found out.prof "out.$pid.prof" "out.$pid.2.prof" "out.$pid.3.prof" "out.$pid.4.prof")"
same "images: nothing else is left" 5 "$(find . -type f | wc -l)"
fresh
run env LD_PRELOAD="$LIBRARY" "$steps" work=5 exec work=6 kill
check "images, the last one killed: report" convert out.prof
leaf=$(calls out.prof leaf)
check "images, the last one killed: the others" convert "$(find . -name '*.raw' -printf '%P\n' | head -n 1)"
same "images, the last one killed: calls of each" "5 6" "$leaf $(found out.*.prof)"

# ---- two runs at once

for order in "first second" "second first"; do
    fresh
    mkfifo ../first ../second
    (preloaded "$steps" work=10 wait <../first >../out.first) &
    exec 5>../first
    until grep -q ready ../out.first; do sleep 0.01; done
    (preloaded "$steps" work=20 wait say <../second >../out.second) 5>&- &
    exec 6>../second
    until grep -q ready ../out.second; do sleep 0.01; done
    if [ "${order%% *}" = first ]; then exec 5>&-; else exec 6>&-; fi
    wait -n
    exec 5>&- 6>&-
    wait
    same "two at once, $order: calls" "10 20" "$(found out.prof "out.$(tail -n 1 ../out.second | cut -d' ' -f1).prof")"
    same "two at once, $order: files" 2 "$(find . -type f | wc -l)"
    rm ../first ../second
done

# ---- a root that has ended without anybody taking notice

fresh
env LD_PRELOAD="$LIBRARY" python3 -IS - "$work/processes" <<'END2' >../out 2>../err
import os, subprocess, sys, time
preload = os.environ.pop("LD_PRELOAD")
root = subprocess.Popen([sys.argv[1], "orphan"], env={"LD_PRELOAD": preload})
for _ in range(300):
    names = os.listdir(".")
    if len(names) == 2 and all(n.endswith(".prof") for n in names):
        break
    time.sleep(0.02)
END2
same "a zombie for a root: calls" "20 7" "$(found out.prof out.*.prof)"

# ---- CPROF_OUT

fresh
mkdir sub
run env LD_PRELOAD="$LIBRARY" CPROF_OUT=sub/x%%.%n.%p.prof "$steps" work=3 say
leaves "CPROF_OUT with %n, %p, %%" "sub/x%.steps.$(cut -d' ' -f1 ../out).prof"
fresh
mkdir sub
run env LD_PRELOAD="$LIBRARY" CPROF_OUT="$PWD/sub/deep.prof" "$steps" chdir=/ work=3
leaves "CPROF_OUT absolute" "sub/deep.prof"
for order in "chdir=sub work=4" "work=4 chdir=sub"; do
    fresh
    mkdir sub
    # shellcheck disable=SC2086
    run env LD_PRELOAD="$LIBRARY" CPROF_OUT=here "$steps" $order
    leaves "$order" here
done
fresh
run env LD_PRELOAD="$LIBRARY" CPROF_OUT= "$steps" work=4
leaves "CPROF_OUT empty" out.prof
fresh
run env LD_PRELOAD="$LIBRARY" "$steps" work=5 setenv=CPROF_OUT=other.prof run="exec '$steps' work=6"
leaves "CPROF_OUT changed: a session of its own" "other.prof out.prof"
same "CPROF_OUT changed: calls" "6 5" "$(found other.prof out.prof)"
fresh
mkdir sub
run env LD_PRELOAD="$LIBRARY" "$steps" work=5 run="cd sub; '$steps' work=6 say"
leaves "a child in another folder" "out.$(cut -d' ' -f1 ../out).prof out.prof"
fresh
mkdir sub
run env LD_PRELOAD="$LIBRARY" CPROF_OUT=sub/out.%p.prof "$steps" work=5 say run="'$steps' work=6 say"
leaves "a child, by %p" "$(sed 's|\(.*\) .*|sub/out.\1.prof|' ../out | sort | paste -sd' ')"
fresh
run env LD_PRELOAD="$LIBRARY" CPROF_ENABLE=0 "$steps" work=5
leaves "CPROF_ENABLE=0" ""
fresh
run env LD_PRELOAD="$LIBRARY" CPROF_OUT=%q.prof "$steps" work=5
same "CPROF_OUT that means nothing: no file, silent, status 0" " 0 " "$(ls) $status $(cat ../err)"

# ---- a relative path in LD_PRELOAD

fresh
mkdir sub
run env LD_PRELOAD=../lib/libcprof.so "$steps" chdir=sub work=5 run="'$steps' work=6 say"
same "relative LD_PRELOAD: silent, status 0" "0 " "$status $(cat ../err)"
same "relative LD_PRELOAD: calls" "5 6" "$(found out.prof "out.$(cut -d' ' -f1 ../out).prof")"
# ---- CPROF_OUT that ends as the session's does

fresh
mkdir sub
run env LD_PRELOAD="$LIBRARY" CPROF_OUT=sub/here.prof "$steps" work=5 setenv=CPROF_OUT=here.prof run="exec '$steps' work=6"
leaves "CPROF_OUT changed to the end of what it was" "here.prof sub/here.prof"
same "CPROF_OUT changed to the end of what it was: calls" "6 5" "$(found here.prof sub/here.prof)"

# ---- a session from elsewhere

# foreign CASE SESSION: the process is a descendant of nobody here; an older profile stays what it is.
foreign() {
    fresh
    run env LD_PRELOAD="$LIBRARY" "$steps" work=4
    run env LD_PRELOAD="$LIBRARY" CPROF_SESSION="$2:$((${#PWD} + 1)):$PWD/out.prof" "$steps" work=5 say
    leaves "$1" "out.$(cut -d' ' -f1 ../out).prof out.prof"
    same "$1: calls" "5 4" "$(found out.*.prof out.prof)"
}
foreign "a session whose root is gone" "4194303:1:abc"
foreign "a session whose root's number another process has" "$$:1:abc"
fresh
run env LD_PRELOAD="$LIBRARY" CPROF_SESSION="x:y" "$steps" work=5
same "a session that is none: calls" 5 "$(found out.prof)"
fresh
run env CPROF_SESSION="4194303:1:abc:$((${#PWD} + 1)):$PWD/out.prof" "$BUILD/cprof" -o out.prof "$steps" work=5
leaves "a session from elsewhere, with the launcher" "out.prof"

# A root that is killed before its descendants end: each of them has its profile all the same.
fresh
mkfifo ../hold
run env LD_PRELOAD="$LIBRARY" "$steps" work=5 run="'$steps' work=6 wait work=7 say <../hold >../ready 2>&1 &" kill 6>&- &
root=$!
exec 5>../hold
until grep -q ready ../ready; do sleep 0.02; done
wait $root
convert out.prof
exec 5>&-
for _ in {1..300}; do
    [ "$(find . -name 'out.*.prof' | wc -l) $(find . -name '*.raw*' | wc -l)" = "1 0" ] && break
    sleep 0.02
done
same "a root that is killed before its descendant ends: calls" "5 13" "$(found out.prof out.*.prof)"

# ---- clocks

# set_start FILE SECONDS: when the raw file's process began, since the epoch.
set_start() {
    python3 -IS -c 'import struct, sys
with open(sys.argv[1], "r+b") as f:
    f.seek(56)
    f.write(struct.pack("<Q", int(sys.argv[2]) * 10**9))' "$1" "$2"
}
# shown: the calls of leaf that the report of out.prof shows.
shown() {
    convert out.prof
    awk '/\(leaf\)$/ {print $1}' ../report
}

fresh
run env LD_PRELOAD="$LIBRARY" "$steps" work=4
touch -d '+1 hour' out.prof
run env LD_PRELOAD="$LIBRARY" "$steps" work=5 kill
same "the clock was set back after a run: the later run is shown" 5 "$(shown)"
leaves "the clock was set back after a run" "out.prof"
fresh
run env LD_PRELOAD="$LIBRARY" "$steps" work=4 kill
set_start "$(find . -name '*.raw')" "$(date -d '+1 hour' +%s)"
run env LD_PRELOAD="$LIBRARY" "$steps" work=5
same "the clock was set back after a run was killed: the later run is shown" 5 "$(shown)"
leaves "the clock was set back after a run was killed" "out.prof"
fresh
run env LD_PRELOAD="$LIBRARY" "$steps" work=4
run env LD_PRELOAD="$LIBRARY" "$steps" work=5 kill
set_start "$(find . -name '*.raw')" "$(date -d '-1 hour' +%s)"
same "an older run that was killed is not shown for a later one" 4 "$(shown)"

# ---- numbers of processes that are used again

fresh
run env LD_PRELOAD="$LIBRARY" "$steps" work=5 kill
python3 -IS -c 'import struct, sys
with open(sys.argv[1], "r+b") as f:
    f.seek(40)
    f.write(struct.pack("<I", int(sys.argv[2])))' "$(find . -name '*.raw')" $$
same "another process has the number now" 5 "$(shown)"
exit "$failed"
