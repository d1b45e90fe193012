#!/bin/bash
# Columns beyond pstats' own, against what the profile's tail says.
# shellcheck disable=SC2154 # status, work, failed: lib.sh
# shellcheck source-path=SCRIPTDIR/../..
. "$SRC/test/e2e/lib.sh"

# rows OPTION...: the rows of the table of out.prof, blanks squeezed.
rows() {
    "$REPORT" out.prof "$@" | sed '1,/filename:lineno/d' | grep . | sed 's/  */ /g; s/^ //'
}

for compiler in $(compilers); do
    for program in inlined threads; do
        build "$compiler" "$program" "$PROGS/$program.c" -O2
        fresh
        case $program in
        inlined) CPROF_OUT=out.prof preloaded ../inlined 100 ;;
        threads) CPROF_OUT=out.prof preloaded ../threads return 7 50 >/dev/null ;;
        esac
        python3 "$SRC/test/e2e/tail.py" figures out.prof | sort >expected
        rows --columns threads,inlined,min,max --unit ns | sort >found
        check "$compiler $program: threads, inlined calls, shortest and longest" diff expected found
        check "$compiler $program: there are some" test -s expected
        "$REPORT" out.prof >expected
        "$REPORT" out.prof --columns ncalls,tottime,percall,cumtime,percall_cum,file:line >found
        check "$compiler $program: pstats' columns are the usual table" cmp expected found
        "$REPORT" out.prof -s tottime >expected
        "$REPORT" out.prof -s %tottime >found
        check "$compiler $program: order by %tottime" cmp expected found
        same "$compiler $program: order by inlined calls" \
            "$(rows --columns inlined | cut -d ' ' -f 1 | sort -rn)" \
            "$(rows --columns inlined -s inlined | cut -d ' ' -f 1)"
        python3 - >expected <<'END'
import marshal
rows = marshal.load(open("out.prof", "rb"))
total = sum(row[2] for row in rows.values())
for (path, line, name), (cc, nc, tt, ct, _) in rows.items():
    print("%d %.1f%% %.1f%% %s:%d(%s)" % (cc, 100 * tt / total, 100 * ct / total, path, line, name))
END
        rows --columns pcalls,%tottime,%cumtime | sort >found
        check "$compiler $program: primitive calls and percentages" diff <(sort expected) found
    done
done

python3 -c 'import cProfile; cProfile.run("sorted([3, 1, 2], key=lambda n: n)", "out.prof")'
same "what Python does not know is not shown" "" \
    "$(rows --columns min,max,threads,inlined | grep -v '^[/{~<]')"
exit "$failed"
