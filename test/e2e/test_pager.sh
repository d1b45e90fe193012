#!/bin/bash
# The pager, and colours: when there are some, and that they change neither output nor status.
# shellcheck disable=SC2154 # status, work, failed: lib.sh
# shellcheck source-path=SCRIPTDIR/../..
. "$SRC/test/e2e/lib.sh"

unset CPROF_PAGER PAGER LESS NO_COLOR
export TERM=xterm
build gcc tiny "$SRC/test/faults/05_puts.c" || exit 1
fresh
CPROF_OUT=tiny.prof preloaded ../tiny >/dev/null
"$REPORT" tiny.prof >expected
check "there is something to show" grep -q filename:lineno expected
unpaged=$(cat expected)

# terminal COMMAND...: runs it on a terminal; what arrives there goes to ./screen, its status to $status.
terminal() {
    python3 - "$@" <<'END' >screen
import os
import pty
import sys

sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))
END
    status=$?
    sed -i 's/\r$//' screen
}

without_colour() {
    sed 's/\x1b\[[0-9;]*m//g' "$1"
}

terminal env CPROF_PAGER='cat >paged' "$REPORT" tiny.prof
same "on a terminal: the pager has it all" "0 $unpaged" "$status $(without_colour paged)"
same "on a terminal: nothing beside it" "" "$(cat screen)"
check "on a terminal: colours" grep -q $'\x1b\[1m' paged

terminal env NO_COLOR=1 PAGER='cat >paged' "$REPORT" tiny.prof
same "PAGER, NO_COLOR" "$unpaged" "$(cat paged)"
rm paged
terminal env CPROF_PAGER='cat >paged' PAGER='cat >other' "$REPORT" --color never tiny.prof
same "CPROF_PAGER before PAGER" "$unpaged no other" "$(cat paged) $(cat other 2>/dev/null || echo no other)"
terminal env CPROF_PAGER='echo "$LESS" >less; cat >/dev/null' "$REPORT" tiny.prof
same "options of less" FRX "$(cat less)"
terminal env LESS=S CPROF_PAGER='echo "$LESS" >less; cat >/dev/null' "$REPORT" tiny.prof
same "options of less that are set" S "$(cat less)"

rm paged
for pager in '' cat; do
    terminal env CPROF_PAGER="$pager" PAGER='cat >paged' "$REPORT" tiny.prof
    same "pager '$pager' is none" "$unpaged" "$(without_colour screen)"
done
terminal env PAGER='cat >paged' "$REPORT" --pager never tiny.prof
same "--pager never" "$unpaged" "$(without_colour screen)"
PAGER='cat >paged' "$REPORT" tiny.prof >plain
same "not on a terminal: as ever" "$unpaged" "$(cat plain)"
PAGER='cat >paged' "$REPORT" --pager auto --color auto tiny.prof >plain
same "not on a terminal: auto" "$unpaged" "$(cat plain)"
check "none of these ran a pager" test ! -e paged
PAGER='cat >paged' "$REPORT" --pager always tiny.prof >plain
same "--pager always" "$unpaged" "$(cat paged plain)"
"$REPORT" --color always tiny.prof >plain
check "--color always" grep -q $'\x1b\[1m' plain
"$REPORT" --color always --unit s tiny.prof >plain 2>/dev/null
check "--unit s has no colours" bash -c "! grep -q $'\x1b' plain"
terminal env TERM=dumb CPROF_PAGER='cat >paged' "$REPORT" tiny.prof
same "a dumb terminal: no colours" "$unpaged" "$(cat paged)"

terminal env PAGER='cat >paged' "$REPORT" --restrict nowhere tiny.prof
same "the status is kept" 1 "$status"
check "errors are shown in the pager" grep -q "no function matches 'nowhere'" paged
terminal env PAGER='exit 3' "$REPORT" tiny.prof
same "a pager that fails" 0 "$status"
for i in {1..200}; do printf -- '--restrict 1000000 '; done >many
# shellcheck disable=SC2046
terminal env PAGER='exit 0' "$REPORT" --columns "$(yes min | head -n 30 | paste -sd,)" $(cat many) tiny.prof
same "a pager that is left at once" "0 " "$status $(cat screen)"
rm -f paged
terminal env PAGER='cat >paged' "$REPORT" nothing.prof
same "nothing to show: no pager" "1 no" "$status $(cat paged 2>/dev/null || echo no)"
check "nothing to show: the error is on the terminal" grep -q 'nothing.prof: no such file' screen
exit "$failed"
