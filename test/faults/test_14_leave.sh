#!/bin/bash
# Programs that close every descriptor, go elsewhere, lose their rights, or become daemons: the profile
# arrives where it would have, or the raw file does.
# shellcheck disable=SC2154,SC2086 # status, work, failed: lib.sh; flags are several words
# shellcheck source-path=SCRIPTDIR/../..
. "$SRC/test/e2e/lib.sh"

chmod 755 "$work"
# Where everybody may read.
mkdir "$work/lib" && cp "$LIBRARY" "$BUILD/cprof-symbolize" "$work/lib" && chmod -R a+rX "$work/lib" || exit 1
mkdir "$work/elsewhere" && chmod 777 "$work/elsewhere"

# leaving RUNS CALLS STEP...: RUNS preloaded as bare; every profile or raw file is in the folder that the
# program was started in, and of all together leaf has so many calls.
leaving() {
    local runs=$1 leaves=$2 bare name found
    shift 2
    name="$label $*"
    fresh && chmod 777 .
    run "$work/program" "$@"
    sleep 0.1
    bare="$status $(cat ../out ../err)"
    fresh && chmod 777 .
    run env LD_PRELOAD="$work/lib/libcprof.so" "$work/program" "$@"
    same "${name//$work/}: status, output" "$bare" "$status $(cat ../out ../err)"
    for try in {1..60}; do # daemons are still at it
        [ "$try" -lt 8 ] || convert out.prof
        found=$(total)
        [ "$found" != "$runs $leaves" ] || break
        sleep 0.1
    done
    same "${name//$work/}: files, calls" "$runs $leaves" "$found"
    same "${name//$work/}: nothing elsewhere" "" "$(ls -A "$work/elsewhere")"
}

# Profiles there are, and calls of leaf.
total() {
    echo "$(find . -name '*.prof' | wc -l) $(for p in *.prof; do calls "$p" leaf; done | awk '{ n += $1 } END { print n + 0 }')"
}

matrix() { # COMPILER FLAGS LABEL
    label=$3
    build "$1" program "$SRC/test/faults/14_leave.c" $2
    leaving 1 300 work=100 next range next chdir="$work/elsewhere" work=200 say
    leaving 1 300 chdir="$work/elsewhere" loop work=100 over work=200 say
}
each_build matrix

label=
build "$CC" program "$SRC/test/faults/14_leave.c" -O1
leaving 1 300 work=100 all work=200
leaving 1 300 all chdir=/ umask work=300
leaving 1 300 next work=100 next session umask work=200 next
if [ "$(id -u)" = 0 ]; then
    leaving 1 300 work=100 nobody work=200 say
    leaving 1 300 nobody work=300 say
    leaving 1 300 work=100 chroot="$work/elsewhere" work=200 say
    leaving 1 300 work=100 chroot="$work/elsewhere" range nobody work=200 say
    leaving 1 300 work=100 unshare=131072 work=200 say   # CLONE_NEWNS
    leaving 1 300 work=100 unshare=1073741824 work=200 say # CLONE_NEWNET
    leaving 1 300 work=100 unshare=536870912 work=200 say  # CLONE_NEWPID
fi
# Parents have files of their own.
leaving 2 300 work=100 daemon work=200
leaving 1 200 daemon work=200
leaving 1 200 double range chdir=/ umask work=200
exit "$failed"
