#!/bin/bash
# check_servers.sh - cprof on servers that were not written for it, built from Debian's source packages.
#
# redis: jemalloc, threads for input and output, Lua scripts that raise errors (longjmp), a module that is loaded and
# unloaded, children that save (fork), a process title written over its arguments; it ends by SHUTDOWN and SIGTERM, in the
# foreground and as a daemon. Each run is made bare and with cprof: replies, files and statuses are equal, the profile
# accounts for every call, and its calls of processCommand are the commands that the server counts itself.
# BUILD is the folder of what is tested (default: build).
set -u
SRC=$(cd "$(dirname "$0")/../.." && pwd)
BUILD=$(realpath "${BUILD:-$SRC/build}")
# shellcheck source=sources.sh
. "$SRC/test/real/sources.sh"
DIR=$(mktemp -d)
trap 'rm -rf "$DIR"' EXIT
passed=0
failed=0

# same CASE EXPECTED FOUND
same() {
    if [ "$2" = "$3" ]; then
        echo "ok - $1"
        passed=$((passed + 1))
    else
        echo "not ok - $1: expected '${2:0:300}', found '${3:0:300}'"
        failed=$((failed + 1))
    fi
}

# ask ARGUMENT...: to the server, by its own client
ask() {
    "$SOURCES/redis-cli" -s "$DIR/socket" "$@" 2>&1
}

# until COMMAND...: waits for it to succeed, 20 s at most
until_true() {
    local tries
    for ((tries = 0; tries < 400; tries++)); do
        "$@" && return
        sleep 0.05
    done
    return 1
}

answers() { [ "$(ask ping)" = PONG ]; }
is_gone() { ! kill -0 "$1" 2>/dev/null; }
has_saved() { ask info persistence | grep -q 'aof_rewrite_in_progress:0' && ask info persistence | grep -q 'rdb_bgsave_in_progress:0'; }

# serve KIND END DAEMON THREADS ENVIRONMENT...: a session in the folder KIND; its replies are KIND/replies.
serve() {
    local kind=$1 end=$2 daemon=$3 threads=$4 pid
    shift 4
    mkdir "$DIR/$kind" && cd "$DIR/$kind" && cp "$DIR/helloworld.so" . || exit 1
    env "$@" "$BINARY" --port 0 --unixsocket "$DIR/socket" --io-threads "$threads" --io-threads-do-reads yes --save "" \
        --appendonly yes --dir . --pidfile "$PWD/pid" --enable-module-command yes --daemonize "$daemon" \
        --logfile "$PWD/log" >out 2>&1 &
    local started=$!
    until_true answers || echo "does not answer" >>replies
    ask <"$SRC/test/real/session.redis" >>replies
    until_true has_saved
    "$SOURCES/redis-benchmark" -s "$DIR/socket" -q -n 1000 -t set,lpush,lrange_100 -c 10 >benchmark 2>&1 || echo "benchmark fails" >>replies
    ask bgsave >>replies
    until_true has_saved
    ask info persistence | grep -E 'last_bgsave_status|last_bgrewrite_status' >>replies
    pid=$(ask info server | tr -d '\r' | sed -n 's/^process_id://p')
    ask info stats | tr -d '\r' | sed -n 's/^total_commands_processed://p' >commands
    if [ "$end" = TERM ]; then kill -TERM "$pid"; else ask shutdown >>replies; fi
    wait "$started"
    echo "status $?" >>replies
    until_true is_gone "$pid" || echo "does not end" >>replies
    echo "$pid" >server
    cd "$DIR" || exit 1
}

# calls FUNCTION PROFILE
calls() {
    python3 -IS "$SRC/test/e2e/rows.py" "$2" "$1"
}

check_redis() { # END DAEMON THREADS
    local name="redis, $1, daemonize $2" profile commands
    serve bare "$@" A=
    serve cprof "$@" LD_PRELOAD="$BUILD/libcprof.so" CPROF_OUT="$DIR/cprof/out.prof"
    same "$name: replies, status" "$(cat bare/replies)" "$(cat cprof/replies)"
    same "$name: output" "$(cat bare/out)" "$(cat cprof/out)"
    until_true test -z "$(find cprof -name '*.raw')"
    profile=cprof/out.prof
    [ "$2" = no ] || profile=cprof/out.$(cat cprof/server).prof
    commands=$(calls processCommand "$profile")
    same "$name: every call is accounted for" "" \
        "$(python3 -IS "$SRC/test/e2e/balance.py" cprof/*.prof)"
    # What the server had counted when it was asked; what followed comes on top.
    same "$name: commands" yes \
        "$([ "$commands" -ge "$(cat cprof/commands)" ] && echo yes || echo "$commands of $(cat cprof/commands)")"
    same "$name: children that saved" yes \
        "$([ "$(for f in cprof/out.*.prof; do calls rdbSaveRio "$f"; done | grep -c '^[1-9]')" -ge 1 ] && echo yes)"
    rm -rf "${DIR:?}/bare" "${DIR:?}/cprof"
}

if ! build redis gcc O2; then
    echo "not ok - redis: not built; $LOG ends: $(tail -n 1 "$LOG")"
    echo "0 passed, 1 failed"
    exit 1
fi
SOURCES=${BINARY%/*}/src
gcc -g -O2 -finstrument-functions -shared -fPIC -o "$DIR/helloworld.so" -I "$SOURCES" "$SOURCES/modules/helloworld.c" || exit 1
check_redis SHUTDOWN no 2
check_redis TERM yes 1
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
