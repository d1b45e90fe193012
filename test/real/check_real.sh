#!/bin/bash
# check_real.sh [--quick] [WORKLOAD...] - cprof on programs that were not written for it.
#
# Debian's sources of each are built with function hooks and run three times: alone, with the
# counter of test/oracle and cprof preloaded together, and (some) under callgrind. Checked:
#   run        output and exit status are what they are without cprof
#   calls      every function's calls equal the counter's, every event is accounted for; with -O0
#              every call's caller is the one that the frame pointers show
#   profile    the rows of the .prof (file, line, name, calls; callers with -O0) are as readelf, nm
#              and the counter say
#   report     cprof-report --unit s prints what Python's pstats prints, byte by byte
#   callgrind  its calls of each function equal cprof's (-O0: no inlining)
# --quick is a part that takes minutes. BUILD is the folder of what is tested (default: build).
set -u
SRC=$(cd "$(dirname "$0")/../.." && pwd)
BUILD=${BUILD:-$SRC/build}
# shellcheck source=sources.sh
. "$SRC/test/real/sources.sh"
ORACLE=$SRC/test/oracle
WORK=$SRC/test/real/work
DIR=$(mktemp -d)
trap 'rm -rf "$DIR"' EXIT
passed=0
failed=0

ok() {
    echo "ok - $1"
    passed=$((passed + 1))
}

# not_ok NAME WHY: the first line in full, up to 10 more indented
not_ok() {
    echo "not ok - $1: ${2%%$'\n'*}"
    [ "$2" = "${2#*$'\n'}" ] || sed -n '2,11s/^/    /p' <<<"$2"
    failed=$((failed + 1))
}

# result NAME OUTPUT STATUS
result() {
    if [ "$3" -eq 0 ]; then ok "$1"; else not_ok "$1" "${2:-status $3}"; fi
}

# What to run: sets COMMAND (after the binary), INPUT (stdin) and PROGRAM.
workload() {
    local in=$DIR/inputs
    PROGRAM=${1%%-*} INPUT=/dev/null
    case $1 in
        bzip2) COMMAND=(-kc9 "$in/text") ;;
        bzip2-little) COMMAND=(-kc1 "$in/little_text") ;;
        cjpeg) COMMAND=(-quality 85 -optimize -progressive "$in/picture.ppm") ;;
        jq) COMMAND=(-c 'group_by(.group) | map({g: .[0].group, n: length,
                tags: ([.[].tags[]] | unique | length), sum: ([.[].at | .x * .y] | add)})
                | sort_by(.sum) | .[:3], ([path(..)] | length)' "$in/records.json") ;;
        lapack) COMMAND=() INPUT=$CACHE/src/lapack/TESTING/dtest.in ;;
        lua-errors) COMMAND=("$WORK/errors.lua" 30000) ;;
        lua-errors-little) COMMAND=("$WORK/errors.lua" 1000) ;;
        lua-trees) COMMAND=("$WORK/trees.lua" 14) ;;
        mujs) COMMAND=("$WORK/mix.js" 4000) ;;
        mujs-little) COMMAND=("$WORK/mix.js" 200) ;;
        nlohmann) COMMAND=("$in/records.json" 4000) ;;
        nlohmann-little) COMMAND=("$in/little_records.json" 1000) ;;
        sort) COMMAND=(--parallel=2 -S 100M "-k3,3" "-k1,1n" "$in/lines") ;;
        sqlite) COMMAND=(:memory:) INPUT=$WORK/queries.sql ;;
        zstd) COMMAND=(-q -T2 -9 -kc "$in/text") ;;
        *) echo "check_real.sh: no workload $1" >&2 && exit 2 ;;
    esac
}

# Times that a program prints are not compared.
without_times() { sed '/Total time used/d' "$1"; }

# run KIND ENVIRONMENT...: output and status are kept in $OUT/KIND.*
run() {
    local kind=$1
    shift
    env "$@" "$BINARY" "${COMMAND[@]}" <"$INPUT" >"$OUT/$kind.out" 2>"$OUT/$kind.err"
    echo $? >"$OUT/$kind.status"
    without_times "$OUT/$kind.out" >"$OUT/$kind.stdout"
}

check_run() {
    local kind
    for kind in stdout err status; do
        if ! cmp -s "$OUT/plain.$kind" "$OUT/both.$kind"; then
            not_ok "$1: run" "$kind differs: $(diff "$OUT/plain.$kind" "$OUT/both.$kind" | head -5)"
            return 1
        fi
    done
    ok "$1: run"
}

check_calls() {
    local text raw=("$OUT"/x.prof.*.raw)
    if [ ${#raw[@]} -ne 1 ] || [ ! -s "${raw[0]}" ] || [ ! -s "$OUT/counts" ]; then
        not_ok "$1: calls" "expected one raw file and counts, found: $(ls "$OUT")"
        return 1
    fi
    text=$("$ORACLE/compare.py" "${@:2}" "$OUT/counts" "${raw[0]}" 2>&1)
    result "$1: calls" "$text" $?
    text=$("$BUILD/cprof-symbolize" -o "$OUT/x.prof" "${raw[0]}" 2>&1 &&
        "$ORACLE/compare.py" --prof "$OUT/counts" "$OUT/x.prof" 2>&1)
    result "$1: profile" "$text" $?
}

check_report() {
    local key text status=0
    for key in tottime cumtime ncalls stdname; do
        python3 - "$OUT/x.prof" $key >"$OUT/expected" <<'PYTHON' || status=1
import pstats, sys
pstats.Stats(sys.argv[1]).sort_stats(sys.argv[2]).print_stats()
PYTHON
        "$BUILD/cprof-report" "$OUT/x.prof" --unit s --sort $key \
            >"$OUT/found" 2>"$OUT/notes" || status=1
        text=$(diff "$OUT/expected" "$OUT/found") || status=1
        [ $status -eq 0 ] || break
    done
    result "$1: report" "$key: $text$(cat "$OUT/notes")" $status
}

# check WORKLOAD CC LEVEL
check() {
    local name="$1 $2 -$3" edges=()
    OUT=$DIR/out
    rm -rf "$OUT" && mkdir -p "$OUT"
    workload "$1"
    if ! build "$PROGRAM" "$2" "$3"; then
        not_ok "$name" "$PROGRAM was not built; $LOG ends: $(tail -1 "$LOG" 2>/dev/null)"
        return
    fi
    run plain A=
    [ "$3" = O0 ] && edges=(--edges)
    run both ${edges:+COUNTER_RBP=1} COUNTER_OUT="$OUT/counts" CPROF_OUT="$OUT/x.prof" \
        LD_PRELOAD="$DIR/libcounter.so $DIR/libcprof.so"
    check_run "$name" && check_calls "$name" "${edges[@]}" && check_report "$name"
}

# check_callgrind WORKLOAD: callgrind and cprof on the same run, but for its addresses.
check_callgrind() {
    local text
    OUT=$DIR/out
    rm -rf "$OUT" && mkdir -p "$OUT"
    workload "$1"
    if ! build "$PROGRAM" gcc O0; then
        not_ok "$1 gcc -O0: callgrind" "$PROGRAM was not built; see $LOG"
        return
    fi
    run both CPROF_OUT="$OUT/x.prof" LD_PRELOAD="$DIR/libcprof.so"
    valgrind --tool=callgrind --callgrind-out-file="$OUT/callgrind" --demangle=no -q \
        "$BINARY" "${COMMAND[@]}" <"$INPUT" >/dev/null 2>"$OUT/valgrind.err"
    text=$("$ORACLE/callgrind.py" "$OUT/callgrind" "$OUT"/x.prof.*.raw 2>&1)
    result "$1 gcc -O0: callgrind" "$text" $?
}

need() {
    local missing=() command
    for command in "$@"; do
        command -v "$command" >/dev/null || missing+=("$command")
    done
    [ ${#missing[@]} -eq 0 ] && return
    echo "check_real.sh: missing: ${missing[*]}; on Debian: apt-get install build-essential" \
        "dpkg-dev valgrind cmake autoconf automake libtool bison flex gfortran clang zlib1g-dev" \
        "libonig-dev" >&2
    exit 1
}

# The library without its helper: then the raw file stays.
prepare() {
    need apt-get dpkg-source gcc g++ readelf nm c++filt python3 valgrind
    cp "$BUILD/libcprof.so" "$DIR/" &&
        gcc -D_GNU_SOURCE -O2 -shared -fPIC -fvisibility=hidden -static-libgcc \
            -o "$DIR/libcounter.so" "$ORACLE/counter.c" "$ORACLE/chain.c" &&
        "$SRC/test/real/inputs.py" "$DIR/inputs" || exit 1
}

check_quick() {
    check bzip2-little gcc O0
    check bzip2-little gcc O2
    check lua-errors-little gcc O0
    check lua-errors-little gcc O2
    check mujs-little gcc O0
    check nlohmann-little gcc O2
    check_callgrind bzip2-little
    check_callgrind mujs-little
}

check_all() {
    local name level
    for name in "${@:-}"; do
        for level in O0 O2; do
            check "$name" gcc $level
            case $name in lua* | bzip2) check "$name" clang $level ;; esac
        done
    done
}

prepare
if [ "${1:-}" = --quick ]; then
    check_quick
elif [ $# -gt 0 ]; then
    check_all "$@"
else
    need cmake autoreconf bison flex gfortran clang
    check_all bzip2 cjpeg jq lapack lua-errors lua-trees mujs nlohmann sort sqlite zstd
    for name in bzip2-little lua-errors-little mujs-little; do
        check_callgrind $name
    done
fi
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
