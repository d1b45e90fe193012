/* deep.c - deep DEPTH CALLS: two functions that call each other, DEPTH deep, again and again. */
#include <stdio.h>
#include <stdlib.h>

static int ping(int depth);

__attribute__((noinline)) static int pong(int depth)
{
    return depth > 0 ? ping(depth - 1) + 1 : 0;
}

__attribute__((noinline)) static int ping(int depth)
{
    return depth > 0 ? pong(depth - 1) + 2 : 0;
}

int main(int argc, char **argv)
{
    int depth = argc > 1 ? atoi(argv[1]) : 500, sum = 0;
    long calls = argc > 2 ? atol(argv[2]) : 1000000;
    for (long i = 0; i < calls; i += depth)
        sum += ping(depth);
    printf("%d\n", sum);
    return 0;
}
