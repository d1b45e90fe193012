#!/usr/bin/env python3
"""inputs.py DIR: what the real programs are run on; the same bytes each time."""

import json
import os
import random
import sys

rng = random.Random(20)
words = ["".join(rng.choices("etaoinshrdlu", k=rng.randint(2, 9))) for _ in range(4000)]


def text(size):
    lines, n = [], 0
    while n < size:
        lines.append(" ".join(rng.choices(words, k=rng.randint(3, 12))))
        n += len(lines[-1]) + 1
    return ("\n".join(lines) + "\n").encode()


def records(count):
    return json.dumps([{"id": i, "name": rng.choice(words), "group": rng.randint(0, 60),
                        "at": {"x": rng.random(), "y": rng.random()},
                        "tags": rng.choices(words, k=rng.randint(0, 4))}
                       for i in range(count)]).encode()


def picture(side):
    rows = bytearray(b"P6\n%d %d\n255\n" % (side, side))
    for y in range(side):
        for x in range(side):
            rows += bytes((x * y >> 5 & 255, x + y + rng.randint(0, 15) & 255, (x | y) & 255))
    return bytes(rows)


def lines(count):
    return b"".join(b"%d %s %s\n" % (rng.randint(0, 10 ** 6), rng.choice(words).encode(),
                                     rng.choice(words).encode()) for _ in range(count))


def main():
    os.makedirs(sys.argv[1], exist_ok=True)
    made = {"text": text(4_000_000), "little_text": text(150_000), "records.json": records(6000),
            "little_records.json": records(500), "picture.ppm": picture(1000),
            "lines": lines(200_000)}
    for name, content in made.items():
        with open(os.path.join(sys.argv[1], name), "wb") as f:
            f.write(content)


main()
