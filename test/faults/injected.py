"""injected.py FOLDER BUILD STATUS OUTPUT LEAVES...: what inject.c's runs in FOLDER left.

Every run must have ended with STATUS, as of wait, and have printed OUTPUT (lines separated by commas). Each
profile, and each raw file after conversion, must have one of LEAVES as its number of calls of leaf, or say
that calls or threads were not recorded. Prints what is wrong, one line a run, or how many there were of each
kind: "whole profiles, profiles that say what they lack, raw files".
"""
import glob
import marshal
import os
import subprocess
import sys

folder, build, status, output = sys.argv[1:5]
leaves = {int(n) for n in sys.argv[5:]}
whole = lacking = raws = 0


def read(path):
    with open(path) as f:
        return f.read()


def calls(path):
    with open(path, "rb") as f:
        return sum(row[1] for key, row in marshal.load(f).items() if key[2] == "leaf")


for run in sorted(glob.glob(folder + "/*.*")):
    name = os.path.basename(run)
    if read(run + "/status").strip() != status:
        print(name, "ended with status", read(run + "/status").strip(), read(run + "/out")[-200:])
    elif read(run + "/out").replace("\n", ",").strip(",") != output:
        print(name, "printed", read(run + "/out")[:300].replace("\n", ","))
    for file in sorted(os.listdir(run)):
        path = os.path.join(run, file)
        if file.endswith(".raw"):
            raws += 1
            path += ".prof"
            done = subprocess.run([build + "/cprof-symbolize", "-o", path, path[:-5]], capture_output=True)
            if b"holds no calls" in done.stderr:
                lacking += 1
                continue
            if done.returncode != 0:
                print(name, file, "does not convert:", done.stderr.decode()[:200])
                continue
        elif not file.endswith(".prof"):
            if file not in ("out", "status"):
                print(name, "left", file)
            continue
        if calls(path) in leaves:
            whole += 1
            continue
        report = subprocess.run([build + "/cprof-report", path], capture_output=True).stdout.decode()
        if "not recorded" in report:
            lacking += 1
        else:
            print(name, file, "has", calls(path), "calls of leaf, and says nothing")
print("%d %d %d" % (whole, lacking, raws))
