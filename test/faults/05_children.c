/* 05_children.c - a process that would notice children which it did not make: 05_children MODE. While
   it ends, a second thread waits for any child, and counts SIGCHLD; each one that comes is said, and so
   are fork handlers that run. */
#include "preload/cprof.h"
#include "test/progs/work.h"
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define UNSEEN __attribute__((no_instrument_function))

UNSEEN static void say(const char *text)
{
    if (write(1, text, strlen(text)) < 0)
        abort();
}

UNSEEN static void on_child(int number)
{
    (void)number;
    say("SIGCHLD\n");
}

UNSEEN static void *look_for_children(void *leaves_them)
{
    for (;;) {
        siginfo_t end = {0};
        if (waitid(P_ALL, 0, &end, WEXITED | WSTOPPED | WNOHANG | WNOWAIT) == 0 && end.si_pid != 0)
            say("waitid: a child\n");
        if (leaves_them == NULL && waitpid(-1, NULL, WNOHANG) > 0)
            say("waitpid: a child\n");
        usleep(50);
    }
    return NULL;
}

UNSEEN static void start(void *(*function)(void *), void *argument)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, function, argument) != 0)
        abort();
}

static void *end_in_thread(void *unused)
{
    (void)unused;
    exit(5);
}

UNSEEN static void on_fork(void)
{
    say("a fork handler\n");
    for (;;)
        pause();
}

/* Children of its own, all alive when it ends; they end with it. */
UNSEEN static void make_children(int n)
{
    int ends[2];
    char c;
    if (pipe(ends) != 0)
        abort();
    for (int i = 0; i < n; i++) {
        pid_t child = fork();
        if (child < 0)
            abort();
        if (child > 0)
            continue;
        close(ends[1]);
        syscall(SYS_exit_group, read(ends[0], &c, 1) == 0 ? 0 : 1);
    }
}

/* A child's end in our memory is not ours. */
UNSEEN static void end_in_vfork(void)
{
    pid_t child = vfork();
    if (child == 0)
        _exit(0);
    while (waitpid(child, NULL, 0) < 0)
        ;
}

/* The program's own profile, written while it runs. */
UNSEEN static int dump(void)
{
    int adopts = 0;
    cprof_profile *profile = cprof_create();
    cprof_enable(profile);
    work(7);
    if (profile != NULL && cprof_dump_stats(profile, "own.prof") != CPROF_OK)
        say("not written\n");
    prctl(PR_GET_CHILD_SUBREAPER, &adopts);
    if (!adopts || waitpid(-1, NULL, WNOHANG) >= 0 || errno != ECHILD)
        say("a helper is left\n");
    return 6;
}

UNSEEN static void ignore_all(void)
{
    sigset_t all;
    for (int number = 1; number <= SIGRTMAX; number++)
        signal(number, SIG_IGN);
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
}

int main(int argc, char **argv)
{
    const char *mode = argc > 1 ? argv[1] : "";
    struct sigaction action = {.sa_handler = on_child};
    bool many = strcmp(mode, "many") == 0;
    sigaction(SIGCHLD, &action, NULL);
    work(100);
    if (strcmp(mode, "closed") == 0) {
        printf("counted %ld\n", counted);
        fflush(stdout);
        syscall(SYS_close_range, 3, ~0u, 0);
        return 0;
    }
    if (many)
        make_children(1000);
    if (strcmp(mode, "vfork") == 0)
        end_in_vfork();
    start(look_for_children, many ? &many : NULL);
    if (strcmp(mode, "ignored") == 0)
        ignore_all();
    if (strcmp(mode, "atfork") == 0)
        pthread_atfork(on_fork, on_fork, on_fork);
    if (strcmp(mode, "subreaper") == 0 || strcmp(mode, "dump") == 0)
        prctl(PR_SET_CHILD_SUBREAPER, 1);
    if (strcmp(mode, "dump") == 0)
        return dump();
    if (strcmp(mode, "thread") == 0) {
        start(end_in_thread, NULL);
        pause();
    }
    if (strcmp(mode, "_exit") == 0)
        _exit(4);
    return 3;
}
