"""Compares cprof-report -i with `python -m pstats`, byte by byte, on random profiles and scripts.

usage: browser_diff.py CPROF_REPORT [CASES [FIRST_SEED]]

Python's browser runs in this process, once for each case. Each case is named by its seed, so that
a failing one can be run again alone: its files are then in $KEEP. Prints one line for each failure
and a last line; the exit status is 1 if any case failed.
"""
import importlib.util
import io
import os
import random
import subprocess
import sys

import report_diff

BROWSER = importlib.util.find_spec("pstats").loader.get_code("pstats")
FILES = ["a.prof", "b.prof", "c d.prof"]
WORDS = [w for w in report_diff.PATTERNS + report_diff.NUMBERS if "\n" not in w]
OTHERS = ["", "", " ", "?", "help", "help stats", "?sort", "? add", "help EOF", "help nonsense",
          "frob", "frob it", "!ls", ".", "stats(1)", "Stats", "EOFX", "help help", "sort", "reverse x",
          "strip it", "-1", "_", "quit_", "\tstats 1\t", "help add sort", "123", "read2"]


def file_command(rng):
    verb = rng.choice(["read", "read", "add", "add", "add"])
    return f"{verb} {rng.choice(FILES + ['nosuch', 'folder', 'no' + chr(39) + 's', ''])}"


def view_command(rng):
    words = rng.choices(WORDS, k=rng.choice([0, 0, 1, 1, 2, 3]))
    return " ".join([rng.choice(["stats", "stats", "callers", "callees"]), *words])


def sort_command(rng):
    keys = report_diff.KEYS + [key for key in report_diff.SHORT_KEYS if key != "file"]
    if rng.random() < 0.15:
        keys = keys + ["c", "cum", "n", "t", "x", "1", "-1", "time,name"]
    return "  ".join(["sort", *rng.choices(keys, k=rng.choice([1, 1, 1, 2, 3]))])


def random_script(rng):
    makers = [file_command, view_command, view_command, view_command, sort_command,
              lambda r: "reverse", lambda r: "strip", lambda r: r.choice(OTHERS)]
    lines = [rng.choice(makers)(rng) for _ in range(rng.randint(1, 15))]
    end = rng.choice(["", "quit\n", "EOF\n", "quit now\nstats\n"])
    return "".join(line + "\n" for line in lines) + end


def expected(paths, script):
    saved = sys.stdin, sys.stdout, sys.argv
    sys.stdin, sys.stdout, sys.argv = io.StringIO(script), io.StringIO(), ["pstats.py", *paths]
    try:
        exec(BROWSER, {"__name__": "__main__"})  # pylint: disable=exec-used
        return sys.stdout.getvalue().encode()
    finally:
        sys.stdin, sys.stdout, sys.argv = saved


def run_case(program, seed):
    """None, or what went wrong."""
    rng = random.Random(seed)
    plain = rng.random() < 0.1
    os.makedirs("folder", exist_ok=True)
    for path in FILES:
        report_diff.write_profile(path, rng, plain)
    paths = rng.choices([*FILES, "nosuch"], k=rng.choice([0, 1, 1, 1, 2, 3]))
    script = random_script(rng)
    with open("script", "w", encoding="utf-8") as file:
        file.write(script)
    done = subprocess.run([program, "-i", *paths], input=script.encode(), stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, check=False)
    want = expected(paths, script)
    if done.stdout == want and done.returncode == 0 and done.stderr == b"":
        return None
    return report_diff.keep_difference(seed, want, done, paths)


if __name__ == "__main__":
    sys.exit(report_diff.main(run_case))
