#!/bin/bash
# Makes the profiles of this folder: make_profiles.sh PYTHON...
# For each PYTHON, python-VERSION.prof is what its cProfile wrote of workload.py, old-VERSION.prof
# what its pure profiler wrote, and the .txt of the same name what its pstats prints of that (in
# the one order that does not depend on the order of dicts, which Python 2 does not keep). Python 2
# leaves out blanks at the end of a line.
set -eu
here=$(cd "$(dirname "$0")" && pwd)

cat >"$here/show.py" <<'PRINT'
import pstats
import sys
stats = pstats.Stats(sys.argv[1])
stats.files = []
stats.sort_stats("nfl").print_stats()
stats.print_callers()
stats.print_callees()
PRINT
trap 'rm -f "$here/show.py"' EXIT

cd "$here"
for python in "$@"; do
    version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    "$python" -m cProfile -o "python-$version.prof" workload.py
    "$python" -c "
import profile
code = compile(open('workload.py').read(), 'workload.py', 'exec')
profile.Profile().runctx('exec(code, {})', {'code': code}, {}).dump_stats('old-$version.prof')"
    for name in "python-$version" "old-$version"; do
        "$python" show.py "$name.prof" | sed 's/ *$//' >"$name.txt"
    done
done
