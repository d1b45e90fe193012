#!/bin/bash
# The demo: two versions of the inference service that differ in one step, and their profiles.
set -u

work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
failed=0

# check CASE COMMAND...: the command must succeed.
check() {
    local name=$1
    shift
    if "$@" >"$work/why" 2>&1; then
        echo "ok - $name"
    else
        echo "not ok - $name: $* $(head -c 300 "$work/why")"
        failed=1
    fi
}

# ncalls VERSION FUNCTION: as the table has it.
ncalls() {
    "$work/cprof-report" "$work/demo/$1.prof" | awk -v f="($2)" 'index($NF, f) { print $1 }'
}

mkdir "$work/demo"
cp "$BUILD/libcprof.so" "$BUILD/cprof-symbolize" "$BUILD/cprof-report" "$work" || exit 1
inference=$SRC/examples/inference
for version in v1 v2; do
    check "$version builds" "$CC" -std=gnu11 -Wall -Wextra -Werror -g -O2 -finstrument-functions \
        -I"$inference" -I"$SRC/preload" "$inference"/*.c "$inference/$version/tokenise.c" -pthread -lm \
        -o "$work/demo/inference-$version"
done

cd "$work" || exit 1
BUILD=$work "$SRC/examples/demo.sh" >out 2>err
check "demo.sh succeeds" [ $? = 0 ]
check "demo.sh says nothing on stderr" [ ! -s err ]
check "table of version 1" grep -qE '^ +[0-9]+ .* model\.c:[0-9]+\(dot\)$' out
check "twelve rows, and eight of the difference" \
    [ "$(grep -cE '^ +[0-9]+ .*\.c:[0-9]+\(' out)" = 20 ]
check "the difference tells what is not called any more" grep -qx \
    'vocabulary_find (vocabulary.c:41): gone, called 192000 times before, by token_of' out
check "both files named" grep -qx '    demo/v2.prof' <(sed "s|$work/||" out)
check "same answers" [ "$(grep -c 'checksum' out)-$(grep 'checksum' out | sort -u | wc -l)" = 2-1 ]
for version in v1 v2; do
    check "$version: requests served" [ "$(ncalls $version serve)" = 1000 ]
    check "$version: words tokenised" [ "$(ncalls $version token_of)" = 192000 ]
    check "$version: tokens embedded" [ "$(ncalls $version embed)" = 198000 ]
    check "$version: words sampled" [ "$(ncalls $version sample)" = 6000 ]
    check "$version: queue emptied by 4 threads" [ "$(ncalls $version queue_take)" = 1004 ]
done
check "v1 finds words by hash" [ "$(ncalls v1 vocabulary_find)" = 192000 ]
check "v2 does not" [ -z "$(ncalls v2 vocabulary_find)" ]
check "fewer requests" grep -q '^7 requests answered' <("$work/demo/inference-v2" --requests 7 --threads 2)
"$work/demo/inference-v1" --threads 0 >out 2>err
check "no thread" [ $? = 2 ]
check "no thread: said" grep -qx 'inference: --threads takes a number from 1 to 64' err

# A profile of one request, out of a service that goes on.
# The process id stands in the raw file's name, and the report finds that where the profile is older.
PROFILE_ENABLE=1 CPROF_ENABLE=0 LD_PRELOAD=$work/libcprof.so \
    "$work/demo/inference-v2" --requests 1000000 >out 2>err &
service=$!
for ((tries = 0; tries < 1000; tries++)); do
    [ ! -s profiles/serve.prof ] || break
    sleep 0.02
done
check "a request: the service goes on" kill -0 "$service"
python3 -IS "$SRC/test/e2e/rows.py" profiles/serve.prof serve tokenise token_of sample main queue_take >calls
check "a request: its calls" grep -qx '1 1 192 6 - -' calls
check "a request: the report" grep -qE '^ +1 .*service\.c:[0-9]+\(serve\)$' <("$work/cprof-report" profiles/serve.prof)
check "a request: nothing said, no file of the process's" test ! -s out -a ! -s err -a ! -e out.prof
kill "$service"
wait "$service" 2>/dev/null

exit "$failed"
