/* worked.c - calls whose times are stated: worked EXAMPLE. To be run with the fake clock; a unit is
   a second. */
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define KEPT   __attribute__((noinline))
#define UNSEEN __attribute__((no_instrument_function))

void fakeclock_advance(uint64_t ns) __attribute__((weak));

UNSEEN static void take(uint64_t seconds)
{
    if (fakeclock_advance != NULL)
        fakeclock_advance(seconds * 1000000000u);
}

/* One function that calls itself. */
KEPT static void self(int n)
{
    take(5);
    if (n > 0)
        self(n - 1);
    take(6);
}

KEPT static void root(void)
{
    self(2);
}

/* Two that call each other. */
KEPT static void g(int n);

KEPT static void f(int n)
{
    take(1);
    if (n > 0)
        g(n - 1);
    __asm__ volatile(""); /* not a jump */
}

KEPT static void g(int n)
{
    take(10);
    if (n > 0)
        f(n - 1);
    __asm__ volatile("");
}

KEPT static void mutual(void)
{
    f(3);
    __asm__ volatile("");
}

/* Three: k -> l -> m -> l -> m -> l, then k -> l. */
KEPT static void l(int n);

KEPT static void m(int n)
{
    take(100);
    l(n - 1);
    __asm__ volatile("");
}

KEPT static void l(int n)
{
    take(10);
    if (n > 0)
        m(n);
    __asm__ volatile("");
}

KEPT static void k(void)
{
    take(1);
    l(2);
    l(0);
    __asm__ volatile("");
}

/* The end comes inside. */
KEPT static void inner(void)
{
    take(5);
    exit(7);
}

KEPT static void outer(void)
{
    take(3);
    inner();
    take(1000);
}

/* A thread ends inside, long before the process. */
KEPT static void last(void)
{
    take(2);
    pthread_exit(NULL);
}

KEPT static void *start(void *unused)
{
    (void)unused;
    take(1);
    last();
    return NULL;
}

UNSEEN static void run_thread(void)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, start, NULL) == 0)
        pthread_join(thread, NULL);
}

UNSEEN int main(int argc, char **argv)
{
    const char *example = argc > 1 ? argv[1] : "";
    if (strcmp(example, "self") == 0)
        root();
    if (strcmp(example, "mutual") == 0)
        mutual();
    if (strcmp(example, "three") == 0)
        k();
    if (strcmp(example, "exit") == 0)
        outer();
    if (strcmp(example, "thread") == 0)
        run_thread();
    take(5000); /* belongs to nobody */
    return 0;
}
