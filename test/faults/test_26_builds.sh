#!/usr/bin/env bash
# Row 26: file and line in every kind of build where they can be known, else the symbol's name, else
# module+offset; and a note that tells what was missing.
# shellcheck source-path=SCRIPTDIR
. "$SRC/test/e2e/lib.sh"

C=$PROGS/sym_c.c
CPP=$PROGS/sym_cpp.cpp
FORTRAN=$PROGS/sym_fortran.f90

# at SOURCE WORD: "SOURCE:LINE" of the line that is marked with :WORD:
at() {
    echo "$1:$(grep -n ":$2:" "$1" | cut -d: -f1)"
}

# rows: every row of the profile as FILE:LINE(NAME) CALLS, sorted.
rows() {
    python3 -IS "$SRC/test/e2e/rows.py" "$work/run/out.prof" |
        sed -n 's:^\([^ ].*\) \([0-9]*\)/[0-9]* [^ ]* [^ ]*$:\1 \2:p' | LC_ALL=C sort
}

sorted() {
    printf '%s\n' "$@" | LC_ALL=C sort
}

# run_rows: the rows of a run of ../program in a fresh folder.
run_rows() {
    fresh
    preloaded ../program >/dev/null 2>&1
    rows
}

# noted CASE TEXT: the report says TEXT of the program; without TEXT, nothing.
noted() {
    same "$1: note" "${2:+"$work/program"$2}" \
        "$("$REPORT" --pager never "$work/run/out.prof" | sed -n "s:^ *\($work/program.*\):\1:p")"
}

expected_c=$(sorted "$(at "$C" main)(main) 1" "$(at "$C" visible)(visible) 10" "$(at "$C" leaf)(leaf) 20")
names=$(sorted "$work/program:0(main) 1" "$work/program:0(visible) 10" "$work/program:0(leaf) 20")
unnamed="^$work/program:0\(program\+0x[0-9a-f]+\) (1|10|20)\$"
stripped=": no debug information (-g), no symbols: its functions are shown as module+offset"
no_debug=": no debug information (-g): its functions have no file and line"
# Without debug information proper, the line table has the line of the opening brace.
braces=$(sorted "$C:21(main) 1" "$C:15(visible) 10" "$C:10(leaf) 20")

test_c() { # COMPILER FLAG...
    cd "$work" && build "$1" program "$C" "${@:2}"
    same "C, $*" "$expected_c" "$(run_rows)"
}

test_cpp() { # COMPILER NAME-OF-THE-LAMBDA FLAG...
    cd "$work" && build "$1" program "$CPP" "${@:3}"
    same "C++, $1 ${*:3}" "$(expected_cpp "$2")" "$(run_rows)"
}

expected_cpp() { # NAME-OF-THE-LAMBDA
    sorted \
        "$(at "$CPP" main)(main) 1" \
        "$(at "$CPP" plain)(plain) 1" \
        "$(at "$CPP" hidden)((anonymous namespace)::hidden(int)) 1" \
        "$(at "$CPP" Box)(outer::Box<int>::Box(int)) 1" \
        "$(at "$CPP" Box)(outer::Box<double>::Box(double)) 1" \
        "$(at "$CPP" get)(outer::Box<int>::get() const) 1" \
        "$(at "$CPP" get)(outer::Box<double>::get() const) 1" \
        "$(at "$CPP" twice)(int twice<int>(int)) 1" \
        "$(at "$CPP" twice)(double twice<double>(double)) 1" \
        "$(at "$CPP" lambda)($1) 1" \
        "$(at "$CPP" call)(main::Local::call(int)) 1"
}

gcc_lambda='main::{lambda(int)#1}::operator()(int) const'
clang_lambda="main::\$_0::operator()(int) const"

# ---- compilers' and linkers' options ----

for compiler in $(compilers); do
    for flags in -O0 "-O2 -no-pie -gdwarf-2" -gdwarf-3 "-O2 -gdwarf-4" -gdwarf-5 -gsplit-dwarf \
        "-gdwarf-4 -gsplit-dwarf" -gz "-O2 -flto" \
        "-ffunction-sections -Wl,--gc-sections -Wl,-z,pack-relative-relocs" \
        "-no-pie -Wl,-Ttext-segment=0x10000000"; do
        # shellcheck disable=SC2086
        test_c "$compiler" $flags
    done
    for linker in gold lld; do
        command -v "ld.$linker" >/dev/null || continue
        [ "$linker-$compiler" = lld-gcc ] || test_c "$compiler" "-fuse-ld=$linker" -O2 -flto
    done
    case $compiler in
    gcc)
        test_c gcc -g1
        noted "gcc -g1"
        cpp=g++ lambda=$gcc_lambda
        ;;
    clang) cpp=clang++ lambda=$clang_lambda ;;
    esac
    for flags in -O2 -gsplit-dwarf; do
        test_cpp "$cpp" "$lambda" "$flags"
    done

    cd "$work" && build "$compiler" program "$C" -fdebug-prefix-map="$SRC/test=/elsewhere"
    same "$compiler -fdebug-prefix-map" "${expected_c//"$SRC/test"//elsewhere}" "$(run_rows)"

    cd "$work" && build "$compiler" program "$C" -gsplit-dwarf && rm -f ./*.dwo
    same "$compiler -gsplit-dwarf, no .dwo" "$braces" "$(run_rows)"
    same "$compiler -gsplit-dwarf, no .dwo: note" 1 "$("$REPORT" --pager never "$work/run/out.prof" |
        grep -cE 'debug information in .*\.dwo, which was not found: lines are where the code begins')"

    cd "$work" && build "$compiler" program "$C" -g0
    same "$compiler -g0" "$names" "$(run_rows)"
    noted "$compiler -g0" "$no_debug"
    cd "$work" && build "$compiler" program "$C" -g0 -O2 -flto
    same "$compiler -g0 -flto" "$names" "$(run_rows)"
    cd "$work" && build "$compiler" program "$C" -s
    same "$compiler -s" 3 "$(run_rows | grep -cE "$unnamed")"
    noted "$compiler -s" "$stripped"
done

if command -v clang >/dev/null; then
    cd "$work" && build clang program "$C" -gline-tables-only
    same "clang, line tables only" "$braces" "$(run_rows)"
fi

if command -v llvm-dwp-14 >/dev/null && command -v clang >/dev/null; then
    cd "$work" && build clang program "$C" -gsplit-dwarf
    llvm-dwp-14 -e program -o program.dwp && rm -f ./*.dwo
    found=$(run_rows)
    case $found in # libdw reads these packages from 0.191 on
    "$expected_c" | "$braces") ok "a package of split debug information (.dwp)" ;;
    *) not_ok "a package of split debug information (.dwp)" "$found" ;;
    esac
    rm "$work/program.dwp"
fi

if command -v gfortran >/dev/null; then
    cd "$work" && build gfortran program "$FORTRAN"
    same "Fortran: procedures of a module and of a program" \
        "$(sorted "$(at "$FORTRAN" area)(shapes::area) 5" "$(at "$FORTRAN" show)(show) 1")" \
        "$(run_rows | grep -e area -e show)"
fi

# One of two sources has no debug information.
cd "$work" || exit 1
echo 'int other(void) { return 0; }' >other.c
echo 'int other(void); int main(void) { return other(); }' >one.c
"$CC" -g0 -finstrument-functions -c other.c && "$CC" -g -finstrument-functions one.c other.o -o program
same "half with debug information" "$(sorted "$work/one.c:1(main) 1" "$work/program:0(other) 1")" "$(run_rows)"
noted "half with debug information" ": no debug information (-g) of 1 of its functions"

# A library that is to be loaded at an address, as prelink had it, and says so in all tables.
cd "$work" || exit 1
echo 'int other(void) { return 0; }' >other.c
"$CC" -g -finstrument-functions -shared -fPIC -Wl,-Ttext-segment=0x7000000 other.c -o libother.so &&
    "$CC" -g -finstrument-functions one.c "$work/libother.so" -o program
same "a library with an address of its own" \
    "$(sorted "$work/one.c:1(main) 1" "$work/other.c:1(other) 1")" "$(run_rows)"

# ---- compression ----

cd "$work" && build "$CC" program "$C" -gz=none
objcopy --compress-debug-sections=zlib-gnu program
same "debug sections compressed, the old GNU way" "$expected_c" "$(run_rows)"
cd "$work" && build "$CC" program "$C" -gz=zlib
if ! objcopy --compress-debug-sections=zstd program 2>/dev/null; then
    # No binutils that can: what libdw sees is the header of the section.
    build "$CC" program "$C" -gz=zlib
fi
python3 -IS - program <<'END_OF_PYTHON'
import struct, sys
data = bytearray(open(sys.argv[1], "rb").read())
at, size, count, names = struct.unpack_from("<Q10xHHH", data, 40)
headers = [list(struct.unpack_from("<IIQQQQIIQQ", data, at + size * i)) for i in range(count)]
for name, kind, flags, _, offset, *_ in headers:
    text = data[headers[names][4] + name:].split(b"\0")[0]
    if text.startswith(b".debug_") and flags & 0x800:
        struct.pack_into("<I", data, offset, 2)
open(sys.argv[1], "wb").write(data)
END_OF_PYTHON
found=$(run_rows)
if [ "$found" = "$names" ]; then
    noted "zstd" ": debug information that cannot be read: zstd is not known to this libdw: its functions have no file and line"
fi
same "debug sections compressed with zstd: names at least" "$names" "$found"

# ---- debug information in a file of its own ----

cd "$work" && build "$CC" program "$C"
objcopy --only-keep-debug program program.debug
objcopy --strip-all --add-gnu-debuglink=program.debug program
same "separate debug file beside the program" "$expected_c" "$(run_rows)"
mkdir "$work/.debug" && mv "$work/program.debug" "$work/.debug"
same "separate debug file in .debug" "$expected_c" "$(run_rows)"
noted "separate debug file"
rm "$work/.debug/program.debug" && mkfifo "$work/.debug/program.debug"
lost=": debug information in program.debug, which was not found, no symbols: its functions are shown as module+offset"
same "separate debug file that is a pipe" 3 "$(run_rows | grep -cE "$unnamed")"
noted "separate debug file that is a pipe" "$lost"
rm -r "$work/.debug"
same "separate debug file missing" 3 "$(run_rows | grep -cE "$unnamed")"
noted "separate debug file missing" "$lost"
cd "$work" && build "$CC" other "$C" -O2 && objcopy --only-keep-debug other program.debug
same "separate debug file of another build" 3 "$(run_rows | grep -cE "$unnamed")"

# /usr/lib/debug is mounted over for this.
cd "$work" && build "$CC" program "$C"
id=$(readelf -n program | sed -n 's/.*Build ID: //p')
mkdir -p "debug/.build-id/${id:0:2}"
objcopy --only-keep-debug program "debug/.build-id/${id:0:2}/${id:2}.debug"
strip program
if [ -d /usr/lib/debug ] && unshare -rm mount --bind debug /usr/lib/debug 2>/dev/null; then
    fresh
    unshare -rm sh -c "mount --bind ../debug /usr/lib/debug && LD_PRELOAD=$LIBRARY exec ../program"
    same "separate debug file by build-id" "$expected_c" "$(rows)"
    noted "separate debug file by build-id"
fi

# ---- dwz ----

if command -v dwz >/dev/null; then
    # Two programs have the most in common.
    cd "$work" && build g++ program "$CPP" -gdwarf-5 && dwz program
    same "dwz" "$(expected_cpp "$gcc_lambda")" "$(run_rows)"
    for flags in -gdwarf-4 -gdwarf-5; do
        cd "$work" && build g++ program "$CPP" "$flags" && build g++ other "$CPP" "$flags" -DOTHER &&
            dwz -m common.debug -M "$work/common.debug" program other
        same "dwz -m, $flags" "$(expected_cpp "$gcc_lambda")" "$(run_rows)"
        noted "dwz -m, $flags"
        rm "$work/common.debug"
        found=$(run_rows)
        noted "dwz -m, $flags, without the common file" \
            ": debug information in $work/common.debug, which was not found: lines are where the code begins"
        same "dwz -m, $flags, without the common file: functions" 11 "$(wc -l <<<"$found")"
    done
fi

# ---- a module that is not what it was ----

# dead: a fresh folder with the raw file of a run that was killed, in $raw.
dead() {
    fresh
    preloaded ../program die >/dev/null 2>&1
    raw=$(echo out.prof.*.raw)
}

cd "$work" && build "$CC" program "$C"
dead
cp ../program ../saved && build "$CC" program "$C" -O2
check "a program that was rebuilt since" "$BUILD/cprof-symbolize" "$raw"
same "its functions are module and offset" 3 "$(rows | grep -cE "$unnamed")"
noted "a program that was rebuilt since" \
    " was rebuilt since the run: its functions are shown as module+offset"
cp ../saved ../program
for instead in rm mkdir mkfifo; do
    dead
    rm ../program
    [ $instead = rm ] || $instead ../program
    check "a program that was removed ($instead)" "$BUILD/cprof-symbolize" "$raw"
    same "its functions are module and offset, too ($instead)" 3 "$(rows | grep -cE "$unnamed")"
    noted "a program that was removed ($instead)" \
        " cannot be read any more: its functions are shown as module+offset"
    rm -rf ../program
    cp ../saved ../program
done

exit "$failed"
