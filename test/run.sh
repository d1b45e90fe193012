#!/usr/bin/env bash
# run.sh TEST... - runs unit tests (programs of Check) and end-to-end tests (scripts that print
# "ok - NAME" or "not ok - NAME: why"), and closes with "N passed, N failed".
# Environment: BUILD (build folder), SRC (top of the sources), CC; JOBS tests run at a time.
set -u
export BUILD SRC CC
# Under sanitizers (SAN) our tools are started with other libraries preloaded, too.
[ -z "${SAN:-}" ] || export ASAN_OPTIONS=verify_asan_link_order=0
: "${BUILD:?is the build folder}" "${SRC:?is the top of the sources}"
logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT

run_one() { # TEST LOG: the test's output and its exit status behind it
    local start=$SECONDS
    timeout 900 "$1" >"$2" 2>&1 </dev/null
    printf '\nexit %s after %s s\n' $? $((SECONDS - start)) >>"$2"
}

passed=0
failed=0
count() { # TEST LOG: adds up what the test says of itself, shows what went wrong
    local ok bad summary
    ok=$(grep -c '^ok - ' "$2")
    bad=$(grep -c '^not ok - ' "$2")
    if summary=$(grep -oE 'Checks: [0-9]+, Failures: [0-9]+, Errors: [0-9]+' "$2"); then
        read -r _ checks _ failures _ errors <<<"${summary//,/}"
        bad=$((bad + failures + errors))
        ok=$((ok + checks - failures - errors))
    fi
    if ! grep -q '^exit 0 ' "$2" && [ "$bad" = 0 ]; then
        bad=1
    fi
    if [ "$ok" = 0 ] && [ "$bad" = 0 ] && ! grep -q '^skipped - ' "$2"; then
        echo "$1 tested nothing" >>"$2"
        bad=1
    fi
    passed=$((passed + ok))
    failed=$((failed + bad))
    printf '%5d ok  %3d failed  %s (%s)\n' "$ok" "$bad" "${1##*/}" "$(sed -n 's/^exit [0-9]* after //p' "$2" | tail -n 1)"
    [ "$bad" = 0 ] || sed 's/^/    /' "$2"
}

jobs=${JOBS:-$(nproc)}
names=("$@")
for i in "${!names[@]}"; do
    while [ "$(jobs -rp | wc -l)" -ge "$jobs" ]; do wait -n; done
    run_one "${names[i]}" "$logs/$i" &
done
wait
for i in "${!names[@]}"; do count "${names[i]}" "$logs/$i"; done
echo
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
