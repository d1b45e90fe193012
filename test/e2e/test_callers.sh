#!/bin/bash
# --callers, --callees, --format json, --dump and standard input. Expected: what Python's pstats
# prints, or reads again.
# shellcheck source=test/e2e/lib.sh
. "$SRC/test/e2e/lib.sh"
export TZ=Europe/Berlin

# prints CASE COMMAND...: its output must be what stdin holds.
prints() {
    local name=$1
    shift
    "$@" >out 2>err
    if diff -a - out >difference; then
        ok "$name"
    else
        not_ok "$name" "$(head -c 1000 difference) $(cat err)"
    fi
}

python3 - <<'END'
import marshal
M = ("/src/app/main.cpp", 10, "main")
F = ("/src/app/fib.c", 3, "fib")
V = ("/usr/include/v.h", 0, "std::vector<int, std::allocator<int> >::push_back(int&&)")
B = ("~", 0, "<memcpy>")
W = ("/src/lib/fib.c", 3, "fib")
Z = ("/src/app/z.c", 7, "pending")
many = 5000000000
marshal.dump({
    M: (1, 1, 0.25, 3.5, {}),
    F: (1, 177, 1.25, 1.25, {M: (1, 1, 0.25, 1.25), F: (176, 2, 1.0, 1.0)}),
    V: (many, many, 1.0, 1.5, {M: (many, many, 1.0, 1.5)}),
    B: (12, 12, 0.5, 0.5, {V: (12, 12, 0.5, 0.5)}),
    W: (2, 2, 0.0004999, 0.0004999, {F: (1, 1, 0.0002, 0.0002), M: (1, 1, 0.0002999, 0.0002999)}),
    Z: (0, 3, 0.125, 0.0, {M: (3, 0, 0.125, 0.0)}),
}, open("golden.prof", "wb"), 2)
f, g = ("/tmp/a.c", 1, "f"), ("/tmp/b.c", 2, "g")
marshal.dump({f: (1, 1, 0.5, 0.75, {}), g: (5, 5, 0.25, 0.25, {f: 5, g: 2})},
             open("old.prof", "wb"), 2)
red = ("/tmp/\x1b[31m.c", 1, "f\u009b\u20ac")
marshal.dump({red: (1, 1, 1.5, 1.5, {red: (1, 1, 0.0015, 0.5)})}, open("hostile.prof", "wb"), 2)
umlaut = ("/tmp/\u00e4.c", 1, "\u65e5")
marshal.dump({umlaut: (1, 1, -0.0, 1e-5, {}), g: (2**70, 2**71, 0.1, 0.1, {umlaut: (1, 2, 3.0, -0.0)})},
             open("unicode.prof", "wb"), 2)
marshal.dump({f: (1, 1, 0.5, 0.5, {g: (1, 1, 0.5, 0.5)})}, open("stranger.prof", "wb"), 2)
END
touch -d '2026-03-05 06:07:08' ./*.prof

# ---- text

prints "callers" "$REPORT" golden.prof --unit s -s tottime --callers --restrict 4 --restrict app <<'END'
   Ordered by: internal time
   List reduced from 6 to 4 due to restriction <4>
   List reduced from 4 to 2 due to restriction <'app'>

Function                    was called by...
                                ncalls  tottime  cumtime
/src/app/fib.c:3(fib)       <-   176/2    1.000    1.000  /src/app/fib.c:3(fib)
                                     1    0.250    1.250  /src/app/main.cpp:10(main)
/src/app/main.cpp:10(main)  <- 


END

prints "callees" "$REPORT" golden.prof --unit s -s tottime --callees --restrict 'main|fib' <<'END'
   Ordered by: internal time
   List reduced from 6 to 3 due to restriction <'main|fib'>

Function                    called...
                                ncalls  tottime  cumtime
/src/app/fib.c:3(fib)       ->   176/2    1.000    1.000  /src/app/fib.c:3(fib)
                                     1    0.000    0.000  /src/lib/fib.c:3(fib)
/src/app/main.cpp:10(main)  ->       1    0.250    1.250  /src/app/fib.c:3(fib)
                                   3/0    0.125    0.000  /src/app/z.c:7(pending)
                                     1    0.000    0.000  /src/lib/fib.c:3(fib)
                             5000000000    1.000    1.500  /usr/include/v.h:0(std::vector<int, std::allocator<int> >::push_back(int&&))
/src/lib/fib.c:3(fib)       -> 


END

prints "callers, stripped as pstats does" \
    "$REPORT" golden.prof --unit s -s nfl --strip-dirs --callers --restrict fib <<'END'
   Ordered by: name/file/line
   List reduced from 5 to 1 due to restriction <'fib'>

Function      was called by...
                  ncalls  tottime  cumtime
fib.c:3(fib)  <-   177/3    1.000    1.000  fib.c:3(fib)
                       2    0.250    1.250  main.cpp:10(main)


END

prints "callees, then callers, units that suit" \
    "$REPORT" golden.prof --callees --callers --restrict fib.c --restrict lib <<'END'
   Ordered by: internal time
   List reduced from 6 to 2 due to restriction <'fib.c'>
   List reduced from 2 to 1 due to restriction <'lib'>

Function               called...
                           ncalls  tottime  cumtime
/src/lib/fib.c:3(fib)  -> 


   Ordered by: internal time
   List reduced from 6 to 2 due to restriction <'fib.c'>
   List reduced from 2 to 1 due to restriction <'lib'>

Function               was called by...
                           ncalls  tottime  cumtime
/src/lib/fib.c:3(fib)  <-       1  200.0us  200.0us  /src/app/fib.c:3(fib)
                                1  299.9us  299.9us  /src/app/main.cpp:10(main)


END

prints "old profiler's counts" "$REPORT" old.prof old.prof --unit s --callers <<'END'
   Random listing order was used

Function       was called by...
/tmp/a.c:1(f)  <- 
/tmp/b.c:2(g)  <- /tmp/a.c:1(f)(10)    1.500
                  /tmp/b.c:2(g)(4)    0.500


END

prints "names are escaped" "$REPORT" hostile.prof --callers <<'END'
   Ordered by: internal time

Function                       was called by...
                                   ncalls  tottime  cumtime
/tmp/\x1b[31m.c:1(f\xc2\x9b€)  <-       1  1.500ms  500.0ms  /tmp/\x1b[31m.c:1(f\xc2\x9b€)


END

# Where callers become equal, pstats keeps the last one only; the sum is what is true.
python3 - <<'END'
import marshal
f, a, b = ("x.c", 1, "f"), ("/a/m.c", 1, "m"), ("/b/m.c", 1, "m")
marshal.dump({f: (5, 5, 2.0, 2.0, {a: (2, 2, 0.75, 0.75), b: (3, 3, 1.25, 1.25)}),
              a: (1, 1, 1.0, 1.0, {}), b: (1, 1, 1.0, 1.0, {})}, open("collide.prof", "wb"), 2)
END
lines() {
    "$REPORT" collide.prof --strip-dirs --callers --restrict x.c "$@" | grep -- '<-'
}
same "callers that become equal are added" "x.c:1(f)  <-       5    2.000    2.000  m.c:1(m)" "$(lines)"
same "but not as pstats" "x.c:1(f)  <-       3    1.250    1.250  m.c:1(m)" "$(lines --unit s)"

# ---- notes, and what matches nothing

"$REPORT" golden.prof --callers --callees --restrict nothing >out 2>err
same "no match, status" 1 $?
same "no match is said once" "cprof-report: no function matches 'nothing'" "$(cat out err)"

# ---- standard input

"$REPORT" --unit s - <golden.prof >out
"$REPORT" --unit s golden.prof | tail -n +3 >expected
check "standard input has no file line" diff expected out
check "a pipe" diff expected <(cat golden.prof | "$REPORT" --unit s -)
check "two, one of them from standard input" grep -q '        10000000390 function calls' <(
    "$REPORT" - golden.prof <golden.prof)
"$REPORT" - >out 2>err <<<hello
same "standard input that is no profile" \
    "1 cprof-report: -: not a profile (unknown type 0x68 at offset 0)" "$? $(cat out err)"

# ---- json

cat >stats_profile.py <<'END'
import json
import pstats
import sys

def expected(paths, strip):
    stats = pstats.Stats(*paths)
    if strip:
        stats.strip_dirs()
    rows = {}
    total = float("%.3f" % stats.total_tt)
    for (file, line, name), (cc, nc, tt, ct, _) in stats.stats.items():
        rows[name] = {
            "ncalls": str(nc) if nc == cc else "%d/%d" % (nc, cc),
            "tottime": float("%.3f" % tt), "cumtime": float("%.3f" % ct),
            "percall_tottime": float("%.3f" % (tt / nc)) if nc else -1,
            "percall_cumtime": float("%.3f" % (ct / cc)) if cc else -1,
            "file_name": file, "line_number": line}
    if hasattr(stats, "get_stats_profile"):  # Python 3.9 and later
        import dataclasses
        known = dataclasses.asdict(stats.get_stats_profile())
        assert known == {"total_tt": total, "func_profiles": rows}, known
    return {"total_tt": total, "func_profiles": rows}

got = json.load(sys.stdin)
want = expected(sys.argv[2:], sys.argv[1] == "strip")
assert got == want, (got, want)
assert list(got["func_profiles"]) == list(want["func_profiles"])
END
json() { # CASE strip|keep FILE...
    local name=$1 strip=
    [ "$2" = keep ] || strip=--strip-dirs
    # shellcheck disable=SC2086
    "$REPORT" --format json --unit s $strip "${@:3}" >out
    check "$name" python3 stats_profile.py "${@:2}" <out
}
json "json" keep golden.prof
json "json, stripped" strip golden.prof
json "json, names that want escapes" keep hostile.prof golden.prof
"$REPORT" golden.prof --format json --unit ns --restrict lib/ >out
same "json, in a unit" '{"total_tt": 3125499900.000, "func_profiles": {"fib": {"ncalls": "2", '\
'"tottime": 499900.000, "percall_tottime": 249950.000, "cumtime": 499900.000, '\
'"percall_cumtime": 249950.000, "file_name": "/src/lib/fib.c", "line_number": 3}}}' "$(cat out)"
"$REPORT" golden.prof --format json --callers 2>err
same "json has no callers" "2 cprof-report: --format json has no --callers and no --callees \
(cprof-report --help shows how to use it)" "$? $(cat err)"

# ---- dump

cat >dumped.py <<'END'
import pstats
import sys

def stats(strip, paths):
    s = pstats.Stats(*paths)
    return (s.strip_dirs() if strip else s).stats

want, got = stats(sys.argv[1] == "strip", sys.argv[3:]), stats(False, sys.argv[2:3])
assert got == want, (got, want)
assert list(got) == list(want)
for key in got:
    assert list(got[key][4]) == list(want[key][4])
END
dump() { # CASE strip|keep FILE...: Python reads the same rows in the dump as in the sum of FILEs
    local name=$1 strip=
    [ "$2" = keep ] || strip=--strip-dirs
    rm -f sum.prof
    # shellcheck disable=SC2086
    "$REPORT" --dump sum.prof $strip "${@:3}" >out 2>&1
    same "$name, silent" "0 " "$? $(cat out)"
    check "$name" python3 dumped.py "$2" sum.prof "${@:3}"
}
dump "dump" keep golden.prof
dump "dump of a sum" keep golden.prof unicode.prof golden.prof
dump "dump, stripped" strip unicode.prof old.prof
dump "dump of old callers" keep old.prof old.prof
cp golden.prof self.prof
"$REPORT" --dump self.prof self.prof self.prof
check "dump onto its own source" python3 dumped.py keep self.prof golden.prof golden.prof
"$REPORT" --dump sum.prof stranger.prof 2>err
same "dump of a caller without a row" \
    "1 cprof-report: sum.prof: function 0: caller 0 has no row" "$? $(cat err)"
"$REPORT" --dump nowhere/sum.prof golden.prof 2>err
same "dump to nowhere" \
    "1 cprof-report: nowhere/sum.prof: cannot write: No such file or directory" "$? $(cat err)"

# The tail of a profile of our own survives: threads and overhead are still there, summed.
build "$(compilers | head -n 1)" threads "$PROGS/threads.c"
preloaded "$work/threads" short 3 10 >/dev/null
"$REPORT" --dump twice.prof out.prof out.prof
threads() {
    "$REPORT" "$1" | sed -n 's/.*measured; \([0-9]*\) threads*$/\1/p'
}
same "a dump has the threads" $((2 * $(threads out.prof))) "$(threads twice.prof)"
"$REPORT" --dump none.prof out.prof golden.prof
same "but not those of a part" "" "$("$REPORT" none.prof | grep 'overhead removed')"

exit "$failed"
