#!/bin/bash
# The .prof format against Python's own readers and writers, and docs/FORMAT.md against both files.
# shellcheck source=test/e2e/lib.sh
. "$SRC/test/e2e/lib.sh"

# Every Python that is here.
pythons() {
    command -v python3
    find ~/.pyenv/versions -path '*/bin/python' 2>/dev/null | sort -V
}

# Recursion, callers that share a callee, built-in functions, names that are not ASCII.
cat >workload.py <<'END'
# -*- coding: utf-8 -*-
import json
import re


def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


class Node(object):
    def walk(self, depth):
        return depth and sorted([3, 1, 2], key=lambda x: x) and self.walk(depth - 1)


fib(8)
Node().walk(3)
json.dumps({"a": [1, 2, {"b": 3}]})
re.compile("a(b|c)*d")
exec(compile(u"def h(): pass\nh()", u"fa\xe7ade.py".encode("utf-8"), "exec"))
END

# Counts that need 64 and 128 bits, times at the edges, in each marshal version of that Python.
cat >numbers.py <<'END'
import marshal
import sys

rows = {("/x.c", -1, u"\xe4\0"): (0, 2**31, 0, 1e-310, {})}
for i, n in enumerate([1, 2**31 - 1, 2**33, 2**53 + 1, 2**63, 2**100, -1]):
    key = ("/x%d.c" % (i % 2), i * 2**29, "f%d" % i)
    rows[key] = (n, n + 1, 0.1 * n, -0.0, dict.fromkeys(list(rows), (n, n, 1e15, 2)))
for version in range(marshal.version + 1):
    with open("numbers.%d.prof" % version, "wb") as f:
        f.write(marshal.dumps(rows, version))
END

# read_as_python CASE PYTHON FILE: profdump reads what PYTHON reads; the order of a dict is not
# defined in Python 2.
read_as_python() {
    "$2" "$SRC/test/e2e/profdump.py" "$3" >python.rows
    ./profdump "$3" >our.rows 2>why || {
        not_ok "$1" "$(cat why)"
        return
    }
    case $2 in
    *2.7*) sort -o python.rows python.rows && sort -o our.rows our.rows ;;
    esac
    [ -s python.rows ] || not_ok "$1" "Python read no rows"
    check "$1" cmp python.rows our.rows
}

# table PYTHON FILE: what Python's pstats prints of it; the file's name and date aside.
table() {
    "$1" -c 'import pstats, sys
stats = pstats.Stats(sys.argv[1])
stats.print_stats()
stats.sort_stats("cumulative", "stdname").print_callers()
stats.print_callees()' "$2" | tail -n +2
}

# written_for_python CASE PYTHON FILE: what profile_save makes of FILE is to pstats what FILE is.
written_for_python() {
    rm -f copy.prof
    ./profdump "$3" copy.prof || {
        not_ok "$1" "cannot be written"
        return
    }
    table "$2" "$3" >original.table
    table "$2" copy.prof >copy.table
    [ -s original.table ] || not_ok "$1" "Python printed nothing"
    check "$1" cmp original.table copy.table
    same "$1: first byte" fb "$(head -c 1 copy.prof | od -An -tx1 | tr -d ' ')"
}

each_python() {
    local python version file
    for python in $(pythons); do
        version=$("$python" -c 'import platform; print(platform.python_version())')
        PYTHONHASHSEED=0 "$python" -m cProfile -o run.prof workload.py
        read_as_python "cProfile of $version is read" "$python" run.prof
        rm -f numbers.*.prof
        "$python" numbers.py
        for file in numbers.*.prof; do
            read_as_python "$file of $version is read" "$python" "$file"
        done
        case $version in
        2.*) ;; # cprof's files use references, which Python 2 does not know
        *) written_for_python "pstats of $version reads what is written" "$python" run.prof ;;
        esac
    done
}

# The tables of the raw file: offset | type | field, under a heading that names the struct.
check_documented_offsets() {
    awk -F ' *[|] *' '
        $2 == "offset" { struct = $4 ~ /^raw_/ ? $4 : ""; next }
        NF < 3 { struct = "" }
        struct && $2 ~ /^[0-9]+$/ {
            printf "_Static_assert(offsetof(struct %s, %s) == %s, \"\");\n", struct, $4, $2
        }' "$SRC/docs/FORMAT.md" >asserts
    same "FORMAT.md: fields of the raw file" 7 \
        "$(grep -o 'struct raw_[a-z]*' asserts | sort -u | wc -l)"
    {
        printf '#include "format/raw.h"\n#include <stddef.h>\n'
        cat asserts
        sed -n 's/.*authority; its version is \([0-9]*\).*/_Static_assert(RAW_VERSION == \1, "");/p' \
            "$SRC/docs/FORMAT.md"
    } >offsets.c
    check "FORMAT.md: offsets in the raw file" "$CC" -I"$SRC" -fsyntax-only offsets.c
}

# The reader that FORMAT.md prints, on the program that it prints.
check_documented_reader() {
    # shellcheck disable=SC2016 # the quotes are those of Markdown
    sed -n '/^```python$/,/^```$/{/^```/d;p}' "$SRC/docs/FORMAT.md" >reader.py
    printf 'int main(void)\n{\n    return 0;\n}\n' >tiny.c
    build gcc tiny tiny.c
    CPROF_OUT=tiny.prof preloaded ./tiny
    python3 reader.py tiny.prof >printed
    same "FORMAT.md: the reader's row" "row $work/tiny.c 1 main 1 1" \
        "$(grep '^row' printed | cut -d ' ' -f 1-6)"
    same "FORMAT.md: the reader's sections" "module node process symbol thread" \
        "$(cut -d ' ' -f 1 printed | grep -vx row | sort -u | xargs)"
    same "FORMAT.md: the reader's symbol" "b'main'" "$(grep '^symbol' printed | cut -d ' ' -f 5)"
    same "FORMAT.md: the reader's nodes" "4294967295 0 0,0 0 1," \
        "$(grep '^node' printed | cut -d ' ' -f 2-4 | tr '\n' ',')"
    same "FORMAT.md: the reader's command" "b'./tiny\\x00'" \
        "$(grep '^process' printed | cut -d ' ' -f 13)"
}

# A copy of a file with a tail has the same tail.
check_tail_survives() {
    ./profdump tiny.prof tiny.copy
    check "a tail is read and written as it was" cmp tiny.prof tiny.copy
}

"$CC" -std=gnu11 -D_GNU_SOURCE -I"$SRC" "$PROGS/profdump.c" "$SRC"/format/*.c -o profdump || {
    not_ok profdump "does not build"
    exit 1
}
each_python
check_documented_offsets
check_documented_reader
check_tail_survives
exit "$failed"
