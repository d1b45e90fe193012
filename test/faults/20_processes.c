/* processes.c - processes that make processes: processes MODE [ARGUMENT]. Each says, in a line of
   its own, "PID CALLS": how often it has called leaf. */
#include "../progs/work.h"
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define UNSEEN __attribute__((no_instrument_function))

extern char **environ;

static volatile bool stop;
static char *self;

UNSEEN static void say(void)
{
    char line[64];
    int length = snprintf(line, sizeof line, "%d %ld\n", getpid(), counted);
    if (write(1, line, (size_t)length) != length)
        abort();
}

UNSEEN static void wait_for_all(void)
{
    while (wait(NULL) > 0 || errno == EINTR)
        ;
}

static void child(long n)
{
    counted = 0;
    work(n);
    say();
    exit(0);
}

UNSEEN static pid_t fork_by(const char *how)
{
    if (strcmp(how, "_Fork") == 0)
        return _Fork();
    if (strcmp(how, "SYS_fork") == 0)
        return (pid_t)syscall(SYS_fork);
    if (strcmp(how, "SYS_clone") == 0)
        return (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
    return fork();
}

/* Another image, in a child. */
static void image(const char *how)
{
    char *argv[] = {self, "work", "33", NULL};
    char command[4200], line[64];
    pid_t pid;
    snprintf(command, sizeof command, "'%s' work 33; :", self);
    if (strcmp(how, "fork") == 0 && fork() == 0)
        execv(self, argv);
    if (strcmp(how, "vfork") == 0 && vfork() == 0)
        execv(self, argv);
    if (strcmp(how, "posix_spawn") == 0 && posix_spawn(&pid, self, NULL, NULL, argv, environ) != 0)
        abort();
    if (strcmp(how, "system") == 0 && system(command) != 0)
        abort();
    if (strcmp(how, "popen") == 0) {
        FILE *from = popen(command, "r");
        while (fgets(line, sizeof line, from) != NULL)
            if (write(1, line, strlen(line)) < 0)
                abort();
        pclose(from);
    }
}

/* The child returns through a chain of calls that only the parent has made. HOW NULL: no child. */
static void deep(long n, const char *how)
{
    leaf();
    if (n > 1)
        deep(n - 1, how);
    else if (how != NULL && fork_by(how) == 0)
        counted = 0;
    leaf();
}

/* A child that jumps in vfork's shadow: its calls are made in the parent's memory. */
static void in_vfork(void)
{
    if (vfork() == 0) {
        work(9);
        _exit(0);
    }
}

static void *fork_in_thread(void *how)
{
    work(50);
    if (fork_by(how) == 0)
        child(7);
    return NULL;
}

static void from_thread(const char *how)
{
    pthread_t thread;
    pthread_create(&thread, NULL, fork_in_thread, (void *)how);
    pthread_join(thread, NULL);
}

static void busy_call(void)
{
    __asm__ volatile("");
}

static void *busy(void *calls)
{
    while (!stop) {
        busy_call();
        ++*(long *)calls;
    }
    return NULL;
}

/* Forks while other threads are in their hooks. Says how often they called busy_call, too. */
static void among_threads(int forks)
{
    pthread_t threads[3];
    long calls[3] = {0};
    for (int i = 0; i < 3; i++)
        pthread_create(&threads[i], NULL, busy, &calls[i]);
    for (int i = 0; i < forks; i++)
        if (fork() == 0)
            child(i + 1);
    wait_for_all();
    stop = true;
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    printf("%ld\n", calls[0] + calls[1] + calls[2]);
    fflush(stdout);
}

/* Children of children, each with calls of its own. */
static void generations(long n)
{
    work(n);
    if (n > 1 && fork() == 0) {
        counted = 0;
        generations(n - 1);
        wait_for_all();
        say();
        exit(0);
    }
}

/* A child that ends in another way than by exit. */
static void child_that(const char *ends)
{
    char *argv[] = {self, "work", "33", NULL};
    if (fork() != 0)
        return;
    counted = 0;
    work(9);
    if (strcmp(ends, "execs") != 0)
        say();
    if (strcmp(ends, "_exits") == 0)
        _exit(0);
    if (strcmp(ends, "is-killed") == 0)
        kill(getpid(), SIGKILL);
    if (strcmp(ends, "execs") == 0)
        execv(self, argv);
    exit(0);
}

/* The process is about to end when it forks: the child runs what is left of the handlers. */
static void fork_at_exit(void)
{
    work(5);
    if (fork() == 0)
        counted = 0;
    work(8);
    wait_for_all();
    say();
}

/* A child outlives its parent. */
static void orphan(void)
{
    int ends[2];
    char c;
    if (pipe(ends) != 0)
        abort();
    if (fork() == 0) {
        close(ends[1]);
        if (read(ends[0], &c, 1) != 0) /* until the parent is gone */
            abort();
        usleep(30000);
        child(7);
    }
}

/* N further images of this process. */
static void next_image(long n)
{
    char left[24];
    snprintf(left, sizeof left, "%ld", n - 1);
    work(100 + n);
    say();
    if (n > 0)
        execl(self, self, "images", left, NULL);
}

int main(int argc, char **argv)
{
    const char *mode = argc > 1 ? argv[1] : "";
    const char *argument = argc > 2 ? argv[2] : "";
    self = argv[0];
    if (strcmp(mode, "images") == 0) {
        next_image(atol(argument));
        return 0;
    }
    if (strcmp(mode, "work") == 0)
        work(atol(argument) - 20);
    work(20);
    if (strcmp(mode, "fork") == 0 && fork_by(argument) == 0)
        child(7);
    if (strcmp(mode, "image") == 0)
        image(argument);
    if (strcmp(mode, "deep") == 0) {
        deep(60, argument);
        deep(2, NULL);
    }
    if (strcmp(mode, "vfork") == 0)
        in_vfork();
    if (strcmp(mode, "thread") == 0)
        from_thread(argument);
    if (strcmp(mode, "threads") == 0)
        among_threads(20);
    if (strcmp(mode, "generations") == 0)
        generations(5);
    if (strcmp(mode, "child-that") == 0)
        child_that(argument);
    if (strcmp(mode, "at-exit") == 0) {
        atexit(fork_at_exit);
        return 0;
    }
    if (strcmp(mode, "orphan") == 0)
        orphan();
    else
        wait_for_all();
    say();
    return 0;
}
