#!/bin/bash
# The process that converts the profile at the end is not to be seen by the program or its parent: no
# child, no signal, no descriptor, no fork handler, and no output that comes later for it.
# shellcheck disable=SC2154,SC2317 # status, work, failed: lib.sh; functions are called by each_build
# shellcheck source-path=SCRIPTDIR/../..
. "$SRC/test/e2e/lib.sh"

build_children() { # COMPILER FLAGS PROGRAM
    # shellcheck disable=SC2086
    build "$1" "$3" "$SRC/test/faults/05_children.c" $2 "-I$SRC"
}

unseen() { # PROGRAM MODE
    both "$1" "$2"
    same "$1 $2: calls" 100 "$(calls out.prof leaf)"
}

matrix() { # COMPILER FLAGS LABEL
    build_children "$1" "$2" "children-$3"
    unseen "children-$3" exit
}
each_build matrix

build_children "$CC" -O1 children
for mode in _exit thread vfork atfork ignored many subreaper; do
    unseen children $mode
done

# A profile of its own, in the middle of the run of a process that adopts orphans.
fresh
run env LD_PRELOAD="$LIBRARY" "$work/children" dump
same "dump: status, output, calls" "6  107 7" "$status $(cat ../out ../err) $(calls out.prof leaf) $(calls own.prof leaf)"

fresh
same "\$(program) has all of it, from a program without descriptors" "counted 100" \
    "$(preloaded "$work/children" closed 2>&1)"
same "closed descriptors: calls" 100 "$(calls out.prof leaf)"

# ---- what the helper has of the program

mkdir "$work/lib" && cp "$LIBRARY" "$work/lib" || exit 1
cat >"$work/lib/cprof-symbolize" <<END
#!/bin/bash
while read -r name value; do
    case \$name in SigBlk: | NoNewPrivs:) echo "\$value" ;; esac
done </proc/\$\$/status >$work/state
(for fd in 0 1 2 9; do readlink /proc/\$\$/fd/\$fd; done) >$work/descriptors
tr "\\0" "\\n" </proc/\$\$/environ >$work/environment
read -r _ _ _ _ _ session _ </proc/\$\$/stat
echo \$\$ \$session >$work/session
exec $BUILD/cprof-symbolize "\$@"
END
chmod +x "$work/lib/cprof-symbolize"
helped=(env LD_PRELOAD="$work/lib/libcprof.so")
fresh
(exec 9>../open && exec "${helped[@]}" "$work/children" ignored >../out 2>../err)
same "the helper: descriptors" "/dev/null /dev/null /dev/null" "$(paste -sd' ' "$work/descriptors")"
same "the helper: environment" "" "$(cat "$work/environment")"
same "the helper: no new privileges, no signal blocked" "0000000000000000 1" "$(sort "$work/state" | paste -sd' ')"
read -r pid session <"$work/session"
same "the helper: a session of its own" "$pid" "$session"

# ---- debuggers and tracers

if command -v strace >/dev/null; then
    fresh
    run strace -f -o ../trace -E LD_PRELOAD="$LIBRARY" "$work/children" exit
    same "strace: status, calls" "3 100" "$status $(calls out.prof leaf)"
    same "strace -f: no other program is traced" 1 "$(grep -c 'execve(' ../trace)"
else
    ok "strace # skipped: not here"
fi
if command -v gdb >/dev/null; then
    fresh
    run gdb -q -nx -batch -ex "set debuginfod enabled off" -ex "set environment LD_PRELOAD $LIBRARY" \
        -ex "set startup-with-shell off" -ex "set detach-on-fork off" -ex run -ex "info inferiors" \
        --args "$work/children" exit
    same "gdb: status, calls" "exited with code 03 100" \
        "$(grep -o 'exited with code 03' ../out) $(calls out.prof leaf)"
    same "gdb: it has no child" 1 "$(grep -cE '^[* ] [0-9]+ +' ../out)"
else
    ok "gdb # skipped: not here"
fi

# ---- the program's output

# A helper that goes on when it is told to, and at last by itself.
cat >"$work/lib/cprof-symbolize" <<END
#!/bin/bash
PATH=/usr/bin:/bin
echo >"$work/started"
for _ in {1..200}; do
    [ ! -e "$work/arrived" ] || exec "$BUILD/cprof-symbolize" "\$@"
    sleep 0.1
done
echo late >"$work/arrived"
END
await() { # CONDITION...
    for _ in {1..300}; do
        ! "$@" || return 0
        sleep 0.1
    done
    return 1
}

# What the program has printed arrives while its profile is being converted.
build "$CC" puts "$SRC/test/faults/05_puts.c" -O1 || exit 1
fresh
"${helped[@]}" "$work/puts" | { read -r line && echo "$line" >"$work/arrived"; }
same "output does not wait for the helper" "at the end" "$(cat "$work/arrived")"
same "output does not wait for the helper: calls" 1000 "$(calls out.prof leaf)"

# And a program that is killed for its output nobody reads, then, has its profile all the same.
rm -f "$work/arrived"
fresh
"${helped[@]}" "$work/puts" | :
[ "${PIPESTATUS[0]}" = 141 ] || not_ok "output that nobody reads" "status ${PIPESTATUS[0]}"
echo >"$work/arrived"
await test -e out.prof
same "output that nobody reads: calls" 1000 "$(calls out.prof leaf)"

# Ctrl-C while the profile is being converted ends the program, and the profile arrives.
rm -f "$work/arrived" "$work/started"
fresh
{
    env --default-signal=INT setsid "${helped[@]}" "$work/puts" >../out &
    program=$!
    await test -e "$work/started"
    kill -INT -- -$program
    wait $program
    status=$?
} 2>/dev/null
same "Ctrl-C at the end: status" 130 "$status"
echo >"$work/arrived"
await test -e out.prof
same "Ctrl-C at the end: calls" 1000 "$(calls out.prof leaf)"
exit "$failed"
