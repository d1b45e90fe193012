/* wide.c - wide CALLEES CALLS: one caller of 1, 64 or 1,000 functions, called in order; or, as
   "wide random CALLS", of 64 functions in random order, which no branch predictor foresees. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEN(M, n)                                                                                  \
    M(n##0)                                                                                        \
    M(n##1) M(n##2) M(n##3) M(n##4) M(n##5) M(n##6) M(n##7) M(n##8) M(n##9)
#define SIXTY(M, n)   TEN(M, n##0) TEN(M, n##1) TEN(M, n##2) TEN(M, n##3) TEN(M, n##4) TEN(M, n##5)
#define HUNDRED(M, n) SIXTY(M, n) TEN(M, n##6) TEN(M, n##7) TEN(M, n##8) TEN(M, n##9)

#define EACH64(M) SIXTY(M, 10) M(1060) M(1061) M(1062) M(1063)
#define EACH1000(M)                                                                                \
    HUNDRED(M, 10)                                                                                 \
    HUNDRED(M, 11)                                                                                 \
    HUNDRED(M, 12)                                                                                 \
    HUNDRED(M, 13)                                                                                 \
    HUNDRED(M, 14) HUNDRED(M, 15) HUNDRED(M, 16) HUNDRED(M, 17) HUNDRED(M, 18) HUNDRED(M, 19)

#define LEAF(n)                                                                                    \
    __attribute__((noinline)) static int leaf##n(int x)                                            \
    {                                                                                              \
        __asm__ volatile("");                                                                      \
        return x + n % 7;                                                                          \
    }
#define CALL(n) sum = leaf##n(sum);
#define NAME(n) leaf##n,

EACH1000(LEAF)

static int call1(long calls)
{
    int sum = 0;
    for (long i = 0; i < calls; i++)
        sum = leaf1000(sum);
    return sum;
}

static int call64(long calls)
{
    int sum = 0;
    for (long i = 0; i < calls; i += 64) {
        EACH64(CALL)
    }
    return sum;
}

static int call1000(long calls)
{
    int sum = 0;
    for (long i = 0; i < calls; i += 1000) {
        EACH1000(CALL)
    }
    return sum;
}

static int call_random(long calls)
{
    static int (*const leaves[])(int) = {EACH64(NAME)};
    unsigned random = 1;
    int sum = 0;
    for (long i = 0; i < calls; i++) {
        random = random * 1103515245u + 12345u;
        sum = leaves[(random >> 16) % 64](sum);
    }
    return sum;
}

int main(int argc, char **argv)
{
    const char *callees = argc > 1 ? argv[1] : "1";
    long calls = argc > 2 ? atol(argv[2]) : 1000000;
    int (*caller)(long) = strcmp(callees, "1") == 0      ? call1
                          : strcmp(callees, "64") == 0   ? call64
                          : strcmp(callees, "1000") == 0 ? call1000
                                                         : call_random;
    printf("%d\n", caller(calls));
    return 0;
}
