# shellcheck shell=bash
# Completion of cprof and cprof-report in bash. What there is to complete stands in their --help and
# is read from there: options with their arguments in its left column, sort keys and columns below.

# _cprof_options PROGRAM: its options, one to a line, as in "-s, --sort KEY[,KEY...]".
_cprof_options() {
    "${1/#\~\//$HOME/}" --help 2>/dev/null | sed -nE 's/^ {2,6}-/-/; T; s/  .*//; p'
}

# _cprof_words PROGRAM TITLE: the words that its help lists under that title.
_cprof_words() {
    "${1/#\~\//$HOME/}" --help 2>/dev/null |
        sed -nE "/^$2/,/^\$/{ /^  /!d; s/^(  [^ ]+)  .*/\1/; s/^ +//; s/ +/\n/g; p; }"
}

# _cprof_argument PROGRAM OPTION: what the help calls its argument; nothing if it takes none.
_cprof_argument() {
    local line last
    while read -r line; do
        last=${line##* }
        case " ${line//, / } " in
        *" $2[="*) last=${last#*=} && echo "optional ${last%]}" ;;
        *" $2 "*) [[ $last == -* ]] || echo "$last" ;;
        esac
    done < <(_cprof_options "$1")
}

# _cprof_list WORD WORDS: those that complete the last one of the list WORD, which has commas.
_cprof_list() {
    local before=
    [[ $1 != *,* ]] || before=${1%,*},
    compgen -P "$before" -W "$2" -- "${1##*,}"
}

_cprof_files() {
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen -f -- "$1")
}

# Profiles, raw files and folders, or all files where no file has such a name.
_cprof_profiles() {
    local names
    _cprof_files "$1"
    mapfile -t names < <(compgen -f -X '!*.prof' -- "$1"; compgen -f -X '!*.raw' -- "$1")
    if [[ ${names[*]} ]]; then
        mapfile -t -O "${#names[@]}" names < <(compgen -d -- "$1")
        COMPREPLY=("${names[@]}")
    fi
}

# _cprof_value PROGRAM ARGUMENT WORD: what WORD can become as an ARGUMENT.
_cprof_value() {
    case $2 in
    KEY*,*) mapfile -t COMPREPLY < <(_cprof_list "$3" "$(_cprof_words "$1" 'Sort keys')") ;;
    LIST) mapfile -t COMPREPLY < <(_cprof_list "$3" "$(_cprof_words "$1" Columns)") ;;
    KEY) mapfile -t COMPREPLY < <(compgen -W "$(_cprof_words "$1" 'Sort keys')" -- "$3") ;;
    *'|'*) mapfile -t COMPREPLY < <(compgen -W "${2//|/ }" -- "$3") ;;
    FILE) _cprof_files "$3" ;;
    esac
}

# _cprof_option PROGRAM: completes an option or its argument where the cursor is at one.
_cprof_option() {
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} argument=
    if [[ $word == = ]]; then
        word=
        argument=$(_cprof_argument "$1" "$before")
        argument=${argument#optional }
    elif [[ $before == = ]]; then
        argument=$(_cprof_argument "$1" "${COMP_WORDS[COMP_CWORD - 2]}")
        argument=${argument#optional }
    elif [[ $before == -* ]]; then
        argument=$(_cprof_argument "$1" "$before")
        [[ $argument != optional\ * ]] || argument=
    fi
    if [[ $argument ]]; then
        _cprof_value "$1" "$argument" "$word"
    elif [[ $word == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$(_cprof_options "$1" |
            grep -oE '(^|[ ,])--?[[:alnum:]][[:alnum:]-]*' | tr -d ' ,')" -- "$word")
    else
        return 1
    fi
}

_cprof_report() {
    COMPREPLY=()
    _cprof_option "$1" || _cprof_profiles "${COMP_WORDS[COMP_CWORD]}"
}

# _cprof_program PROGRAM: sets `at` to where the program stands that is to be run, if it does.
_cprof_program() {
    for ((at = 1; at < COMP_CWORD; at++)); do
        case ${COMP_WORDS[at]} in
        --) ((++at)) && return ;;
        -*) [[ ! $(_cprof_argument "$1" "${COMP_WORDS[at]}") ]] || ((++at)) ;;
        *) return ;;
        esac
    done
}

_cprof() {
    local at
    COMPREPLY=()
    _cprof_program "$1"
    if ((at < COMP_CWORD)); then # its own completion, where bash-completion is there to find it
        if declare -F _comp_command_offset >/dev/null; then
            _comp_command_offset "$at"
        elif declare -F _command_offset >/dev/null; then
            _command_offset "$at"
        else
            _cprof_files "${COMP_WORDS[COMP_CWORD]}"
        fi
    elif [[ ${COMP_WORDS[COMP_CWORD - 1]} == -- ]] || ! _cprof_option "$1"; then
        compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -c -- "${COMP_WORDS[COMP_CWORD]}" | sort -u)
    fi
}

complete -F _cprof_report cprof-report
complete -F _cprof cprof
