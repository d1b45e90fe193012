#!/usr/bin/env bash
# Row 27: names that compilers and linkers make up, as people read them; functions that share an
# address, or a name and a line.
# shellcheck source-path=SCRIPTDIR
. "$SRC/test/e2e/lib.sh"

HERE=$SRC/test/faults

# at SOURCE WORD: "SOURCE:LINE" of the line that is marked with :WORD:
at() {
    echo "$1:$(grep -n ":$2:" "$1" | cut -d: -f1)"
}

# run_rows: every row of a run of ../program in a fresh folder as FILE:LINE(NAME) CALLS, sorted.
run_rows() {
    fresh
    preloaded ../program >/dev/null 2>&1
    python3 -IS "$SRC/test/e2e/rows.py" "$work/run/out.prof" |
        sed -n 's:^\([^ ].*\) \([0-9]*\)/[0-9]* [^ ]* [^ ]*$:\1 \2:p' | LC_ALL=C sort
}

sorted() {
    printf '%s\n' "$@" | LC_ALL=C sort
}

# ---- one address, several functions ----

S=$HERE/27_folded.c
main="$(at "$S" main)(main) 1"
alias="$(at "$S" original)(original | other_name) 3"
first=$(at "$S" first) second=$(at "$S" second)
for compiler in $(compilers); do
    for linker in gold lld; do
        command -v "ld.$linker" >/dev/null || continue
        cd "$work" && build "$compiler" program "$S" -ffunction-sections -fuse-ld=$linker -Wl,--icf=all
        found=$(run_rows)
        # The compiler chooses which of the two comes first.
        case $found in
        *"second | first"*) folded="$second(second | first) 6" ;;
        *) folded="$first(first | second) 6" ;;
        esac
        same "$compiler, $linker: identical code folding" "$(sorted "$main" "$alias" "$folded")" "$found"
    done
    cd "$work" && build "$compiler" program "$S"
    same "$compiler: functions of their own, and an alias" \
        "$(sorted "$main" "$alias" "$first(first) 3" "$second(second) 3")" "$(run_rows)"
done
cd "$work" && build "$CC" program "$S" -g0
same "an alias without debug information" "$work/program:0(original | other_name) 3" \
    "$(run_rows | grep other)"

# More than there is room for.
cd "$work" || exit 1
{
    echo 'int f(int n) { return n; }'
    for i in 1 2 3 4 5 6 7; do echo "int alias$i(int n) __attribute__((alias(\"f\")));"; done
    echo 'int main(void) { return f(0); }'
} >many.c
build "$CC" program many.c
same "many names of one function" "$work/many.c:1(f | alias1 | alias2 | alias3 | alias4 | ...) 1" \
    "$(run_rows | grep alias)"

# ---- one file, line and name, several functions ----

cd "$work" || exit 1
cat >twice.c <<'END_OF_C'
int run_a(void);
int run_b(void);
int main(void)
{
    return run_a() + run_b() + run_b() - 3;
}
END_OF_C
echo 'static int same(void) { return 1; } int RUN(void) { return same(); }' >part.c
# shellcheck disable=SC2086
"$CC" $HOOKS -DRUN=run_a -c part.c -o a.o && "$CC" $HOOKS -DRUN=run_b -c part.c -o b.o &&
    "$CC" $HOOKS twice.c a.o b.o -o program
same "functions of one file, line and name are added up" "$work/part.c:1(same) 3" \
    "$(run_rows | grep same)"

# ---- C ----

S=$HERE/27_clones.c
for compiler in $(compilers); do
    expected=$(sorted "$(at "$S" main)(main) 1" "$(at "$S" constant)(constant) 10" \
        "$(at "$S" first_of)(first_of) 10" "$(at "$S" partly)(partly) 10" "$(at "$S" half_cold)(half_cold) 10")
    cd "$work" && build "$compiler" program "$S" -O2
    same "$compiler -O2: clones" "$expected" "$(run_rows)"
    cd "$work" && build "$compiler" program "$S" -O3 -flto
    same "$compiler -O3 -flto: clones" "$expected" "$(run_rows)"
done

S=$HERE/27_nested.c
if command -v gcc >/dev/null; then
    cd "$work" && build gcc program "$S" -Wl,--no-warn-execstack
    same "nested functions of gcc" "$(sorted "$(at "$S" main)(main) 1" "$(at "$S" call)(call) 10" \
        "$(at "$S" nested)(nested) 10")" "$(run_rows)"
fi

S=$HERE/27_openmp.c
for compiler in $(compilers); do
    cd "$work" || exit 1
    # shellcheck disable=SC2086
    "$compiler" $HOOKS -fopenmp "$S" -o program 2>/dev/null ||
        continue # clang's OpenMP is a package of its own
    same "$compiler -fopenmp: the calls in a parallel region" \
        "$(sorted "$(at "$S" main)(main) 1" "$(at "$S" work)(work) 10")" "$(run_rows | grep -v omp_outlined)"
done

# ---- C++ ----

S=$HERE/27_cpp.cpp
test_cpp() { # COMPILER NUMBER-OF-~Derived LAMBDA LAMBDA
    cd "$work" && build "$1" program "$S"
    same "$1" "$(sorted "$(at "$S" main)(main) 1" \
        "$(at "$S" 'new Base')(Base::Base()) 3" "$(at "$S" ~Base)(Base::~Base()) 3" \
        "$(at "$S" 'new Other')(Other::Other()) 2" "$(at "$S" ~Other)(Other::~Other()) 2" \
        "$(at "$S" 'new Derived')(Derived::Derived()) 2" \
        "$(at "$S" put)(Derived::put(int)) 1" "$(at "$S" ~Derived)(Derived::~Derived()) $2" \
        "$(at "$S" call)(Derived::operator()(int) const) 1" "$(at "$S" add)(Derived::operator+=(int)) 1" \
        "$(at "$S" bool)(Derived::operator bool() const) 1" \
        "$(at "$S" hidden)((anonymous namespace)::deep::hidden(int)) 1" \
        "$(at "$S" each)(long Array<long, 3>::each<main::$3>(main::$3)) 1" \
        "$(at "$S" each)(long Array<long, 3>::each<main::$4>(main::$4)) 1" \
        "$(at "$S" 'lambda 1')(main::$3::operator()(int) const) 3" \
        "$(at "$S" 'lambda 2')(main::$4::operator()(int) const) 3")" "$(run_rows)"
}
# A deleting destructor is a call of its own with clang, whatever it shares with others.
for compiler in $(compilers); do
    case $compiler in
    gcc) test_cpp g++ 3 '{lambda(int)#1}' '{lambda(int)#2}' ;;
    clang) test_cpp clang++ 5 "\$_0" "\$_1" ;;
    esac
done

# ---- Fortran ----

S=$HERE/27_fortran.f90
if command -v gfortran >/dev/null; then
    cd "$work" && build gfortran program "$S"
    same "Fortran" "$(sorted "$S:20(main) 1" "$S:19(circle) 1" "$(at "$S" area)(shapes::area) 5" \
        "$(at "$S" inner)(inner) 5" "$(at "$S" outside)(outside) 5" "$(at "$S" last)(last) 5")" "$(run_rows)"
fi

# ---- other languages: their names are given to a function of C ----

renamed() { # CASE SYMBOL NAME
    objcopy --redefine-sym "visible=$2" "$work/plain.o" "$work/renamed.o"
    cd "$work" && "$CC" renamed.o -o program
    same "$1" "$(sorted "$work/program:0($3) 10" "$work/program:0(leaf) 20" "$work/program:0(main) 1")" "$(run_rows)"
}
cd "$work" && "$CC" -c -g0 -finstrument-functions "$PROGS/sym_c.c" -o plain.o
renamed "Rust, legacy" _ZN3app5parse17h0123456789abcdefE app::parse
renamed "Rust, v0" _RINvNtC3std3mem8align_ofdE 'std::mem::align_of::<f64>'
renamed "D" _D4main3addFiiZi 'main.add(int, int)'
renamed "Fortran without debug information" __shapes_MOD_area shapes::area
renamed "a clone of C++ without debug information" _Z5parsei.constprop.0 'parse(int)'
renamed "a clone of a clone" parse.part.0.isra.12.cold parse
renamed "renamed by link-time optimisation" parse.lto_priv.17 parse
renamed "renamed by clang's" parse.llvm.1234567890 parse
renamed "an outlined body" _Z5parsei._omp_fn.0 'parse(int) [clone ._omp_fn.0]'
renamed "dots that mean nothing" a.b.0 a.b.0
renamed "control characters and bytes that are no UTF-8" "$(printf 'a\033[31m\nb\377</script>')" \
    'a\x1b[31m\x0ab\xff</script>'

exit "$failed"
