/* 25_recursion.c - calls a million deep: recursion DEPTH. A function that calls itself, and two
   that call each other: on the main thread's stack, if that is large enough, and on a thread's. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#define PER_CALL 400u /* bytes of stack, at most */

static volatile int end;

static __attribute__((noinline)) int direct(int depth)
{
    return depth > 1 ? direct(depth - 1) + 1 : end;
}

static int pong(int depth);

static __attribute__((noinline)) int ping(int depth)
{
    return depth > 1 ? pong(depth - 1) + 1 : end;
}

static __attribute__((noinline)) int pong(int depth)
{
    return depth > 1 ? ping(depth - 1) + 1 : end;
}

static void *both(void *depth)
{
    printf("%d %d\n", direct(*(int *)depth), ping(*(int *)depth));
    return NULL;
}

int main(int argc, char **argv)
{
    int depth = argc > 1 ? atoi(argv[1]) : 1000;
    size_t size = (size_t)depth * PER_CALL + (1 << 20);
    struct rlimit stack;
    pthread_attr_t large;
    pthread_t thread;
    getrlimit(RLIMIT_STACK, &stack);
    pthread_attr_init(&large);
    pthread_attr_setstacksize(&large, size);
    if (pthread_create(&thread, &large, both, &depth) != 0)
        return 1;
    pthread_join(thread, NULL);
    if (stack.rlim_cur >= size)
        both(&depth);
    return 0;
}
