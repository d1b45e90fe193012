#!/bin/bash
# Profiles that the program switches on itself, by cprof.h and cprof.f90.
# shellcheck disable=SC2154,SC2317 # status, work, failed: lib.sh; functions called by a name in a variable
# shellcheck source-path=SCRIPTDIR/../..
. "$SRC/test/e2e/lib.sh"
unset PROFILE_ENABLE

API="-I$SRC -D_GNU_SOURCE"
tail() {
    python3 -IS "$SRC/test/e2e/tail.py" "$@"
}

# api ENABLE MODE: in a fresh folder, CPROF_ENABLE and PROFILE_ENABLE set.
api() {
    fresh
    run env LD_PRELOAD="$LIBRARY" CPROF_ENABLE="$1" PROFILE_ENABLE="${PROFILE_ENABLE-1}" "$work/api" "$2"
    what="$program, CPROF_ENABLE=$1, $2"
    printed="$status $(tr '\n' ' ' <../out)$(cat ../err)"
}

# files EXPECTED...: all profiles that there are, besides the process's own; and no raw file.
files() {
    local own=
    [ "$enable" = 0 ] || own=./out.prof
    same "$what: files" "$(printf '%s\n' ${own:+"$own"} "$@" | sort)" "$(find . -type f ! -name 'out.*.prof' | sort)"
}

# one_mode: objects and the like, and what they must leave.
objects() {
    api "$enable" objects
    same "$what" "0 api 1 disable what is off 3 dump what is empty 4 enable 0 enable twice 2 enable another 2 \
disable another 3 disable 0 enable again 0 create_stats 0 create_stats again 0 dump 0 dump into no folder 4 \
enable after dump 0 dump while on 0 off now 3 clear 0 enable after clear 0 clear while on 0 dump 0 \
enable a new one 0 dump 0 " "$printed"
    files ./cleared.prof ./more.prof ./new.prof ./objects.prof
    same "$what: on and off" "6 8 5/1 5 5 - -" "$(calls objects.prof work leaf recurse recurse:work show main objects)"
    same "$what: accumulated" "7 9 5/1" "$(calls more.prof work leaf recurse)"
    same "$what: cleared" "1 2 -" "$(calls cleared.prof work leaf recurse)"
    same "$what: a new one" "1 5 -" "$(calls new.prof work leaf recurse)"
    same "$what: callers above" "main/objects/recurse main/objects/show main/objects/work" "$(tail above objects.prof | sort | tr '\n' ' ' | sed 's/ $//')"
    [ "$enable" = 0 ] ||
        same "$what: the process's" "11 123 5/1 1 1" "$(calls out.prof work leaf recurse main objects)"
}

print() {
    api "$enable" print
    same "$what: status" 0 "$status"
    same "$what: where it stands" "api 1
before
print 0
print 0
print 4" "$(grep -vE '^ |^$' ../out)"
    same "$what: first table" "   Ordered by: call count" "$(grep Ordered ../out | head -n 1)"
    same "$what: second table" "   Ordered by: standard name" "$(grep Ordered ../out | sed 1d)"
    same "$what: totals, twice" "2" "$(grep -c '^         9 function calls (7 primitive calls) in ' ../out)"
    same "$what: rows, twice" "2 2 2" "$(grep -c ' 3/1 .*api.c:[0-9]*(recurse)$' ../out) \
$(grep -cE '^ +3 .* api.c:[0-9]*\(work\)$' ../out) $(grep -cE '^ +3 .* api.c:[0-9]*\(leaf\)$' ../out)"
    files
    api "$enable" no_stdout
    same "$what" "4 api 1 " "$printed"
}

returns() {
    api "$enable" returns
    same "$what" "0 api 1 dump 0 " "$printed"
    files ./returns.prof
    same "$what: calls" "5 9 1 1 -" "$(calls returns.prof work leaf middle switch_on returns)"
    same "$what: callers" "- 1 1" "$(calls returns.prof returns:work middle:work switch_on:work)"
    same "$what: callers above" "main/returns/middle main/returns/middle/switch_on/work main/returns/middle/work \
main/returns/work" "$(tail above returns.prof | sort | tr '\n' ' ' | sed 's/ $//')"
}

scopes() {
    local file
    api "$enable" scopes
    same "$what" "0 api 1 inactive 3 return.prof 0 inactive 3 break.prof 0 inactive 3 goto.prof 0 inactive 3 \
longjmp.prof 0 inactive 3 continue.prof 0 " "$printed"
    files ./break.prof ./continue.prof ./goto.prof ./longjmp.prof ./return.prof
    for file in break goto longjmp return; do
        same "$what: $file" "1 1 -" "$(calls "$file.prof" work leaf leave)"
    done
    same "$what: continue" "2 2 -" "$(calls continue.prof work leaf leave)"
    same "$what: callers above" "main/scopes/leave/work" "$(tail above return.prof)"
    api "$enable" jumps
    same "$what" "0 api 1 enable 0 dump 0 " "$printed"
    same "$what: a thousand" "1001 1001" "$(calls jumps.prof work leaf)"
}

within() {
    api "$enable" within
    same "$what" "0 api 1 dump 0 inactive 3 dump 0 " "$printed"
    same "$what: a scope in a scope" "3 3" "$(calls inner.prof work leaf)"
    same "$what: cleared" "1 2" "$(calls clear.prof work leaf)"
}

signals() {
    api "$enable" signals
    same "$what" "0 api 1 dump 0 " "$printed"
    same "$what: calls" "100000 200000" "$(calls signals.prof work leaf)"
    api "$enable" jumps_off
    same "$what: left by siglongjmp" "0 api 1 wrong 0 dump 0 " "$printed"
    same "$what: nothing seems open" "" "$(calls jumps_off.prof work leaf | grep -e / -e -)"
}

functions() {
    api "$enable" functions
    same "$what" "0 api 1 " "$printed"
    files ./in_this_folder.prof ./profiles/deep/er/nested.prof ./profiles/handle.prof ./profiles/inlined.prof
    same "$what: the last call" "1 1 5 -" "$(calls profiles/handle.prof handle work leaf main)"
    same "$what: calls within" "3/1 3 6" "$(calls profiles/deep/er/nested.prof nested handle leaf)"
    same "$what: inlined" "1 1 6 1" "$(calls profiles/inlined.prof inlined work leaf inlined:work)"
    same "$what: callers above" "main/functions/handle" "$(tail above profiles/handle.prof)"
    PROFILE_ENABLE=all api "$enable" functions
    same "$what: all calls" "5 5 15" "$(calls profiles/handle.prof handle work leaf)"
    PROFILE_ENABLE=0 api "$enable" functions
    files
    api "$enable" left
    same "$what: left by longjmp" "0 api 1  1 1 7" "$printed $(calls profiles/handle.prof handle work leaf)"
    files ./profiles/handle.prof
    api "$enable" ends
    same "$what: exit within" "3 api 1  1 4" "$printed $(calls profiles/ends.prof ends leaf)"
    files ./profiles/ends.prof
    api "$enable" moves
    same "$what: the last call" "0 api 1  1 3" "$printed $(calls profiles/handle.prof handle leaf)"
    files ./profiles/handle.prof
}

threads() {
    local i
    api "$enable" threads
    same "$what" "0 api 1 " "$printed"
    for i in 1 2 3 4 5 6 7 8; do
        same "$what: thread $i" "100 $((100 * i)) -" "$(calls "thread$i.prof" work leaf handle)"
    done
    same "$what: the last call" "1 1 1" "$(calls profiles/handle.prof handle work leaf)"
    same "$what: no raw file" "" "$(find . -name '*.raw*')"
    PROFILE_ENABLE=all api "$enable" threads
    same "$what: all calls" "400 400 400" "$(calls profiles/handle.prof handle work leaf)"
    api "$enable" shared
    same "$what" "0 api 1 enable what is on elsewhere 2 disable what is on elsewhere 3 dump 0 \
enable what an ended thread left on 0 dump 0 " "$printed"
    same "$what: one thread only" "1 2" "$(calls shared.prof work leaf)"
    same "$what: left on" "2 7" "$(calls ended.prof work leaf)"
}

forks() {
    api "$enable" forks
    same "$what" "0 api 1 child: disable 3 child: enable 0 child: dump 0 dump 0 " "$printed"
    same "$what: parent" "2 6" "$(calls parent.prof work leaf)"
    same "$what: child" "1 3" "$(calls child.prof work leaf)"
    same "$what: no raw file" "" "$(find . -name '*.raw*')"
    same "$what: a function's profile, parent" "6" "$(calls profiles/handle.prof leaf)"
    same "$what: a function's profile, child" "5" "$(calls profiles/handle.*.prof leaf)"
    api "$enable" forks_in_threads
    same "$what: while a thread creates profiles" "0 api 1 wrong 0 " "$printed"
}

for compiler in $(compilers); do
    for flags in "-O0 -fPIE -pie" "-O2 -fno-pie -no-pie"; do
        program="$compiler $flags"
        # shellcheck disable=SC2086
        build "$compiler" api "$PROGS/api.c" $API $flags -Wall -Wextra -Wshadow -Wpedantic -Werror
        for enable in 0 1; do
            for mode in objects print returns scopes within signals functions threads forks; do
                $mode
            done
        done
    done
done

# ---- without the library ----

# shellcheck disable=SC2086
for flags in "-fPIE -pie" "-fno-pie -no-pie" "-static" "-static-pie"; do
    for compiler in $(compilers); do
        build "$compiler" api "$PROGS/api.c" $API -O2 $flags
        fresh
        run env PROFILE_ENABLE=1 "$work/api" objects
        same "$compiler $flags, without the library" "0 api 0 21 22 " \
            "$status $(head -n 1 ../out) $(grep -c ' 1$' ../out) $(grep -c . ../out) $(find . -type f)"
    done
done

# ---- C++, Fortran ----

# shellcheck disable=SC2086
for compiler in $(compilers); do
    program="${compiler/gcc/g}++"
    build "$program" api "$PROGS/api.cpp" $API -O2 -Wall -Wextra -Wshadow -Wpedantic -Werror
    for enable in 0 1; do
        api "$enable" c++
        same "$what" "0 enable 0 busy 2 disable 0 dump 0 clear 0 on purpose inactive 3 dump 0 " "$printed"
        same "$what: class" "1 1" "$(calls class.prof 'long work<long>(long)' 'leaf()')"
        same "$what: scopes, one left by an exception" "3 7 1 -" \
            "$(calls scope.prof 'int work<int>(int)' 'leaf()' 'fails(int)' 'scope(cprof::profile&, bool)')"
        same "$what: operator()" "1 4" "$(calls 'profiles/operator().prof' 'int work<int>(int)' 'leaf()')"
        same "$what: a function left by an exception" "2 6 1 -" \
            "$(calls profiles/handle.prof 'int work<int>(int)' 'leaf()' 'fails(int)' main)"
        same "$what: itself" "operator 1 handle 1" "$("$REPORT" 'profiles/operator().prof' profiles/handle.prof |
            sed -n 's/^ *\([0-9]*\) .*(server::\([a-z]*\)[(].*/\2 \1/p' | sort -r | tr '\n' ' ' | sed 's/ $//')"
    done
done
if command -v gfortran >/dev/null; then
    # shellcheck disable=SC2086
    (cd "$work" && gfortran -O2 -Wall -Wextra -Werror -c "$SRC/preload/cprof.f90" &&
        gfortran -Wall -Wextra -Werror $HOOKS "$PROGS/api.f90" cprof.o -o api) ||
        not_ok Fortran "does not build"
    program=gfortran
    fresh
    run env PROFILE_ENABLE=1 "$work/api"
    same "Fortran without the library" "0 enable 1 disable 1 again 1 print 1 dump 1 block 1 " \
        "$status $(tr -s ' \n' ' ' <../out | sed 's/^ //')$(find . -type f)"
    for enable in 0 1; do
        api "$enable" Fortran
        same "$what" "0 enable 0 disable 0 again 3 print 0 dump 0 block 0" \
            "$status $(grep -E '^ [a-z]+ ' ../out | tr -s ' \n' ' ' | sed 's/^ //; s/ $//')"
        same "$what: printed" "1" "$(grep -c '^ *5 .*(leaf)$' ../out)"
        same "$what: dumped" "5" "$(calls fortran.prof leaf)"
        same "$what: a scope" "1 -" "$(calls fblock.prof leaf block)"
        same "$what: a function" "1 4" "$(calls profiles/handle.prof handle leaf)"
    done
fi

# ---- memory ----

# AddressSanitizer wants to be first, and is: it is linked in.
# shellcheck disable=SC2086
build gcc api "$PROGS/api.c" $API -O1 -fsanitize=address,undefined -fno-sanitize-recover=all -static-libasan
for mode in objects print scopes functions left threads forks; do
    for enable in 0 1; do
        fresh
        run env LD_PRELOAD="$LIBRARY" CPROF_ENABLE=$enable PROFILE_ENABLE=1 \
            ASAN_OPTIONS=verify_asan_link_order=0 "$work/api" $mode
        same "sanitizers, CPROF_ENABLE=$enable, $mode" "0 " "$status $(cat ../err)"
    done
done
# valgrind knows no clone with these flags: no helper is to be found. libunwind asks the kernel whether
# memory can be read, which it need not. Debian 12's cannot read clang's debug information.
mkdir "$work/lib" && strip -g -o "$work/lib/libcprof.so" "$LIBRARY"
printf '{\nlibunwind\nMemcheck:Param\nwrite(buf)\nfun:syscall\nobj:*/libunwind.so*\n}\n' >"$work/suppressed"
# shellcheck disable=SC2086
build gcc api "$PROGS/api.c" $API -O1
for mode in objects scopes jumps functions; do
    for enable in "" 0 1; do
        fresh
        run env PROFILE_ENABLE=1 ${enable:+CPROF_ENABLE=$enable LD_PRELOAD=$work/lib/libcprof.so} \
            valgrind -q --error-exitcode=9 --suppressions="$work/suppressed" "$work/api" $mode
        same "valgrind ${enable:+with the library, CPROF_ENABLE=$enable, }$mode" "0 " "$status $(cat ../err)"
    done
done
exit "$failed"
