#!/usr/bin/env python3
"""rawcounts.py RAW: the calls of each function and each edge in a raw file, and the balance of
each thread. A reader of its own, written from the comments of format/raw.h."""

import collections
import struct
import sys

PAGE = 4096
NODE = struct.Struct("<6Q4I")
LEVEL = struct.Struct("<QQqII")
HEADER = struct.Struct("<8sIIQQQIIQQIIQQII6Q6Q")
THREAD = struct.Struct("<3Q8xQ24xIIII16s9Q")
MODULE = struct.Struct("<4QII32sQII")
assert NODE.size == 64 and LEVEL.size == 32 and THREAD.size == 168
ROOT, LOST = 1, 2
SHARED = 0x80000000  # in the number of a node's parent
ADDRESS = (1 << 48) - 1  # above it: which of several modules at one address

Module = collections.namedtuple("Module", "start end bias path")
Thread = collections.namedtuple(
    "Thread", "tid flags name enters exits carried popped orphans dropped unknown_slots open torn recorded")


class RawFile:
    """functions: {address: calls}; edges: {(caller, callee): calls}, caller 0 for none;
    inlined: {address: calls that were inlined};
    threads, modules: lists; notes: {name: count} of the header."""

    def __init__(self, path):
        with open(path, "rb") as f:
            self.data = f.read()
        self._read_header()
        self.functions = collections.Counter()
        self.edges = collections.Counter()
        self.inlined = collections.Counter()
        self.modules = []
        self.threads = []
        blocks = collections.defaultdict(list)
        for kind, offset, size, thread in self._blocks():
            blocks[kind].append((offset, size, thread))
        for offset, size, _ in blocks[b"MODE"]:
            self._read_module(offset)
        # Threads of profiles that the program switched on are none of the process's.
        threads = [offset for offset, _, _ in blocks[b"THRD"]
                   if struct.unpack_from("<Q", self.data, offset + 24)[0] == 0]
        numbers = {offset // 64 for offset in threads}
        calls, levels = self._read_nodes([b for b in blocks[b"NODE"] if b[2] in numbers])
        for offset in threads:
            self._read_thread(offset, calls, levels)

    def _read_header(self):
        h = HEADER.unpack_from(self.data)
        if h[0] != b"CPROFRAW" or h[1] != 4:
            raise ValueError("not a raw file of version 4")
        self.state, self.size, self.used, used_last = h[2:6]
        self.pid = h[6]
        self.used = min(used_last or self.used, self.size, len(self.data))
        names = ("early_events", "lost_threads", "lost_modules", "max_nodes", "nodes",
                 "shared_nodes")
        self.notes = dict(zip(names, h[-6:]))

    def _blocks(self):
        """Yields (kind, offset of the contents, their size, thread)."""
        at = PAGE
        while at + 64 <= self.used:
            kind, pages, thread = struct.unpack_from("<4sII", self.data, at)
            if kind != b"\0\0\0\0":
                if pages == 0:
                    raise ValueError("block without pages at offset %d" % at)
                yield kind, at + 64, pages * PAGE - 64, thread
            at += max(pages, 1) * PAGE

    def _read_module(self, offset):
        start, end, bias, _, _, path_size, _, _, _, _ = MODULE.unpack_from(self.data, offset)
        path = offset + MODULE.size
        self.modules.append(
            Module(start, end, bias, self.data[path:path + path_size].decode("utf-8", "replace")))

    def _read_nodes(self, blocks):
        """Fills functions and edges; returns, by thread, the calls in its nodes and the levels of
        its functions."""
        calls = collections.Counter()
        levels = collections.defaultdict(set)
        for offset, size, thread in blocks:
            for at in range(offset, offset + size - 63, 64):
                fn, ncalls, _, _, _, inlined, _, fn_level, _, parent = NODE.unpack_from(self.data, at)
                if fn in (0, ROOT):
                    continue
                caller = NODE.unpack_from(self.data, (parent & ~SHARED) * 64)[0] & ADDRESS
                self.functions[fn & ADDRESS] += ncalls
                self.edges[0 if caller == ROOT else caller, fn & ADDRESS] += ncalls
                self.inlined[fn & ADDRESS] += inlined
                calls[thread] += ncalls
                levels[thread].add(fn_level)
        self.functions = +self.functions
        self.edges = +self.edges
        self.inlined = +self.inlined
        return calls, levels

    def _read_thread(self, offset, calls, levels):
        (_, enters, _, exits, tid, flags, _, _, name, _, _, carried, popped, orphans, dropped,
         unknown_slots, was_open, torn) = THREAD.unpack_from(self.data, offset)
        number = offset // 64
        still_open = sum(LEVEL.unpack_from(self.data, 32 * i)[3] for i in levels[number] if i)
        self.threads.append(
            Thread(tid, flags, name.rstrip(b"\0").decode("utf-8", "replace"), enters, exits, carried,
                   popped, orphans, dropped, unknown_slots,
                   was_open + still_open, torn, calls[number]))

    def place(self, address):
        """(module path, address in the file), or ("?", address)."""
        for m in reversed(self.modules):
            if m.start <= address < m.end:
                return m.path, address - m.bias
        return "?", address

    def total(self, field):
        return sum(getattr(t, field) for t in self.threads)


def main():
    raw = RawFile(sys.argv[1])

    def where(address):
        return "none" if address == 0 else "%s+0x%x" % raw.place(address)

    for address, n in sorted(raw.functions.items()):
        print("calls", where(address), n)
    for (caller, callee), n in sorted(raw.edges.items()):
        print("edge", where(caller), where(callee), n)
    for address, n in sorted(raw.inlined.items()):
        print("inlined", where(address), n)
    for t in raw.threads:
        print("thread", " ".join("%s=%s" % pair for pair in t._asdict().items()))
    print("notes", " ".join("%s=%d" % pair for pair in raw.notes.items()))


if __name__ == "__main__":
    main()
