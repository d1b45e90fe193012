#!/bin/bash
# Completion in bash and in zsh: of all that --help names, of profiles, and of the command to profile.
# shellcheck disable=SC2154 # work, failed: lib.sh
# shellcheck source-path=SCRIPTDIR/../..
. "$SRC/test/e2e/lib.sh"

REPORT=$BUILD/cprof-report
CPROF=$BUILD/cprof
KEYS="calls cumtime cumulative filename line module name ncalls nfl pcalls stdname time tottime"
MORE_KEYS="%cumtime %tottime calls cumtime cumulative filename inlined line max min module name ncalls nfl pcalls \
stdname threads time tottime"
fresh
mkdir folder
mkdir ../bin
cat >../bin/cprof-report <<'END'
#!/bin/sh
cat <<HELP
Some of it:
  -m, --mode[=one|two]  an argument that need not be
      --long-name-of-it slow|fast|furious
                        [what it is]: below

HELP
END
chmod +x ../bin/cprof-report
touch a.prof "b c.prof" a.prof.12.ab.raw other.txt folder/only.txt
: >tool
chmod +x tool

# ---- bash

cat >../driver.bash <<'END'
# driver.bash COMPLETION WORD...: what the last word can become, sorted, on one line.
set -u
source "$1"
shift
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
COMPREPLY=()
[ $# -lt 2 ] || [ -z "${OFFSET-}" ] || eval "_command_offset() { COMPREPLY=(\"offset \$1\"); }"
specification=$(complete -p "${1##*/}") || exit
function=${specification#* -F }
"${function%% *}" "$1" "${!#}" "${COMP_WORDS[COMP_CWORD - 1]}"
[ ${#COMPREPLY[@]} = 0 ] || printf '%s\n' "${COMPREPLY[@]}" | LC_ALL=C sort -u | paste -sd' '
END

# completes CASE EXPECTED WORD...
completes() {
    local name=$1 expected=$2
    shift 2
    same "bash: $name" "$expected" "$(bash --norc ../driver.bash "$SRC/docs/completion/cprof.bash" "$@" 2>&1)"
}

# options PROGRAM [START]: those in its help that begin so.
options() {
    "$1" --help | sed -nE 's/^ {2,6}-/-/; T; s/  .*//; p' | grep -oE -- '(^|[ ,])--?[[:alnum:]][[:alnum:]-]*' |
        tr -d ' ,' | grep -e "^${2--}" | LC_ALL=C sort -u | paste -sd' '
}

for program in "$CPROF" "$REPORT"; do
    completes "${program##*/}: options" "$(options "$program")" "$program" -
    completes "${program##*/}: long options" "$(options "$program" --)" "$program" --
done
completes "an option" "--restrict" "$REPORT" --rest
completes "no such option" "" "$REPORT" --nonsense
completes "profiles" "a.prof a.prof.12.ab.raw b c.prof folder" "$REPORT" ""
completes "profiles, begun" "a.prof a.prof.12.ab.raw" "$REPORT" -s ncalls a
completes "other files where no profile is" "folder/only.txt" "$REPORT" folder/
completes "after an option without argument" "a.prof a.prof.12.ab.raw" "$REPORT" --reverse a
completes "sort keys" "$MORE_KEYS" "$REPORT" --sort ""
completes "sort keys after -s" "cumtime cumulative" "$REPORT" -s cu
completes "sort keys after =" "tottime" "$REPORT" --sort = tot
completes "sort keys, nothing after =" "$MORE_KEYS" "$REPORT" --sort =
completes "second sort key" "tottime,cumtime tottime,cumulative" "$REPORT" -s tottime,cu
completes "columns" "ncalls,%tottime" "$REPORT" --columns ncalls,%to
completes "units" "auto ms ns s us" "$REPORT" --unit ""
completes "a unit" "ms" "$REPORT" --unit = m
completes "a regular expression" "" "$REPORT" --restrict a
completes "an argument that need not be" "two" ../bin/cprof-report --mode = t
completes "no argument" "a.prof a.prof.12.ab.raw" ../bin/cprof-report --mode a
completes "one of three" "fast furious" ../bin/cprof-report --long-name-of-it f
completes "their options" "--long-name-of-it --mode -m" ../bin/cprof-report -
completes "cprof: sort keys" "$KEYS" "$CPROF" -s ""
completes "cprof: -o" "a.prof a.prof.12.ab.raw" "$CPROF" -o a
completes "cprof: command" "./tool" "$CPROF" ./t
completes "cprof: command after --" "./tool" "$CPROF" -s time -- ./t
PATH=$BUILD:$PATH completes "cprof: command in PATH" "cprof-symbolize" cprof -s time cprof-sy
completes "cprof: the command's arguments" "a.prof a.prof.12.ab.raw" "$CPROF" -s time ./tool a
completes "cprof: the command's options are its own" "" "$CPROF" ./tool --
OFFSET=1 completes "cprof: bash-completion takes over at the command" "offset 4" \
    "$CPROF" -s time -- ./tool --
OFFSET=1 completes "cprof: an option's argument is no command" "offset 3" "$CPROF" -o a ./tool ""

# ---- zsh, in a terminal: it completes each line with a tab and tells what it found

if ! command -v zsh >/dev/null; then
    echo "skipped - zsh is not here"
    exit "$failed"
fi

cat >../zshrc <<END
fpath=("$SRC/docs/completion" \$fpath)
PATH="$BUILD:\$PATH"
autoload -Uz compinit && compinit -u -D
unsetopt auto_list auto_menu beep
PS1=
compadd() {
    local -a hits
    if [[ " \${(j: :)@[1,(i)(-|--)]} " == *" -"[OAD]" "* ]]; then
        builtin compadd "\$@"
        return
    fi
    builtin compadd -O hits "\$@"
    found+=(\$hits)
    builtin compadd "\$@"
}
complete-and-tell() {
    typeset -ga found=()
    zle complete-word
    print -r -- "\$BUFFER|\${(j: :)\${(@ou)found}}" >>../told
    BUFFER=
}
zle -N complete-and-tell
bindkey '^T' complete-and-tell
zle-line-init() {
    print ready
}
zle -N zle-line-init
END

# terminal.py LINE...: types them into zsh, each with what completes it.
cat >../terminal.py <<'END'
import os
import pty
import sys
pid, terminal = pty.fork()
if pid == 0:
    os.environ.update(ZDOTDIR=os.path.abspath(".."), TERM="dumb")
    os.execvp("zsh", ["zsh", "-d", "-i"])
seen = b""
while b"ready" not in seen:
    seen += os.read(terminal, 4096)
os.write(terminal, "".join(line + "\x14" for line in sys.argv[1:]).encode() + b"exit\r")
try:
    while os.read(terminal, 4096):
        pass
except OSError:  # how the end of a terminal shows
    pass
os.waitpid(pid, 0)
END
cp ../zshrc ../.zshrc

# zsh_completes CASE LINE TEXT FOUND: from LINE to TEXT, and all that it may become ("-": whatever).
lines=() expectations=()
zsh_completes() {
    lines+=("$2")
    expectations+=("$1" "$3" "$4")
}

check "zsh: syntax" zsh -n "$SRC/docs/completion/_cprof"
zsh_completes "cprof-report: options" "cprof-report --" - "$(options "$REPORT" --)"
zsh_completes "cprof: options" "cprof --" - "$(options "$CPROF" --)"
zsh_completes "an option" "cprof-report --restri" "cprof-report --restrict=" --restrict
zsh_completes "profiles" "cprof-report " - "a.prof a.prof.12.ab.raw b\\ c.prof folder"
zsh_completes "a profile" "cprof-report b" "cprof-report b\\ c.prof " "b\\ c.prof"
zsh_completes "second profile" "cprof-report a.prof b" "cprof-report a.prof b\\ c.prof " "b\\ c.prof"
zsh_completes "other files" "cprof-report folder/o" "cprof-report folder/only.txt " "only.txt"
zsh_completes "sort keys" "cprof-report -s " - "$MORE_KEYS"
zsh_completes "a sort key" "cprof-report --sort=tot" "cprof-report --sort=tottime," tottime
zsh_completes "second sort key" "cprof-report -s ncalls,tot" "cprof-report -s ncalls,tottime," tottime
zsh_completes "columns" "cprof-report --columns=ncalls,%to" "cprof-report --columns=ncalls,%tottime," %tottime
zsh_completes "units" "cprof-report --unit=" - "auto ms ns s us"
zsh_completes "an argument that need not be" "../bin/cprof-report --mode=t" \
    "../bin/cprof-report --mode=two " two
zsh_completes "no argument" "../bin/cprof-report --mode a" - "a.prof a.prof.12.ab.raw"
zsh_completes "one of three" "../bin/cprof-report --long-name-of-it f" - "fast furious"
zsh_completes "their options" "../bin/cprof-report --" - "--long-name-of-it --mode"
zsh_completes "cprof: sort keys" "cprof -s " - "$KEYS"
zsh_completes "cprof: a file" "cprof -o a.prof.1" "cprof -o a.prof.12.ab.raw " a.prof.12.ab.raw
zsh_completes "cprof: command" "cprof -s time cprof-sy" "cprof -s time cprof-symbolize " cprof-symbolize
zsh_completes "cprof: the command's own completion" "cprof -o x cprof-report --restri" \
    "cprof -o x cprof-report --restrict=" --restrict

timeout 120 python3 ../terminal.py "${lines[@]}" || not_ok "zsh" "did not come to an end"
for ((i = 0; i < ${#lines[@]}; i++)); do
    told=$(sed -n "$((i + 1))p" ../told)
    text=${expectations[3 * i + 1]}
    [ "$text" != - ] || text=${told%%|*}
    same "zsh: ${expectations[3 * i]}" "$text|${expectations[3 * i + 2]}" "$told"
done
exit "$failed"
