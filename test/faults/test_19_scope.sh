#!/bin/bash
# Scopes of cprof.h in coroutines, and coroutines in scopes.
# shellcheck disable=SC2154 # status, work, failed: lib.sh
# shellcheck source-path=SCRIPTDIR/../..
. "$SRC/test/e2e/lib.sh"

suite() { # COMPILER FLAGS LABEL
    local enable
    # shellcheck disable=SC2086
    build "$1" scope "$SRC/test/faults/19_scope.c" $2 -I"$SRC/preload"
    for enable in 0 1; do
        fresh
        run env CPROF_ENABLE=$enable LD_PRELOAD="$LIBRARY" "$work/scope" coroutine
        same "$3, CPROF_ENABLE=$enable: a scope that is suspended" "0  100 -" \
            "$status $(cat ../out ../err) $(calls scope.prof inside outside)"
        fresh
        run env CPROF_ENABLE=$enable LD_PRELOAD="$LIBRARY" "$work/scope" main
        same "$3, CPROF_ENABLE=$enable: a coroutine in a scope" "0  1 2 4 -" \
            "$status $(cat ../out ../err) $(calls scope.prof suspended suspended:inside inside outside)"
    done
}
each_build suite
exit "$failed"
