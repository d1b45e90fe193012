#!/bin/bash
# Times of recursive programs under a clock that they move themselves: calls, primitive calls, tottime and
# cumtime are to be what cProfile's rules say, to the last digit.
# shellcheck disable=SC2154 # status, work, failed: lib.sh
# shellcheck source-path=SCRIPTDIR/../..
. "$SRC/test/e2e/lib.sh"

fake_clock

# worked EXAMPLE STATUS WHAT...: then the expected lines "NC/CC TT CT" on stdin, in this order.
worked() {
    local name="$compiler $level $1" expected=$2 example=$1
    shift 2
    fresh
    run env LD_PRELOAD="$work/libcprof-fake.so" "$work/worked" "$example"
    same "$name: status, output" "$expected " "$status $(cat ../out ../err)"
    same "$name: rows" "$(paste -sd' ')" "$(calls out.prof "${@/#/=}")"
}

for compiler in $(compilers); do
    for level in -O0 -O2; do
        build "$compiler" worked "$PROGS/worked.c" $level
        worked self 0 self root:self self:self root <<<"3/1 33.0 33.0
1 11.0 33.0
2/1 22.0 22.0
1 0.0 33.0"
        worked mutual 0 f mutual:f g:f g f:g <<<"2/1 2.0 22.0
1 1.0 22.0
1 1.0 11.0
2/1 20.0 21.0
2/1 20.0 21.0"
        worked three 0 l k:l m:l m l:m <<<"4/2 40.0 240.0
2 20.0 240.0
2/1 20.0 120.0
2/1 200.0 220.0
2/1 200.0 220.0"
        worked thread 0 start last start:last <<<"1 1.0 3.0
1 2.0 2.0
1 2.0 2.0"
        worked exit 7 outer inner outer:inner <<<"1 3.0 8.0
1 5.0 5.0
1 5.0 5.0"
    done
done
exit "$failed"
