"""Reads what cprof-report exports, each format by its own rules, and compares it with the profile as
pstats sees it. usage: exports.py REPORT PROFILE"""
import csv
import io
import json
import pstats
import re
import subprocess
import sys

report, profile = sys.argv[1:]
stats = pstats.Stats(profile).stats
tottime = sum(row[2] for row in stats.values())
failed = False


def export(name):
    return subprocess.run([report, profile, "--format", name], capture_output=True, check=True).stdout


def check(name, good, why=""):
    global failed
    failed |= not good
    print(f"ok - {name}" if good else f"not ok - {name}: {why}")


def near(a, b, rows):
    """Both are sums of this many rounded times: ns, or what the contexts' sums differ by."""
    return abs(a - b) <= 1e-9 * rows + 1e-9 * abs(b)


def by_name(column):
    sums = {}
    for (_, _, name), row in stats.items():
        sums[name] = sums.get(name, 0) + row[column]
    return sums


def collapsed():
    lines = export("collapsed").decode().splitlines()
    grammar = re.compile(r"[^;\x00-\x1f]+(;[^;\x00-\x1f]+)* \d+")
    check("collapsed: grammar", all(grammar.fullmatch(line) for line in lines))
    own = {}
    for line in lines:
        stack, ns = line.rsplit(" ", 1)
        leaf = stack.split(";")[-1]
        own[leaf] = own.get(leaf, 0) + int(ns) / 1e9
    check("collapsed: own times", all(
        near(own.get(n, 0), t, len(lines)) for n, t in by_name(2).items()), own)


def speedscope():
    data = json.loads(export("speedscope"))
    frames = data["shared"]["frames"]
    check("speedscope: frames", {(f["file"], f["line"], f["name"]) for f in frames} == set(stats))
    own = [0] * len(frames)
    events = 0
    for p in data["profiles"]:
        stack, now = [], p["startValue"]
        for e in p["events"]:
            assert e["at"] >= now
            if stack:
                own[stack[-1]] += e["at"] - now
            now = e["at"]
            if e["type"] == "O":
                stack.append(e["frame"])
            else:
                assert stack.pop() == e["frame"]
            events += 1
        assert not stack and now == p["endValue"] and p["type"] == "evented"
    check("speedscope: own times", all(
        near(ns / 1e9, stats[f["file"], f["line"], f["name"]][2], events)
        for f, ns in zip(frames, own)), own)


def spreadsheet():
    text = export("csv").decode()
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    check("csv: functions", {(r["file"], int(r["line"]), r["function"]) for r in rows} == set(stats))
    same = all(
        (int(r["pcalls"]), int(r["ncalls"])) == row[:2]
        and near(float(r["tottime"]), row[2], 1) and near(float(r["cumtime"]), row[3], 1)
        for r in rows for row in [stats[r["file"], int(r["line"]), r["function"]]])
    check("csv: numbers", same)


def callgrind():
    path = "exported.callgrind"
    with open(path, "wb") as f:
        f.write(export("callgrind"))
    text = subprocess.run(["callgrind_annotate", "--threshold=100", "--show-percs=no", path],
                          capture_output=True, check=True, text=True).stdout
    own = {}
    for line in text.splitlines():
        m = re.fullmatch(r"\s*([\d,]+)\s+(\S+?):(.+?)(?: \[.*\])?", line)
        if m and m[3] != "function":
            own[m[3]] = own.get(m[3], 0) + int(m[1].replace(",", "")) / 1e9
    total = re.search(r"([\d,]+)\s+PROGRAM TOTALS", text)
    check("callgrind_annotate: total",
          total and near(int(total[1].replace(",", "")) / 1e9, tottime, len(stats)), text[:400])
    told = {n: t for n, t in by_name(2).items() if n in own}
    check("callgrind_annotate: own times",
          told and all(near(own[n], t, len(stats)) for n, t in told.items()), own)
    calls = {}
    name = {}
    callee = None
    for line in open(path):
        m = re.match(r"(c?fn)=\((\d+)\)(?: (.*))?", line)
        if m:
            name.setdefault(m[2], m[3])
            callee = name[m[2]]
        elif line.startswith("calls="):
            calls[callee] = calls.get(callee, 0) + int(line[6:].split()[0])
    expected = {}
    for (_, _, n), row in stats.items():
        for edge in row[4].values():
            expected[n] = expected.get(n, 0) + edge[0]
    check("callgrind: calls", calls == expected, (calls, expected))


def graph():
    text = export("dot").decode()
    r = subprocess.run(["dot", "-Tplain"], input=text, capture_output=True, text=True)
    check("dot: graphviz reads it", r.returncode == 0 and not r.stderr, r.stderr)
    nodes = sum(line.startswith("node ") for line in r.stdout.splitlines())
    shown = sum(row[3] >= tottime / 100 or row[2] >= tottime / 100 for row in stats.values())
    check("dot: functions", nodes == shown, (nodes, shown))


collapsed()
speedscope()
spreadsheet()
callgrind()
graph()
sys.exit(failed)
