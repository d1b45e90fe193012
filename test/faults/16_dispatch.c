/* dispatch.c - an interpreter's loop: operations called from one place through a pointer, of which
 * one leaves by longjmp. */
#include <setjmp.h>

static jmp_buf back;
static long sum;

__attribute__((noinline)) static void op_throw(void)
{
    sum++;
    longjmp(back, 1);
}

__attribute__((noinline)) static void op_work(void)
{
    sum += 2;
}

__attribute__((noinline)) static void op_small(void)
{
    volatile char room[8];
    room[0] = 0;
    sum += 3 + room[0];
}

int main(void)
{
    static void (*const operations[])(void) = {op_throw, op_work, op_small, op_throw, op_small};
    for (volatile int i = 0; i < 5000; i++)
        if (setjmp(back) == 0)
            operations[i % 5]();
    return sum != 10000;
}
