"""25_poke.py RAW CALLS MORE: in a raw file, the node with so many calls gets MORE besides, as do its thread's
enters and exits, as if the program had run for weeks."""
import struct
import sys

PAGE, NODE, THREAD = 4096, 64, b"THRD"

path, calls, more = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
with open(path, "rb") as f:
    data = bytearray(f.read())


def add(at):
    struct.pack_into("<Q", data, at, struct.unpack_from("<Q", data, at)[0] + more)


nodes = []
at = PAGE
while at + 64 <= len(data):
    kind, pages = struct.unpack_from("<4sI", data, at)
    if kind == b"NODE":
        nodes += [n for n in range(at + 64, at + pages * PAGE, NODE)
                  if struct.unpack_from("<Q", data, n + 8)[0] == calls]
    if kind == THREAD:
        add(at + 64 + 8)
        add(at + 64 + 32)
    at += max(pages, 1) * PAGE
assert len(nodes) == 1, nodes
add(nodes[0] + 8)
with open(path, "wb") as f:
    f.write(data)
