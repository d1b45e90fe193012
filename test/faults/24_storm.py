"""24_storm.py SYMBOLIZE FOLDER...: compares, in each folder, what the processes of a storm (24_storm.c) counted in
the file `truth` with the raw files and profiles that they left. Prints what differs, and at last how many
profiles there were.
"""
import marshal
import os
import struct
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../e2e"))
import balance

HEADER = struct.Struct("<8sIIQQQI")  # format/raw.h, up to pid


def convert(raw):
    """A profile from RAW; the name that it was given. None: the process was killed before its first call,
    which the truth has to bear out."""
    out = raw + ".prof"
    done = subprocess.run([sys.argv[1], "-o", out, raw], capture_output=True, text=True)
    if done.returncode == 1 and "holds no calls" in done.stderr:
        return None
    if done.returncode != 0 or done.stderr:
        print("%s: status %d %s" % (raw, done.returncode, done.stderr.strip()))
        return None
    return out


def pid_of(name):
    if name.endswith(".raw"):
        with open(name, "rb") as f:
            return HEADER.unpack(f.read(HEADER.size))[-1]
    return int(name.split(".")[1])


def leaf_calls(profile):
    """Also of each thread, every call is accounted for."""
    with open(profile, "rb") as f:
        data = f.read()
    if balance.DAMAGED in balance.notes(data, balance.sections(data)):
        print("%s: damaged" % profile)
    for problem in balance.problems(data):
        print("%s: %s" % (profile, problem))
    return sum(row[1] for key, row in marshal.loads(data).items() if key[2] == "leaf")


def compare():
    """In the current folder; returns the number of profiles."""
    with open("truth", "rb") as f:
        truth = {pid: (begun, done) for pid, begun, done in struct.iter_unpack("<3q", f.read()) if pid}
    recorded = {}
    for name in os.listdir("."):
        if name.endswith((".raw", ".prof")):
            pid = pid_of(name)
            profile = convert(name) if name.endswith(".raw") else name
            if pid in recorded:
                print("%s: another one of %d" % (name, pid))
            if profile:
                recorded[pid] = leaf_calls(profile)
    for pid, calls in recorded.items():
        begun, done = truth.get(pid, (0, 0))
        if not done <= calls <= begun:
            print("%d: recorded %d calls, not from %d to %d" % (pid, calls, done, begun))
    for pid, (begun, done) in truth.items():
        if done > 0 and pid not in recorded:
            print("%d: made %d calls and left nothing" % (pid, done))
    return len(recorded)


profiles = 0
for folder in sys.argv[2:]:
    os.chdir(folder)
    profiles += compare()
print(profiles)
