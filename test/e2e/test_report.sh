#!/bin/bash
# What cprof-report prints, and what it does with raw files, missing files and bad ones.
# CPROF_DIFF_CASES: how many random profiles are compared with Python's pstats (default 600).
set -u

work=$(mktemp -d) || exit 1
mkdir "$work/bin" "$work/run"
cd "$work/run" || exit 1
trap 'kill $live 2>/dev/null; rm -rf "$work"' EXIT
live=
export TZ=Europe/Berlin LC_ALL=C.UTF-8
failed=0

# cprof-report beside a stand-in for cprof-symbolize: raw files here are headers only, and the
# profile that RAW is converted to is RAW.profile.
cp "$BUILD/cprof-report" "$work/bin"
REPORT=$work/bin/cprof-report
cat >"$work/bin/cprof-symbolize" <<'END'
#!/bin/bash
echo "$@" >>calls
raw=${*: -1}
if [ ! -e "$raw.profile" ]; then
    echo "cprof-symbolize: $raw: makes no sense" >&2
    exit 1
fi
if [ "$1" = -o ]; then
    exec cat "$raw.profile"
fi
cp "$raw.profile" "$(dirname "$raw")/$(cat "$raw.name")"
rm "$raw"
END
chmod +x "$work/bin/cprof-symbolize"

ok() {
    echo "ok - $1"
}

not_ok() {
    echo "not ok - $1: $2"
    failed=1
}

# run STATUS-EXPECTED CASE ARGUMENTS...: leaves stdout and stderr in the files out and err.
run() {
    local expected=$1 name=$2 status
    shift 2
    : >calls
    "$REPORT" "$@" >out 2>err </dev/null
    status=$?
    if [ "$status" != "$expected" ]; then
        not_ok "$name" "status $status, not $expected: $(head -c 500 err)"
        return 1
    fi
}

# prints CASE: whether out is what stdin holds.
prints() {
    if diff -a - out >difference; then
        ok "$1"
    else
        not_ok "$1" "$(head -c 1000 difference)"
    fi
}

# complains STATUS CASE LINE ARGUMENTS...: LINE on stderr, nothing on stdout.
complains() {
    local status=$1 name=$2 line=$3
    shift 3
    run "$status" "$name" "$@" || return
    if [ "$(cat err)" != "cprof-report: $line" ] || [ -s out ]; then
        not_ok "$name" "$(cat out err)"
    else
        ok "$name"
    fi
}

# shows CASE FUNCTION TEXT ARGUMENTS...: a table with FUNCTION, and the line TEXT under the totals.
shows() {
    local name=$1 function=$2 text=$3
    shift 3
    run 0 "$name" "$@" || return
    if ! grep -qF "($function)" out; then
        not_ok "$name" "another profile: $(cat out err)"
    elif ! grep -qxF "         $text" out; then
        not_ok "$name" "no such note: $(cat out err)"
    else
        ok "$name"
    fi
}

# profile FILE FUNCTION: a profile with that one function.
profile() {
    python3 - "$@" <<'END'
import marshal
import sys
with open(sys.argv[1], "wb") as file:
    marshal.dump({("/src/a.c", 1, sys.argv[2]): (1, 1, 0.5, 0.5, {})}, file, 2)
END
}

# make_raw FILE NAME live|gone|finished: a raw file of a run that began an hour ago and is to become
# NAME. live: stays and maps it, as a profiled process does, and writes to FILE.ready.
cat >"$work/make_raw.c" <<'END'
#include "format/raw.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static uint64_t start_time(void)
{
    unsigned long long value = 0;
    FILE *f = fopen("/proc/self/stat", "r");
    fscanf(f, "%*d (%*[^)]) %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d "
              "%*d %*d %llu", &value);
    fclose(f);
    return value;
}

int main(int argc, char **argv)
{
    int fd = open(argv[1], O_RDWR | O_CREAT | O_TRUNC, 0600);
    if (argc != 4 || fd < 0 || ftruncate(fd, RAW_PAGE) < 0)
        return 1;
    struct raw_header *h = mmap(NULL, RAW_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    memcpy(h->magic, RAW_MAGIC, sizeof h->magic);
    h->version = RAW_VERSION;
    h->state = strcmp(argv[3], "finished") == 0 ? RAW_FINISHED : RAW_LIVE;
    h->size = h->used = RAW_PAGE;
    h->pid = (uint32_t)getpid();
    h->start_time = start_time();
    h->realtime_ns = (uint64_t)(time(NULL) - 3600) * 1000000000u;
    strcpy(h->out_name, argv[2]);
    if (strcmp(argv[3], "live") == 0) {
        fclose(fopen(strcat(strcpy(malloc(strlen(argv[1]) + 7), argv[1]), ".ready"), "w"));
        sleep(600);
    }
    return 0;
}
END
"${CC:-cc}" -w -I"$SRC" -o "$work/make_raw" "$work/make_raw.c" || exit 1

raw() {
    "$work/make_raw" "$@"
    echo "$2" >"$1.name"
}

live_raw() {
    "$work/make_raw" "$1" "$2" live &
    live=$!
    while [ ! -e "$1.ready" ] && kill -0 "$live"; do
        sleep 0.05
    done
    echo "$2" >"$1.name"
}

end_live() {
    kill "$live"
    wait "$live" 2>/dev/null
    live=
}

clean() {
    rm -rf "$work/run" && mkdir "$work/run" && cd "$work/run" || exit 1
}

# ---- the table

python3 - <<'END'
import marshal
M = ("/src/app/main.cpp", 10, "main")
F = ("/src/app/fib.c", 3, "fib")
V = ("/usr/include/v.h", 0, "std::vector<int, std::allocator<int> >::push_back(int&&)")
B = ("~", 0, "<memcpy>")
W = ("/src/lib/fib.c", 3, "fib")
Z = ("/src/app/z.c", 7, "pending")
many = 5000000000
marshal.dump({
    M: (1, 1, 0.25, 3.5, {}),
    F: (1, 177, 1.25, 1.25, {M: (1, 1, 0.25, 1.25), F: (176, 2, 1.0, 1.0)}),
    V: (many, many, 1.0, 1.5, {M: (many, many, 1.0, 1.5)}),
    B: (12, 12, 0.5, 0.5, {V: (12, 12, 0.5, 0.5)}),
    W: (2, 2, 0.0004999, 0.0004999, {F: (1, 1, 0.0002, 0.0002), M: (1, 1, 0.0002999, 0.0002999)}),
    Z: (0, 3, 0.125, 0.0, {M: (3, 0, 0.125, 0.0)}),
}, open("golden.prof", "wb"), 2)
marshal.dump({("/tmp/\x1b[31mred\n.c", 1, "f\u009b"): (1, 1, 1.5, 1.5, {})},
             open("hostile.prof", "wb"), 2)
END
touch -d '2026-03-05 06:07:08' golden.prof hostile.prof

run 0 "golden table" golden.prof --unit s --sort tottime && prints "golden table" <<'END'
Thu Mar  5 06:07:08 2026    golden.prof

         5000000195 function calls (5000000016 primitive calls) in 3.125 seconds

   Ordered by: internal time

   ncalls  tottime  percall  cumtime  percall filename:lineno(function)
    177/1    1.250    0.007    1.250    1.250 /src/app/fib.c:3(fib)
5000000000    1.000    0.000    1.500    0.000 /usr/include/v.h:0(std::vector<int, std::allocator<int> >::push_back(int&&))
       12    0.500    0.042    0.500    0.042 {memcpy}
        1    0.250    0.250    3.500    3.500 /src/app/main.cpp:10(main)
      3/0    0.125    0.042    0.000          /src/app/z.c:7(pending)
        2    0.000    0.000    0.000    0.000 /src/lib/fib.c:3(fib)


END

run 0 "golden table, stripped" --strip-dirs golden.prof --unit=s -s nfl --restrict .5 &&
    prints "golden table, stripped" <<'END'
Thu Mar  5 06:07:08 2026    golden.prof

         5000000195 function calls (5000000016 primitive calls) in 3.125 seconds

   Ordered by: name/file/line
   List reduced from 5 to 3 due to restriction <0.5>

   ncalls  tottime  percall  cumtime  percall filename:lineno(function)
       12    0.500    0.042    0.500    0.042 {memcpy}
    179/3    1.250    0.007    1.250    0.417 fib.c:3(fib)
        1    0.250    0.250    3.500    3.500 main.cpp:10(main)


END

run 0 "units that suit" golden.prof && prints "units that suit" <<'END'
Thu Mar  5 06:07:08 2026    golden.prof

         5000000195 function calls (5000000016 primitive calls) in 3.125 seconds

   Ordered by: internal time

   ncalls  tottime  percall  cumtime  percall filename:lineno(function)
    177/1    1.250  7.062ms    1.250    1.250 /src/app/fib.c:3(fib)
5000000000    1.000  0.200ns    1.500  0.300ns /usr/include/v.h:0(std::vector<int, std::allocator<int> >::push_back(int&&))
       12  500.0ms  41.67ms  500.0ms  41.67ms {memcpy}
        1  250.0ms  250.0ms    3.500    3.500 /src/app/main.cpp:10(main)
      3/0  125.0ms  41.67ms    0.000          /src/app/z.c:7(pending)
        2  499.9us  249.9us  499.9us  249.9us /src/lib/fib.c:3(fib)


END

run 0 "one unit" golden.prof --unit us --restrict z.c && prints "one unit" <<'END'
Thu Mar  5 06:07:08 2026    golden.prof

         5000000195 function calls (5000000016 primitive calls) in 3.125 seconds

   Ordered by: internal time
   List reduced from 6 to 1 due to restriction <'z.c'>

   ncalls         tottime         percall         cumtime         percall filename:lineno(function)
      3/0    125000.000us     41666.667us         0.000us                 /src/app/z.c:7(pending)

   1 of 6 functions are shown; they have 4.0% of tottime


END

run 0 "names are escaped" hostile.prof && prints "names are escaped" <<'END'
Thu Mar  5 06:07:08 2026    hostile.prof

         1 function calls in 1.500 seconds

   Ordered by: internal time

   ncalls  tottime  percall  cumtime  percall filename:lineno(function)
        1    1.500    1.500    1.500    1.500 /tmp/\x1b[31mred\x0a.c:1(f\xc2\x9b)


END

if python3 "$SRC/test/e2e/report_diff.py" "$REPORT" "${CPROF_DIFF_CASES:-600}" >differences; then
    ok "as pstats, $(cat differences)"
else
    not_ok "as pstats" "$(tail -n 5 differences)"
fi

# ---- what is refused

KEYS="the keys are: calls ncalls cumtime cumulative filename line module name nfl pcalls stdname"
KEYS+=" time tottime"
HELP="(cprof-report --help shows how to use it)"
complains 2 "unknown key" "--sort: 'speed' is no sort key; $KEYS $HELP" golden.prof --sort speed
complains 2 "unknown key, no file" "--sort: 'c' is no sort key; $KEYS $HELP" --sort time,c nonsuch
complains 2 "unknown option" "--frob: there is no such option $HELP" golden.prof --frob
complains 2 "missing value" "--restrict: a value is missing $HELP" golden.prof --restrict
complains 2 "unknown unit" "--unit: 'h' is no unit; the units are: auto s ms us ns $HELP" --unit h x
complains 2 "no file named" "name a profile, as in: cprof-report out.prof $HELP" --reverse

echo 'hello' >text
: >empty
head -c 100 golden.prof >truncated
mkfifo pipe
mkdir folder
printf 'CPROFRAW' >short.raw
complains 1 "text" "text: not a profile (unknown type 0x68 at offset 0)" text
complains 1 "no such file" "nonsuch: no such file" golden.prof nonsuch
complains 1 "no such folder" "none/out.prof: no such file; only programs built with -finstrument-functions leave one (man 7 cprof)" none/out.prof
for file in empty truncated pipe folder short.raw "$(printf 'e\033[1m')"; do
    run 1 "bad file: $file" "$file" || continue
    if [ -s out ] || [ "$(wc -l <err)" != 1 ] || ! grep -q '^cprof-report: [[:print:]]*: ' err; then
        not_ok "bad file: $file" "$(cat out err)"
    else
        ok "bad file: $(printf %q "$file")"
    fi
done

run 1 "no match" golden.prof --unit s --restrict xyz && prints "no match" <<'END'
Thu Mar  5 06:07:08 2026    golden.prof

         5000000195 function calls (5000000016 primitive calls) in 3.125 seconds

END
if [ "$(cat err)" = "cprof-report: no function matches 'xyz'" ]; then
    ok "no match is said"
else
    not_ok "no match is said" "$(cat err)"
fi

"$REPORT" golden.prof >/dev/full 2>err
if [ $? = 1 ] && [ "$(wc -l <err)" = 1 ]; then
    ok "full disk"
else
    not_ok "full disk" "$(cat err)"
fi

for option in -h --help --version; do
    if run 0 "$option" "$option" && [ -s out ] && [ ! -s err ]; then
        ok "$option"
    fi
done

# ---- raw files

clean
raw out.prof.12.ab.raw out.prof gone
profile out.prof.12.ab.raw.profile newer
profile out.prof older
touch -d '2 hours ago' out.prof
run 0 "older profile is replaced" out.prof
if grep -q '(newer)' out && [ ! -e out.prof.12.ab.raw ] && grep -q -- '^-- out' calls; then
    ok "older profile is replaced"
else
    not_ok "older profile is replaced" "$(cat out err calls)"
fi
run 0 "a converted file stays so" out.prof
if grep -q '(newer)' out && [ ! -s calls ]; then
    ok "a converted file stays so"
else
    not_ok "a converted file stays so" "$(cat out err calls)"
fi

clean
raw out.prof.12.ab.raw out.prof gone
profile out.prof.12.ab.raw.profile stale
profile out.prof newest
run 0 "later profile stays" out.prof
if grep -q '(newest)' out && [ ! -s calls ]; then
    ok "later profile stays"
else
    not_ok "later profile stays" "$(cat out err calls)"
fi
run 0 "stale raw file by name" out.prof.12.ab.raw
if grep -q '(stale)' out && grep -q -- '-o -' calls && "$REPORT" out.prof | grep -q '(newest)'; then
    ok "stale raw file by name"
else
    not_ok "stale raw file by name" "$(cat out err calls)"
fi

clean
mkdir sub
raw sub/out.prof.12.ab.raw out.prof finished
profile sub/out.prof.12.ab.raw.profile finished
run 0 "missing profile, in a folder" sub/out.prof
if grep -q '    sub/out.prof$' out && grep -q '(finished)' out; then
    ok "missing profile, in a folder"
else
    not_ok "missing profile, in a folder" "$(cat out err calls)"
fi

clean
raw out.prof.12.ab.raw out.prof gone
profile out.prof.12.ab.raw.profile direct
run 0 "raw file by name" out.prof.12.ab.raw
if grep -q '    out.prof$' out && grep -q '(direct)' out && [ -e out.prof ]; then
    ok "raw file by name"
else
    not_ok "raw file by name" "$(cat out err calls)"
fi

clean
raw out.prof.12.ab.raw out.prof gone
profile out.prof older
touch -d '2 hours ago' out.prof
run 1 "failed conversion shows nothing old" out.prof
if [ ! -s out ] && [ -e out.prof.12.ab.raw ] && tail -n 1 err | grep -q \
    '^cprof-report: out.prof: the run is still in out.prof.12.ab.raw, which could not be converted$'; then
    ok "failed conversion shows nothing old"
else
    not_ok "failed conversion shows nothing old" "$(cat out err calls)"
fi

clean
live_raw out.prof.12.ab.raw out.prof
profile out.prof.12.ab.raw.profile snapshot
complains 1 "live, no profile" "out.prof: the process $live is still running; to look at it now:\
 cprof-report out.prof.12.ab.raw" out.prof
run 0 "live raw file" out.prof.12.ab.raw
if grep -q '(snapshot)' out && grep -q -- '^-o - ' calls && [ ! -e out.prof ] &&
    [ -e out.prof.12.ab.raw ]; then
    ok "live raw file"
else
    not_ok "live raw file" "$(cat out err calls)"
fi
profile out.prof earlier
touch -d '2 hours ago' out.prof
shows "live, earlier profile" earlier "out.prof: a later run is still going, process $live; to look\
 at it now: cprof-report out.prof.12.ab.raw" out.prof
raw out.prof.11.cd.raw out.prof gone
profile out.prof.11.cd.raw.profile killed
shows "live, and a killed run" killed "out.prof: a later run is still going, process $live; to look\
 at it now: cprof-report out.prof.12.ab.raw" out.prof
touch -d '2 hours ago' out.prof
run 0 "notes go to stderr" --unit s out.prof
if [ "$(cat err)" = "out.prof: a later run is still going, process $live; to look at it now:\
 cprof-report out.prof.12.ab.raw" ] && ! grep -q 'going' out; then
    ok "notes go to stderr"
else
    not_ok "notes go to stderr" "$(cat out err)"
fi
end_live

clean
raw out.prof.12.ab.raw ../out.prof gone
profile out.prof.12.ab.raw.profile trapped
run 0 "name that leaves the folder" out.prof.12.ab.raw
if grep -q '(trapped)' out && grep -q -- '^-o - ' calls && [ ! -e ../out.prof ]; then
    ok "name that leaves the folder"
else
    not_ok "name that leaves the folder" "$(cat out err calls)"
fi

clean
profile out.12.prof a
complains 1 "another process's profile" \
    "out.prof: no such file; other processes left out.12.prof" out.prof
for pid in 13 14 15 16; do
    cp out.12.prof "out.$pid.prof"
done
cp out.12.prof out.x.prof
cp out.12.prof out..prof
run 1 "other processes' profiles" out.prof
if grep -qE 'other processes left (out\.1[2-6]\.prof(, | and )){3}2 more$' err; then
    ok "other processes' profiles"
else
    not_ok "other processes' profiles" "$(cat err)"
fi
clean
raw out.prof.17.ab.raw out.17.prof gone
complains 1 "another process's raw file" \
    "out.prof: no such file; other processes left out.prof.17.ab.raw" out.prof

clean
raw out.prof.12.ab.raw out.prof gone
profile out.prof.12.ab.raw.profile f
mkdir -p "$work/bin/deep" "$work/libexec/cprof"
mv "$work/bin/cprof-symbolize" "$work/symbolize"
complains 1 "no cprof-symbolize" "out.prof: cprof-symbolize, which converts raw files, is not\
 installed beside cprof-report nor in ../libexec/cprof" out.prof
mv "$work/symbolize" "$work/libexec/cprof/cprof-symbolize"
run 0 "cprof-symbolize in libexec" out.prof && ok "cprof-symbolize in libexec"

# A folder that cannot be written: as another user, where we are root.
clean
mkdir locked
raw locked/out.prof.12.ab.raw out.prof gone
profile locked/out.prof.12.ab.raw.profile f
chmod 755 "$work" "$work/run"
chmod 644 locked/*
chmod 555 locked
as_user() {
    if [ "$(id -u)" = 0 ]; then
        setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
    else
        "$@"
    fi
}
ln -s /dev/null calls
if as_user "$REPORT" locked/out.prof >"$work/out" 2>"$work/err" && grep -q '(f)' "$work/out" &&
    grep -q '    locked/out.prof.12.ab.raw$' "$work/out" && [ ! -e locked/out.prof ]; then
    ok "folder that cannot be written"
else
    not_ok "folder that cannot be written" "$(cat "$work/out" "$work/err")"
fi
chmod 755 locked
exit $failed
