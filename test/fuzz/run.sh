#!/usr/bin/env bash
# run.sh [NAME...] [--quick] [-OPTION...] - runs the fuzz targets NAME (all of them), each for ten
# minutes; --quick: for one; other options are libFuzzer's (-runs=1000000, -jobs=2 ...). Each begins
# with the inputs in corpus/NAME; what it finds new goes to $BUILD/corpus/NAME, an input that shows a
# fault to $BUILD/faults/NAME. Ends with "N passed, N failed".
# Environment: BUILD (build folder of the targets), SRC (top of the sources).
set -u
names=() options=() seconds=600
for word in "$@"; do
    case $word in
    --quick) seconds=60 ;;
    -*) options+=("$word") ;;
    *) names+=("$word") ;;
    esac
done
[[ " ${options[*]-} " == *" -runs="* || " ${options[*]-} " == *" -max_total_time="* ]] || options+=("-max_total_time=$seconds")
[ "${#names[@]}" -gt 0 ] || for target in "$SRC"/test/fuzz/fuzz_*.c; do
    target=${target##*/fuzz_}
    names+=("${target%.c}")
done

# Memory that was freed is kept for a while, to notice uses of it: less than usual, as a whole run may
# take 512 MB.
export ASAN_OPTIONS=quarantine_size_mb=16:allocator_may_return_null=0:detect_leaks=1
export UBSAN_OPTIONS=print_stacktrace=1
export LC_ALL=C.UTF-8
files=$(mktemp -d) || exit 1
trap 'rm -rf "$files"' EXIT
cp "$SRC/test/fuzz/corpus/prof/tail" "$files/p" && cp "$SRC/test/data/python-3.11.prof" "$files/q" || exit 1
export FUZZ_FILES=$files

passed=0 failed=0
for name in "${names[@]}"; do
    length=4096
    case $name in
    raw) length=8192 ;;
    browser | options) length=300 ;;
    symbolize) length=16384 ;;
    esac
    more=() dictionary=()
    [ "$name" != prof ] || more=("$SRC/test/data") # of all Pythons
    [ ! -f "$SRC/test/fuzz/$name.dict" ] || dictionary=("-dict=$SRC/test/fuzz/$name.dict")
    mkdir -p "$BUILD/corpus/$name" "$BUILD/faults/$name"
    log=$BUILD/$name.log
    memory=512 checks=$ASAN_OPTIONS
    if [ "$name" = symbolize ]; then # libdw takes what a module asks for, and leaves it when stopped
        memory=1024 checks+=:allocator_may_return_null=1:detect_leaks=0:replace_str=0:replace_intrin=0
    fi
    ASAN_OPTIONS=$checks "$BUILD/test/fuzz/fuzz_$name" -max_len=$length -timeout=60 -rss_limit_mb=$memory -malloc_limit_mb=$((memory / 2)) \
        -print_final_stats=1 -artifact_prefix="$BUILD/faults/$name/" "${dictionary[@]}" "${options[@]}" \
        "$BUILD/corpus/$name" "$SRC/test/fuzz/corpus/$name" "${more[@]}" >"$log" 2>&1 </dev/null
    status=$?
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
    if [ "$status" = 0 ] && [ "${runs:-0}" -gt 0 ]; then
        echo "ok - fuzz $name: $runs executions, $(grep -oE 'cov: [0-9]+ ft: [0-9]+' "$log" | tail -n 1)"
        passed=$((passed + 1))
    else
        echo "not ok - fuzz $name: status $status; the input is in $BUILD/faults/$name, the log is $log"
        tail -n 30 "$log" | sed 's/^/    /'
        failed=$((failed + 1))
    fi
done
echo
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
