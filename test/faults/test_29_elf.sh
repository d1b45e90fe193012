#!/usr/bin/env bash
# Row 29, ELF and DWARF: a library that was cut or changed anywhere costs names, never the profile.
# ELF_CUT, ELF_FLIP: every how many bytes (a prime); ELF_RANDOM: how many inputs; ELF_SEED.
# shellcheck source-path=SCRIPTDIR
. "$SRC/test/e2e/lib.sh"

# left COMPILER FLAGS...: in a fresh folder, $raw of a killed process that ran lib.so.
left() {
    fresh
    "$1" -shared -fPIC -nostdlib -Wl,--build-id -g -finstrument-functions "${@:2}" "$SRC/test/faults/29_elf.c" -o lib.so
    echo 'int entry(int); int raise(int); int main(void) { entry(9); return raise(9); }' >main.c
    "$CC" -g0 main.c "$PWD/lib.so" -o main
    { preloaded ./main; } 2>/dev/null
    raw=$(echo out.prof.*.raw)
}

# damaged LABEL ARGUMENT...
damaged() {
    local what
    what=$("$BUILD/test/fuzz/elf" "$raw" lib.so "${@:2}" 2>&1)
    case $what in
    "ok - "*) echo "ok - $1, ${what#ok - }" ;;
    *) not_ok "$1 $2" "$what" ;;
    esac
}

for compiler in $(compilers); do
    for flags in "-gdwarf-4 -gz=none" "-gdwarf-5 -gz=zlib"; do
        # shellcheck disable=SC2086
        left "$compiler" $flags
        damaged "$compiler $flags" cut "${ELF_CUT:-211}"
        damaged "$compiler $flags" flip "${ELF_FLIP:-67}"
        damaged "$compiler $flags" random "${ELF_RANDOM:-150}" "${ELF_SEED:-1}"
    done
done

exit "$failed"
