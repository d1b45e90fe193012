#!/bin/bash
# Limits of a process, set outside or by itself, before the first call or later: the program gets from
# them what it gets without cprof; the profile is whole, or says what is missing, or is not there.
# shellcheck disable=SC2154,SC2086 # status, work, failed: lib.sh; flags are several words
# shellcheck source-path=SCRIPTDIR/../..
. "$SRC/test/e2e/lib.sh"
# shellcheck source=test/faults/counted.sh
. "$SRC/test/faults/counted.sh"

chmod 755 "$work"
nobody=()
[ "$(id -u)" != 0 ] || nobody=(setpriv --reuid=65534 --clear-groups)
# Where everybody may read.
mkdir "$work/lib" && cp "$LIBRARY" "$BUILD/cprof-symbolize" "$work/lib" && chmod -R a+rX "$work/lib" || exit 1

# limited LABEL CALLS STEP...: runs bare and preloaded, as nobody and through a pipe (the limit on files
# is the program's own, too).
limited() {
    local label="$1: ${*:3}" calls=$2 bare
    shift 2
    fresh
    [ "$(id -u)" != 0 ] || chown 65534 . # whose run it is
    run bash -c 'set -o pipefail; "$@" | cat' _ "${nobody[@]}" "$work/program" "$@"
    bare="$status $(cat ../out ../err)"
    run bash -c 'set -o pipefail; "$@" | cat' _ "${nobody[@]}" \
        env LD_PRELOAD="$work/lib/libcprof.so" "$work/program" "$@"
    same "$label: status, output" "$bare" "$status $(cat ../out ../err)"
    [ -z "$(ls)" ] || all_counted "$label" "$calls" "${dropped-}"
}

matrix() { # COMPILER FLAGS LABEL
    build "$1" program "$SRC/test/faults/03_limits.c" $2
    limited "$3" 1464 limit=FSIZE=300000 walk=3 say
    limited "$3" 1608 walk=2 limit=FSIZE=0 walk=3 say
    limited "$3" 14808 walk=3 limit=AS=100000000 map=60 walk=4 map=10 say
}
each_build matrix

build "$CC" program "$SRC/test/faults/03_limits.c" -O1
for name in FSIZE=0 NOFILE=0 NPROC=0 STACK=65536 DATA=2000000 MEMLOCK=0 CPU=20; do
    limited before 1464 limit=$name walk=3 say
    limited after 1608 walk=2 limit=$name walk=3 say
done
limited "limited memory may be locked" 14808 walk=3 mlockall=3 walk=4 map=10 say

# Address space that the program runs out of: whatever happens, it does not take what is left.
dropped=dropped limited "too little address space" 109848 walk=3 limit=AS=12000000 walk=5 say
limited "no signals" 14808 signals limit=FSIZE=4096 soft=CPU=100 walk=3 walk=4 say

# What mlockall makes resident, as root, who may: some times what is used, far from all that could be.
if [ "$(id -u)" = 0 ]; then
    for mode in 1 2 3; do
        fresh
        run env LD_PRELOAD="$LIBRARY" "$work/program" walk=3 mlockall=$mode walk=3 locked say
        same "mlockall $mode: status" 7 "$status"
        locked=$(sed -n 's/^locked \([0-9]*\) kB$/\1/p' ../out)
        check "mlockall $mode: memory stays bounded" test "$locked" -lt 30000
        all_counted "mlockall $mode" 2928
    done
fi
exit "$failed"
