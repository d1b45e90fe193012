/* 20_fork_in_handler.c - a signal handler forks, in the middle of hooks, too, and returns in the
 * child: 20_fork_in_handler seen|unseen, whether the handler is instrumented. Says how many
 * children did not end with status 0, and how often this process has called leaf. A child calls
 * last 100 times. */
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#define FORKS  20
#define UNSEEN __attribute__((no_instrument_function))

static volatile int forks, failed;
static volatile bool is_child;
static volatile long leaves;

UNSEEN static void arm(void)
{
    struct itimerval once = {{0, 0}, {0, 200}};
    setitimer(ITIMER_REAL, &once, NULL);
}

__attribute__((noinline)) static void leaf(void)
{
    leaves++;
}

__attribute__((noinline)) static void last(void)
{
    __asm__ volatile("");
}

static void in_child(void)
{
    is_child = true;
}

UNSEEN static void fork_here(void (*begin)(void))
{
    int status;
    forks++;
    pid_t child = fork();
    if (child == 0)
        return begin();
    waitpid(child, &status, 0);
    failed += status != 0;
    if (forks < FORKS)
        arm();
}

static void on_alarm(int number)
{
    (void)number;
    fork_here(in_child);
}

UNSEEN static void set_child(void)
{
    is_child = true;
}

UNSEEN static void on_alarm_unseen(int number)
{
    (void)number;
    fork_here(set_child);
}

int main(int argc, char **argv)
{
    signal(SIGALRM, argc > 1 && strcmp(argv[1], "seen") == 0 ? on_alarm : on_alarm_unseen);
    arm();
    while (forks < FORKS && !is_child)
        leaf();
    if (is_child) {
        for (int i = 0; i < 100; i++)
            last();
        _exit(0);
    }
    printf("%d %ld\n", failed, leaves);
    return 0;
}
