#!/bin/bash
# Profiles of every kind are what third-party viewers can show: they keep the rules by which tuna,
# snakeviz, gprof2dot and flameprof read, and pyprof2calltree converts them.
# shellcheck disable=SC2154 # work, failed: lib.sh
# shellcheck source-path=SCRIPTDIR/../..
. "$SRC/test/e2e/lib.sh"

TABLE="(anonymous namespace)::Table<int, (anonymous namespace)::Table<char, void (*)(int&&)> >"

viewers() {
    python3 -I "$SRC/test/e2e/viewers.py" "$@" 2>&1
}

# view CASE PROFILE [FUNCTION...]: functions that it must have.
view() {
    local name=$1 profile=$2
    shift 2
    cp "$profile" "../kept/$name.prof"
    same "$name: the viewers' rules" "" "$(viewers "$profile")"
    same "$name: its functions" "$*" "$(python3 -IS -c '
import marshal, sys
names = {key[2] for key in marshal.load(open(sys.argv[1], "rb"))}
print(*[name for name in sys.argv[2:] if name in names])' "$profile" "$@")"
    if ! command -v pyprof2calltree >/dev/null; then
        echo "skipped - $name: no pyprof2calltree"
        return
    fi
    "$REPORT" --unit s "$profile" >../table 2>/dev/null
    rm -f ../callgrind
    pyprof2calltree -i "$profile" -o ../callgrind >../why 2>&1 || not_ok "$name: pyprof2calltree" "$(tail -n 1 ../why)"
    same "$name: pyprof2calltree says what the table says" "" "$(viewers "$profile" ../callgrind ../table)"
}

mkdir kept
build "$CC" viewed "$PROGS/viewed.c"
build "$CC" whole "$PROGS/viewed.c" -DMAIN
cxx=${CC/%gcc/g++}
build "${cxx/%clang/clang++}" names "$PROGS/viewed.cpp"

fresh
run env LD_PRELOAD="$LIBRARY" "$work/whole" threads
view "threads" out.prof main threads thread spend
fresh
run env LD_PRELOAD="$LIBRARY" "$work/viewed" threads
view "threads without main" out.prof threads thread spend
fresh
run env LD_PRELOAD="$LIBRARY" "$work/viewed" one
view "one function" out.prof spend
fresh
run env LD_PRELOAD="$LIBRARY" "$work/whole" one more and more
view "main is recursive" out.prof main spend '<process>'
fresh
run env LD_PRELOAD="$LIBRARY" "$work/viewed" mutual
view "none but recursive functions" out.prof even odd '<process>'
fresh
run env LD_PRELOAD="$LIBRARY" "$work/whole" fork
view "fork" out.prof main fork_one
view "a forked child" out.*.prof main fork_one spend
fresh
run env LD_PRELOAD="$LIBRARY" "$work/names"
view "C++" out.prof main "$TABLE::operator<($TABLE const&) const"

# Without symbols, killed, and the sum of all above.
cp "$work/whole" "$work/stripped"
strip "$work/stripped"
fresh
run env LD_PRELOAD="$LIBRARY" "$work/stripped" one
view "no symbols" out.prof
fresh
run env LD_PRELOAD="$LIBRARY" "$work/whole" killed
convert out.prof
view "killed" out.prof main end
fresh
"$REPORT" --dump sum.prof ../kept/*.prof || not_ok "the sum" "not written"
view "the sum" sum.prof main spend even odd '<process>' "$TABLE::operator<($TABLE const&) const"
"$REPORT" --strip-dirs --dump sum.prof ../kept/*.prof || not_ok "the sum" "not written"
view "the sum, without folders" sum.prof main spend even odd '<process>'
exit "$failed"
