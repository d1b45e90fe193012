/* 25_contexts.c - as many contexts as calls: LEVELS levels (2 to 7) of eight functions, each of
   which calls all eight of the next level. Prints how many calls that makes, main not counted. */
#include <stdio.h>

#ifndef LEVELS
#    define LEVELS 6
#endif

static volatile long calls;

#define FUNCTION(level, n)                                                                         \
    static __attribute__((noinline)) void f##level##_##n(void)                                     \
    {                                                                                              \
        calls++;                                                                                   \
        BELOW_##level                                                                              \
    }
#define EACH(level)                                                                                \
    FUNCTION(level, 0)                                                                             \
    FUNCTION(level, 1) FUNCTION(level, 2) FUNCTION(level, 3) FUNCTION(level, 4) FUNCTION(level, 5) \
        FUNCTION(level, 6) FUNCTION(level, 7)
#define CALL(level)                                                                                \
    f##level##_0();                                                                                \
    f##level##_1();                                                                                \
    f##level##_2();                                                                                \
    f##level##_3();                                                                                \
    f##level##_4();                                                                                \
    f##level##_5();                                                                                \
    f##level##_6();                                                                                \
    f##level##_7();

#define BELOW_1
#define BELOW_2 CALL(1)
#define BELOW_3 CALL(2)
#define BELOW_4 CALL(3)
#define BELOW_5 CALL(4)
#define BELOW_6 CALL(5)
#define BELOW_7 CALL(6)

/* clang-format off */
EACH(1)
EACH(2)
#if LEVELS > 2
EACH(3)
#endif
#if LEVELS > 3
EACH(4)
#endif
#if LEVELS > 4
EACH(5)
#endif
#if LEVELS > 5
EACH(6)
#endif
#if LEVELS > 6
EACH(7)
#endif
/* clang-format on */

#define TOP_(level) CALL(level)
#define TOP(level)  TOP_(level)

int main(void)
{
    TOP(LEVELS)
    printf("%ld\n", calls);
    return 0;
}
