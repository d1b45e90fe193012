"""hide_random.py REPORT N: N random profiles with calling contexts, recursion and inlined calls, folded by
REPORT (cprof-report) and checked as hide.py does."""
import marshal
import os
import random
import struct
import subprocess
import sys

import hide
from tail import Profile, check_threads

FILES = ["/src/a.c", "/src/b.c", "/lib/c.c", "/lib/d.c"]
NONE = 0xffffffff


class Tree:
    """Nodes of one thread as cprof makes them: (symbol, parent, calls, self, home, inlined)."""

    def __init__(self, rng, nsymbols, size, first):
        self.nodes = [(NONE, first, 0, 0.0, first, 0)]
        while len(self.nodes) < size:
            parent = rng.choice([i for i, n in enumerate(self.nodes) if n[4] == first + i])
            symbol = rng.randrange(nsymbols)
            if any(n[1] == first + parent and n[0] == symbol for n in self.nodes[1:]):
                symbol = rng.randrange(nsymbols)
            home, i = first + len(self.nodes), parent
            while i > 0:
                if self.nodes[i][0] == symbol:
                    home = first + i
                i = self.nodes[i][1] - first
            calls = rng.choice([0, 1, 2, 3, 10, 1000003])
            inlined = rng.choice([0, 0, calls, rng.randint(0, calls)]) if parent else 0
            self.nodes.append((symbol, first + parent, calls, rng.choice([0.0, rng.random()]), home,
                               inlined))


def section(number, layout, records, strings=()):
    size = struct.calcsize(layout)
    body = b"".join(struct.pack(layout, *r) for r in records) + b"".join(strings)
    return struct.pack("<IIQQ", number, size, len(records), len(body)) + body


def write(path, rng):
    nrows, nthreads = rng.randint(2, 7), rng.randint(1, 3)
    keys = [(rng.choice(FILES), i, "f%d" % i) for i in range(nrows)]
    trees, first = [], 0
    for _ in range(nthreads):
        trees.append(Tree(rng, nrows, rng.randint(2, 25), first))
        first += len(trees[-1].nodes)
    nodes = [n for t in trees for n in t.nodes]
    total = sum(n[3] for n in nodes) or 1.0
    rows = [[0, 0, 0.0, 0.0, {}] for _ in keys]
    thread_rows = []
    for thread, tree in enumerate(trees):
        for row in sorted({n[0] for n in tree.nodes[1:]}):
            own = [n for n in tree.nodes if n[0] == row]
            cc = rng.randint(0, sum(n[2] for n in own))
            thread_rows.append((thread, row, cc, total))
            rows[row][0] += cc
            rows[row][3] += total
    for symbol, parent, calls, own, _, _ in nodes:
        if symbol == NONE:
            continue
        rows[symbol][1] += calls
        rows[symbol][2] += own
        if nodes[parent][0] != NONE:
            edge = rows[symbol][4].setdefault(keys[nodes[parent][0]], [0, 0, 0.0, 0.0])
            edge[0] += calls
            edge[1] += rng.randint(0, calls)
            edge[2] += own
            edge[3] = total
    table = {k: (*r[:4], {c: tuple(e) for c, e in r[4].items()}) for k, r in zip(keys, rows)}
    data = marshal.dumps(table)
    tail = b"\x89CPROF\r\n" + struct.pack("<II", 1, 9)
    tail += section(1, "<4IdQ5dI", [(1, 1, 1, 1, 1e9, 0, 1.0, 0.0, 0.0, total, 0.0, 0)])
    tail += section(2, "<2I32sI", [])
    tail += section(3, "<2IQI", [(i, NONE, i, 0) for i in range(nrows)])
    tail += section(4, "<4I7QI", [(100 + i, 0, 0, len(t.nodes)) + (0,) * 7 + (0,)
                                  for i, t in enumerate(trees)])
    tail += section(5, "<2IQ4d", [n[:4] + (0.0, 1.0, 0.0) for n in nodes])
    tail += section(6, "<3I", [(i, 1, n[4]) for i, n in enumerate(nodes) if n[4] != i])
    tail += section(7, "<IQ", [])
    tail += section(8, "<IQ", [(i, n[5]) for i, n in enumerate(nodes) if n[5]])
    tail += section(9, "<2IQd", thread_rows if len({r[0] for r in thread_rows}) > 1 else [])
    tail += struct.pack("<Q", len(data)) + b"CPROFEND"
    with open(path, "wb") as file:
        file.write(data + tail)


def fold(report, *options):
    if os.path.exists("folded.prof"):
        os.remove("folded.prof")
    return subprocess.run([report, *options, "--dump", "folded.prof", "random.prof"],
                          stderr=subprocess.DEVNULL).returncode == 0


def main(report, n):
    done = 0
    for seed in range(int(n)):
        write("random.prof", random.Random(seed))
        profile = Profile("random.prof")
        for options in (["--exclude", "/lib"], ["--exclude", "a[.]c"], ["--fold-inlined"],
                        ["--filter", "[cd][.]c"]):
            if not fold(report, *options):
                continue
            after = hide.load("folded.prof")
            try:
                if options[0] == "--fold-inlined":
                    hide.check(hide.by_inlining(profile), dict(profile.rows), after, False)
                else:
                    pattern = options[1] if options[0] == "--exclude" else "[ab][.]c"
                    hide.check(hide.by_pattern(profile, pattern), dict(profile.rows), after, True)
                folded = Profile("folded.prof")
                if folded.thread_rows:
                    check_threads(folded)
            except AssertionError:
                print("seed", seed, *options)
                raise
            done += 1
    print(done, "foldings")
    return 0 if done > int(n) else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
