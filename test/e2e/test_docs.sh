#!/bin/bash
# The man pages say what the programs know: options, environment variables, no more and no less.
# shellcheck disable=SC2154 # work, failed: lib.sh
# shellcheck source-path=SCRIPTDIR/../..
. "$SRC/test/e2e/lib.sh"

MAN=$SRC/docs/man
PAGES="cprof.1 cprof-report.1 cprof.7 cprof-symbolize.8"

# help_options PROGRAM: the options in the left column of its help, sorted.
help_options() {
    "$BUILD/$1" --help | sed -nE 's/^ {2,6}-/-/; T; s/  .*//; p' |
        grep -oE '(^|[ ,])--?[[:alnum:]][[:alnum:]-]*' | tr -d ' ,' | sort
}

# man_options PAGE: what the page lists, sorted; Fl puts the first - there.
man_options() {
    grep '^\.It Fl' "$MAN/$1" | grep -oE 'Fl -?[[:alnum:]][[:alnum:]-]*' | sed 's/^Fl /-/' | sort
}

# variables_read: of the environment, by the names that the sources give to what reads and sets them.
variables_read() {
    grep -rhoE --include='*.c' '\<(getenv|config_variable|setenv|set_literally)\("[A-Z_]+"' \
        "$SRC"/{preload,format,symbolize,report} | grep -oE '[A-Z_]{2,}' | sort -u
    # Those that go through a name or a table.
    grep -rhoE --include='*.c' '"(CPROF|PROFILE)_[A-Z_]+"' "$SRC"/{preload,format,symbolize,report} |
        tr -d '"'
}

# ---- help and man

for program in cprof:1 cprof-report:1 cprof-symbolize:8; do
    page=${program/:/.} program=${program%:*}
    same "$program: options in --help and in $page" "$(help_options "$program")" "$(man_options "$page")"
    check "$program: there are options" test "$(help_options "$program" | wc -l)" -gt 3
    same "$program: no line of --help is too long" "" "$("$BUILD/$program" --help | grep -E '.{81}')"
    same "$program: $page is named in --help" "yes" \
        "$("$BUILD/$program" --help | tr '\n' ' ' | grep -qE "man (8 )?${program}[ ,.]" && echo yes)"
done
same "cprof-report: options in --help that README has not" "" \
    "$(for option in $(help_options cprof-report | grep '^--' | grep -vxE -- '--help|--version'); do
        grep -qE -- "\`${option}[\`= ]" "$SRC/README.md" || echo "$option"
    done)"
same "variables in the sources and in cprof.7" "$(variables_read | sort -u)" \
    "$(sed -n 's/^\.It Ev //p' "$MAN/cprof.7" | sort)"
same "sort keys in --help of cprof and in cprof.1" \
    "$("$BUILD/cprof" --help | sed -n '/^Sort keys/,/^$/p' | grep '^ ' | tr ' ' '\n' | grep . | sort)" \
    "$(sed -n '/^\.Ar key :$/,/default/s/^\.Cm \([a-z]*\).*/\1/p' "$MAN/cprof.1" | sort)"
same "sort keys in --help of cprof-report and in its page" \
    "$("$BUILD/cprof-report" --help | sed -n '/^Sort keys/,/^$/s/^  \([^ ]*\) .*/\1/p' | sort)" \
    "$(sed -n '/^\.Ss Sort keys/,/^\.S[hs] T/s/^\.It Cm //p' "$MAN/cprof-report.1" | tr -s ' ,' '\n' | grep . | sort)"
same "columns in --help of cprof-report and in its page" \
    "$("$BUILD/cprof-report" --help | sed -n '/^Columns/,/^$/s/^  //p' | tr ' ' '\n' | cat - <(echo file:line) | sort)" \
    "$(sed -n '/^\.It Fl -columns/,/^\.El/s/^\.It Cm //p' "$MAN/cprof-report.1" | tr -s ' ,' '\n' | sort)"

# ---- their form

for page in $PAGES; do
    if ! command -v mandoc >/dev/null || ! command -v man >/dev/null; then
        echo "skipped - $page: no mandoc or no man"
        continue
    fi
    same "$page: mandoc finds nothing wrong" "" "$(mandoc -T lint -W warning "$MAN/$page" 2>&1 |
        grep -v 'outdated mandoc.db')"
    same "$page: man finds nothing wrong" "" "$(man --warnings -E UTF-8 -l -Tutf8 -Z "$MAN/$page" 2>&1 >/dev/null)"
    same "$page: its title" "$(basename "${page^^}" ".${page##*.}") ${page##*.}" \
        "$(sed -n 's/^\.Dt //p' "$MAN/$page")"
done
same "pages" "$(cd "$MAN" && ls)" "$(tr ' ' '\n' <<<"$PAGES" | sort)"
for reference in $(sed -n 's/^\.Xr \(cprof[a-z-]*\) \([0-9]\).*/\1.\2/p' "$MAN"/* | sort -u); do
    check "$reference, which a page refers to" test -f "$MAN/$reference"
done

# ---- tests

# without KIND: rows that have no test, or no mutant.
without() {
    local row
    for row in $(SRC=$SRC "$SRC/test/faults/rows.sh" | sed -n 's/^| \([0-9][0-9]\) .*/\1/p'); do
        case $1 in
        test) compgen -G "$SRC/test/faults/test_${row}_*.sh" >/dev/null && continue ;;
        mutant) compgen -G "$SRC/test/mutants/$row-*.patch" >/dev/null && continue ;;
        esac
        echo "$row"
    done
}
same "rows of what must be survived" 31 "$("$SRC/test/faults/rows.sh" | grep -cE '^\| [0-9]{2} ')"
same "rows without a test" "" "$(without test)"
same "rows without a mutant" "" "$(without mutant)"
for patch in "$SRC"/test/mutants/*.patch; do
    named=$(sed -n 's/^Test: //p' "$patch")
    [ -f "$SRC/$named" ] || [ -f "$SRC/$named.c" ] || not_ok "${patch##*/}" "its test '$named' is not there"
done
for target in $(grep -oE '^    make [a-z-]+' "$SRC/docs/TESTING.md" | sed 's/.* //' | sort -u); do
    check "make $target, of TESTING.md" grep -q "^$target:\|^deps deps-real:" "$SRC/Makefile"
done
exit "$failed"
