#!/usr/bin/env bash
# check_mutants.sh [--quick | NAME...] - shows that tests can fail. A mutant is a patch, NAME.patch in this
# folder, that takes one protection out; its head says which, and which test must notice:
#
#     Protection: blocks are made present before they are used
#     Test: test/faults/test_02_disk_full.sh
#
# Each is applied to a copy of the tree that was built, rebuilt there, and the test is run on it, up to
# its first failure. --quick: the first mutant of each number.
# Environment: BUILD (build folder), SRC (top of the sources), CC; JOBS mutants at a time.
set -u
export CC
O=${BUILD##*/} # in the copy as in SRC, as the compiler's lists of headers name it
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

fail() { # NAME WHY [LOG]
    echo "not ok - mutant $1: $2"
    [ $# -lt 3 ] || tail -n 15 "$3" | sed 's/^/    /'
}

check_mutant() { # PATCH
    local name=${1##*/} tree target run log
    name=${name%.patch}
    tree=$work/$name
    log=$work/$name.log
    run=$(sed -n 's/^Test: //p' "$1")
    if [ -z "$run" ] || ! grep -q '^Protection: ' "$1"; then
        fail "$name" "its head does not say what it takes out and which test notices"
        return
    fi
    cp -a "$work/original" "$tree"
    target=all
    [[ $run != test/unit/* ]] || target="all $O/$run"
    if ! git -C "$tree" apply --recount -C1 "$1" >"$log" 2>&1; then
        fail "$name" "the patch does not apply" "$log"
    # shellcheck disable=SC2086
    elif ! make -C "$tree" O="$O" WARN= $target >"$log" 2>&1; then
        fail "$name" "does not build" "$log"
    elif run_test "$tree" "$run" "$log"; then
        fail "$name" "$run passes without it" "$log"
    elif grep -qE '^not ok - |Failures: [1-9]|Errors: [1-9]|timed out' "$log"; then
        echo "ok - mutant $name: $(grep -m 1 -oE '^not ok - [^:]*|:[EF]:[^:]*:[^:]*|timed out' "$log")"
    else
        fail "$name" "$run does not say what failed" "$log"
    fi
    rm -rf "$tree"
}

run_test() { # TREE TEST LOG: a test that hangs has noticed, too
    local program=$1/$2 status
    [[ $2 != test/unit/* ]] || program=$1/$O/$2
    STOP_EARLY=1 BUILD=$1/$O SRC=$1 timeout -k 10 300 "$program" >"$3" 2>&1 </dev/null
    status=$?
    [ "$status" != 124 ] || echo "timed out" >>"$3"
    [ "$status" = 0 ] && ! grep -q '^not ok - ' "$3"
}

mkdir "$work/original" || exit 1
tar -C "$SRC" -c --exclude='./build*' --exclude=./.git . | tar -C "$work/original" -x
cp -a "$BUILD" "$work/original/$O"
git -C "$work/original" init -q # or git looks at a repository further up, and applies nothing

if [ $# = 0 ]; then
    set -- "$SRC"/test/mutants/*.patch
elif [ "$1" = --quick ]; then
    set --
    for patch in "$SRC"/test/mutants/*.patch; do
        number=${patch##*/}
        [[ ${last:-} = "${number%%-*}" ]] || set -- "$@" "$patch"
        last=${number%%-*}
    done
else
    set -- "${@/#/$SRC/test/mutants/}"
    set -- "${@/%/.patch}"
fi
for patch; do
    while [ "$(jobs -rp | wc -l)" -ge "${JOBS:-$(nproc)}" ]; do wait -n; done
    check_mutant "$patch" >"$work/result.${patch##*/}" 2>&1 &
done
wait
cat "$work"/result.* | tee "$work/results"
passed=$(grep -c '^ok - ' "$work/results")
failed=$(grep -c '^not ok - ' "$work/results")
echo
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
