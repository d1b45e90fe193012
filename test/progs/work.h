/* work.h - calls that programs under test count themselves. */
#ifndef CPROF_TEST_WORK_H
#define CPROF_TEST_WORK_H

static volatile long counted; /* calls of leaf in this process; a forked child starts anew itself */

static __attribute__((noinline)) void leaf(void)
{
    counted++;
}

static __attribute__((noinline)) void work(long n)
{
    while (n-- > 0)
        leaf();
}

#endif
