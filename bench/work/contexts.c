/* contexts.c - contexts DEPTH CALLS: eight functions that call each other in random order, DEPTH
   deep: many contexts, of which few are seen twice in a row. */
#include <stdio.h>
#include <stdlib.h>

static unsigned state = 1;

static unsigned draw(void) __attribute__((no_instrument_function));
static int call(int depth) __attribute__((no_instrument_function));

static unsigned draw(void)
{
    state = state * 1103515245u + 12345u;
    return state >> 16;
}

#define FUNCTION(n)                                                                                \
    __attribute__((noinline)) static int function##n(int depth)                                    \
    {                                                                                              \
        return call(depth - 1) + n;                                                                \
    }
FUNCTION(0)
FUNCTION(1)
FUNCTION(2)
FUNCTION(3)
FUNCTION(4)
FUNCTION(5)
FUNCTION(6)
FUNCTION(7)

static int call(int depth)
{
    static int (*const functions[])(int) = {function0, function1, function2, function3,
                                            function4, function5, function6, function7};
    return depth == 0 ? 0 : functions[draw() % 8](depth);
}

int main(int argc, char **argv)
{
    int depth = argc > 1 ? atoi(argv[1]) : 5, sum = 0;
    long calls = argc > 2 ? atol(argv[2]) : 1000000;
    for (long i = 0; i < calls; i += depth)
        sum += call(depth);
    printf("%d\n", sum);
    return 0;
}
