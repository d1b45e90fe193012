"""viewers.py PROFILE: what third-party viewers would stumble over, a line each; nothing if all is well.

viewers.py PROFILE CALLGRIND TABLE: whether what pyprof2calltree made of the profile says the same as
the table that `cprof-report --unit s` prints.
"""
import codecs
import math
import pstats
import re
import sys


def numbers(values, what):
    counts, times = values[:2], values[2:4]
    if not all(type(n) is int and n >= 0 for n in counts):
        print(what, "counts:", counts)
    if not all(type(t) is float and math.isfinite(t) and t >= 0 for t in times):
        print(what, "times:", times)


def check(path):
    with open(path, "rb") as file:
        head = file.read(8192)
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
        print("tuna takes it for text")
    except UnicodeDecodeError:
        pass
    stats = pstats.Stats(path).stats  # with the path, as all of them load it
    for key, value in stats.items():
        if [type(part) for part in key] != [str, int, str]:
            print("key:", key)
        if not all(part.isprintable() for part in (key[0], key[2])):
            print("not printable:", key)
        if len(value) != 5:
            print("row:", key, value)
        numbers(value, key)
        for caller, edge in value[4].items():
            if caller not in stats:
                print("caller without row:", caller)
            if type(edge) is not tuple or len(edge) != 4:
                print("caller's values:", edge)
            numbers(edge, caller)
    if not any(not callers and ct > 1e-5 for _, _, _, ct, callers in stats.values()):
        print("no root that lasts 10 us")
    if any(caller == key for key, value in stats.items() for caller in value[4] if not stats[key][4]):
        print("a root that is called")


def functions(path):
    """Own seconds by file and name, and the summary line, of a file in callgrind's format."""
    own, names, summary, calls = {}, None, None, False
    for line in open(path, encoding="utf-8"):
        if line.startswith("summary: "):
            summary = int(line[9:]) / 1e9
        elif line.startswith("fl="):
            names = (line[3:-1],)
        elif line.startswith("fn="):
            names += (re.sub(r":\d+$", "", line[3:-1]),)
        elif re.match(r"\d+ \d+$", line):
            if not calls:
                own.setdefault(names, []).append(int(line.split()[1]) / 1e9)
            calls = False
        elif line.startswith("calls="):
            calls = True
    return own, summary


def compare(callgrind, table):
    own, summary = functions(callgrind)
    text = open(table, encoding="utf-8").read()
    total = float(re.search(r"in (\d+\.\d+) seconds", text)[1])
    # ncalls tottime percall cumtime percall, of which percall may be blank
    numbers = r"^ *\d+(?:/\d+)? +([\d.]+)(?: +[\d.]+)? +([\d.]+)(?: +[\d.]+)? +"
    rows = re.findall(numbers + r"([^\s{].*?):\d+\((.*)\)$", text, re.M)
    rows += [(tt, ct, "~", name) for tt, ct, name in re.findall(numbers + r"\{(.*)\}$", text, re.M)]
    near = lambda a, b, n=1: abs(a - b) <= 0.00050001 + n * 1e-9
    if not near(sum(map(sum, own.values())), total, len(rows)):
        print("total:", sum(map(sum, own.values())), total)
    if not near(summary, max(float(row[1]) for row in rows)):
        print("summary:", summary, rows)
    for tottime, _, file, name in rows:
        found = own.get((file, name)) or own.get((file, "<%s>" % name), [])
        match = next((t for t in found if near(t, float(tottime))), None)
        if match is None:
            print("no such time:", file, name, tottime, found)
        else:
            found.remove(match)
    if any(own.values()):
        print("not in the table:", own)


if len(sys.argv) > 2:
    compare(*sys.argv[2:])
else:
    check(sys.argv[1])
