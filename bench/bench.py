#!/usr/bin/env python3
"""bench.py DIR [--rounds N] [--json FILE] [WORKLOAD...]: added time per call of cprof and others.

Started by bench.sh, which puts programs and libraries into DIR. Each round runs each workload once
under each hook library, one after the other, so that what disturbs the machine disturbs all;
ratios are taken within a round, and medians over rounds are shown. Time is processor time of the
profiled process (timer.c), less that of the same binary with libc's empty hooks. What these alone
cost ("hooks", and how many times longer the program runs by them) is measured against a build
without the flag. "off" is cprof with CPROF_ENABLE=0, waiting for a profile to be switched on.

The machine should have nothing else to do: work on the other hyperthread of a core doubles what
cprof costs and hardly changes two clock reads. The load at the start is printed for that reason.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
REAL = os.path.join(HERE, "..", "test", "real", "work")
WORKLOADS = {
    "fib": ["fib", "30"],
    "wide1": ["wide", "1", "3000000"],
    "wide64": ["wide", "64", "3000000"],
    "wide1000": ["wide", "1000", "3000000"],
    "random64": ["wide", "random", "3000000"],
    "contexts": ["contexts", "5", "3000000"],
    "deep": ["deep", "500", "3000000"],
    "lua-fib": ["lua", HERE + "/work/fib.lua", "29"],
    "bzip2": ["bzip2", "-kc9", "inputs/text"],
    "cjpeg": ["cjpeg", "-quality", "85", "-optimize", "-progressive", "inputs/picture.ppm"],
    "mujs": ["mujs", REAL + "/mix.js", "500"],
}
KINDS = ("plain", "empty", "off", "clock", "uftrace", "cprof")


class Bench:
    def __init__(self, folder):
        self.folder = folder
        self.cpu = max(os.sched_getaffinity(0))

    def path(self, name):
        return os.path.join(self.folder, name)

    def run(self, command, libraries, variables=None, wrapper=()):
        """Runs COMMAND of the folder pinned to one processor; returns ns."""
        time = self.path("time")
        if os.path.exists(time):
            os.remove(time)
        preload = [self.path("timer.so")] + [self.path(name) for name in libraries]
        environment = dict(os.environ, BENCH_TIME=time, LD_PRELOAD=":".join(preload))
        environment.update(variables or {})
        if wrapper:  # uftrace's own threads and writers may use the other processors
            environment["LD_PRELOAD"] = preload[0]
        else:
            wrapper = ["taskset", "-c", str(self.cpu)]
        subprocess.run([*wrapper, self.path(command[0]), *command[1:]], cwd=self.folder,
                       env=environment, stdout=subprocess.DEVNULL, check=True)
        with open(time) as f:
            return int(f.readline())  # uftrace itself writes another, when it ends

    def measure(self, kind, command):
        if kind == "plain":
            return self.run([command[0] + ".plain", *command[1:]], [])
        if kind == "empty":
            return self.run(command, [])
        if kind == "clock":
            return self.run(command, ["two_clock_reads.so"])
        if kind == "off":
            return self.run(command, ["libcprof.so"], {"CPROF_ENABLE": "0"})
        output = self.path("output")
        os.mkdir(output)
        try:
            if kind == "cprof":
                return self.run(command, ["libcprof.so"], {"CPROF_OUT": output + "/x.prof"})
            return self.run(command, [], wrapper=["uftrace", "record", "--no-libcall", "--no-event",
                                                  "--max-stack=65535",
                                                  "-d", output + "/data"])
        finally:
            shutil.rmtree(output)

    def calls(self, command):
        counts = self.path("counts")
        self.run(command, ["counter.so"], {"COUNTER_OUT": counts})
        with open(counts) as f:
            return int(f.read().splitlines()[-1].split()[1])


def describe_machine():
    with open("/proc/cpuinfo") as f:
        models = [line.split(": ")[1].strip() for line in f if line.startswith("model name")]
    with open("/sys/devices/system/clocksource/clocksource0/current_clocksource") as f:
        clock = f.read().strip()
    return {"processor": models[0] if models else "?", "processors": os.cpu_count(),
            "clocksource": clock, "kernel": os.uname().release,
            "load": round(os.getloadavg()[0], 2)}


def summarise(calls, rounds):
    """ROUNDS: [{kind: ns}]. Times per call in ns, medians; ratios by round, medians."""
    added = {kind: [(r[kind] - r["empty"]) / calls for r in rounds] for kind in KINDS[2:]}
    added["hooks"] = [(r["empty"] - r["plain"]) / calls for r in rounds]
    row = {kind: statistics.median(values) for kind, values in added.items()}
    row["calls"] = calls
    row["slowdown"] = statistics.median(r["empty"] / r["plain"] for r in rounds)
    for other in ("clock", "uftrace"):
        row["cprof/" + other] = statistics.median(
            a / b for a, b in zip(added["cprof"], added[other]))
    return row


def show(name, row):
    print("%-10s %10s %6.1f %6.2f %5.1f %8.1f %8.1f %7.1f %12.2f %14.2f" % (
        name, row.get("calls", ""), row["hooks"], row["slowdown"], row["off"], row["clock"],
        row["uftrace"], row["cprof"], row["cprof/clock"], row["cprof/uftrace"]), flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--json")
    parser.add_argument("workloads", nargs="*")
    options = parser.parse_intermixed_args()
    machine = describe_machine()
    bench = Bench(options.folder)
    names = options.workloads or [name for name, command in WORKLOADS.items()
                                  if os.path.exists(bench.path(command[0]))]
    if set(names) - set(WORKLOADS):
        sys.exit("bench.py: workloads are: " + " ".join(WORKLOADS))
    runs = {name: [] for name in names}
    calls = {name: bench.calls(WORKLOADS[name]) for name in names}
    for _ in range(options.rounds):
        for name in names:
            runs[name].append({kind: bench.measure(kind, WORKLOADS[name]) for kind in KINDS})
    rows = {name: summarise(calls[name], runs[name]) for name in names}

    print(", ".join("%s: %s" % pair for pair in machine.items()))
    print("ns added per call, processor time, medians of %d rounds" % options.rounds)
    print("%-10s %10s %6s %6s %5s %8s %8s %7s %12s %14s" % (
        "workload", "calls", "hooks", "times", "off", "clock*2", "uftrace", "cprof", "cprof/clock*2", "cprof/uftrace"))
    for name in names:
        show(name, rows[name])
    middle = {key: statistics.median(row[key] for row in rows.values())
              for key in ("hooks", "slowdown", "off", "clock", "uftrace", "cprof", "cprof/clock", "cprof/uftrace")}
    show("median", middle)
    if {"wide1", "wide1000"} <= set(names):
        times = middle["wide1000/wide1"] = statistics.median(
            (many["cprof"] - many["empty"]) / calls["wide1000"] /
            ((one["cprof"] - one["empty"]) / calls["wide1"])
            for many, one in zip(runs["wide1000"], runs["wide1"]))
        print("a thousand callees of one caller cost %.2f times one callee" % times)
    if options.json:
        with open(options.json, "w") as f:
            json.dump({"machine": machine, "rounds": options.rounds, "workloads": rows,
                       "median": middle}, f, indent=1)


if __name__ == "__main__":
    main()
