/* 10_malloc.c - a program with a malloc of its own, instrumented, that locks and takes care of
   fork. With -DPLAIN it uses whatever malloc there is. Says how often it was called since main
   began. */
#include <errno.h>
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define UNSEEN __attribute__((no_instrument_function))

static long taken; /* calls of malloc and calloc */

#ifndef PLAIN
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static _Alignas(16) char heap[64 << 20];
static size_t used;

/* Every block has its size before it; nothing is ever given back. */
static __attribute__((noinline)) void *take(size_t size)
{
    pthread_mutex_lock(&mutex);
    char *p = heap + used + 16;
    used += 16 + ((size + 15) & -(size_t)16);
    taken++;
    pthread_mutex_unlock(&mutex);
    if (used > sizeof heap)
        abort();
    memcpy(p - 16, &size, sizeof size);
    return p;
}

void *malloc(size_t size)
{
    return take(size);
}

void *calloc(size_t n, size_t size)
{
    return take(n * size);
}

void *realloc(void *old, size_t size)
{
    size_t before = 0;
    if (old != NULL)
        memcpy(&before, (char *)old - 16, sizeof before);
    return memcpy(take(size), old != NULL ? old : "", before < size ? before : size);
}

void free(void *p)
{
    (void)p;
}

static void lock(void)
{
    pthread_mutex_lock(&mutex);
}

static void unlock(void)
{
    pthread_mutex_unlock(&mutex);
}
#endif

static __attribute__((noinline)) void *leaf(size_t size)
{
    errno = 77;
    void *p = malloc(size);
    if (p == NULL || errno != 77)
        abort();
    return p;
}

static void *thread(void *unused)
{
    for (size_t i = 1; i <= 1000; i++) {
        void *p = realloc(leaf(i), 2 * i);
        free(p);
    }
    return unused;
}

UNSEEN static void in_child(void)
{
    int status;
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        thread(NULL);
        exit(4);
    }
    waitpid(pid, &status, 0);
    printf("child %d\n", status);
}

UNSEEN int main(void)
{
    pthread_t threads[4];
    long before = taken;
#ifndef PLAIN
    pthread_atfork(lock, unlock, unlock);
#endif
    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, thread, NULL);
    in_child();
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    in_child();
    printf("taken %ld\n", taken - before);
    return 8;
}
