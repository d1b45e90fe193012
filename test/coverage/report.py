#!/usr/bin/env python3
"""report.py BUILD: the branches that a build with COVERAGE=1 has taken, a line for each file, and those
that it has not, with the reason where the source's line tells it. Ends with "N passed, N failed": folders
with 90 % and more, and others.
"""
import collections
import glob
import json
import os
import re
import subprocess
import sys

BUILD = sys.argv[1]
READERS = re.compile(r"(preload|format)/|symbolize/raw_read\.c|report/(load|convert|restrict|literal|browser|complete|options|json|terminal|cell)\.c")
LIMIT = 90

# Why a branch is not taken, by what its line says; the first that fits.
REASONS = [
    (r"memory|malloc|calloc|realloc|array_grow|reallocarray|strdup|asprintf|memory_|INTERN_FAILED|= NULL\)|!items|!copy|!name|< 0 \|\|", "memory is out"),
    (r"EINTR|errno|strerror|error_set|fail_errno", "an error of the system"),
    (r"(open|read|write|pipe|dup|fork|stat|link|rename|mmap|madvise|ftruncate|fcntl|close|fsync|lseek|getrandom|sys\d|syscall)\w*\(", "an error of the system"),
    (r"^\s*(if \(!?r?e?s?u?l?t?)|result < 0|status < 0|failed|cursor_failed", "an error below it"),
    (r"aarch64|__GLIBC", "another machine"),
]


def reason_of(line):
    for pattern, why in REASONS:
        if re.search(pattern, line):
            return why
    return "not reached"


def collect():
    """{file: {(line, number of the branch): count}}"""
    branches = collections.defaultdict(lambda: collections.defaultdict(int))
    for data in glob.glob(f"{BUILD}/**/*.gcno", recursive=True):
        done = subprocess.run(["gcov", "--json-format", "--stdout", "--branch-probabilities", data],
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
        for text in done.stdout.splitlines():
            for file in json.loads(text)["files"]:
                name = os.path.normpath(file["file"])
                if not READERS.match(name):
                    continue
                for line in file["lines"]:
                    for i, branch in enumerate(line["branches"]):
                        branches[name][line["line_number"], i] += branch["count"]
    return branches


def show(name, found):
    with open(name, encoding="utf-8") as file:
        lines = file.read().split("\n")
    taken = sum(count > 0 for count in found.values())
    missing = collections.defaultdict(list)
    for (line, _), count in sorted(found.items()):
        why = reason_of(lines[line - 1])
        if count == 0 and str(line) not in missing[why]:
            missing[why].append(str(line))
    text = "; ".join(f"{why}: {', '.join(numbers)}" for why, numbers in missing.items())
    print(f"| {name} | {len(found)} | {100 * taken / len(found):.0f} % | {text} |")
    return taken, len(found)


def main():
    branches = collect()
    folders = collections.defaultdict(lambda: [0, 0])
    print("| file | branches | taken | lines with others |\n|---|---|---|---|")
    for name in sorted(branches):
        if not branches[name]:
            continue
        taken, all_of_them = show(name, branches[name])
        folder = name.split("/")[0] if name.startswith(("preload", "format")) else "readers"
        if name.startswith("preload/launch"):
            folder = "launcher"
        folders[folder][0] += taken
        folders[folder][1] += all_of_them
    print()
    good = 0
    for folder, (taken, all_of_them) in sorted(folders.items()):
        share = 100 * taken / all_of_them
        good += share >= LIMIT
        print(f"{'ok' if share >= LIMIT else 'not ok'} - {folder}: {taken} of {all_of_them} branches, {share:.1f} %")
    print(f"\n{good} passed, {len(folders) - good} failed")
    sys.exit(good < len(folders))


main()
