"""profdump.py FILE: prints the rows of a profile as test/progs/profdump.c does.

For every Python from 2.7 on.
"""
from __future__ import print_function

import binascii
import marshal
import struct
import sys


def text(string):
    data = string if isinstance(string, bytes) else string.encode("utf-8")
    return binascii.hexlify(data).decode("ascii")


def key(k):
    return "%s:%d:%s" % (text(k[0]), k[1], text(k[2]))


def numbers(counts, seconds):
    words = ["%x:%x" % (n >> 64 & 2**64 - 1, n & 2**64 - 1) for n in counts]
    words += ["%016x" % struct.unpack("<Q", struct.pack("<d", s)) for s in seconds]
    return " ".join(words)


with open(sys.argv[1], "rb") as f:
    rows = marshal.load(f)
if rows.pop(("__sampled__",), False):
    print("sampled")
for k, (cc, nc, tt, ct, callers) in rows.items():
    print(key(k), numbers((cc, nc), (tt, ct)))
    for caller, value in callers.items():
        if not isinstance(value, tuple):
            value = (value, value, 0.0, 0.0)
        print("    " + key(caller), numbers(value[:2], value[2:]))
