/* fork_in_handler.c - a signal handler forks, in the middle of hooks, too, and returns in the
 * child. Says how many children did not end with status 0. */
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#define FORKS 200

static volatile int forks, failed;
static volatile bool is_child;

__attribute__((no_instrument_function)) static void arm(void)
{
    struct itimerval once = {{0, 0}, {0, 200}};
    setitimer(ITIMER_REAL, &once, NULL);
}

__attribute__((noinline)) static void leaf(void)
{
    __asm__ volatile("");
}

static void on_alarm(int number)
{
    int status;
    (void)number;
    forks++;
    pid_t child = fork();
    if (child == 0) {
        is_child = true;
        leaf();
        return;
    }
    waitpid(child, &status, 0);
    failed += status != 0;
    if (forks < FORKS)
        arm();
}

int main(void)
{
    signal(SIGALRM, on_alarm);
    arm();
    while (forks < FORKS && !is_child)
        leaf();
    if (is_child) {
        for (int i = 0; i < 100; i++)
            leaf();
        _exit(0);
    }
    printf("%d\n", failed);
    return 0;
}
