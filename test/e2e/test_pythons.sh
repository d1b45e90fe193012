#!/bin/bash
# Profiles that Python wrote: kept ones of several versions, and new ones of the Pythons that are
# here, printed as their own pstats prints them.
# shellcheck source=test/e2e/lib.sh
. "$SRC/test/e2e/lib.sh"
export TZ=Europe/Berlin

# ---- kept: made by test/data/make_profiles.sh

all_of() {
    "$REPORT" --unit s -s nfl - <"$1" && "$REPORT" --unit s -s nfl --callers --callees - <"$1"
}
for profile in "$SRC"/test/data/*.prof; do
    check "${profile##*/}" diff <(all_of "$profile" | sed 's/ *$//') "${profile%.prof}.txt"
done
same "kept profiles" 10 "$(ls "$SRC"/test/data/*.prof | wc -l)"

# ---- Python 3.15's sampling profiler: an item that is no row, and counts for callers. The titles
# are its own; what they stand above is as always.

python3 - <<'END'
import marshal
f, g = ("a.py", 1, "f"), ("b.py", 2, "g")
rows = {("__sampled__",): True, f: (7, 10, 0.07, 0.1, {}), g: (3, 3, 0.03, 0.03, {f: 3})}
with open("sampled.prof", "wb") as file:
    marshal.dump(rows, file, 4)
END
"$REPORT" --unit s -s time - <sampled.prof >out
"$REPORT" --unit s -s time --callers --callees - <sampled.prof >>out
cat >expected <<'END'
         13 function calls (10 primitive calls) in 0.100 seconds

   Ordered by: internal time

 nsamples  tottime persample cumtime persample filename:lineno(function)
     10/7    0.070    0.007    0.100    0.014 a.py:1(f)
        3    0.030    0.010    0.030    0.010 b.py:2(g)


   Ordered by: internal time

Function   was called by...
a.py:1(f)  <- 
b.py:2(g)  <- a.py:1(f)(3)    0.100


   Ordered by: internal time

Function   called...
a.py:1(f)  -> b.py:2(g)(3)    0.030
b.py:2(g)  -> 


END
check "sampled" diff expected out
"$REPORT" --dump again.prof sampled.prof sampled.prof
same "the dump of a sum is sampled, too" "(('__sampled__',), True) 2 6" "$(python3 -c '
import marshal
rows = marshal.load(open("again.prof", "rb"))
mark = rows.popitem() if list(rows)[-1] == ("__sampled__",) else (list(rows)[0], rows.pop(("__sampled__",)))
print(mark, len(rows), rows["b.py", 2, "g"][4]["a.py", 1, "f"])')"

# ---- new: modules of Python's own, profiled by the oldest and the newest Python 3 here

cat >as_pstats.py <<'END'
"""Whether cprof-report prints a profile, or the sum of some, as this Python's pstats does."""
import io
import pstats
import subprocess
import sys

report, paths = sys.argv[1], sys.argv[2:]
CASES = [([], []), (["time"], [20]), (["cumulative", "name"], [0.1]), (["nfl"], ["read|join"]),
         (["stdname"], [".py:", 0.5])]
for strip in (False, True):
    for sort, restrictions in CASES:
        for view in ("stats", "callers", "callees"):
            text = io.StringIO()
            stats = pstats.Stats(*paths, stream=text)
            options = ["--unit", "s"]
            if strip:
                stats.strip_dirs()
                options += ["--strip-dirs"]
            if sort:
                stats.sort_stats(*sort)
                options += ["--sort", ",".join(sort)]
            getattr(stats, "print_" + view)(*restrictions)
            options += [] if view == "stats" else ["--" + view]
            for word in restrictions:
                options += ["--restrict", str(word)]
            got = subprocess.run([report, *paths, *options], stdout=subprocess.PIPE, check=False)
            assert got.stdout.decode() == text.getvalue(), options
END

pythons() { # the oldest and the newest Python 3
    {
        command -v python3
        find ~/.pyenv/versions -path '*/bin/python3' 2>/dev/null
    } | while read -r python; do
        "$python" -c 'import sys; print("%d.%d" % sys.version_info[:2], sys.executable)' 2>/dev/null
    done | sort -V | sed -n '1p;$p' | cut -d' ' -f2- | uniq
}

echo '{"a": [1, 2, {"b": 3.5}], "c": null}' >small.json
cat >run.py <<'END'
import runpy
import sys
del sys.argv[0]
runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
END
for python in $(pythons); do
    version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    "$python" -m cProfile -o json.prof run.py json.tool small.json >/dev/null
    "$python" -m cProfile -o tokenize.prof run.py tokenize as_pstats.py >/dev/null
    "$python" -m cProfile -o dis.prof run.py dis as_pstats.py >/dev/null
    "$python" -m cProfile -o base64.prof run.py base64 -e as_pstats.py >/dev/null
    for name in json tokenize dis base64; do
        check "Python $version: $name" "$python" as_pstats.py "$REPORT" $name.prof
    done
    check "Python $version: all of them" "$python" as_pstats.py "$REPORT" {json,tokenize,dis,base64}.prof
done
exit "$failed"
