#!/bin/bash
# Programs without an instrumented call: preloaded, they leave nothing and say nothing.
# shellcheck disable=SC2154,SC2016 # status, work, failed: lib.sh; $ in single quotes is meant
# shellcheck source-path=SCRIPTDIR/../..
. "$SRC/test/e2e/lib.sh"

# quiet COMMAND...: as without cprof, and no file.
quiet() {
    local bare
    fresh
    run "$@"
    bare="$status $(cat ../out ../err)"
    run env LD_PRELOAD="$LIBRARY" CPROF_VERBOSE=1 "$@"
    same "$*: status and output" "$bare" "$status $(cat ../out ../err)"
    same "$*: files" "" "$(ls -A)"
}

quiet /bin/true
quiet /bin/false
quiet sh -c 'echo a | cat; exit 3'
quiet bash -c 'for i in 1 2 3; do echo $i; done | sort -r | head -n 2'
quiet git --version
quiet python3 -c pass
quiet python3 -c 'import subprocess; print(subprocess.run(["sh", "-c", "exit 5"]).returncode)'

# No file is made, no process started.
fresh
if command -v strace >/dev/null; then
    run strace -f -o ../trace -E LD_PRELOAD="$LIBRARY" /bin/true
    same "/bin/true: makes no file, starts no process" "" "$(grep -E '^[0-9]+ +(clone3?|v?fork)\(|O_CREAT|MAP_SHARED' ../trace)"
fi
exit "$failed"
