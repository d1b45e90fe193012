#!/bin/bash
# What cprof, the launcher, runs, refuses, prints and returns.
# shellcheck disable=SC2317 # functions are called through check
set -u

CPROF=$BUILD/cprof
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
mkdir tmp folder
export TMPDIR=$work/tmp
failed=0

ok() {
    echo "ok - $1"
}

not_ok() {
    echo "not ok - $1: $2"
    failed=1
}

# run STATUS-EXPECTED CASE COMMAND...: leaves stdout and stderr in the files out and err.
run() {
    local expected=$1 name=$2 status
    shift 2
    "$@" >out 2>err </dev/null
    status=$?
    if [ "$status" != "$expected" ]; then
        not_ok "$name" "status $status, not $expected: $(head -c 300 err)"
        return 1
    fi
}

# says FILE TEXT: whether FILE holds the line part TEXT.
says() {
    grep -qF -e "$2" "$1"
}

# refuses STATUS CASE TEXT COMMAND...: one line on stderr, with TEXT; nothing ran, nothing is left.
refuses() {
    local status=$1 name=$2 text=$3
    shift 3
    rm -f ran
    run "$status" "$name" "$@" || return
    if ! says err "$text" || [ "$(wc -l <err)" != 1 ] || [ -s out ]; then
        not_ok "$name" "$(cat out err)"
    elif [ -e ran ]; then
        not_ok "$name" "the program ran"
    elif [ -n "$(ls -A tmp)" ]; then
        not_ok "$name" "a folder is left"
    else
        ok "$name"
    fi
}

# ---- the programs

HOOKS="-O1 -g -finstrument-functions"
cat >app.c <<'END'
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void __attribute__((noinline)) work(void)
{
    __asm__ volatile("");
}

static void caught(int signal)
{
    exit(signal + 3);
}

/* Calls work and then does as its first argument says; else it prints its arguments. */
int main(int argc, char **argv)
{
    const char *verb = argc > 1 ? argv[1] : "";

    fclose(fopen("ran", "w"));
    for (int i = 0; i < 7; i++)
        work();
    if (strcmp(verb, "exit") == 0)
        return atoi(argv[2]);
    if (strcmp(verb, "signal") == 0)
        return raise(atoi(argv[2]));
    if (strcmp(verb, "fork") == 0) {
        for (int i = atoi(argv[2]); i > 0; i--)
            if (fork() == 0) {
                work();
                return 0;
            }
        while (wait(NULL) > 0)
            ;
        return 0;
    }
    if (strcmp(verb, "chdir") == 0)
        return chdir("/");
    if (strcmp(verb, "catch") == 0)
        signal(SIGINT, caught);
    if (strcmp(verb, "wait") == 0 || strcmp(verb, "catch") == 0) {
        fclose(fopen(argv[2], "w"));
        alarm(20);
        for (;;)
            pause();
    }
    for (int i = 1; i < argc; i++)
        puts(argv[i]);
    return 0;
}
END
# shellcheck disable=SC2086
"$CC" $HOOKS app.c -o app && "$CC" -O1 app.c -o plain &&
    "$CC" -static app.c -o static && "$CC" -static-pie app.c -o static-pie || exit 1
cat >own.c <<'END'
void __cyg_profile_func_enter(void *f, void *c);
void __cyg_profile_func_exit(void *f, void *c);
void __attribute__((no_instrument_function)) __cyg_profile_func_enter(void *f, void *c)
{
    (void)f, (void)c;
}
void __attribute__((no_instrument_function)) __cyg_profile_func_exit(void *f, void *c)
{
    (void)f, (void)c;
}
END
# shellcheck disable=SC2086
"$CC" $HOOKS app.c own.c -o own && "$CC" -fvisibility=hidden $HOOKS app.c own.c -o hidden || exit 1

# patch FILE OFFSET BYTE: changes one byte of a copy of app.
patch() {
    cp app "$1"
    printf '%b' "$3" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

# check CASE CONDITION...: a case of its own for something that a run left.
check() {
    local name=$1
    shift
    if "$@"; then ok "$name"; else not_ok "$name" "$(head -c 500 out err)"; fi
}

empty() {
    [ -z "$(ls -A "$1")" ]
}

# await FILE: until the program has made it.
await() {
    local i
    for ((i = 0; i < 400; i++)); do
        [ -e "$1" ] && return
        sleep 0.05
    done
    return 1
}

# What bash says of a process that a signal ended; a status of 128 and more may be anything.
bash_saw_signal() {
    grep -v '^cprof: ' err | grep -qE 'Terminated|Segmentation fault|Killed'
}

shows_work() {
    says out "ncalls" && says out "app.c:" && says out "(work)"
}

# ---- the table and the program's own ways

run 0 "table after the program's output" "$CPROF" ./app print a && {
    check "table after the program's output" [ "$(head -2 out)" = $'print\na' ]
    check "table" shows_work
    check "sorted by internal time" says out "Ordered by: internal time"
    check "nothing on stderr" [ ! -s err ]
    check "private folder removed" empty tmp
}
run 0 "-s" "$CPROF" -s ncalls ./app && check "-s" says out "Ordered by: call count"
run 0 "options after PROGRAM are its own" "$CPROF" ./app -o x -s bad --help &&
    check "options after PROGRAM are its own" [ "$(head -5 out | tr '\n' ' ')" = "-o x -s bad --help " ]
run 0 "--" "$CPROF" -- ./app print && check "--" shows_work
run 0 "PATH" env PATH="/nonexistent:$work:$PATH" "$CPROF" app && check "PATH" shows_work
cp -r app folder/
run 0 "empty part of PATH" env -C folder PATH=":$PATH" "$CPROF" app &&
    check "empty part of PATH" shows_work
run 3 "exit status" "$CPROF" ./app exit 3 && check "table after exit 3" shows_work

for signal in 15 11 9; do
    # shellcheck disable=SC2016
    run $((128 + signal)) "signal $signal" bash -c 'ulimit -c 0; "$@"; exit' _ "$CPROF" ./app signal $signal && {
        check "signal $signal ends cprof too" bash_saw_signal
        check "signal $signal named" says err "cprof: ./app was killed by signal $signal ("
        check "table after signal $signal" shows_work
        check "folder removed after signal $signal" empty tmp
    }
done

# as_terminal SIGNAL CASE COMMAND...: sends SIGNAL to the process group, as a terminal does.
as_terminal() {
    local signal=$1 name=$2
    shift 2
    rm -f ready
    env --default-signal=INT,QUIT,HUP setsid "$@" >out 2>err </dev/null & # in a group of its own
    await ready || not_ok "$name" "the program did not start"
    kill "-$signal" -- -$! || not_ok "$name" "no process group"
    { wait $!; } 2>>err.shell
}
ulimit -c 0
as_terminal INT "Ctrl-C" "$CPROF" ./app wait ready
check "Ctrl-C: cprof ends by it" [ $? = 130 ]
check "Ctrl-C: table" shows_work
check "Ctrl-C: folder removed" empty tmp
as_terminal QUIT "Ctrl-\\" "$CPROF" ./app wait ready
check "Ctrl-\\: cprof ends by it" [ $? = 131 ]
check "Ctrl-\\: table" shows_work
as_terminal INT "Ctrl-C, caught" "$CPROF" ./app catch ready
check "Ctrl-C, caught: the program's status" [ $? = 5 ]
check "Ctrl-C, caught: table" shows_work
for signal in TERM HUP; do
    rm -f ready
    env --default-signal=HUP "$CPROF" ./app wait ready >out 2>err </dev/null &
    await ready
    kill -$signal $!
    { wait $!; } 2>>err.shell
    check "SIG$signal to cprof reaches the program" [ $? = $((128 + $(kill -l $signal))) ]
    check "SIG$signal: table" shows_work
done
run 4 "ignored SIGCHLD" env --ignore-signal=CHLD "$CPROF" ./app exit 4 &&
    check "ignored SIGCHLD" shows_work
run 0 "ignored SIGINT stays ignored" env --ignore-signal=INT "$CPROF" ./app signal 2 &&
    check "ignored SIGINT stays ignored" shows_work

# ---- the environment

cat >environment <<'END'
#!/bin/sh
echo "$LD_PRELOAD" "$CPROF_OUT"
END
chmod +x environment
run 0 "LD_PRELOAD prepended" env LD_PRELOAD="$work/other.so" "$CPROF" ./environment
check "LD_PRELOAD prepended" grep -qE "^/.*libcprof\.so:$work/other\.so /" out
run 0 "LD_PRELOAD alone" env LD_PRELOAD= "$CPROF" ./environment
check "LD_PRELOAD alone" grep -qE '^/[^:]*libcprof\.so /' out
check "the folder is in TMPDIR" says out " $work/tmp/cprof-"
run 0 "library beside its folder" cp -r "$CPROF" folder/cprof && mkdir lib &&
    cp "$BUILD/libcprof.so" lib/ && cp "$BUILD/cprof-report" folder/ &&
    run 0 "installed" folder/cprof ./environment &&
    check "installed: the library is in ../lib" says out "/folder/../lib/libcprof.so"
# shellcheck disable=SC2016
run 0 "a session of its own" env LD_PRELOAD="$BUILD/libcprof.so" \
    sh -c '"$@"; exit' _ "$CPROF" -o session.prof ./app &&
    check "a session of its own" [ -s session.prof ]

# ---- -o

run 3 "-o" "$CPROF" -o a.prof ./app exit 3
check "-o: the profile is there" [ -s a.prof ]
check "-o: no table" [ ! -s out ]
run 0 "-o, the program changes its folder" "$CPROF" -o b.prof ./app chdir
check "-o, the program changes its folder" [ -s b.prof ]
run 0 "-o with a %" "$CPROF" -o '100%pure%%.prof' ./app
check "-o with a %" [ -s '100%pure%%.prof' ]
run 0 "-o, another folder" "$CPROF" -o folder/../folder/c.prof ./app
check "-o, another folder" [ -s folder/c.prof ]
cp a.prof killed.prof
# shellcheck disable=SC2016
run 137 "-o, killed" bash -c '"$@"; exit' _ "$CPROF" -o killed.prof ./app signal 9
check "-o, killed: a new profile" [ killed.prof -nt a.prof ]
run 0 "-o, killed: readable" "$BUILD/cprof-report" killed.prof
check "-o, killed: readable" shows_work

run 0 "-o, switched off" env CPROF_ENABLE=0 "$CPROF" -o off.prof ./app
check "-o, switched off: one line" [ "$(cat err)" = "cprof: ./app recorded nothing; no profile was written to $work/off.prof" ]
mkdir lone && cp "$CPROF" "$BUILD/libcprof.so" "$BUILD/cprof-report" lone/
run 0 "no symbolizer" lone/cprof ./app
check "no symbolizer: the profile is kept" says err "cprof: the profile is kept in $work/tmp/cprof-"
check "no symbolizer: it is there" [ -n "$(echo tmp/cprof-*/out.prof.*.raw)" ]
rm -rf tmp/cprof-*

# ---- several processes, and none

run 0 "other processes" "$CPROF" ./app fork 3
check "other processes: the program's own table" grep -qE '^ +7 .*\(work\)$' out
check "other processes: said" says err "cprof: profiles of other processes: 3; -o FILE keeps them"
run 0 "-o, other processes" "$CPROF" -o many.prof ./app fork 3
check "-o, other processes: all there" [ "$(echo many*.prof | wc -w)" = 4 ]
printf '#!/bin/sh\n./app\n./app exit 6\n' >script
chmod +x script
run 6 "script" "$CPROF" ./script
check "script: table of all" grep -qE '^ +14 .*\(work\)$' out
check "script: sum" says err "cprof: this is the sum of 2 processes"
run 2 "nothing recorded" "$CPROF" sh -c 'exit 2'
check "nothing recorded: said" says err "cprof: nothing was recorded"
check "nothing recorded: no table" [ ! -s out ]
run 0 "nothing recorded with -o" "$CPROF" -o a.prof sh -c ''
check "nothing recorded with -o: said" says err "recorded nothing; no profile was written to $work/a.prof"
run 3 "no hooks" "$CPROF" ./plain exit 3
check "no hooks: said first" [ "$(head -1 err)" = 'cprof: ./plain has no function hooks. Rebuild it with -finstrument-functions (README, "Building a program for profiling").' ]
run 3 "own hooks" "$CPROF" ./own exit 3
check "own hooks: said first" says err "cprof: ./own has function hooks of its own, which hide cprof's."
run 3 "own hidden hooks" "$CPROF" ./hidden exit 3
check "own hidden hooks: said first" says err "cprof: ./hidden has function hooks of its own"

# ---- refused

refuses 127 "not found" "cprof: nosuch: not found in PATH" "$CPROF" nosuch
refuses 127 "no such file" "cprof: ./nosuch: not found" "$CPROF" ./nosuch
refuses 127 "empty name" "cprof: : not found" "$CPROF" ""
refuses 126 "a folder as program" "cprof: ./folder: a folder, or a file without chmod +x" "$CPROF" ./folder
refuses 126 "not executable" "cprof: ./app.c: a folder, or a file without chmod +x" "$CPROF" ./app.c
printf 'touch ran\n' >headless && chmod +x headless
refuses 126 "neither ELF nor #!" "cprof: ./headless: cannot be started: Exec format error" "$CPROF" ./headless
printf '#!/nonexistent/sh\n' >strange && chmod +x strange
refuses 127 "interpreter missing" "cprof: ./strange: cannot be started: No such file" "$CPROF" ./strange
head -c 200 app >short && chmod +x short
run 126 "cut ELF file" "$CPROF" ./short && check "cut ELF file" says err "cprof: ./short"
refuses 1 "static" "cprof: ./static is linked statically" "$CPROF" ./static
refuses 1 "static-pie" "cprof: ./static-pie is linked statically" "$CPROF" ./static-pie
patch bits 4 '\0001'
refuses 1 "32 bits" "cprof: ./bits is built for another kind of machine" "$CPROF" ./bits
patch machine 18 '\0003'
refuses 1 "another processor" "cprof: ./machine is built for another kind of machine" "$CPROF" ./machine

cp app setuid
if chown nobody setuid 2>/dev/null && chmod u+s setuid && ! findmnt -no OPTIONS -T . | grep -q nosuid; then
    refuses 1 "setuid" "cprof: ./setuid is setuid or setgid or has file capabilities" "$CPROF" ./setuid
    run 0 "setuid, no new privileges" setpriv --no-new-privs "$CPROF" ./setuid &&
        check "setuid, no new privileges" shows_work
    cp app capable && setcap cap_net_raw+ep capable &&
        chmod 755 . && chmod 777 tmp &&
        cp -r "$CPROF" "$BUILD/cprof-report" "$BUILD/libcprof.so" folder/ &&
        refuses 1 "file capabilities" "cprof: ./capable is setuid or setgid or has file capabilities" \
            setpriv --reuid=65534 --clear-groups folder/cprof ./capable
    run 0 "file capabilities mean nothing to root" "$CPROF" ./capable &&
        check "file capabilities mean nothing to root" shows_work
else
    ok "setuid # skipped: needs root and a file system that honours it"
fi

refuses 1 "-o into a missing folder" \
    "cprof: -o nowhere/x.prof: cannot write to the folder nowhere: No such file" "$CPROF" -o nowhere/x.prof ./app
refuses 1 "-o into a file" "cannot write to the folder app.c: Not a directory" "$CPROF" -o app.c/x.prof ./app
refuses 1 "-o into /proc" "cannot write to the folder /proc" "$CPROF" -o /proc/x.prof ./app
refuses 1 "-o is a folder" "cprof: -o folder: is no file that could be replaced" "$CPROF" -o folder ./app
refuses 1 "-o is a folder, with a slash" "cprof: -o folder/: is no file" "$CPROF" -o folder/ ./app
mkfifo pipe
refuses 1 "-o is a pipe" "cprof: -o pipe: is no file" "$CPROF" -o pipe ./app
ln -s a.prof link
refuses 1 "-o is a link" "cprof: -o link: is no file" "$CPROF" -o link ./app
refuses 1 "-o with too long a name" "File name too long" "$CPROF" -o "$(printf '%0250d' 0)" ./app
refuses 1 "bad TMPDIR" "cprof: /nowhere: cannot make a folder" env TMPDIR=/nowhere "$CPROF" ./app
refuses 2 "-s with an unknown key" "cprof: -s speed: unknown sort key" "$CPROF" -s speed ./app
refuses 2 "-s with an abbreviation" "cprof: -s cum: unknown sort key" "$CPROF" -s cum ./app
refuses 2 "-o without FILE" "cprof: -o needs an argument" "$CPROF" -o
refuses 2 "unknown option" "cprof: unknown option" "$CPROF" -x ./app
run 2 "no PROGRAM" "$CPROF" -o x && check "no PROGRAM" says err "usage: cprof [-o FILE]"
run 0 "--help" "$CPROF" --help && check "--help" says out "usage: cprof [-o FILE]"
run 0 "--version" "$CPROF" --version && check "--version" grep -qE '^cprof [0-9]' out

exit "$failed"
