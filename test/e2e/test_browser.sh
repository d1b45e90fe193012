#!/bin/bash
# cprof-report -i against `python -m pstats`, with scripts and in a terminal.
# CPROF_DIFF_CASES: how many random scripts are compared (default 600).
# shellcheck source=test/e2e/lib.sh
. "$SRC/test/e2e/lib.sh"
export TZ=Europe/Berlin PYTHONDONTWRITEBYTECODE=1

if python3 "$SRC/test/e2e/browser_diff.py" "$REPORT" "${CPROF_DIFF_CASES:-600}" >differences; then
    ok "as python -m pstats, $(cat differences)"
else
    not_ok "as python -m pstats" "$(tail -n 5 differences)"
fi

python3 - <<'END'
import marshal
M = ("/src/app/main.cpp", 10, "main")
F = ("/src/app/fib.c", 3, "fib")
marshal.dump({M: (1, 1, 0.25, 3.5, {}),
              F: (1, 177, 1.25, 1.25, {M: (1, 1, 0.25, 1.25), F: (176, 2, 1.0, 1.0)})},
             open("golden.prof", "wb"), 2)
marshal.dump({("/x.c", i, "f%d" % i): (1, 1, 0.5, 0.5, {}) for i in range(200000)},
             open("large.prof", "wb"), 2)
marshal.dump({("/\x1b[31mred.c", 1, "f\u009b"): (1, 1, 0.5, 0.5, {})}, open("hostile.prof", "wb"), 2)
END
touch -d '2026-03-05 06:07:08' golden.prof

# Python itself, as a process of its own: the prompt, the end, one of each kind of command.
cat >script <<'END'
read
read nosuch
stats
read golden.prof
sort nonsense
sort time name
stats 1_0 .5 nan inf

callers fib
callees
add golden.prof
strip
reverse
stats
help
help stats
?sort
frob
read
END
python3 -m pstats <script >expected
"$REPORT" -i <script >out 2>err
same "status" 0 $?
check "a process of its own" diff expected out
same "nothing on stderr" "" "$(cat err)"

# Options: what is loaded is stripped and sorted before the first command.
"$REPORT" -i --strip-dirs -s name --reverse golden.prof <<<stats >out
python3 -m pstats golden.prof <<<$'strip\nsort name\nreverse\nstats' | sed 's/golden.prof% //; s/golden.prof% golden.prof% //' >expected
check "options" diff <(sed 's/^golden.prof% //; s/^golden.prof% //' expected) <(sed 's/^golden.prof% //' out)
same "in a unit, with notes and escapes" "    177/1 1250000.000us" "$("$REPORT" -i --unit us golden.prof <<<'stats fib' |
    sed -n 's/^\( *177.1\)  *\([0-9.]*us\).*/\1 \2/p')"
"$REPORT" -i --callers golden.prof >out 2>err </dev/null
same "options that print" "2 cprof-report: --interactive takes no option that asks for output; type \
commands (cprof-report --help shows how to use it)" "$? $(cat out err)"

# Files that are no profiles leave things as they were; the words are ours.
head -c 50 golden.prof >truncated
"$REPORT" -i golden.prof >out <<'END'
read truncated
add truncated
stats 0
END
{
    echo "Welcome to the profile statistics browser."
    echo "golden.prof% ValueError: not a profile (truncated at offset 48)"
    echo -n "golden.prof% Failed to load statistics for truncated: "
    echo "not a profile (truncated at offset 48)"
    echo "golden.prof% Thu Mar  5 06:07:08 2026    golden.prof"
    echo
    echo "         178 function calls (2 primitive calls) in 1.500 seconds"
    echo
    echo "golden.prof% "
    echo "Goodbye."
} >expected
check "no profile" diff expected out

# A profile of our own, and the raw file of a process that was killed: converted, and said on stderr.
build "$(compilers | head -n 1)" ends "$SRC/test/faults/24_ends.c"
fresh
run env LD_PRELOAD="$LIBRARY" "$work/ends" KILL
"$REPORT" -i <<<$'read out.prof\nsort ncalls\nstats 1' >out 2>err
check "a killed run is loaded" grep -q '^   List reduced from .* due to restriction <1>' out
check "and what is to know is said on stderr" grep -q 'was killed or crashed' err
cd "$work" || exit 1

touch mainly
python3 "$SRC/test/e2e/browser_terminal.py" "$REPORT" >terminal 2>&1 || failed=1
cat terminal
exit "$failed"
