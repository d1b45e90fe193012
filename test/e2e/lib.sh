# shellcheck shell=bash disable=SC2034 # the tests use what is set here
# lib.sh - what end-to-end tests of the library share; each sources it first. It makes a folder to
# work in, $work, and goes there. A test ends with `exit "$failed"`.
# Environment: BUILD (build folder), SRC (top of the sources), CC.
set -u

LIBRARY=$BUILD/libcprof.so
REPORT=$BUILD/cprof-report
PROGS=$SRC/test/progs
FAULTS=$SRC/test/faults
HOOKS="-g -finstrument-functions -Wno-unused-command-line-argument"
work=$(mktemp -d) || exit 1
trap 'leave $?' EXIT
cd "$work" || exit 1
failed=0
export LC_ALL=C.UTF-8 PYTHONIOENCODING=utf-8
unset LD_PRELOAD CPROF_OUT CPROF_SESSION CPROF_ENABLE CPROF_VERBOSE

ok() {
    echo "ok - $1"
}

not_ok() {
    echo "not ok - $1: $2"
    failed=1
    [ -z "${STOP_EARLY:-}" ] || exit 1 # one failure is all that check-mutants asks for
}

# same CASE EXPECTED FOUND
same() {
    if [ "$2" = "$3" ]; then
        ok "$1"
    else
        not_ok "$1" "expected '$2', found '$3'"
    fi
}

# check CASE COMMAND...: the command must succeed.
check() {
    local name=$1
    shift
    if "$@" >"$work/why" 2>&1; then
        ok "$name"
    else
        not_ok "$name" "$* $(head -c 300 "$work/why")"
    fi
}

# The compilers that are here, of those that programs are profiled with.
compilers() {
    local c
    for c in gcc clang; do
        ! command -v "$c" >/dev/null || echo "$c"
    done
}

# build COMPILER PROGRAM SOURCE [FLAG...]: $work/PROGRAM, instrumented.
build() {
    local compiler=$1 program=$2 source=$3
    shift 3
    # shellcheck disable=SC2086
    "$compiler" -D_GNU_SOURCE $HOOKS "$@" "$source" -o "$work/$program" -pthread ||
        not_ok "$program" "does not build"
}

# each_build FUNCTION [ARGUMENT...]: calls FUNCTION COMPILER FLAGS LABEL [ARGUMENT...] for every way
# in which programs are built: each compiler, -O0 and -O2, PIE and not. FLAGS is for `build`, unquoted.
each_build() {
    local function=$1 compiler optimise pie
    shift
    for compiler in $(compilers); do
        for optimise in -O0 -O2; do
            "$function" "$compiler" "$optimise -fPIE -pie" "$compiler$optimise-pie" "$@"
            "$function" "$compiler" "$optimise -fno-pie -no-pie" "$compiler$optimise-no-pie" "$@"
        done
    done
}

# balanced: every profile in $work accounts for every call. Checked of whatever a test leaves, before it
# is removed; HIDDEN in the environment says that cprof-report has left calls out.
balanced() {
    local profiles problems
    cd "$work" || exit 1 # a test may have removed the folder it is in
    mapfile -t profiles < <(find "$work" -name '*.prof' -type f -size -20M)
    [ ${#profiles[@]} -gt 0 ] || return 0
    problems=$(python3 -IS "$SRC/test/e2e/balance.py" "${profiles[@]}" 2>&1)
    [ -z "$problems" ] || not_ok "calls that are not accounted for" "$problems"
}

leave() { # STATUS
    balanced
    rm -rf "$work"
    exit $(($1 | failed))
}

# fresh: empties the folder `run` and goes there.
fresh() {
    balanced
    cd "$work" && rm -rf "${work:?}/run" && mkdir "$work/run" && cd "$work/run" || exit 1
}

# preloaded COMMAND...
preloaded() {
    env LD_PRELOAD="$LIBRARY" "$@"
}

# run COMMAND...: stdout and stderr to ../out and ../err, exit status to $status. The shell's own word
# on a killed process goes nowhere.
run() {
    {
        (exec "$@") >../out 2>../err </dev/null
        status=$?
    } 2>/dev/null
}

# both PROGRAM [ARGUMENT...]: runs $work/PROGRAM bare, then preloaded, each in a fresh folder; stdout,
# stderr and exit status must be equal. Leaves those of the second run.
both() {
    local program=$1 bare name=$*
    shift
    fresh
    run "$work/$program" "$@"
    bare="$status $(cat ../out ../err)"
    fresh
    run env LD_PRELOAD="$LIBRARY" "$work/$program" "$@"
    same "$name: status and output" "$bare" "$status $(cat ../out ../err)"
}

# fake_clock: $work/libcprof-fake.so, the library with a clock that only moves when the program calls
# fakeclock_advance(ns).
fake_clock() {
    local object objects=()
    for object in "$BUILD"/preload/*.o; do
        case ${object##*/} in
        launch*.o | clock.o) ;;
        *) objects+=("$object") ;;
        esac
    done
    gcc -std=gnu11 -D_GNU_SOURCE -I"$SRC" -O2 -fPIC -fvisibility=hidden -c "$SRC/test/fakeclock/clock.c" \
        -o "$work/clock.o" &&
        gcc -shared -Wl,-z,now -Wl,-z,defs "${objects[@]}" "$work/clock.o" -o "$work/libcprof-fake.so" &&
        ln -sf "$BUILD/cprof-symbolize" "$work" || exit 1
}

# calls PROFILE WHAT...: ncalls of functions, and of callers (CALLER:FUNCTION), by rows.py.
calls() {
    python3 -IS "$SRC/test/e2e/rows.py" "$@"
}

# compared CASE COMMAND...: runs it with an independent counter (test/oracle) in front of the library;
# every function's calls are the counter's and every call is accounted for; with $chain set, for code
# built with -O0, every call's caller is the one that the chain of frame pointers shows. Leaves the raw
# file and `counts`.
compared() {
    local name=$1 oracle=$SRC/test/oracle edges=()
    shift
    if [ ! -e "$work/counter" ]; then
        mkdir "$work/counter" && cp "$LIBRARY" "$work/counter" && # no helper there: the raw file stays
            gcc -D_GNU_SOURCE -O2 -shared -fPIC -fvisibility=hidden -static-libgcc \
                -o "$work/counter/libcounter.so" "$oracle/counter.c" "$oracle/chain.c" || exit 1
    fi
    fresh
    [ -z "${chain:-}" ] || edges=(--edges)
    run env ${chain:+COUNTER_RBP=1} COUNTER_OUT=counts \
        LD_PRELOAD="$work/counter/libcounter.so $work/counter/libcprof.so" "$@"
    same "$name: status, output" "0 " "$status $(cat ../out ../err)"
    check "$name: calls${chain:+ and callers} as counted" \
        python3 "$oracle/compare.py" "${edges[@]}" counts out.prof.*.raw
    check "$name: something was counted" grep -qE '^total [0-9]{4}' counts
}

# convert FILE: what a killed process left, by asking for the profile.
convert() {
    "$REPORT" "$1" >../report 2>../report.err
}
