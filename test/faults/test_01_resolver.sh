#!/bin/bash
# Hooks that run before libcprof.so is relocated, in resolvers of indirect functions, and before main: the
# program lives, the first are counted as early, all others are recorded.
# shellcheck disable=SC2154,SC2086 # status, work, failed: lib.sh; flags are several words
# shellcheck source-path=SCRIPTDIR/../..
. "$SRC/test/e2e/lib.sh"

resolver() { # COMPILER FLAGS LABEL
    local flags=${2/-fPIE -pie/} early
    flags=${flags/-fno-pie -no-pie/}
    build "$1" libresolver.so "$SRC/test/faults/01_resolver.c" $flags -DLIBRARY -fPIC -shared -Wl,-z,now
    build "$1" program "$SRC/test/faults/01_resolver.c" $2 -Wl,-z,now \
        -Wl,--no-as-needed "$work/libresolver.so" -Wl,-rpath,"$work"
    both program
    same "$3: says" "11 19884" "$status $(cat ../out)"
    convert out.prof
    same "$3: recorded" "100 1 2" "$(calls out.prof leaf main construct)"
    # The library's resolver and the program's run twice each, two functions each time; the order of
    # relocation says which are recorded, and each call and each return that is not is told of.
    early=$(sed -n 's/^ *\([0-9]*\) calls and returns were not recorded: before.*/\1/p' ../report)
    read -r resolved called <<<"$(calls out.prof resolve early | sed s,-,0,g)"
    same "$3: nothing is lost" "4 6" "$((resolved + early / 4)) $((called + early / 4))"
    check "$3: some came too early" test "${early:-0}" -ge 4
    # The library preloaded as well, before and after libcprof.so.
    for order in "$LIBRARY $work/libresolver.so" "$work/libresolver.so $LIBRARY"; do
        fresh
        run env LD_PRELOAD="$order" "$work/program"
        same "$3, preloaded, $([ "${order%% *}" = "$LIBRARY" ] && echo behind || echo before)" "11 19884 100" "$status $(cat ../out ../err) $(calls out.prof leaf)"
    done
}
each_build resolver
exit "$failed"
