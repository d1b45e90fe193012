#!/usr/bin/env python3
"""Compares what libcounter.so counted with what cprof recorded.

    compare.py [--edges] COUNTS RAW      by address: calls, balance, and with --edges all callers
    compare.py --prof COUNTS PROF        by file:line(name), as readelf and nm tell them

Prints each difference (20 at most of a kind) and exits with 1 if there is one.
"""

import collections
import marshal
import os
import sys

from rawcounts import RawFile
from symbols import SymbolTable

SHOWN = 20


class Counts:
    """enters, exits: {address: count}; edges: {(caller, callee): count}, caller 0 for none and 1
    for unknown; total: (enters, exits, lost)."""

    def __init__(self, path):
        self.enters, self.exits, self.maps, self.total = {}, {}, [], None
        self.edges = collections.Counter()
        with open(path) as f:
            for line in f:
                kind, *rest = line.rstrip("\n").split(" ", 4 if line.startswith("map") else -1)
                if kind == "map":
                    self.maps.append([int(x, 16) for x in rest[:3]] + rest[3:])
                elif kind == "call":
                    self.enters[int(rest[0], 16)] = int(rest[1])
                    self.exits[int(rest[0], 16)] = int(rest[2])
                elif kind == "edge":
                    self.edges[int(rest[0], 16), int(rest[1], 16)] += int(rest[2])
                else:
                    self.total = [int(x) for x in rest]
        self.enters = {a: n for a, n in self.enters.items() if n}

    def place(self, address):
        for start, end, bias, path in self.maps:
            if start <= address < end:
                return path, address - bias
        return "?", address


class Differences:
    def __init__(self):
        self.found = collections.Counter()

    def add(self, kind, text):
        self.found[kind] += 1
        if self.found[kind] <= SHOWN:
            print("%s: %s" % (kind, text))

    def status(self):
        for kind, n in self.found.items():
            if n > SHOWN:
                print("%s: %d more" % (kind, n - SHOWN))
        return 1 if self.found else 0


def compare_tables(differences, kind, expected, found, name):
    for key in sorted(set(expected) | set(found), key=str):
        if expected.get(key, 0) != found.get(key, 0):
            differences.add(kind, "%s: counted %d, recorded %d" %
                            (name(key), expected.get(key, 0), found.get(key, 0)))


def compare_edges(differences, counts, raw, name):
    """Where the counter could not tell a caller, any caller is right, in the same sum."""
    unknown = {callee: n for (caller, callee), n in counts.edges.items() if caller == 1}
    surplus = collections.Counter()
    for caller, callee in sorted(set(counts.edges) | set(raw.edges)):
        expected = counts.edges.get((caller, callee), 0)
        found = raw.edges.get((caller, callee), 0)
        if caller == 1:
            continue
        if found > expected and callee in unknown:
            surplus[callee] += found - expected
        elif found != expected:
            differences.add("edge", "%s -> %s: counted %d, recorded %d" %
                            (name(caller), name(callee), expected, found))
    for callee, n in unknown.items():
        if surplus[callee] != n:
            differences.add("edge", "unknown -> %s: counted %d, recorded %d" %
                            (name(callee), n, surplus[callee]))


def check_balance(differences, counts, raw):
    enters, exits, lost = counts.total
    if lost:
        differences.add("oracle", "%d events lost by the counter itself" % lost)
    if raw.total("enters") != enters:
        differences.add("balance", "%d enters counted, %d in the threads' records" %
                        (enters, raw.total("enters")))
    for t in raw.threads:
        if not t.enters - t.dropped <= t.recorded <= t.enters:
            differences.add("balance", "thread %d: %d enters, %d dropped, but %d in its nodes" %
                            (t.tid, t.enters, t.dropped, t.recorded))
    inside = enters + raw.total("carried")
    accounted = (exits - raw.total("orphans") + raw.total("popped") + raw.total("open") +
                 raw.total("dropped"))
    if inside != accounted:
        fields = ("carried", "popped", "orphans", "dropped", "open")
        differences.add("balance", "%d enters and %d exits counted, but %s" % (
            enters, exits, ", ".join("%d %s" % (raw.total(f), f) for f in fields)))
    # Every function that these programs leave, they entered: a frame was popped too early.
    if raw.total("orphans"):
        differences.add("balance", "%d exits without a frame" % raw.total("orphans"))


def describe(symbols, place):
    """A function's name for a message."""
    def name(address):
        if address == 0:
            return "(nobody)"
        path, offset = place(address)
        return "%s+0x%x(%s)" % (path.rsplit("/", 1)[-1], offset, symbols.name(path, offset))
    return name


def compare_raw(counts, raw, edges):
    differences = Differences()
    name = describe(SymbolTable(), counts.place)
    compare_tables(differences, "calls", counts.enters, raw.functions, name)
    for address in counts.enters:
        path, offset = raw.place(address)
        expected_path, expected_offset = counts.place(address)
        if os.path.realpath(path) != os.path.realpath(expected_path) or offset != expected_offset:
            differences.add("module", "%s: recorded as %s+0x%x" % (name(address), path, offset))
    if edges:
        compare_edges(differences, counts, raw, name)
    check_balance(differences, counts, raw)
    return differences.status()


def compare_prof(counts, path):
    """Functions for which debug information has no line are compared by name alone."""
    differences = Differences()
    symbols = SymbolTable()
    with open(path, "rb") as f:
        stats = marshal.load(f)
    keys = {address: symbols.key(*counts.place(address)) for address in counts.enters}
    known = set(keys.values())

    def loose(key):
        return key if key in known else ("?", 0, key[2])

    expected, found = collections.Counter(), collections.Counter()
    for address, n in counts.enters.items():
        expected[keys[address]] += n
    for key, row in stats.items():
        found[loose(key)] += row[1]
    compare_tables(differences, "row", expected, found, lambda key: "%s:%d(%s)" % key)
    if counts.edges and not any(caller == 1 for caller, _ in counts.edges):
        compare_callers(differences, counts.edges, keys, stats, loose)
    return differences.status()


def compare_callers(differences, counted, keys, stats, loose):
    expected, found = collections.Counter(), collections.Counter()
    for (caller, callee), n in counted.items():
        if caller != 0:
            expected[keys[caller], keys[callee]] += n
    for key, row in stats.items():
        for caller, values in row[4].items():
            found[loose(caller), loose(key)] += values[0]
    compare_tables(differences, "caller", expected, found, lambda pair: "%s -> %s" % pair)


def main():
    options = [a for a in sys.argv[1:] if a.startswith("--")]
    files = [a for a in sys.argv[1:] if not a.startswith("--")]
    if len(files) != 2 or set(options) - {"--edges", "--prof"}:
        sys.exit(__doc__)
    counts = Counts(files[0])
    if "--prof" in options:
        return compare_prof(counts, files[1])
    return compare_raw(counts, RawFile(files[1]), "--edges" in options)


if __name__ == "__main__":
    sys.exit(main())
