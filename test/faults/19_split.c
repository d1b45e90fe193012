/* 19_split.c - recursion in a thread whose stack is small and grows in pieces (-fsplit-stack). */
#include <pthread.h>
#include <string.h>

__attribute__((noinline)) static void leaf(void)
{
    __asm__ volatile("");
}

__attribute__((noinline)) static int deep(int depth)
{
    volatile char room[512];
    memset((void *)room, depth, sizeof room);
    leaf();
    return depth == 0 ? room[0] : deep(depth - 1) + room[1] - room[2];
}

static void *run(void *unused)
{
    for (int i = 0; i < 3; i++)
        deep(999);
    return unused;
}

int main(void)
{
    pthread_attr_t attributes;
    pthread_t thread;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 1 << 16);
    pthread_create(&thread, &attributes, run, NULL);
    pthread_join(thread, NULL);
    return 0;
}
