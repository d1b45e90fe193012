#!/bin/bash
# Disks that are full or become it: the program does not notice, and what found no place is counted.
# shellcheck disable=SC2154,SC2086 # status, work, failed: lib.sh; flags are several words
# shellcheck source-path=SCRIPTDIR/../..

# Mounts are this test's own. Not root: a namespace where it seems to be.
if [ -z "${UNSHARED:-}" ]; then
    export UNSHARED=1
    if [ "$(id -u)" = 0 ] && unshare -m true 2>/dev/null; then
        exec unshare -m "$0"
    elif unshare -rm true 2>/dev/null; then
        exec unshare -rm "$0"
    fi
fi

. "$SRC/test/e2e/lib.sh"
# shellcheck source=test/faults/counted.sh
. "$SRC/test/faults/counted.sh"

mkdir "$work/disk"
if ! mount -t tmpfs -o size=1m none "$work/disk" 2>/dev/null; then
    echo "skipped - no mount is allowed here"
    exit 0
fi
umount "$work/disk"

# on FILESYSTEM KIB: an empty disk of that size at $work/disk; false: not possible here.
on() {
    if [ "$1" = tmpfs ]; then
        mount -t tmpfs -o size="$2"k none "$work/disk"
        return
    fi
    command -v "mkfs.$1" >/dev/null || return
    rm -f "$work/image" && truncate -s "$2"k "$work/image"
    options=-q
    [ "$1" != ext4 ] || options="-q -m 0" # nothing kept for root
    "mkfs.$1" $options "$work/image" >/dev/null 2>&1 && mount -o loop "$work/image" "$work/disk" 2>/dev/null
}

# keep KIB: fills the disk but for so much.
keep() {
    local free
    sync -f "$work/disk"
    free=$(df --output=avail -k "$work/disk" | tail -n 1)
    [ "$1" -ge "$free" ] || head -c $(((free - $1) * 1024)) /dev/zero >"$work/disk/filler" 2>/dev/null
    sync -f "$work/disk"
}

# filled CASE KIB: a disk with so little left is full before, or while, the program runs.
filled() {
    local dropped=
    keep "$2"
    fresh
    run env LD_PRELOAD="$LIBRARY" CPROF_OUT="$work/disk/out.prof" "$work/program" walk=3 walk=4 walk=1 say
    same "$1: status, output" "7 14820 calls, 0 signals" "$status $(cat ../out ../err)"
    rm -f "$work/disk/filler"
    cp -a "$work"/disk/out.prof* . 2>/dev/null
    rm -f "$work"/disk/out.prof*
    if [ -z "$(ls)" ]; then
        same "$1: no profile is for want of space" yes "$([ "$2" -le 500 ] && echo yes)"
        return
    fi
    [ "$2" -gt 2000 ] || dropped=dropped
    all_counted "$1" 14820 $dropped
}

fill_disks() { # COMPILER FLAGS LABEL
    build "$1" program "$SRC/test/faults/03_limits.c" $2
    on tmpfs 16384 || return
    filled "$3, tmpfs" 100
    filled "$3, tmpfs" 400
    umount "$work/disk"
}
each_build fill_disks

# A run that fills the disk from inside: what is written after it is full, on each kind of filesystem.
build "$CC" program "$SRC/test/faults/03_limits.c" -O1
for filesystem in tmpfs ext4 btrfs; do
    if ! on $filesystem 131072; then
        echo "skipped - no $filesystem here"
        continue
    fi
    # btrfs looks for space at each store once it is full, ten milliseconds long.
    left=(0 10000)
    [ $filesystem = btrfs ] || left+=(60 300)
    for kept in "${left[@]}"; do
        filled "$filesystem, $kept KiB left" "$kept"
    done
    umount "$work/disk"
done

# Pages that are present stay so: on a copying filesystem a store into one may need space anew.
if on btrfs 131072; then
    fresh
    run env LD_PRELOAD="$LIBRARY" CPROF_OUT="$work/disk/out.prof" "$work/program" \
        walk=3 flush="$work/disk" fill="$work/disk" flush="$work/disk" walk=1 say
    same "btrfs, full in the middle: status, output" "7 1476 calls, 0 signals" "$status $(cat ../out ../err)"
    rm -f "$work/disk/filler"
    cp -a "$work"/disk/out.prof* .
    rm -f "$work"/disk/out.prof*
    all_counted "btrfs, full in the middle" 1476
    umount "$work/disk"
fi
exit "$failed"
