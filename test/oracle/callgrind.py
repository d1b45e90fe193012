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

RECORD = re.compile(r"(c?ob|c?fn)=\((\d+)\)(?: (.*))?$")


def callgrind_calls(path):
    """{(object, symbol): calls}. A name stands in full where its number comes first; the callee's
    object is named only if it is another than the caller's."""
    names, calls, caller_object, callee_object, callee = {}, collections.Counter(), "", None, ""
    with open(path, errors="replace") as f:
        for line in f:
            m = RECORD.match(line)
            if m:
                kind, number, name = m.groups()
                if name:
                    names[kind[-2:], number] = re.sub(r"'\d+$", "", name)
                name = names[kind[-2:], number]
                if kind == "ob":
                    caller_object = name
                elif kind == "cob":
                    callee_object = name
                elif kind == "cfn":
                    callee = name
            elif line.startswith("calls="):
                calls[callee_object or caller_object, callee] += int(line[6:].split()[0])
                callee_object = None
    return calls


def main():
    expected = callgrind_calls(sys.argv[1])
    raw, symbols = RawFile(sys.argv[2]), SymbolTable()
    found = collections.Counter()
    for address, n in raw.functions.items():
        path, offset = raw.place(address)
        found[path, symbols.name(path, offset)] += n
    different = [name for name in found if expected[name] != found[name]]
    for name in sorted(different)[:20]:
        print("%s %s: callgrind %d, cprof %d" % (*name, expected[name], found[name]))
    if not different:
        print("%d functions, %d calls" % (len(found), sum(found.values())))
    return 1 if different or not found else 0


if __name__ == "__main__":
    sys.exit(main())
