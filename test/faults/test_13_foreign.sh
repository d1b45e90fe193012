#!/bin/bash
# Programs without an instrumented call, and such that the library cannot or must not profile: it does
# not keep them from anything, leaves nothing and says nothing.
# shellcheck disable=SC2154,SC2016,SC2086,SC2015 # status, work, failed: lib.sh; as it is meant
# shellcheck source-path=SCRIPTDIR/../..
. "$SRC/test/e2e/lib.sh"

# quiet COMMAND...: as without cprof, and no file.
quiet() {
    local bare
    fresh
    run "$@"
    bare="$status $(cat ../out ../err)"
    run env LD_PRELOAD="$LIBRARY" CPROF_VERBOSE=1 "$@"
    same "$*: status and output" "$bare" "$status $(cat ../out ../err)"
    same "$*: files" "" "$(ls -A)"
}

quiet /bin/true
quiet /bin/false
quiet sh -c 'echo a | cat; exit 3'
quiet bash -c 'for i in 1 2 3; do echo $i; done | sort -r | head -n 2'
quiet git --version
quiet python3 -c pass
quiet python3 -c 'import subprocess; print(subprocess.run(["sh", "-c", "exit 5"]).returncode)'

# chain COMMAND: in the middle of a chain of shells.
chain() {
    quiet sh -c "sh -c '$1; echo \$?' | cat; sh -c 'exit 4'"
}

# ---- programs of other kinds

plain=$SRC/test/faults/13_plain.c
"$CC" -O1 "$plain" -o "$work/uninstrumented" && "$CC" $HOOKS -static "$plain" -o "$work/static" &&
    "$CC" $HOOKS -static-pie "$plain" -o "$work/static-pie" || not_ok "programs" "do not build"
for program in uninstrumented static static-pie; do
    quiet "$work/$program"
    chain "$work/$program"
done
printf '#!/bin/sh\n"%s"\nexit 7\n' "$work/static" >"$work/script" && chmod +x "$work/script"
quiet "$work/script"
printf 'echo no header\nexit 8\n' >"$work/headless" && chmod +x "$work/headless"
quiet sh -c "$work/headless"

# Another C library, with a loader of its own; the program's hooks are nobody's there.
if command -v musl-gcc >/dev/null; then
    musl-gcc -O1 "$plain" -o "$work/musl" && musl-gcc -O1 -static "$plain" -o "$work/musl-static" &&
        musl-gcc $HOOKS -O1 "$plain" -o "$work/musl-hooks" "$LIBRARY" \
            -Wl,-rpath,"$BUILD" -Wl,--allow-shlib-undefined ||
        not_ok "musl" "does not build"
    for program in musl musl-static; do
        quiet "$work/$program"
        chain "$work/$program"
    done
    fresh
    run env LD_PRELOAD="$LIBRARY" CPROF_VERBOSE=1 "$work/musl-hooks"
    same "musl with hooks: status, output, files" "3 to stdout to stderr " "$status $(cat ../out ../err | paste -sd' ') $(ls -A)"
else
    ok "musl # skipped: not here"
fi

# 32 bits: the loader itself says that it cannot preload the library, and goes on.
if "$CC" -m32 -O1 "$plain" -o "$work/bits32" 2>/dev/null && "$work/bits32" >/dev/null 2>&1; [ $? = 3 ]; then
    fresh
    run env LD_PRELOAD="$LIBRARY" CPROF_VERBOSE=1 "$work/bits32"
    same "32 bits: status, output, files" "3 to stdout to stderr " \
        "$status $(cat ../out <(grep -v '^ERROR: ld.so: ' ../err) | paste -sd' ') $(ls -A)"
else
    ok "32 bits # skipped: no such programs here"
fi

# ---- privileges

# The loader ignores LD_PRELOAD there. Linked to the library, the program has it all the same, and with
# it hooks; but a file must not be made with rights that the user has not.
cp "$LIBRARY" "$BUILD/cprof-symbolize" "$work" && "$CC" $HOOKS -O1 "$plain" -o "$work/setuid" && "$CC" $HOOKS -O1 "$plain" -o "$work/linked" "$LIBRARY" -Wl,-rpath,"$work" ||
    not_ok "setuid" "does not build"
fresh
run "$work/linked"
same "linked to the library: a profile" "3 out.prof" "$status $(ls)"
chmod 755 "$work"
if [ "$(id -u)" = 0 ] && chown nobody "$work/setuid" "$work/linked" && chmod 4755 "$work/setuid" "$work/linked" &&
    ! findmnt -no OPTIONS -T "$work" | grep -q nosuid; then
    for program in setuid linked; do
        fresh
        chmod 777 .
        run env LD_PRELOAD="$LIBRARY" CPROF_VERBOSE=1 "$work/$program"
        same "$program, as another user: status, output, files" "3 to stdout to stderr " \
            "$status $(cat ../out ../err | paste -sd' ') $(ls -A)"
    done
    chain "$work/setuid"
else
    ok "setuid # skipped: needs root and a file system that honours it"
fi

# ---- what is not done

# No file is made, no process started.
fresh
if command -v strace >/dev/null; then
    run strace -f -o ../trace -E LD_PRELOAD="$LIBRARY" /bin/true
    same "/bin/true: makes no file, starts no process" "" "$(grep -E '^[0-9]+ +(clone3?|v?fork)\(|O_CREAT|MAP_SHARED' ../trace)"
fi
exit "$failed"
