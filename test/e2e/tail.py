"""tail.py: reads a profile with its tail, as docs/FORMAT.md says, with none of cprof's code.

tail.py threads FILE    whether the figures of the threads add up to the table's
tail.py figures FILE    what --columns threads,inlined,min,max have of each function
tail.py rows FILE       calls and primitive calls of each function in each thread
tail.py earlier FILE    how many threads there were, and how many trees have several
tail.py above FILE      the callers above of each function that was called from there, innermost last
"""
import collections
import marshal
import math
import struct
import sys

SECTIONS = {
    1: ("process", "pid parent end clock hz start elapsed inner outer measured removed command",
        "<4IdQ5dI"),
    2: ("modules", "state id_size id path", "<2I32sI"),
    3: ("symbols", "row module offset name", "<2IQI"),
    4: ("threads", "tid flags interrupts nodes enters carried popped orphans dropped unknown open "
        "name exits torn", "<4I7QI2Q"),
    5: ("nodes", "symbol parent calls self removed min max", "<2IQ4d"),
    6: ("marks", "node flags home", "<3I"),
    7: ("notes", "note value", "<IQ"),
    8: ("inlined", "node calls", "<IQ"),
    9: ("thread_rows", "thread row cc ct", "<2IQd"),
    10: ("above", "symbol line file_size file_and_name", "<IqII"),
    11: ("lacks", "module lack value name", "<IIQI"),
    12: ("earlier", "thread earlier start", "<IQI"),
}
WITHOUT_STRING = {5, 6, 7, 8, 9}


class Profile:
    """rows: [(key, (cc, nc, tt, ct, callers))]; the sections by name, lists of named tuples; by
    node: thread_of, home, row_of (None: a root), inlined_of."""

    def __init__(self, path):
        with open(path, "rb") as file:
            self.data = file.read()
        self.rows = list(marshal.loads(self.data).items())
        assert self.data.endswith(b"CPROFEND"), "no tail"
        (at,) = struct.unpack_from("<Q", self.data, len(self.data) - 16)
        version, count = struct.unpack_from("<II", self.data, at + 8)
        assert version == 1
        at += 16
        for _ in range(count):
            section, size, records, length = struct.unpack_from("<IIQQ", self.data, at)
            self._read(section, size, records, at + 24)
            at += 24 + length
        self._derive()

    def _read(self, section, size, records, at):
        name, fields, layout = SECTIONS[section]
        record = collections.namedtuple(name, fields)
        string_at = at + size * records
        items = []
        for i in range(records):
            values = list(struct.unpack_from(layout, self.data, at + size * i))
            if section not in WITHOUT_STRING:
                string = fields.split().index("name") if name == "threads" else -1
                end = string_at + values[string]
                values[string] = self.data[string_at:end]
                string_at = end
            items.append(record(*values))
        setattr(self, name, items)

    def _derive(self):
        self.thread_of = [i for i, t in enumerate(self.threads) for _ in range(t.nodes)]
        self.home = list(range(len(self.nodes)))
        for mark in self.marks:
            self.home[mark.node] = mark.home
        rows = [None if s.row == 0xffffffff else s.row for s in self.symbols]
        self.row_of = [None if n.symbol == 0xffffffff else rows[n.symbol] for n in self.nodes]
        self.name_of = [None if row is None else self.rows[row][0][2] for row in rows]
        for a in getattr(self, "above", ()):
            assert self.name_of[a.symbol] is None
            self.name_of[a.symbol] = a.file_and_name[a.file_size:].decode()
        self.inlined_of = [0] * len(self.nodes)
        for i in self.inlined:
            self.inlined_of[i.node] = i.calls


def check_threads(profile):
    """Sums over threads against the rows: cc and ct of section 9, nc and tt of the nodes."""
    sums = [[0, 0, 0.0, 0.0] for _ in profile.rows]
    for r in profile.thread_rows:
        sums[r.row][0] += r.cc
        sums[r.row][3] += r.ct
    for node, row in zip(profile.nodes, profile.row_of):
        if row is not None:
            sums[row][1] += node.calls
            sums[row][2] += node.self
    for (key, (cc, nc, tt, ct, _)), found in zip(profile.rows, sums):
        assert (cc, nc) == (found[0], found[1]), (key, cc, nc, found)
        for a, b in ((tt, found[2]), (ct, found[3])):
            assert math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-15), (key, tt, ct, found)
    shared = {e.thread: e.earlier for e in getattr(profile, "earlier", ())}
    print(sum(1 + shared.get(i, 0) for i in {r.thread for r in profile.thread_rows}), "threads")


def show_earlier(profile):
    shared = {e.thread: e.earlier for e in getattr(profile, "earlier", ())}
    real = [i for i, t in enumerate(profile.threads) if not t.flags & 2]
    print("%d threads, %d with others" % (sum(1 + shared.get(i, 0) for i in real), len(shared)))


def print_rows(profile):
    """A line for each thread and function: tid, calls, primitive calls, place, as --threads=rows has
    them; without signal handlers, which have a tree of their own."""
    calls, primitive = collections.Counter(), collections.Counter()
    for i, row in enumerate(profile.row_of):
        if row is not None:
            calls[profile.thread_of[i], row] += profile.nodes[i].calls
    for r in profile.thread_rows:
        primitive[r.thread, r.row] += r.cc
    for (thread, row), n in calls.items():
        path, line, name = profile.rows[row][0]
        t = profile.threads[thread]
        print(t.tid, t.name.decode(), n, primitive[thread, row], "%s:%d(%s)" % (path, line, name))


def print_figures(profile):
    """A line for each function: threads that called it, inlined calls, the shortest and the longest
    call in ns, place. For profiles whose handlers have no tree of their own."""
    for row, ((path, line, name), _) in enumerate(profile.rows):
        own = [i for i, r in enumerate(profile.row_of) if r == row]
        finished = [profile.nodes[i] for i in own if profile.nodes[i].min <= profile.nodes[i].max]
        times = ["%.3fns" % (1e9 * t) for t in (min(n.min for n in finished),
                                                max(n.max for n in finished))] if finished else []
        print(len({profile.thread_of[i] for i in own if profile.nodes[i].calls}),
              sum(profile.inlined_of[i] for i in own), *times, "%s:%d(%s)" % (path, line, name))


def show_above(profile):
    def path(i):
        parent = profile.nodes[i].parent
        name = profile.name_of[profile.nodes[i].symbol]
        return [name] if profile.nodes[parent].symbol == 0xffffffff else path(parent) + [name]

    def is_above(i):
        return profile.nodes[i].symbol != 0xffffffff and profile.nodes[i].calls == 0

    for i, node in enumerate(profile.nodes):
        if is_above(i):
            assert node.self == node.removed == 0 and node.min > node.max, node
            assert profile.nodes[node.parent].symbol == 0xffffffff or is_above(node.parent)
        elif node.calls and is_above(node.parent):
            print("/".join(path(i)))


if __name__ == "__main__":
    {"threads": check_threads, "rows": print_rows, "figures": print_figures,
     "earlier": show_earlier, "above": show_above}[sys.argv[1]](Profile(sys.argv[2]))
