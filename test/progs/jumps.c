/* jumps.c - functions that are left without a return, and what is called after them: jumps N. */
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#define KEPT __attribute__((noinline))

static jmp_buf back;

KEPT static void leaf(void)
{
    __asm__ volatile("");
}

KEPT static void fail(int depth)
{
    volatile char room[64];
    memset((void *)room, depth, sizeof room);
    leaf();
    if (depth > 0)
        fail(depth - 1);
    else
        longjmp(back, 1);
    leaf();
}

/* Siblings of fail whose machine frames are smaller, as large, and larger. */
KEPT static void smaller(void)
{
    leaf();
}

KEPT static void equal(int n)
{
    volatile char room[64];
    memset((void *)room, n, sizeof room);
    leaf();
}

KEPT static void larger(int n)
{
    volatile char room[4000];
    memset((void *)room, n, sizeof room);
    leaf();
    leaf();
}

static inline void in_loop(int n)
{
    if (n % 3 == 0)
        longjmp(back, 1);
    leaf();
}

KEPT static void loop(volatile int *i)
{
    for (; *i < 10;)
        in_loop((*i)++);
    (*i)++;
}

KEPT static void attempt(int n)
{
    volatile int i = 0;
    if (setjmp(back) == 0)
        fail(n % 4);
    smaller();
    if (setjmp(back) == 0)
        fail(n % 3);
    equal(n);
    if (setjmp(back) == 0)
        fail(n % 5);
    larger(n);
    setjmp(back);
    while (i < 10)
        loop(&i);
    leaf();
}

int main(int argc, char **argv)
{
    long n = argc > 1 ? strtol(argv[1], NULL, 10) : 0;
    for (int i = 0; i < n; i++)
        attempt(i);
    return 0;
}
