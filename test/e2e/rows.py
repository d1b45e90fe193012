"""rows.py PROFILE WHAT...: what a profile says of each WHAT, on one line.

WHAT is FUNCTION, or CALLER:FUNCTION for the calls of one caller; shown is NC/CC, NC alone where
they are equal, and - where there is no such row. With = before it: NC/CC TT CT. A function is told by
its name; of several with one name, the sum. No WHAT at all: every row. "no profile" where there is none.
A profile that does not account for every call (balance.py) is answered with why; in the environment,
HIDDEN says that cprof-report has left some out.
"""
import marshal
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True
import balance

try:
    with open(sys.argv[1], "rb") as f:
        data = f.read()
    stats = marshal.loads(data)
except (OSError, ValueError, EOFError):
    sys.exit(print("no profile"))
unbalanced = list(balance.problems(data, "HIDDEN" not in os.environ))
if unbalanced:
    sys.exit(print(*unbalanced, sep="; "))


def select(what):
    caller, _, name = what.rpartition(":")
    for key, (cc, nc, tt, ct, callers) in stats.items():
        if key[2] == name and not caller:
            yield nc, cc, tt, ct
        elif key[2] == name:
            yield from (values for k, values in callers.items() if k[2] == caller)


def show(what):
    found = list(select(what.lstrip("=")))
    if not found:
        return "-"
    nc, cc, tt, ct = (sum(column) for column in zip(*found))
    counts = str(nc) if nc == cc else "%d/%d" % (nc, cc)
    return "%s %r %r" % (counts, tt, ct) if what[0] == "=" else counts


if len(sys.argv) > 2:
    print(" ".join(show(what) for what in sys.argv[2:]))
else:
    for key, (cc, nc, tt, ct, callers) in stats.items():
        print("%s:%d(%s) %d/%d %r %r" % (*key, nc, cc, tt, ct))
        for k, (nc, cc, tt, ct) in callers.items():
            print("    %s:%d(%s) %d/%d %r %r" % (*k, nc, cc, tt, ct))
