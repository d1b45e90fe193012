#!/usr/bin/env python3
"""hostile_elf.py FOLDER [CC]: makes FOLDER/hostile, an instrumented program whose functions, source
files and folders have names that were chosen to do harm, and FOLDER/hostile-symbols, the same
without debug information. Both call each of their functions 3 times. FOLDER/names.json lists the
names of functions and files as Latin-1 text, one character a byte.

The compiler sees harmless names of the same lengths, which are replaced in what it made.
"""
import json
import pathlib
import subprocess
import sys

FUNCTIONS = [
    b"</script><script>alert(1)</script>",
    b"<img src=x onerror=alert(1)>",
    b"\x1b]0;title\x07\x1b[2J\x1b[31mred",
    b"\x9b31m one byte of C1, \xc2\x9b31m two",
    b"line\nfeed\r\nand\ttab\x0b\x0c\x08\x7f",
    b"quotes \" ' ` $(id) ${IFS} `id`",
    b"semi;colon;9999\nmain;evil 12345",
    b"back\\slash \\x41 \\u0041 \\",
    b"no UTF-8: \xff\xfe\xc3 \xe2\x82 \xed\xa0\x80 \xf4\x90\x80\x80 \xc0\x80",
    "right to left \u202egnp.c\u202c \u2066mark\u2069 \u200f".encode(),
    "wide \u540d\u524d \U0001f600 combining e\u0301\u0301\u0301\u0301 zero\u200bwidth".encode(),
    b"a NUL\x00 and what is behind it",
    b"%s%n%d {0} {{}} %(name)s",
    b"comma,and\ttab,\"csv\"",
    b"=cmd|' /C calc'!A0",
    b"{\"json\": [1, 2]}, \\\"",
    b"function (in parentheses) [and] <brackets>:12(name)",
    b" leading and trailing blanks   ",
    b"-starts-with-a-dash --help",
    b"_ZN" + 40 * b"9999999999",
    b"_Z1fIS_IS_IS_IS_IS_IS_IS_IS_IS_IS_EEEEEEEEEE",
    b"_ZN4evil17h0123456789abcdefE\x1b[31m",
    b"_R" + 60 * b"NvC",
    b"...........",
    b"<built-in method x>",
    b"1 MB " + 1048571 * b"M",
]
FILES = [
    b"/src/</script><script>alert(2)</script>/a.c",
    b"/src/\x1b[31m\x1b]0;title\x07/b.c",
    b"/new\nline/c.c\nx",
    b"/\xff\xfe no UTF-8 \xc3/\xed\xa0\x80.c",
    "/right \u202eto left/\u202ec.evil".encode(),
    b"/quotes \" ' ;semi;/$(id) `id`.c",
    b"/../../../../etc/passwd../..../x.c",
    b"relative;file 77\t.c",
    b"~",
    b"/" + 4000 * b"long/",
]


def placeholder(kind, number, name):
    """A name that is a C identifier, as long as NAME, like no other; at least 3 bytes."""
    text = f"{kind}{number:x}".ljust(len(name), "_")
    return text.encode() if len(text) == len(name) else None


def main():
    folder = pathlib.Path(sys.argv[1])
    compiler = sys.argv[2] if len(sys.argv) > 2 else "gcc"
    source, calls, replace = [], [], {}
    for i, name in enumerate(FUNCTIONS):
        stand_in = placeholder("Qf", i, name)
        file = FILES[i % len(FILES)]
        file_stand_in = placeholder("Qd", i % len(FILES), file) or file
        replace[stand_in] = name
        replace[file_stand_in] = file
        source.append(f'# {i + 1} "{file_stand_in.decode("latin-1")}"')
        source.append(f"__attribute__((noinline)) int {stand_in.decode()}(int n) {{ return sink += n; }}")
        calls.append(f"{stand_in.decode()}(i);")
    text = "\n".join(
        ["static volatile int sink;", *source, '# 1 "/src/main.c"', "int main(void)", "{",
         "for (int i = 0; i < 3; i++) {", *calls, "}", "return 0;", "}", ""])
    for program, flags in (("hostile", ["-g"]), ("hostile-symbols", ["-g0"])):
        subprocess.run(
            [compiler, "-O0", "-finstrument-functions", *flags, "-x", "c", "-", "-o", folder / program],
            input=text.encode(), check=True)
        data = (folder / program).read_bytes()
        for stand_in, name in replace.items():
            assert stand_in == name or flags == ["-g0"] or stand_in in data, stand_in[:40]
            data = data.replace(stand_in, name)
        (folder / program).write_bytes(data)
    names = {"functions": [n.decode("latin-1") for n in FUNCTIONS],
             "files": [n.decode("latin-1") for n in FILES]}
    (folder / "names.json").write_text(json.dumps(names))


main()
