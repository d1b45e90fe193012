#!/usr/bin/env bash
# Names, files and lines in every kind of build; and cprof-symbolize by hand, on what killed
# processes left.
# shellcheck source-path=SCRIPTDIR
. "$SRC/test/e2e/lib.sh"

SYMBOLIZE=$BUILD/cprof-symbolize
C=$PROGS/sym_c.c
CPP=$PROGS/sym_cpp.cpp
FORTRAN=$PROGS/sym_fortran.f90

# at SOURCE WORD: "SOURCE:LINE" of the line that is marked with :WORD:
at() {
    echo "$1:$(grep -n ":$2:" "$1" | cut -d: -f1)"
}

# rows PROFILE: every row as FILE:LINE(NAME) CALLS, sorted.
rows() {
    python3 -IS "$SRC/test/e2e/rows.py" "$1" | sed -n 's:^\([^ ].*\) \([0-9]*\)/[0-9]* [^ ]* [^ ]*$:\1 \2:p' |
        LC_ALL=C sort
}

sorted() {
    printf '%s\n' "$@" | LC_ALL=C sort
}

# run_rows: the rows of a run of ../program in a fresh folder.
run_rows() {
    fresh
    preloaded ../program >/dev/null 2>&1
    rows out.prof
}

expected_c=$(sorted "$(at "$C" main)(main) 1" "$(at "$C" visible)(visible) 10" "$(at "$C" leaf)(leaf) 20")
unnamed="^$work/program:0\(program\+0x[0-9a-f]+\) (1|10|20)\$"

test_c() { # COMPILER FLAG...
    cd "$work" && build "$1" program "$C" "${@:2}"
    same "C, $*" "$expected_c" "$(run_rows)"
}

test_cpp() { # COMPILER NAME-OF-THE-LAMBDA FLAG...
    cd "$work" && build "$1" program "$CPP" "${@:3}"
    same "C++, $1 ${*:3}" "$(sorted \
        "$(at "$CPP" main)(main) 1" \
        "$(at "$CPP" plain)(plain) 1" \
        "$(at "$CPP" hidden)((anonymous namespace)::hidden(int)) 1" \
        "$(at "$CPP" Box)(outer::Box<int>::Box(int)) 1" \
        "$(at "$CPP" Box)(outer::Box<double>::Box(double)) 1" \
        "$(at "$CPP" get)(outer::Box<int>::get() const) 1" \
        "$(at "$CPP" get)(outer::Box<double>::get() const) 1" \
        "$(at "$CPP" twice)(int twice<int>(int)) 1" \
        "$(at "$CPP" twice)(double twice<double>(double)) 1" \
        "$(at "$CPP" lambda)($2) 1" \
        "$(at "$CPP" call)(main::Local::call(int)) 1")" "$(run_rows)"
}

gcc_lambda='main::{lambda(int)#1}::operator()(int) const'
clang_lambda="main::\$_0::operator()(int) const"

for compiler in $(compilers); do
    for flags in -O0 -O2 "-O2 -no-pie" -gdwarf-2 -gdwarf-3 -gdwarf-4 -gdwarf-5 -gsplit-dwarf \
        "-gdwarf-4 -gsplit-dwarf" -gz "-O2 -flto"; do
        # shellcheck disable=SC2086
        test_c "$compiler" $flags
    done
    case $compiler in
    gcc)
        test_c gcc -g1
        cpp=g++ lambda=$gcc_lambda
        ;;
    clang) cpp=clang++ lambda=$clang_lambda ;;
    esac
    for flags in -O0 -O2 -gsplit-dwarf; do
        test_cpp "$cpp" "$lambda" "$flags"
    done

    cd "$work" && build "$compiler" program "$C" -g0
    same "$compiler: names without debug information" \
        "$(sorted "$work/program:0(main) 1" "$work/program:0(visible) 10" "$work/program:0(leaf) 20")" \
        "$(run_rows)"
    cd "$work" && build "$compiler" program "$C" -g0 -s
    same "$compiler: module and offset without symbols" 3 "$(run_rows | grep -cE "$unnamed")"
done

if command -v clang >/dev/null; then
    # The line table names the line of the opening brace.
    cd "$work" && build clang program "$C" -gline-tables-only
    same "clang, line tables only" 3 "$(run_rows | sed 's/:[0-9]*(/(/' |
        grep -cxF -e "$C(main) 1" -e "$C(visible) 10" -e "$C(leaf) 20")"
fi

if command -v gfortran >/dev/null; then
    cd "$work" && build gfortran program "$FORTRAN"
    same "Fortran: procedures of a module and of a program" \
        "$(sorted "$(at "$FORTRAN" area)(shapes::area) 5" "$(at "$FORTRAN" show)(show) 1")" \
        "$(run_rows | grep -e area -e show)"
fi

# ---- debug information in a file of its own ----

cd "$work" && build "$CC" program "$C"
objcopy --only-keep-debug program program.debug
objcopy --strip-all --add-gnu-debuglink=program.debug program
same "separate debug file beside the program" "$expected_c" "$(run_rows)"
mkdir "$work/.debug" && mv "$work/program.debug" "$work/.debug"
same "separate debug file in .debug" "$expected_c" "$(run_rows)"
rm -r "$work/.debug"
same "separate debug file missing" 3 "$(run_rows | grep -cE "$unnamed")"

# ---- names that the compiler did not make up for people ----

cd "$work" && "$CC" -c -g0 -finstrument-functions "$C" -o program.o
objcopy --redefine-sym "visible=$(printf 'a\033[31m\nb\377</script>')" program.o odd.o
"$CC" odd.o -o program
same "control characters and bytes that are no UTF-8" \
    "$work/program:0(a\\x1b[31m\\x0ab\\xff</script>) 10" "$(run_rows | grep script)"
objcopy --redefine-sym visible=_ZN3app5parse17h0123456789abcdefE program.o rust.o
"$CC" rust.o -o program
same "a name from Rust" "$work/program:0(app::parse) 10" "$(run_rows | grep parse)"
objcopy --redefine-sym visible=_Z5parsei.constprop.0 program.o clone.o
"$CC" clone.o -o program
same "a clone without debug information" \
    "$work/program:0(parse(int)) 10" "$(run_rows | grep parse)"

# Two functions of one file, line and name are one row: here the same source, built twice.
cat >twice.c <<'END'
int run_a(void);
int run_b(void);
int main(void)
{
    return run_a() + run_b() + run_b() - 3;
}
END
echo 'static int same(void) { return 1; } int RUN(void) { return same(); }' >part.c
# shellcheck disable=SC2086
"$CC" $HOOKS -DRUN=run_a -c part.c -o a.o && "$CC" $HOOKS -DRUN=run_b -c part.c -o b.o &&
    "$CC" $HOOKS twice.c a.o b.o -o program
same "functions of one file, line and name are added up" "$work/part.c:1(same) 3" \
    "$(run_rows | grep same)"

# ---- by hand ----

cd "$work" && build "$CC" program "$C"

# dead: a fresh folder with the raw file of a run that was killed, in $raw.
dead() {
    fresh
    preloaded ../program die >/dev/null 2>&1
    raw=$(echo out.prof.*.raw)
}

# session FILE: PID:START:RANDOM from the header of a raw file.
session() {
    python3 -IS -c 'import struct, sys
pid, _, start, random = struct.unpack_from("<IIQQ", open(sys.argv[1], "rb").read(4096), 64)
print("%d:%d:%x" % (pid, start, random))' "$1"
}

dead
check "a killed process' raw file converts" "$SYMBOLIZE" "$raw"
same "it has every call" "$expected_c" "$(rows out.prof)"
same "the raw file is removed" out.prof "$(echo ./* | sed 's:\./::g; s/why//; s/ $//')"

dead
check "--keep" "$SYMBOLIZE" --keep "$raw"
same "--keep leaves the raw file" "$expected_c $raw" "$(rows out.prof) $(echo out.prof.*.raw)"
"$SYMBOLIZE" -o - "$raw" >stdout.prof
same "-o - writes to stdout" "$expected_c" "$(rows stdout.prof)"
check "-o - leaves the raw file" test -e "$raw"
check "-o FILE" "$SYMBOLIZE" -o other.prof "$raw"
same "-o FILE writes there, and removes the raw file" "$expected_c out.prof.*.raw" \
    "$(rows other.prof) $(echo out.prof.*.raw)"

dead
first=$raw
preloaded ../program die >/dev/null 2>&1
for f in out.prof.*.raw; do
    [ "$f" = "$first" ] || second=$f
done
check "the later of two raw files of one name" "$SYMBOLIZE" "$second"
same "removes the earlier one, too" "out.prof.*.raw" "$(echo out.prof.*.raw)"

dead
first=$raw
preloaded ../program die >/dev/null 2>&1
check "the earlier of two raw files of one name" "$SYMBOLIZE" "$first"
check "leaves the later one" test -e "$(echo out.prof.*.raw)"

dead
first=$raw
CPROF_OUT=second.prof preloaded ../program die >/dev/null 2>&1
check "--session" "$SYMBOLIZE" --session "$(session "$first")" .
same "--session converts what is of the session" "$expected_c" "$(rows out.prof)"
check "--session leaves what is of another one" test -e "$(echo second.prof.*.raw)"

dead
cp ../program ../saved && build "$CC" program "$C" -O2
check "a program that was rebuilt since" "$SYMBOLIZE" "$raw"
same "its functions are module and offset" 3 "$(rows out.prof | grep -cE "$unnamed")"
cp ../saved ../program
dead
rm ../program
check "a program that was removed" "$SYMBOLIZE" "$raw"
same "its functions are module and offset, too" 3 "$(rows out.prof | grep -cE "$unnamed")"
cp ../saved ../program

# ---- a process that runs ----

fresh
LD_PRELOAD=$LIBRARY ../program wait >/dev/null 2>&1 &
pid=$!
for ((i = 0; i < 600; i++)); do
    "$SYMBOLIZE" -o snapshot.prof out.prof.*.raw 2>../why &&
        [ "$(rows snapshot.prof)" = "$expected_c" ] && break
    sleep 0.05
done
same "a snapshot of a running process" "$expected_c" "$(rows snapshot.prof)"
"$SYMBOLIZE" out.prof.*.raw 2>../why
same "without -o it is refused" "1 1" "$? $(grep -c 'still running' ../why)"
check "and its raw file stays" test -e "$(echo out.prof.*.raw)"
kill -9 $pid
wait $pid 2>/dev/null

# ---- what is not as it should be ----

# refused CASE STATUS PATTERN COMMAND...: one line on stderr, nothing on stdout.
refused() {
    "${@:4}" >../out 2>../err
    local status=$?
    if [ $status = "$2" ] && [ "$(wc -l <../err)" = 1 ] && [ ! -s ../out ] && grep -q "$3" ../err; then
        ok "$1"
    else
        not_ok "$1" "status $status, $(head -c 300 ../err)"
    fi
}

dead
cp "$raw" good
refused "no argument" 2 'no raw file' "$SYMBOLIZE"
refused "an option that is none" 2 "unrecognized option" "$SYMBOLIZE" --none
refused "-o with two files" 2 'one raw file' "$SYMBOLIZE" -o x good good
refused "a session that is none" 2 'PID:START:RANDOM' "$SYMBOLIZE" --session 1:2 .
refused "a folder that is not there" 1 '/nowhere: No such file' "$SYMBOLIZE" --session 1:2:3 /nowhere
refused "a file that is not there" 1 'none.raw: .*No such file' "$SYMBOLIZE" none.raw
refused "a folder" 1 'cannot be read' "$SYMBOLIZE" .
mkfifo pipe
refused "a pipe" 1 'not a regular file' "$SYMBOLIZE" pipe
: >empty
refused "an empty file" 1 'empty: not a raw file.*at offset 0' "$SYMBOLIZE" empty
refused "a foreign file" 1 'not a raw file' "$SYMBOLIZE" "$C"
head -c 4096 good >header.raw
refused "a header alone" 1 'header.raw: ' "$SYMBOLIZE" header.raw
refused "an output folder that is not there" 1 '/nowhere/x' "$SYMBOLIZE" -o /nowhere/x good
check "a failed conversion leaves the raw file" test -e good
sed 's:out\.prof:../evil:' good >evil.raw
refused "a name that leads out of the folder" 1 'name to publish' "$SYMBOLIZE" evil.raw
check "nothing was written there" test ! -e ../evil
ln -s good link.raw
refused "a symbolic link" 1 'link.raw: ' "$SYMBOLIZE" link.raw
"$SYMBOLIZE" none.raw good 2>/dev/null
same "one bad file does not keep the others" "1 $expected_c" "$? $(rows out.prof)"

exit "$failed"
