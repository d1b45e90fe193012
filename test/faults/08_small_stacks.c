/* 08_small_stacks.c - threads with the smallest stacks there are, handlers on small alternate ones.

     threads   threads of PTHREAD_STACK_MIN, the first of which makes the process's first event
     exit      such a thread ends the process
     depth     writes to the file `depth` how many bytes a call of an empty function takes
     handler   a handler on an alternate stack of 8 KiB, and one of what the kernel takes and 2 KiB
 */
#include "../progs/work.h"
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <unistd.h>

#define UNSEEN __attribute__((no_instrument_function))
#define PAGE   4096u

static const char *mode;

UNSEEN static void *thread(void *unused)
{
    work(100);
    if (strcmp(mode, "exit") == 0)
        exit(6);
    return unused;
}

/* A stack of SIZE that ends where nothing is. */
UNSEEN static char *new_stack(size_t size)
{
    char *p = mmap(NULL, size + PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED || mprotect(p, PAGE, PROT_NONE) != 0)
        abort();
    return p + PAGE;
}

UNSEEN static void run_thread(void *(*function)(void *))
{
    pthread_attr_t attributes;
    pthread_t t;
    size_t size = (size_t)sysconf(_SC_THREAD_STACK_MIN);
    pthread_attr_init(&attributes);
    pthread_attr_setstack(&attributes, new_stack(size), size);
    if (pthread_create(&t, &attributes, function, NULL) != 0)
        abort();
    pthread_join(t, NULL);
}

static __attribute__((noinline)) void empty(void)
{
    __asm__ volatile("");
}

/* The bytes below this function's stack pointer that a call of empty changes, once it is known. */
UNSEEN __attribute__((noinline)) static long depth_of_empty(void)
{
    enum { ROOM = 6000 };
    volatile char *sp;
    for (int i = 0; i < 3; i++)
        empty();
    __asm__ volatile("mov %%rsp, %0" : "=r"(sp));
    for (volatile char *p = sp - ROOM; p < sp; p++)
        *p = 0x5a;
    empty();
    volatile char *low = sp - ROOM;
    while (low < sp && *low == 0x5a)
        low++;
    return sp - low;
}

UNSEEN static void *measure(void *unused)
{
    char text[32];
    work(10);
    int fd = open("depth", O_WRONLY | O_CREAT | O_TRUNC, 0600);
    int n = snprintf(text, sizeof text, "%ld\n", depth_of_empty());
    if (write(fd, text, (size_t)n) != n)
        abort();
    close(fd);
    return unused;
}

static void handler(int number)
{
    (void)number;
    leaf();
}

UNSEEN static void handle_on(size_t size)
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_ONSTACK};
    size = (size + PAGE - 1) & -(size_t)PAGE;
    stack_t stack = {.ss_sp = new_stack(size), .ss_size = size};
    sigaltstack(&stack, NULL);
    sigaction(SIGUSR1, &action, NULL);
    raise(SIGUSR1);
    raise(SIGUSR1);
}

UNSEEN int main(int argc, char **argv)
{
    mode = argc > 1 ? argv[1] : "";
    if (strcmp(mode, "depth") == 0)
        run_thread(measure);
    else if (strcmp(mode, "handler") == 0)
        handle_on(8192), handle_on(getauxval(AT_MINSIGSTKSZ) + 2048);
    else
        for (int i = 0; i < 20; i++)
            run_thread(thread);
    printf("%ld calls\n", counted);
    return 5;
}
