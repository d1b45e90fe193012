/* threads.c - threads, and how they end: threads MODE THREADS CALLS. Says how often leaf was
 * called. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static pthread_key_t key;
static pthread_barrier_t all_here;
static const char *mode;
static long calls;

__attribute__((noinline)) static void leaf(void)
{
    __asm__ volatile("");
}

static void work(long n)
{
    while (n-- > 0)
        leaf();
}

/* Runs after cprof's own destructor, or before it; again and again. */
static void destroy(void *rounds)
{
    work(10);
    if ((long)rounds > 1)
        pthread_setspecific(key, (void *)((long)rounds - 1));
}

static void inner(void)
{
    work(calls);
    if (strcmp(mode, "pthread_exit") == 0)
        pthread_exit(NULL);
    if (strcmp(mode, "cancel") == 0) {
        pthread_barrier_wait(&all_here);
        for (;;)
            pause();
    }
}

static void *start(void *unused)
{
    (void)unused;
    if (strcmp(mode, "together") == 0)
        pthread_barrier_wait(&all_here);
    if (strcmp(mode, "destructor") == 0)
        pthread_setspecific(key, (void *)3L);
    inner();
    return NULL;
}

static void run(int n)
{
    pthread_t threads[200];
    for (int i = 0; i < n; i++)
        if (pthread_create(&threads[i], NULL, start, NULL) != 0)
            abort();
    if (strcmp(mode, "cancel") == 0) {
        pthread_barrier_wait(&all_here);
        for (int i = 0; i < n; i++)
            pthread_cancel(threads[i]);
    }
    for (int i = 0; i < n; i++)
        pthread_join(threads[i], NULL);
}

int main(int argc, char **argv)
{
    int n = argc > 3 ? (int)strtol(argv[2], NULL, 10) : 0;
    mode = argc > 3 ? argv[1] : "";
    calls = argc > 3 ? strtol(argv[3], NULL, 10) : 0;
    pthread_key_create(&key, destroy);
    pthread_barrier_init(&all_here, NULL, (unsigned)n + (strcmp(mode, "cancel") == 0));
    if (strcmp(mode, "short") == 0)
        for (int i = 0; i < n; i++)
            run(1);
    else
        run(n);
    printf("%ld\n", n * (calls + (strcmp(mode, "destructor") == 0 ? 30 : 0)));
    return 0;
}
