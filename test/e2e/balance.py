"""balance.py FILE...: whether each profile accounts for every call, thread by thread (docs/FORMAT.md).

    enters + carried = exits + popped + open + dropped
    enters           = calls of the thread's nodes + dropped

Prints what does not hold. Files without a tail, and those of a process that was running when they
were made, say nothing about it.
"""
import os
import struct
import sys

FOOTER = struct.Struct("<Q8s")
SECTION = struct.Struct("<IIQQ")
THREAD = struct.Struct("<4I7QI2Q")
PROCESS, THREADS, NODES, NOTES = 1, 4, 5, 7
EXIT, LIVE = 1, 4  # how a process ended
ENDED, DAMAGED = 1, 5


def sections(data):
    """{id: (record size, count, offset)}; empty without a tail."""
    if not data.endswith(b"CPROFEND"):
        return {}
    at, _ = FOOTER.unpack_from(data, len(data) - FOOTER.size)
    (count,) = struct.unpack_from("<I", data, at + 12)
    found, at = {}, at + 16
    for _ in range(count):
        section, size, records, length = SECTION.unpack_from(data, at)
        found[section] = (size, records, at + SECTION.size)
        at += SECTION.size + length
    return found


def notes(data, found):
    size, count, at = found[NOTES]
    return {struct.unpack_from("<I", data, at + i * size)[0] for i in range(count)}


def problems(data, is_whole=True):
    """is_whole: no calls were hidden, as by cprof-report --dump --exclude."""
    found = sections(data)
    if not found or found[THREADS][0] < THREAD.size or DAMAGED in notes(data, found):
        return
    (end,) = struct.unpack_from("<I", data, found[PROCESS][2] + 8)
    if end == LIVE:
        return
    size, count, at = found[THREADS]
    threads = [THREAD.unpack_from(data, at + i * size) for i in range(count)]
    running = sum(not t[1] & ENDED for t in threads)
    node_size, _, node_at = found[NODES]
    for (tid, flags, _, nodes, enters, carried, popped, orphans, dropped, _, still_open, _, exits,
         torn) in threads:
        calls = sum(struct.unpack_from("<Q", data, node_at + i * node_size + 8)[0]
                    for i in range(nodes))
        node_at += nodes * node_size
        in_the_middle = not flags & ENDED and (end != EXIT or running > 1)
        spare = torn + in_the_middle
        if abs(enters + carried - exits - popped - still_open - dropped) > spare:
            yield ("thread %d: %d enters + %d carried, but %d exits, %d popped, %d open, %d dropped "
                   "(%d torn)" % (tid, enters, carried, exits, popped, still_open, dropped, torn))
        if is_whole and abs(enters - calls - dropped) > spare:
            yield "thread %d: %d enters, but %d calls, %d dropped (%d torn)" % (
                tid, enters, calls, dropped, torn)


def main():
    """Damaged files are other tests' business."""
    for path in sys.argv[1:]:
        try:
            with open(path, "rb") as f:
                for problem in problems(f.read(), "HIDDEN" not in os.environ):
                    print("%s: %s" % (os.path.basename(path), problem))
        except (OSError, struct.error, KeyError):
            pass


if __name__ == "__main__":
    main()
