#!/bin/bash
# No place for a profile: the program is not harmed, and says nothing unless asked.
# shellcheck disable=SC2154,SC2016 # status, work, failed: lib.sh; $ in single quotes is meant
# shellcheck source-path=SCRIPTDIR/../..
. "$SRC/test/e2e/lib.sh"

build "$CC" steps "$PROGS/steps.c" -O1
chmod 755 "$work"
nobody=()
[ "$(id -u)" != 0 ] || nobody=(setpriv --reuid=65534 --clear-groups)

# unharmed CASE OUT STEP...: with CPROF_OUT=OUT, says its 500 calls and, with CPROF_VERBOSE, a line of cprof's.
unharmed() {
    local name=$1 out=$2
    shift 2
    run "${as[@]}" env LD_PRELOAD="$library" CPROF_OUT="$out" "$work/steps" "$@" work=500 run=: say
    same "$name: status, output" "0  500" "$status $(cat ../err) $(cut -d' ' -f2 ../out)"
    run "${as[@]}" env LD_PRELOAD="$library" CPROF_VERBOSE=1 CPROF_OUT="$out" "$work/steps" "$@" work=500 say
    same "$name, verbose: status, output" "0 500" "$status $(cut -d' ' -f2 ../out)"
    same "$name, verbose: said in a line" "${said-1} ${said-1}" "$(wc -l <../err) $(grep -c '^cprof: ' ../err)"
}

# Where everybody may read.
mkdir "$work/lib" && cp "$LIBRARY" "$BUILD/cprof-symbolize" "$work/lib" && chmod -R a+rX "$work/lib" || exit 1
library=$work/lib/libcprof.so
as=()
fresh
unharmed "no such folder" nowhere/out.prof
touch file
unharmed "a file for a folder" file/out.prof
mkdir closed && chmod 555 closed
as=("${nobody[@]}")
unharmed "a folder that cannot be written" closed/out.prof
as=()
mkdir taken.prof
run env LD_PRELOAD="$library" CPROF_OUT=taken.prof "$work/steps" work=500
same "a folder in the profile's place: status, output" "0 " "$status $(cat ../out ../err)"
same "a folder in the profile's place: the raw file stays" 1 "$(find . -name 'taken.prof.*.raw' | wc -l)"

# Limits: less memory, no profile, or a raw file that is kept.
for limit in FSIZE=0 FSIZE=100000 FSIZE=1000000 AS=40000000 AS=100000000 NOFILE=0 NPROC=0; do
    fresh
    chmod 777 .
    for when in before after; do
        steps=("limit=$limit" work=500)
        [ $when = before ] || steps=(work=500 "limit=$limit")
        # Through a pipe: the limit on files is the program's own, too.
        run bash -c 'set -o pipefail; "$@" | cat' _ \
            "${nobody[@]}" env LD_PRELOAD="$library" "$work/steps" "${steps[@]}" say
        same "limit $limit, $when: status, output" "0  500" "$status $(cat ../err) $(cut -d' ' -f2 ../out)"
        if [ -n "$(find . -name '*.raw')" ]; then
            check "limit $limit, $when: report" convert out.prof
            same "limit $limit, $when: calls" 500 "$(calls out.prof leaf)"
        fi
    done
done

# A full disk.
fresh
mkdir disk
if mount -t tmpfs -o size=1m none disk 2>/dev/null; then
    for kept in 0 8 40 200; do
        head -c $((1048576 - kept * 1024)) /dev/zero >disk/full
        run env LD_PRELOAD="$library" CPROF_OUT=disk/out.prof "$work/steps" work=500 say
        same "full disk, $kept KiB left: status, output" "0  500" "$status $(cat ../err) $(cut -d' ' -f2 ../out)"
        rm -f disk/*
    done
    umount disk
fi

exit "$failed"
