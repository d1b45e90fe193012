# shellcheck shell=bash
# counted.sh - for tests of row 2 and 3: whether a profile has all calls, or says what it has not.

# counted PROFILE: "RECORDED DROPPED" of 03_limits.c's twelve functions and main, of its table and of
# what the report says besides.
counted() {
    local recorded dropped
    recorded=$(calls "$1" visit_{0..11} | tr ' ' '\n' | awk '{ n += $1 } END { print n + 0 }')
    dropped=$("$REPORT" "$1" | sed -n 's/^ *\([0-9]*\) calls were not recorded: no memory or disk space$/\1/p')
    echo "$recorded ${dropped:-0}"
}

# all_counted CASE CALLS [dropped]: out.prof, converted where it was not, has so many calls, or has dropped
# the rest; some were, or none.
all_counted() {
    local recorded dropped
    convert out.prof
    read -r recorded dropped < <(counted out.prof)
    same "$1: recorded and dropped" "$2" $((recorded + dropped))
    same "$1: dropped" "${3:-}" "$([ "$dropped" = 0 ] || echo dropped)"
}
