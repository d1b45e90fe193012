#!/bin/bash
# make install: what is installed works from there, and goes again.
# shellcheck disable=SC2154,SC2317 # status, work, failed: lib.sh; made is called through check
# shellcheck source-path=SCRIPTDIR/../..
. "$SRC/test/e2e/lib.sh"

build "$CC" steps "$PROGS/steps.c" -O1
files="bin/cprof
bin/cprof-report
include/cprof.f90
include/cprof.h
lib/libcprof.so
lib/pkgconfig/cprof.pc
libexec/cprof/cprof-symbolize
share/bash-completion/completions/cprof
share/bash-completion/completions/cprof-report
share/man/man1/cprof-report.1
share/man/man1/cprof.1
share/man/man7/cprof.7
share/man/man8/cprof-symbolize.8
share/zsh/site-functions/_cprof"

# made TARGET VARIABLE...: with what is built already.
made() {
    make --no-print-directory -C "$SRC" O="$BUILD" CC="$CC" SAN="${SAN-}" "$@" >"$work/why" 2>&1
}

# files_in FOLDER
files_in() {
    (cd "$1" && find . ! -type d -printf '%P\n' | sort)
}

# pages PREFIX: man finds them, and their first lines.
pages() {
    local page section
    if ! command -v man >/dev/null; then
        echo "skipped - pages: no man"
        return
    fi
    for page in cprof.1 cprof-report.1 cprof.7 cprof-symbolize.8; do
        section=${page##*.} page=${page%.*}
        same "man $section $page" "${page^^}($section)" \
            "$(man -M "$1/share/man" "$section" "$page" 2>&1 | sed 's/ .*//; q')"
    done
}

# completion PREFIX: bash finds it by the command's name.
completion() {
    local command
    for command in cprof cprof-report; do
        same "$command: completion in bash" "-F _${command/-/_} $command" "$(bash --norc -c \
            'source "$1" && complete -p "$2"' _ "$1/share/bash-completion/completions/$command" $command |
            grep -o -- '-F.*')"
    done
}

# pkg_config PREFIX VALUE...: what it says of the values, one after the other.
pkg_config() {
    local prefix=$1
    shift
    PKG_CONFIG_PATH=$prefix/lib/pkgconfig pkg-config "$@" cprof 2>&1 | sed 's/ *$//'
}

# package PREFIX FINAL: the package below PREFIX says that it is at FINAL.
package() {
    if ! command -v pkg-config >/dev/null; then
        echo "skipped - pkg-config is not here"
        return
    fi
    same "pkg-config --cflags" "-I$2/include" "$(pkg_config "$1" --cflags)"
    same "pkg-config --libs" "" "$(pkg_config "$1" --libs)"
    same "pkg-config --variable=libdir" "$2/lib" "$(pkg_config "$1" --variable=libdir)"
    same "pkg-config --modversion" "$("$1/bin/cprof" --version)" "cprof $(pkg_config "$1" --modversion)"
    check "pkg-config --validate" test -z "$(pkg_config "$1" --validate)"
}

# ends CASE PROGRAM PREFIX: what enabling a profile says, without the library and with it.
ends() {
    run "../$2"
    same "$1 without the library: CPROF_ABSENT" 1 "$status"
    run env LD_PRELOAD="$3/lib/libcprof.so" "../$2"
    same "$1 with the library: CPROF_OK" 0 "$status"
}

# header PREFIX: programs that switch profiles on find what they need by pkg-config.
header() {
    local flags include
    if ! command -v pkg-config >/dev/null; then
        echo "skipped - pkg-config is not here"
        return
    fi
    flags=$(pkg_config "$1" --cflags)
    include=$(pkg_config "$1" --variable=includedir)
    cat >../uses.c <<'END'
#include <cprof.h>
int main(void)
{
    cprof_profile *profile = cprof_create();
    int status = cprof_enable(profile);
    cprof_free(profile);
    return status;
}
END
    # shellcheck disable=SC2086
    check "cprof.h compiles" "$CC" -Wall -Wextra -Werror -finstrument-functions $flags ../uses.c -o ../uses
    ends cprof.h uses "$1"
    if ! command -v gfortran >/dev/null; then
        echo "skipped - gfortran is not here"
        return
    fi
    cat >../uses.f90 <<'END'
program uses
    use cprof
    type(cprof_profile) :: profile
    call profile%create()
    if (profile%enable() /= CPROF_OK) stop 1
end program uses
END
    check "cprof.f90 compiles" gfortran -finstrument-functions -J.. "$include/cprof.f90" ../uses.f90 -o ../uses90
    ends cprof.f90 uses90 "$1"
}

# works PREFIX
works() {
    local step
    for step in "work=5" "chdir=sub work=5" "work=5 chdir=sub"; do
        fresh
        mkdir sub
        # shellcheck disable=SC2086
        run env LD_PRELOAD="$1/lib/libcprof.so" "$work/steps" $step
        same "$step: status, output, calls" "0  5" "$status $(cat ../out ../err) $(calls out.prof leaf)"
    done
    check "cprof-report" "$1/bin/cprof-report" out.prof
    run env LD_PRELOAD="$1/lib/libcprof.so" "$work/steps" work=7 kill
    check "cprof-report, a killed run" "$1/bin/cprof-report" out.prof
    same "cprof-report, a killed run: calls" 7 "$(calls out.prof leaf)"
    check "cprof" "$1/bin/cprof" -o by.prof "$work/steps" work=8
    same "cprof: calls" 8 "$(calls by.prof leaf)"
}

fresh
check "install" made install PREFIX="$work/prefix"
same "install: files" "$files" "$(files_in "$work/prefix")"
works "$work/prefix"
pages "$work/prefix"
completion "$work/prefix"
package "$work/prefix" "$work/prefix"
header "$work/prefix"
check "uninstall" made uninstall PREFIX="$work/prefix"
same "uninstall leaves nothing" "" "$(files_in "$work/prefix")"
check "install with DESTDIR" made install DESTDIR="$work/stage" PREFIX=/opt/cprof
same "DESTDIR: files" "$files" "$(files_in "$work/stage/opt/cprof")"
package "$work/stage/opt/cprof" /opt/cprof
check "uninstall with DESTDIR" made uninstall DESTDIR="$work/stage" PREFIX=/opt/cprof
same "uninstall with DESTDIR leaves nothing" "" "$(files_in "$work/stage")"
made install DESTDIR="$work/stage" PREFIX=/opt/cprof
mv "$work/stage/opt/cprof" "$work/moved"
works "$work/moved"
exit "$failed"
