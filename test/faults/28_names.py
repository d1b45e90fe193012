"""28_names.py REPORT SYMBOLIZE CPROF: names that were chosen to do harm, through every output there
is. Prints `ok - NAME` or `not ok - NAME: why`.

What is printed must be text in which nothing acts on a terminal: escaped here as expected, from what
Unicode says of characters and not by cprof's code.
"""
import json
import os
import pstats
import re
import struct
import subprocess
import sys
import traceback

sys.path.insert(0, os.path.join(os.environ["SRC"], "test", "e2e"))
import terminal  # pylint: disable=wrong-import-position

REPORT, SYMBOLIZE, CPROF = sys.argv[1:4]
HOSTILE = [
    b"</script><script>alert(1)</script>", b"\x1b]0;title\x07\x1b[2J\x1b[31mred", b"\x1b]52;c;aGk=\x1b\\",
    b"\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", b"\x9b31m C1, \xc2\x9b31m, \xc2\x85", b"line\nfeed\r\n\ttab\x0b\x0c\x08",
    b"del\x7f bell\x07", b"quotes \" ' ` $(id)", b"semi;colon|bar", b"back\\slash \\x41 \\u0041 \\",
    b"no UTF-8: \xff\xfe\xc3 \xe2\x82", b"surrogates \xed\xa0\x80\xed\xb0\x80 overlong \xc0\x80\xe0\x80\xaf\xf4\x90\x80\x80",
    "right \u202egnp.c\u202c \u2066mark\u2069 \u200f\u061c".encode(), "zero\u200bwidth\u200d\ufeff\u2060".encode(),
    "lines\u2028and\u2029paragraphs tag\U000e0041".encode(), "wide \u540d\u524d \U0001f600 e\u0301".encode(),
    b"NUL\x00 behind", b"%s%n%d %1$s", b"=cmd|' /C calc'!A0", b"{\"json\": [1]}", b"", b"f) (g:12(h", b"-dash --help",
    b"1 MB " + 1048571 * b"M",
]
HARMFUL = re.compile("[\0-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]")
OUR_COLOURS = re.compile("\x1b\\[(0|1|2|0;1|0;2)?m")


def read_name(data):
    """The name as it is kept when it was read: bytes that are no UTF-8 as text."""
    return data.decode("utf-8", "backslashreplace")


def shown(name):
    """As it must stand in any text."""
    return re.sub(f"\n|{HARMFUL.pattern}", lambda m: "".join(f"\\x{byte:02x}" for byte in m[0].encode()), name)


def keys_of(names):
    """Functions whose folder, file or own name is hostile."""
    for i, name in enumerate(names):
        yield (b"/src/a.c", i, name)
        if name and b"\0" not in name and len(name) < 1000:
            yield (b"/src/" + name.replace(b"/", b"_") + b"/b.c", i, b"g%d" % i)
            yield (b"/src/" + name.replace(b"/", b"_"), i, b"h%d" % i)


EVERY_KEY = list(keys_of(HOSTILE))
KEYS = EVERY_KEY


def string(data):
    return b"u" + struct.pack("<I", len(data)) + data


def key(k):
    return b"(\3\0\0\0" + string(k[0]) + b"i" + struct.pack("<i", k[1]) + string(k[2])


def section(number, size, records, strings=b""):
    body = b"".join(records) + strings
    return struct.pack("<IIQQ", number, size, len(records), len(body)) + body


def tail(start):
    """Six threads, in each a node for each function."""
    short = [name for name in HOSTILE if len(name) < 1000]
    threads = [HOSTILE[1], HOSTILE[4] + HOSTILE[5], HOSTILE[10] + HOSTILE[11], HOSTILE[12] + HOSTILE[13], HOSTILE[14], HOSTILE[16]]
    everything = b"\0".join(short)
    n, per = len(KEYS), len(KEYS) + 1
    sections = [
        section(1, 76, [struct.pack("<4IdQ5dI", 1, 1, 2, 2, 1e9, 0, 1.0, 0.0, 0.0, 1.0, 0.0, len(everything))], everything),
        section(2, 44, [struct.pack("<2I32sI", 4 + i % 2, 0, b"", len(name)) for i, name in enumerate(short)], b"".join(short)),
        section(3, 20, [struct.pack("<2IQI", i, i % len(short), i, len(k[2])) for i, k in enumerate(KEYS)],
                b"".join(k[2] for k in KEYS)),
        section(4, 76, [struct.pack("<4I7QI", 1, 0, 0, per, 0, 0, 0, 0, 0, 0, 0, len(name)) for name in threads], b"".join(threads)),
        section(5, 48, [struct.pack("<2IQ4d", 0xFFFFFFFF if i == 0 else i - 1, per * t, i > 0, 0.5 * (i > 0), 0, 0.5, 0.5)
                        for t in range(len(threads)) for i in range(per)]),
        section(9, 24, [struct.pack("<2IQd", t, i, 1, 0.5) for t in range(len(threads)) for i in range(n)]),
    ]
    data = b"\x89CPROF\r\n" + struct.pack("<II", 1, len(sections)) + b"".join(sections)
    return data + struct.pack("<Q", start) + b"CPROFEND"


def write_profiles():
    """names.prof has a tail, plain.prof has none: main calls all, and all call the first."""
    def rows(calls):
        numbers = b"(\4\0\0\0" + 2 * (b"i" + struct.pack("<i", calls)) + 2 * (b"g" + struct.pack("<d", calls / 2))
        for k in KEYS:
            yield key(k) + b"(\5\0\0\0" + numbers[5:] + b"{" + key(KEYS[0]) + numbers + b"0"
    global KEYS  # pylint: disable=global-statement
    for path, calls in (("names.prof", 6), ("plain.prof", 1)):
        KEYS = [k for k in EVERY_KEY if path == "plain.prof" or len(k[2]) < 1000]
        data = b"{" + b"".join(rows(calls)) + b"0"
        with open(path, "wb") as file:
            file.write(data + (tail(len(data)) if path == "names.prof" else b""))


def run(argv, stdin=b"", **more):
    env = {**os.environ, "TERM": "vt100", **more.pop("env", {})}
    return subprocess.run(argv, input=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env, check=False, **more)


def check_safe(data, colours=False):
    text = data.decode()  # all of it is UTF-8
    if colours:
        text = OUR_COLOURS.sub("", text)
    found = HARMFUL.search(text)
    assert not found, f"{text[max(0, found.start() - 30):found.end() + 30]!r}"
    return text


def standard_names(escape):
    names = []
    for file, line, name in KEYS:
        names.append(f"{escape(read_name(file))}:{line}({escape(read_name(name))})")
    return names


def views():
    yield from (["--unit", unit] for unit in ("auto", "s", "ns"))
    yield from (["--callers"], ["--callees"], ["--callers", "--unit=s"], ["--strip-dirs", "--callees"])
    yield ["--columns", "ncalls,min,max,threads,inlined,%tottime", "--thousands"]
    yield from (["--threads"], ["--threads=rows"], ["--threads", "--unit=s"])
    yield from (["--names=short"], ["--names=mangled"], ["--filter", "a.c"], ["--exclude", "x", "--callers"], ["--fold-inlined"])
    yield from (["--tree"], ["--tree", "--inverted"], ["--tree", "--threads"], ["--format=json"], ["--format=json", "--names=mangled"])
    yield from (["--restrict", "\x1b[31m|\u202e"], ["--restrict", "("], ["--diff", "plain.prof"])


def all_views_into_a_pipe():
    for view in views():
        done = run([REPORT, "names.prof", *view])
        assert done.returncode in (0, 1) and len(done.stdout) > 100, (view, done)
        check_safe(done.stdout)
        check_safe(done.stderr)


def all_views_onto_a_terminal():
    for view in views():
        t = terminal.Terminal([REPORT, "names.prof", "--pager=never", *view])
        status = t.ends()
        assert status in (0, 1), (view, status)
        check_safe(t.seen.replace(b"\r\n", b"\n"), colours=True)
    t = terminal.Terminal([REPORT, "names.prof", "--pager=never"])
    t.ends()
    assert b"\x1b[0;1m" in t.seen


def every_function_has_its_line_and_its_name():
    text = check_safe(run([REPORT, "plain.prof"]).stdout)
    title, *table = text[text.index("   ncalls"):].split("\n")
    table = table[:table.index("")]
    assert len(table) == len(KEYS), len(table)
    want = standard_names(shown)
    found = [line[title.index("filename"):] for line in table]
    assert sorted(found) == sorted(want), [name[:80] for name in set(found) ^ set(want)]


def arrows_stand_below_each_other():
    for restriction, widest in (("src", 4096), ("^(?!.*MMMM)", max(len(n) for n in standard_names(shown) if "MMMM" not in n))):
        text = check_safe(run([REPORT, "plain.prof", "--callers", "--restrict", restriction]).stdout)
        lines = [line for line in text.split("\n") if " <- " in line and "MMMM" not in line]
        assert len(lines) > 40 and {line.index(" <- ") for line in lines} == {widest + 1}, restriction


def json_has_the_names_themselves():
    found = json.loads(run([REPORT, "plain.prof", "--format=json"]).stdout)["func_profiles"]
    assert set(found) == {read_name(k[2]) for k in KEYS}
    assert {f["file_name"] for f in found.values()} <= {read_name(k[0]) for k in KEYS}


def python_reads_a_dump_without_control_characters():
    for profile in ("names.prof", "plain.prof"):
        if os.path.exists("dumped.prof"):
            os.remove("dumped.prof")
        done = run([REPORT, profile, "--dump", "dumped.prof"])
        assert done.returncode == 0, done.stderr
        rows = pstats.Stats("dumped.prof").stats
        want = {(shown(read_name(f)), line, shown(read_name(n))) for f, line, n in EVERY_KEY
                if profile == "plain.prof" or len(n) < 1000}
        assert set(rows) == want, [str(k)[:200] for k in set(rows) ^ want]


SCRIPT = "stats\ncallers\ncallees\nstrip\nstats \x1b[31m\nhelp \x1b]0;x\x07\n\u202efrob \x9b\nread no\x1b[31m\u202e\nadd \x1b]0;a\nread \x1b[1mown.prof\nstats\n"


def the_browser_with_a_pipe():
    os.link("plain.prof", "\x1b[1mown.prof")
    for unit in ("s", "auto"):
        done = run([REPORT, "-i", "names.prof", "--unit", unit], SCRIPT.encode() + b"\xff\xfe bytes\n")
        assert done.returncode == 0 and done.stdout.count(b"% ") >= 11, done
        check_safe(done.stdout)
        check_safe(done.stderr)


def the_browser_on_a_terminal():
    t = terminal.Terminal([REPORT, "-i", "plain.prof"])
    t.expect("% ")
    t.type("stats 3\n")
    t.expect("% ")
    t.type("read \t\t")  # names of files to complete with
    t.expect("plain.prof")
    t.type("\x15quit\n")
    assert t.ends() == 0
    for sequence in (b"\x1b[1mown", b"\x1b]", b"\x1b[31m", b"\x1b[2J"):
        assert sequence not in t.seen, sequence


def a_pager_gets_the_same():
    want = run([REPORT, "plain.prof", "--color=never"]).stdout
    run([REPORT, "plain.prof", "--pager=always"], env={"CPROF_PAGER": "cat >paged"})
    with open("paged", "rb") as file:
        assert file.read() == want


def errors():
    bad = "\x1b[31m\u202e\n\x9b</script>"
    for argv in ([REPORT, bad], [REPORT, "--" + bad], [REPORT, "-s", bad, "plain.prof"], [REPORT, "--unit", bad, "plain.prof"],
                 [REPORT, "--columns", bad, "plain.prof"], [REPORT, "--names", bad, "plain.prof"],
                 [REPORT, "--filter", bad + "(", "plain.prof"],
                 [REPORT, "plain.prof", "--dump", "no/" + bad], [REPORT, "--threads=" + bad, "plain.prof"],
                 [REPORT, "plain.prof", bad], [SYMBOLIZE, bad], [SYMBOLIZE, "--session", bad, "."],
                 [CPROF, "./" + bad], [CPROF, "-s", bad, "true"], [CPROF, "-o", "no/" + bad, "true"]):
        done = run(argv)
        assert done.returncode, argv
        text = check_safe(done.stderr)
        assert text.count("\n") <= 2, text
        check_safe(done.stdout)


write_profiles()
failed = False
for test in (all_views_into_a_pipe, all_views_onto_a_terminal, every_function_has_its_line_and_its_name,
             arrows_stand_below_each_other, json_has_the_names_themselves, python_reads_a_dump_without_control_characters,
             the_browser_with_a_pipe, the_browser_on_a_terminal, a_pager_gets_the_same, errors):
    title = test.__name__.replace("_", " ")
    try:
        test()
        print(f"ok - hostile names: {title}")
    except Exception:  # pylint: disable=broad-except
        failed = True
        print(f"not ok - hostile names: {title}: {traceback.format_exc()[-700:]}")
sys.exit(failed)
