/* inject_work.c - a bit of everything that makes libcprof.so make system calls: contexts, depth, a
   thread, a child, a handler on an alternate stack. Counts its calls of leaf, and says how many. */
#include "../progs/work.h"
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static __attribute__((noinline)) int deep(int n)
{
    leaf();
    return n > 0 ? deep(n - 1) + 1 : 0;
}

static void handler(int number)
{
    (void)number;
    leaf();
}

static void *thread(void *unused)
{
    work(50);
    return unused;
}

static void in_child(void)
{
    int status = -1;
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        work(30);
        printf("child\n");
        exit(3);
    }
    printf("waited %d\n", waitpid(pid, &status, 0) == pid);
    printf("status %d\n", status);
}

int main(void)
{
    pthread_t t;
    stack_t stack = {.ss_sp = malloc(65536), .ss_size = 65536};
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_ONSTACK};
    sigaltstack(&stack, NULL);
    sigaction(SIGUSR1, &action, NULL);
    work(99);
    deep(200);
    raise(SIGUSR1);
    pthread_create(&t, NULL, thread, NULL);
    pthread_join(t, NULL);
    in_child();
    printf("%ld calls\n", counted);
    return 5;
}
