#!/bin/bash
# Hooks that never reach the library: nothing is harmed, what does reach it is exact, and the launcher says
# how to rebuild (test_launch.sh has its refusals: static, setuid, own hooks, no hooks).
# shellcheck disable=SC2154,SC2086 # status, work, failed, HOOKS: lib.sh
# shellcheck source-path=SCRIPTDIR/../..
. "$SRC/test/e2e/lib.sh"

plugin() { # FLAG...: plugin.so, to be copied into a fresh folder
    "$CC" $HOOKS -O1 -fPIC -shared "$SRC/test/faults/23_plugin.c" "$@" -o "$work/plugin.so" ||
        not_ok "plugin $*" "does not build"
}

# loaded CASE HOW CALLS: the plugin's function has so many calls in the profile, leaf its 100.
loaded() {
    fresh
    cp ../plugin.so .
    run env LD_PRELOAD="$LIBRARY" "$work/host" "$2"
    same "$1: status, output" "3 counted 100, sum 1225" "$status $(cat ../out ../err)"
    same "$1: calls" "100 $3" "$(calls out.prof leaf plugged)"
}

build "$CC" host "$SRC/test/faults/23_host.c" -O1 "-I$SRC" -ldl || exit 1
plugin
loaded "dlopen" dlopen 50
loaded "RTLD_DEEPBIND: libc's empty hooks are nearer" deepbind -
loaded "dlmopen: the namespace has another libc" dlmopen -
plugin -Wl,-Bsymbolic
loaded "-Bsymbolic" dlopen 50
plugin -Wl,-Bsymbolic -DOWN_HOOKS
loaded "-Bsymbolic with hooks of its own" dlopen -

# says STATUS TEXT COMMAND...: the launcher says TEXT and ends so.
says() {
    local expected=$1 text=$2
    shift 2
    fresh
    run "$BUILD/cprof" "$@"
    same "$*: status" "$expected" "$status"
    check "$*: said" grep -qF -e "$text" ../err
}

plain=$SRC/test/faults/13_plain.c
"$CC" -O1 "$plain" -o "$work/plain" && "$CC" $HOOKS -static "$plain" -o "$work/static" &&
    "$CC" $HOOKS -DOWN_HOOKS "$plain" "$SRC/test/faults/23_plugin.c" -o "$work/own" ||
    not_ok "programs" "do not build"
printf '#!/bin/sh\n"%s"\nexit 5\n' "$work/plain" >"$work/wrapper" && chmod +x "$work/wrapper"
says 3 "has no function hooks. Rebuild it with -finstrument-functions" "$work/plain"
says 1 "is linked statically, so libcprof.so cannot be loaded into it. Relink it without -static" "$work/static"
says 3 "has function hooks of its own, which hide cprof's. Rebuild it without its __cyg_profile_func_enter" "$work/own"
says 5 "nothing was recorded: no call of a function with hooks" "$work/wrapper"
for program in plain static own wrapper; do
    fresh
    run env LD_PRELOAD="$LIBRARY" CPROF_VERBOSE=1 "$work/$program"
    same "$program, preloaded: no file" "" "$(ls -A)"
    run "$REPORT" out.prof
    same "$program: the report" "1 cprof-report: out.prof: no such file" "$status $(cut -d';' -f1 ../err)"
    check "$program: the report says what leaves a profile" grep -q -e "-finstrument-functions" ../err
done
exit "$failed"
