#!/usr/bin/env bash
# Row 28, from the ELF's side: functions, files and folders with names that were chosen to do harm make
# a profile that Python reads, with every call, and no name in it has a character that acts on a terminal.
# shellcheck source-path=SCRIPTDIR
. "$SRC/test/e2e/lib.sh"

# What is wrong with a profile of PROGRAM, by names.json.
examine() {
    python3 -IS - "$1" "$work/names.json" <<'END_OF_PYTHON'
import json, marshal, sys, unicodedata

HARMFUL = ("Cc", "Cs", "Cf", "Zl", "Zp")  # controls, no characters, direction and width, ends of lines

def clean(name):
    """Bytes up to a NUL; of what is no UTF-8 or harmful, each byte as \\xNN."""
    text = name.encode("latin-1").split(b"\0")[0].decode("utf-8", "surrogateescape")
    return "".join(c if unicodedata.category(c) not in HARMFUL else
                   "".join("\\x%02x" % b for b in c.encode("utf-8", "surrogateescape")) for c in text)

with open(sys.argv[1], "rb") as f:
    stats = marshal.load(f)
names = json.load(open(sys.argv[2], encoding="utf-8"))
mangled = ("_Z", "_R")
expected = {clean(n) for n in names["functions"] if not n.startswith(mangled)} | {"main"}
found = {name for _, _, name in stats}
for missing in expected - found:
    print("missing", repr(missing[:80]))
if len(stats) != len(names["functions"]) + 1:
    print(len(stats), "rows")
for (file, line, name), (cc, nc, *_) in stats.items():
    if nc != (1 if name == "main" else 3):
        print(nc, "calls of", repr(name[:80]))
    for text in file, name:
        if any(unicodedata.category(c) in HARMFUL for c in text):
            print("not clean:", repr(text[:80]))
END_OF_PYTHON
}

for compiler in $(compilers); do
    check "$compiler: hostile names" python3 -IS "$SRC/test/faults/hostile_elf.py" "$work" "$compiler"
    for program in hostile hostile-symbols; do
        both "$program"
        same "$compiler, $program: rows" "" "$(examine out.prof)"
    done
done

exit "$failed"
