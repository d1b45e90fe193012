"""Writes profiles to compare, as Python's marshal module does: old.prof and new.prof, and with noise
old.N.prof, new.N.prof, same.N.prof."""
import marshal

MAIN = ("/home/a/app/main.c", 3, "main")


def put(path, functions):
    """functions: {key: (calls, tottime, {caller: calls})}"""
    stats = {}
    for key, (calls, tottime, callers) in functions.items():
        edges = {c: (n, n, tottime * n / calls, tottime * n / calls) for c, n in callers.items()}
        stats[key] = (calls, calls, tottime, tottime, edges)
    with open(path, "wb") as f:
        marshal.dump(stats, f)


def run(root, tokenise, split, twice=1, shift=0, extra=()):
    def key(file, line, name):
        return (f"{root}/{file}", line + shift, name)

    main, tok, spl = key("main.c", 3, "main"), key("tok.c", 41, "tokenise"), key("tok.c", 88, "split")
    functions = {
        main: (1, 0.5, {}),
        tok: (1000, tokenise, {main: 1000}),
        spl: (4000 * twice, split, {tok: 3000 * twice, main: 1000 * twice}),
        key("io.c", 7, "read"): (20, 0.25, {main: 20}),
    }
    functions.update({key(*place): numbers for place, numbers in extra})
    return functions


put("old.prof", run("/home/a/app", 0.25, 0.125, extra=[(("cache.c", 5, "lookup"), (10, 0.0625, {}))]))
put("new.prof", run("/srv/build/app-2", 1.0, 0.25, twice=2, shift=4,
                    extra=[(("zip.c", 9, "inflate"), (3, 0.5, {}))]))
for i in range(10):
    step = (7 * i % 10) / 100
    put(f"old.{i}.prof", run("/home/a/app", 0.25 + step, 0.125))
    put(f"same.{i}.prof", run("/home/a/app", 0.255 + (step + 0.04) % 0.1, 0.125))
    put(f"new.{i}.prof", run("/home/a/app", 0.4 + step, 0.125))
