"""Compares cprof-report --unit s with Python's pstats, byte by byte, on random profiles.

usage: report_diff.py CPROF_REPORT [CASES [FIRST_SEED]]

Each case is named by its seed, so that a failing one can be run again alone. Prints one line for
each failure and a last line; the exit status is 1 if any case failed.
"""
import contextlib
import io
import marshal
import os
import pstats
import random
import subprocess
import sys
import tempfile
import time

FILES = ["~", "", "/x/", "/src/app/main.c", "/src/lib/main.c", "main.c", "/src/größe/ß.c",
         "/a b/c,d.c", "~/x.c", "C:\\x.c", "/日本/ソース.c", "<string>", "/q'u\"ote.c", "/𝒳/𝒴.c"]
# No control characters: what we print, unlike pstats, has them escaped (test_28_names.sh).
NAMES = ["main", "fib", "<", "<>", "<a", "b>", "<memcpy>", "<libc.so.6 memcpy>", "naïve", "関数",
         "operator()(int, char&&)", "std::vector<int, std::allocator<int> >::push_back(int&&)",
         "", "a" * 300, "with space", "'q'", "$x", "x.y"]
COUNTS = [0, 0, 1, 1, 2, 3, 7, 1000, 2**31 - 1, 2**31, 2**33, 2**53 + 1, 2**62 + 3, 2**63]
TIMES = [0.0, 0.0, 0.0005, 0.0015, 0.0025, 1.0, 0.1, 99999.9995, 1e15, -1e-9, -0.0, 1e-12, 3.5,
         12345.6785]
KEYS = ["calls", "ncalls", "cumtime", "cumulative", "filename", "line", "module", "name", "nfl",
        "pcalls", "stdname", "time", "tottime"]
SHORT_KEYS = ["ca", "nc", "cu", "cumt", "cumu", "f", "file", "l", "m", "na", "nf", "p", "s", "ti",
              "to"]
PATTERNS = ["main", "a", "^/src", r"\(fib\)$", "[", "(", "a|b", "ß", "日", "'", '"', "it's \"x\"",
            r"\d", r"\w+\.c", "zzz", ".", "", "x$", r"^\{", "*", "\t", "\u200b[", "(\u00e9\n\\"]
NUMBERS = ["0", "1", "3", "-1", "10", "1000000", " 2 ", "1_0", "+4", "007", "99999999999999999999",
           ".0", ".5", "0.25", ".999", "1.0", "2.5", "-0.5", "nan", "inf", "1e-1", "0.3333333333",
           "5e-1", ".1_5", "1e-5", "0.0001"]


def random_time(rng):
    pick = rng.random()
    if pick < 0.5:
        return rng.choice(TIMES)
    if pick < 0.7:
        return rng.randrange(10000) / 2000  # ties where three decimals round
    return rng.expovariate(1.0) * 10.0 ** rng.randrange(-9, 4)


def random_counts(rng):
    nc = rng.choice(COUNTS) if rng.random() < 0.5 else rng.randrange(2000)
    pick = rng.random()
    cc = nc if pick < 0.6 else 0 if pick < 0.7 else rng.randint(0, nc)
    return cc, nc


def random_key(rng):
    if rng.random() < 0.15:
        return ("~", rng.choice([0, 0, 0, 5]), rng.choice(NAMES))
    line = rng.choice([0, 1, 3, 7, rng.randrange(100000), 2**31 - 1])
    return (rng.choice(FILES), line, rng.choice(NAMES) + rng.choice(["", "", "2", str(line)]))


VIEWS = [[], [], ["callers"], ["callees"], ["callers", "callees"], ["callees", "callers"]]


def random_callers(rng, keys, plain):
    """Callers in cProfile's form, or the mere counts of the old profiler; those may be no rows."""
    callers = {}
    for caller in rng.sample(keys, min(len(keys), rng.choice([0, 0, 1, 3, 10]))):
        cc, nc = random_counts(rng)
        callers[caller] = nc if plain else (nc, cc, random_time(rng), random_time(rng))
    if not plain and rng.random() < 0.05:
        callers[random_key(rng)] = (*random_counts(rng)[::-1], random_time(rng), random_time(rng))
    return callers


def random_profile(rng, plain):
    keys = list(dict.fromkeys(random_key(rng) for _ in range(rng.choice([1, 2, 5, 20, 60]))))
    profile = {}
    for key in keys:
        callers = random_callers(rng, keys, plain)
        profile[key] = (*random_counts(rng), random_time(rng), random_time(rng), callers)
    return profile


def random_options(rng):
    pick = rng.random()
    if pick < 0.1:
        sort = []
    elif pick < 0.6:
        sort = [rng.choice(KEYS)]
    elif pick < 0.7:
        sort = [rng.choice(SHORT_KEYS)]
    elif pick < 0.8:
        sort = [rng.choice([-1, 0, 1, 2])]
    else:
        sort = rng.choices(KEYS + SHORT_KEYS, k=rng.randint(2, 4))
    words = rng.choices(PATTERNS + NUMBERS, k=rng.choice([0, 0, 1, 1, 2, 3]))
    return sort, rng.random() < 0.3, rng.random() < 0.3, words, rng.choice(VIEWS)


def as_restriction(word):
    """The way of pstats' own browser with a word."""
    for kind in (int, float):
        try:
            return kind(word)
        except ValueError:
            pass
    return word


def expected(paths, sort, reverse, strip, words, views):
    text = io.StringIO()
    stats = pstats.Stats(*paths, stream=text)
    if strip:
        stats.strip_dirs()
    if sort:
        stats.sort_stats(*sort)
    if reverse:
        stats.reverse_order()
    for view in views or ["stats"]:
        getattr(stats, "print_" + view)(*map(as_restriction, words))
    return text.getvalue().encode()


def command(program, paths, sort, reverse, strip, words, views):
    options = ["--sort", ",".join(map(str, sort))] if sort else []
    options += ["--unit", "s"]
    options += ["--reverse"] * reverse + ["--strip-dirs"] * strip
    for word in words:
        options += ["--restrict", word]
    options += ["--" + view for view in views]
    return [program, *paths, *options]


def write_profile(path, rng, plain):
    with open(path, "wb") as file:
        profile = random_profile(rng, plain)
        if path == "a.prof" and not plain and rng.random() < 0.05:
            # pstats names the callees of this one first, in no order: one is enough
            next(iter(profile.values()))[4]["jprofile", 0, "profiler"] = (1, 1, 0.0, 0.0)
        marshal.dump(profile, file, rng.choice([2, 2, 3, 4]))
    modified = rng.randrange(2**31)
    os.utime(path, (modified, modified))


def keep_difference(seed, want, done, words):
    for name, data in (("want", want), ("got", done.stdout)):
        with open(f"{name}.{seed}", "wb") as file:
            file.write(data)
    return f"seed {seed}: {words} status {done.returncode} {done.stderr!r}"


def run_case(program, seed):
    """None, or what went wrong."""
    rng = random.Random(seed)
    paths = [f"{name}.prof" for name in "abcd"[: rng.choice([1, 1, 1, 2, 3, 4])]]
    plain = rng.random() < 0.1
    for path in paths:
        write_profile(path, rng, plain)
    options = random_options(rng)
    words = command(program, paths, *options)
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    want = expected(paths, *options)
    if done.stdout == want and done.returncode in (0, 1):
        return None
    return keep_difference(seed, want, done, words[1:])


def main(run):
    program = os.path.abspath(sys.argv[1])
    cases = int(sys.argv[2]) if len(sys.argv) > 2 else 150
    first = int(sys.argv[3]) if len(sys.argv) > 3 else 0
    os.environ["TZ"] = "Europe/Berlin"
    time.tzset()
    failed = 0
    with contextlib.ExitStack() as stack:
        folder = os.environ.get("KEEP") or stack.enter_context(tempfile.TemporaryDirectory())
        os.chdir(folder)
        for seed in range(first, first + cases):
            wrong = run(program, seed)
            if wrong:
                failed += 1
                print(wrong)
    print(f"{cases - failed} equal, {failed} different")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(run_case))
