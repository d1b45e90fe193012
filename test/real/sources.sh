# sources.sh - sourced by check_real.sh, check_servers.sh and bench.sh: fetches Debian's (or Ubuntu's) source
# packages and builds programs of them with function hooks.
#
#   build PROGRAM CC LEVEL    sets BINARY and LOG; CC: gcc or clang, LEVEL: O0, O2 or plain
#                             (no hooks)
#
# Sources and builds stay in $CACHE. apt gets a configuration of its own: nothing in /etc changes
# and no root is needed.
# shellcheck shell=bash disable=SC1091,SC2086  # os-release; flags are split on purpose

CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/cprof-real
REAL=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

apt_private() {
    local dir=$CACHE/apt
    apt-get -o Dir::Etc::SourceList="$dir/sources.list" -o Dir::Etc::SourceParts=/dev/null \
        -o Dir::State::Lists="$dir/lists" -o Dir::Cache="$dir/cache" -o APT::Sandbox::User= \
        -o Debug::NoLocking=1 -q "$@"
}

# The index of source packages, once a day.
apt_index() {
    local dir=$CACHE/apt id codename
    if [ -n "$(find "$dir/lists" -name '*_Sources*' -mtime -1 2>/dev/null)" ]; then
        return 0
    fi
    mkdir -p "$dir/lists/partial" "$dir/cache/archives/partial"
    id=$(. /etc/os-release && echo "$ID")
    codename=$(. /etc/os-release && echo "$VERSION_CODENAME")
    if [ "$id" = ubuntu ]; then
        echo "deb-src http://archive.ubuntu.com/ubuntu $codename main universe"
    else
        echo "deb-src http://deb.debian.org/debian $codename main"
    fi >"$dir/sources.list"
    apt_private update >"$dir/update.log" 2>&1
}

# fetch SOURCE_PACKAGE: sets SOURCE, its unpacked folder.
fetch() {
    SOURCE=$CACHE/src/$1
    [ -d "$SOURCE" ] && return 0
    local dir=$CACHE/fetch-$1
    rm -rf "$dir" && mkdir -p "$dir" "$CACHE/src" && apt_index || return 1
    (cd "$dir" && apt_private source "$1") >"$dir/log" 2>&1 || return 1
    mv "$(find "$dir" -mindepth 1 -maxdepth 1 -type d)" "$SOURCE" && rm -rf "$dir"
}

# ---- one function a program; each runs in a fresh copy of the source and makes ./program ----

make_bzip2() {
    "$CC" $FLAGS -D_FILE_OFFSET_BITS=64 -o program blocksort.c huffman.c crctable.c randtable.c \
        compress.c decompress.c bzlib.c bzip2.c
}

# Lua seeds its hashes from the clock and addresses, and caches strings by address: here not, so
# that two runs make the same calls.
make_lua() {
    cd src && rm -f luac.c && echo '#define DEB_HOST_MULTIARCH "none"' >lua5.4-deb-multiarch.h &&
        "$CC" $FLAGS '-Dluai_makeseed(L)=7u' -DSTRCACHE_N=1 -DSTRCACHE_M=2 -DLUA_USE_LINUX \
            -Wl,-E -o ../program ./*.c -lm -ldl
}

make_mujs() {
    "$CC" $FLAGS -o program one.c main.c -lm
}

make_sqlite() {
    ./configure --disable-readline && make sqlite3.c shell.c &&
        "$CC" $FLAGS -o program shell.c sqlite3.c -lpthread -ldl -lm -lz
}

# With libjemalloc, as Debian has it.
make_redis() {
    make -j2 -C src MALLOC=jemalloc BUILD_TLS=no USE_SYSTEMD=no CC="$CC" REDIS_CFLAGS="$FLAGS" \
        redis-server redis-cli redis-benchmark && cp src/redis-server program
}

make_zstd() {
    make -j2 -C programs zstd ZSTD_LEGACY_SUPPORT=0 HAVE_LZMA=0 HAVE_LZ4=0 HAVE_ZLIB=0 MOREFLAGS= \
        CC="$CC" CFLAGS="$FLAGS" LDFLAGS=-pie && cp programs/zstd program
}

make_cjpeg() {
    cmake -S . -B out -DWITH_SIMD=0 -DENABLE_SHARED=0 -DCMAKE_BUILD_TYPE=None \
        -DCMAKE_C_COMPILER="$CC" -DCMAKE_C_FLAGS="$FLAGS" &&
        make -j2 -C out cjpeg-static && cp out/cjpeg-static program
}

make_jq() {
    autoreconf -fi &&
        ./configure --disable-shared --disable-docs --disable-maintainer-mode CC="$CC" \
            CFLAGS="$FLAGS" && make -j2 && cp jq program
}

# Only what sort needs; the generated files count as newer than what they are made from, so that
# nobody's autotools run.
make_sort() {
    find . -name '*.m4' -exec touch {} + && sleep 1 &&
        find . \( -name configure -o -name config.hin -o -name Makefile.in \) -exec touch {} + &&
        FORCE_UNSAFE_CONFIGURE=1 ./configure --disable-nls --without-selinux CC="$CC" \
            CFLAGS="$FLAGS" &&
        make -k -j2 all SUBDIRS=. bin_PROGRAMS=src/sort noinst_PROGRAMS= libexec_PROGRAMS= \
            pkglibexec_PROGRAMS= check_PROGRAMS= EXTRA_PROGRAMS= man1_MANS= dist_man1_MANS= \
            EXTRA_MANS=
    cp src/sort program
}

make_nlohmann() {
    local cxx=g++
    [ "$CC" = clang ] && cxx=clang++
    $cxx -std=c++17 $FLAGS -Iinclude -o program "$REAL/work/records.cpp"
}

# Two of its files must not be optimised: they find out how the machine rounds.
make_lapack() {
    local plain=${FLAGS/-O2/-O0}
    sed "s/^FFLAGS *=.*/FFLAGS = $FLAGS -frecursive/
         s/^FFLAGS_NOOPT *=.*/FFLAGS_NOOPT = $plain -frecursive/
         s/^CFLAGS *=.*/CFLAGS = $FLAGS/" make.inc.example >make.inc
    make -j2 blaslib && make -j2 -C SRC double && make -j2 -C TESTING/MATGEN double &&
        make -j2 -C TESTING/LIN xlintstd && cp TESTING/LIN/xlintstd program
}

package_of() {
    case $1 in
        lua) echo lua5.4 ;;
        sqlite) echo sqlite3 ;;
        zstd) echo libzstd ;;
        cjpeg) echo libjpeg-turbo ;;
        sort) echo coreutils ;;
        nlohmann) echo nlohmann-json3 ;;
        *) echo "$1" ;;
    esac
}

# A build of other flags or another version of our own source is another folder.
build() {
    local program=$1 level=$3 recipe dir
    recipe=$({ declare -f build "make_$1" && cat "$REAL"/work/*.cpp; } | cksum)
    dir=$CACHE/build/$1-$2-$3-${recipe%% *}
    LOG=$dir.log
    BINARY=$dir/program
    [ -x "$BINARY" ] && return 0
    fetch "$(package_of "$program")" || return 1
    rm -rf "$dir" && mkdir -p "$CACHE/build" && cp -r "$SOURCE" "$dir" || return 1
    local CC=$2 FLAGS="-g -${level/plain/O2} -fno-strict-aliasing"
    [ "$level" = plain ] || FLAGS+=" -finstrument-functions"
    (cd "$dir" && "make_$program") >"$LOG" 2>&1 </dev/null
    [ -x "$BINARY" ]
}
