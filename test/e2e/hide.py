"""hide.py exclude RE FILE FOLDED, hide.py inlined FILE FOLDED: does FOLDED (--dump) hold what FILE says
when functions in files that match RE, or inlined calls, are folded into their callers?

Worked out from FILE's calling contexts, walking from each context up to the first that stays. With
`table` in front, FILE has no contexts: only what holds then is checked.
"""
import collections
import marshal
import math
import re
import sys

from tail import Profile

HIDDEN = ("~", 0, "<hidden>")


def close(a, b, scale):
    return math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-12 * scale)


class Folding:
    """bare: keys of rows that have no context; calls, own: by key; edge_calls, edge_own: by (caller, callee), of what is left."""

    def __init__(self, profile, goes, shares):
        self.profile, self.goes = profile, goes
        self.keys = [key for key, _ in profile.rows]
        self.bare = set(self.keys) - {self.keys[r] for r in profile.row_of if r is not None}
        self.calls, self.own = collections.Counter(), collections.Counter()
        self.edge_calls, self.edge_own = collections.Counter(), collections.Counter()
        for i, node in enumerate(profile.nodes):
            if profile.row_of[i] is None:
                continue
            share = 0 if goes[i] else shares[i]
            calls = 0 if goes[i] else node.calls - round(node.calls * (1 - share))
            home = self.standing(i)
            self.add(home, 0 if home != i else calls if not goes[i] else node.calls,
                     node.self * (share if home == i and not goes[i] else 1))
            if home == i and share < 1 and not goes[i]:
                self.add(self.standing(node.parent), 0, node.self * (1 - share))

    def standing(self, i):
        """The context that has what I took: the first from I up that stays, or the one below the
        root."""
        while self.goes[i] and self.profile.row_of[self.profile.nodes[i].parent] is not None:
            i = self.profile.nodes[i].parent
        return i

    def key_of(self, i):
        return HIDDEN if self.goes[i] else self.keys[self.profile.row_of[i]]

    def add(self, i, calls, own):
        key = self.key_of(i)
        self.calls[key] += calls
        self.own[key] += own
        parent = self.profile.nodes[i].parent
        if self.profile.row_of[parent] is not None:
            edge = self.key_of(self.standing(parent)), key
            self.edge_calls[edge] += calls
            self.edge_own[edge] += own


def by_pattern(profile, pattern):
    hidden = [re.search(pattern, key[0]) is not None for key, _ in profile.rows]
    goes = [row is not None and hidden[row] for row in profile.row_of]
    return Folding(profile, goes, [1] * len(goes))


def by_inlining(profile):
    """A node goes with its links, if all their calls are inlined; else the inlined ones' share."""
    calls, inlined = collections.Counter(), collections.Counter()
    for i, node in enumerate(profile.nodes):
        calls[profile.home[i]] += node.calls
        inlined[profile.home[i]] += profile.inlined_of[i]
    goes = [0 < inlined[h] == calls[h] for h in profile.home]
    shares = [(n.calls - k) / n.calls if n.calls else 1
              for n, k in zip(profile.nodes, profile.inlined_of)]
    return Folding(profile, goes, shares)


def check_sums(before, after, total):
    found = sum(row[2] for row in after.values())
    assert close(found, total, total), ("sum of tottime", total, found)
    for key, (cc, nc, tt, ct, callers) in after.items():
        assert 0 <= cc <= nc and tt <= ct * (1 + 1e-9) + 1e-15, (key, cc, nc, tt, ct)
        assert all(caller in after for caller in callers), key
        for caller, (enc, ecc, ett, ect) in callers.items():
            assert 0 <= ecc <= enc <= nc, (caller, key, enc, ecc)
            assert ett <= ect * (1 + 1e-9) + 1e-15 and ect <= ct * (1 + 1e-9) + 1e-15, (caller, key)
        assert key == HIDDEN or key in before


def check(expected, before, after, exact):
    total = sum(row[2] for row in before.values())
    check_sums(before, after, total)
    assert set(after) - expected.bare == set(expected.own), set(after) ^ set(expected.own)
    for key, (cc, nc, tt, ct, callers) in after.items():
        if key in expected.bare:
            continue
        assert nc == expected.calls[key], (key, nc, expected.calls[key])
        assert close(tt, expected.own[key], total), (key, tt, expected.own[key])
        if key != HIDDEN and (exact or nc == before[key][1]):
            # What a function has with all below it may be less than the sum, where overhead was taken
            # out; it is never shown as less than its own time.
            assert (cc, nc) == before[key][:2], key
            least = max(before[key][3], tt)
            assert close(ct, least, total) or least < ct <= least + tt, key
        for caller in callers:
            assert (caller, key) in expected.edge_calls, (caller, key)
    for (caller, key), calls in expected.edge_calls.items():
        enc, _, ett, _ = after[key][4][caller]
        assert enc == calls, (caller, key, enc, calls)
        assert close(ett, expected.edge_own[caller, key], total), (caller, key, ett)


def check_direct(before, after, hidden):
    """Callers of functions that no hidden one called. An edge is never shown as less than the own time
    that was folded into it, nor as more than the function."""
    for key, row in after.items():
        old = before[key][4] if key in before else {}
        if any(hidden(k) for k in old):
            continue
        assert set(row[4]) == set(old), key
        for caller, (nc, cc, tt, ct) in row[4].items():
            assert (nc, cc) == old[caller][:2], (caller, key)
            assert close(ct, max(tt, min(old[caller][3], row[3])), row[3]), (caller, key)


def load(path):
    with open(path, "rb") as file:
        return marshal.load(file)


def main(mode, *arguments):
    if mode == "table":
        pattern, before, after = arguments[0], load(arguments[1]), load(arguments[2])
        check_sums(before, after, sum(row[2] for row in before.values()))
        for key, row in after.items():
            if key != HIDDEN:
                assert row[:2] == before[key][:2], key
                assert close(row[3], max(before[key][3], row[2]), row[3]), key
                assert row[2] >= before[key][2] * (1 - 1e-9), key
        assert not any(re.search(pattern, key[0]) for key in after if key != HIDDEN)
        check_direct(before, after, lambda k: re.search(pattern, k[0]))
    else:
        profile = Profile(arguments[-2])
        expected = by_inlining(profile) if mode == "inlined" else by_pattern(profile, arguments[0])
        before, after = dict(profile.rows), load(arguments[-1])
        check(expected, before, after, mode != "inlined")
        if mode != "inlined":
            check_direct(before, after, lambda k: re.search(arguments[0], k[0]))
        print(len(before) - len(after), "fewer rows;", "hidden" if HIDDEN in after else "all have callers")


if __name__ == "__main__":
    main(*sys.argv[1:])
