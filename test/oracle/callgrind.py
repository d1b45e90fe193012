#!/usr/bin/env python3
"""callgrind.py CALLGRIND_OUT RAW: do callgrind and cprof tell the same calls of each function?

For programs built with -O0, where each call of an instrumented function is a machine call.
Functions are told apart by their symbols (callgrind --demangle=no); what cprof did not see was not
instrumented. Prints differences and exits with 1 if there are some.
"""

import collections
import re
import sys

from rawcounts import RawFile
from symbols import SymbolTable

CALLEE = re.compile(r"cfn=\((\d+)\)(?: (.*))?$")
FUNCTION = re.compile(r"fn=\((\d+)\)(?: (.*))?$")


def callgrind_calls(path):
    """{symbol: calls}. A name stands in full where its number comes first."""
    names, calls, callee = {}, collections.Counter(), None
    with open(path, errors="replace") as f:
        for line in f:
            m = CALLEE.match(line) or FUNCTION.match(line)
            if m:
                if m.group(2):
                    names[m.group(1)] = re.sub(r"'\d+$", "", m.group(2))
                if line.startswith("cfn="):
                    callee = names[m.group(1)]
            elif line.startswith("calls="):
                calls[callee] += int(line[6:].split()[0])
    return calls


def main():
    expected = callgrind_calls(sys.argv[1])
    raw, symbols = RawFile(sys.argv[2]), SymbolTable()
    found = collections.Counter()
    for address, n in raw.functions.items():
        found[symbols.name(*raw.place(address))] += n
    different = [name for name in found if expected[name] != found[name]]
    for name in sorted(different)[:20]:
        print("%s: callgrind %d, cprof %d" % (name, expected[name], found[name]))
    if not different:
        print("%d functions, %d calls" % (len(found), sum(found.values())))
    return 1 if different or not found else 0


if __name__ == "__main__":
    sys.exit(main())
