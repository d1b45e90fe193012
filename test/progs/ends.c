/* ends.c - every way for a process to end: ends MODE. Always after 1,000 calls of leaf, and with
   main, outer and inner open. */
#include "work.h"
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

static pthread_t spinners[8];

static void *spin(void *unused)
{
    (void)unused;
    for (;;)
        work(100);
    return NULL;
}

static void *end_in_thread(void *status)
{
    work(1000);
    exit(*(int *)status);
}

static void *end_later(void *unused)
{
    (void)unused;
    usleep(20000);
    work(500);
    return NULL;
}

static void spin_on(int threads)
{
    for (int i = 0; i < threads; i++)
        pthread_create(&spinners[i], NULL, spin, NULL);
    usleep(2000);
}

static void from_thread(void *(*function)(void *), void *argument)
{
    pthread_t thread;
    pthread_create(&thread, NULL, function, argument);
    pthread_join(thread, NULL);
}

static void handle(int number)
{
    leaf();
    _exit(40 + number);
}

static void end(const char *mode)
{
    static int status = 9;
    pthread_t thread;
    char *const nobody[] = {"sh", "-c", "exit 12", NULL};
    if (strcmp(mode, "exit") == 0)
        exit(3);
    if (strcmp(mode, "_exit") == 0)
        _exit(4);
    if (strcmp(mode, "_Exit") == 0)
        _Exit(5);
    if (strcmp(mode, "quick_exit") == 0)
        quick_exit(6);
    if (strcmp(mode, "exit_group") == 0)
        syscall(SYS_exit_group, 7);
    if (strcmp(mode, "abort") == 0)
        abort();
    if (strcmp(mode, "pthread_exit") == 0) {
        pthread_create(&thread, NULL, end_later, NULL);
        pthread_exit(NULL);
    }
    if (strcmp(mode, "thread") == 0)
        from_thread(end_in_thread, &status);
    if (strcmp(mode, "spinning") == 0) {
        spin_on(8);
        exit(8);
    }
    if (strcmp(mode, "spinning-thread") == 0) {
        spin_on(8);
        from_thread(end_in_thread, &status);
    }
    if (strcmp(mode, "exec") == 0)
        execv("/bin/sh", nobody);
    if (strcmp(mode, "handler") == 0) {
        signal(SIGTERM, handle);
        raise(SIGTERM);
    }
    if (strcmp(mode, "SEGV") == 0)
        *(volatile int *)NULL = 1;
}

static void send_signal(const char *name)
{
    static const struct {
        const char *name;
        int number;
    } signals[] = {{"TERM", SIGTERM}, {"INT", SIGINT}, {"KILL", SIGKILL}, {"HUP", SIGHUP}};
    for (unsigned i = 0; i < sizeof signals / sizeof *signals; i++)
        if (strcmp(name, signals[i].name) == 0)
            kill(getpid(), signals[i].number);
}

static void inner(const char *mode)
{
    work(1000);
    end(mode);
    send_signal(mode);
}

static void outer(const char *mode)
{
    inner(mode);
    printf("still here\n");
}

int main(int argc, char **argv)
{
    struct rlimit no_core = {0, 0};
    setrlimit(RLIMIT_CORE, &no_core);
    printf("before the end\n");
    fflush(stdout);
    outer(argc > 1 ? argv[1] : "return");
    return 2;
}
