#!/bin/sh
# Profiles the two versions of the inference service. `make demo` runs this, with BUILD, the build
# folder, where demo/inference-v1 and demo/inference-v2 are.
set -eu

demo=$BUILD/demo
shown=${BUILD#"$PWD"/} # paths as one would type them

# profile VERSION: runs it as users do, with the library preloaded and nothing else.
profile() {
    echo "\$ CPROF_OUT=$shown/demo/$1.prof LD_PRELOAD=$shown/libcprof.so $shown/demo/inference-$1"
    rm -f "$demo/$1.prof"
    CPROF_OUT=$demo/$1.prof LD_PRELOAD=$BUILD/libcprof.so "$demo/inference-$1"
    [ -s "$demo/$1.prof" ] || {
        echo "demo: no profile in $demo/$1.prof (CPROF_VERBOSE=1 make demo says why)" >&2
        exit 1
    }
    echo
}

echo "Version 1 of an inference service (examples/inference):"
profile v1
echo "\$ $shown/cprof-report $shown/demo/v1.prof --strip-dirs --sort tottime --restrict 12"
"$BUILD/cprof-report" "$demo/v1.prof" --strip-dirs --sort tottime --restrict 12
echo "Version 2, in which one step has become slow:"
profile v2
echo "What changed from version 1 to version 2:"
echo "\$ $shown/cprof-report --diff $shown/demo/v1.prof $shown/demo/v2.prof --strip-dirs --restrict 8"
"$BUILD/cprof-report" --diff "$demo/v1.prof" "$demo/v2.prof" --strip-dirs --restrict 8
cat <<END
The two profiles are

    $shown/demo/v1.prof
    $shown/demo/v2.prof

Python reads them, too: python3 -m pstats $shown/demo/v2.prof
END
