#!/usr/bin/env bash
# Every format that cprof-report exports, read by its consumer or by its rules, on profiles of threads,
# recursion, and C++ names.
# shellcheck source-path=SCRIPTDIR
source "$SRC/test/e2e/lib.sh"

build gcc inlined "$PROGS/inlined.c" -O2
g++ -g -O1 -finstrument-functions "$PROGS/viewed.cpp" -o "$work/viewed" || not_ok viewed "does not build"
build gcc threads "$PROGS/threads.c" -O0
for program in inlined viewed threads; do
    fresh
    run env LD_PRELOAD="$LIBRARY" "$work/$program"
    python3 -IS "$SRC/test/e2e/exports.py" "$REPORT" out.prof >../told 2>&1 || failed=1
    sed "s/ok - /ok - $program: /" ../told
done

# What the options mean together.
"$REPORT" out.prof --format csv >table.csv 2>/dev/null
"$REPORT" out.prof --format csv -o other.csv >../out 2>/dev/null
check "-o FILE: the same" cmp table.csv other.csv
check "-o FILE: nothing on stdout" [ ! -s ../out ]
same "-o FILE: mode" 600 "$(stat -c %a other.csv)"
ln -s table.csv link.csv
"$REPORT" out.prof --format csv -o link.csv >../out 2>../err
same "-o LINK: status" 1 $?
same "-o LINK: said" "cprof-report: link.csv: cannot write: exists and is not a regular file" "$(tail -n 1 ../err)"
python3 -IS -c 'import marshal
marshal.dump({("a.py", 1, "f"): (1, 1, 1.0, 1.0, {})}, open("python.prof", "wb"))'
"$REPORT" python.prof --format collapsed >../out 2>../err
same "no contexts: status" 1 $?
same "no contexts: said" "cprof-report: calling contexts are only in profiles that cprof wrote" "$(cat ../err)"
check "no contexts: csv" grep -q '^1,1,1.000000000,1.000000000,1.000000000,1.000000000,,,,,"a.py",1,"f"' \
    <("$REPORT" python.prof --format csv)
"$REPORT" out.prof --format csv --callers >../out 2>../err
same "--callers: status" 2 $?
"$REPORT" out.prof -o table.csv >../out 2>../err
same "-o without a format: status" 2 $?

exit "$failed"
