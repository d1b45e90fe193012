/* 16_jumps.c - functions that are left without a return, and what is called after them: by longjmp,
 * siglongjmp, pthread_exit and cancellation: jumps N. */
#include <pthread.h>
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

static sigjmp_buf signal_back;

KEPT static void fail_with_mask(int depth)
{
    leaf();
    if (depth > 0)
        fail_with_mask(depth - 1);
    siglongjmp(signal_back, 1);
}

KEPT static void attempt_with_mask(int n)
{
    if (sigsetjmp(signal_back, 1) == 0)
        fail_with_mask(n % 4);
    larger(n);
    if (sigsetjmp(signal_back, 0) == 0)
        fail_with_mask(n % 3);
    smaller();
}

/* ---- threads that end in the middle ---- */

KEPT static void clean_up(void *unused)
{
    (void)unused;
    leaf();
}

KEPT static void end_thread(int depth)
{
    pthread_cleanup_push(clean_up, NULL);
    leaf();
    if (depth > 0)
        end_thread(depth - 1);
    else
        pthread_exit(NULL);
    pthread_cleanup_pop(0);
}

KEPT static void await_cancel(int depth)
{
    pthread_cleanup_push(clean_up, NULL);
    leaf();
    if (depth > 0)
        await_cancel(depth - 1);
    for (;;)
        pthread_testcancel();
    pthread_cleanup_pop(0);
}

static void *exiting(void *unused)
{
    end_thread(5);
    return unused;
}

static void *cancelled(void *unused)
{
    await_cancel(5);
    return unused;
}

KEPT static void run_threads(void)
{
    for (int i = 0; i < 4; i++) {
        pthread_t one, other;
        pthread_create(&one, NULL, exiting, NULL);
        pthread_create(&other, NULL, cancelled, NULL);
        pthread_join(one, NULL);
        pthread_cancel(other);
        pthread_join(other, NULL);
    }
}

int main(int argc, char **argv)
{
    long n = argc > 1 ? strtol(argv[1], NULL, 10) : 0;
    for (int i = 0; i < n; i++)
        attempt(i);
    for (int i = 0; i < n; i++)
        attempt_with_mask(i);
    run_threads();
    return 0;
}
