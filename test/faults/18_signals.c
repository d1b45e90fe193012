/* signals.c - instrumented signal handlers: signals MODE. Says how often leaf and on_tick were
 * called. */
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>

#define TICKS 1000

static volatile long leaves; /* outside of handlers */
static volatile long ticks;
static volatile bool jumping;
static sigjmp_buf back;

__attribute__((noinline)) static void leaf(void)
{
    __asm__ volatile("");
}

__attribute__((noinline)) static void in_handler(void)
{
    __asm__ volatile("");
}

static void on_tick(int number)
{
    (void)number;
    ticks++;
    for (int i = 0; i < 5; i++)
        in_handler();
    if (jumping)
        siglongjmp(back, 1);
}

__attribute__((noinline)) static void middle(void)
{
    for (int i = 0; i < 100; i++)
        leaf();
}

static void run_timer(long us)
{
    struct itimerval every = {{0, us}, {0, us}};
    setitimer(ITIMER_REAL, &every, NULL);
}

/* A handler that returns costs nothing of what it interrupts: each call is counted. */
static void count_until(long end)
{
    while (ticks < end) {
        middle();
        leaves += 100;
    }
}

/* Jumps out of whatever runs, hooks too; what is called after the last jump is counted. */
static void jump(long end)
{
    sigset_t alarm;
    sigemptyset(&alarm);
    sigaddset(&alarm, SIGALRM);
    sigsetjmp(back, 1);
    jumping = true; /* not before: its mask is the last that sigsetjmp saves */
    run_timer(40);
    while (ticks < end)
        middle();
    run_timer(0);
    sigprocmask(SIG_BLOCK, &alarm, NULL);
    jumping = false;
}

__attribute__((noinline)) static void after(void)
{
    __asm__ volatile("");
}

static void handle(int flags, void *stack, size_t size)
{
    stack_t alternate = {.ss_sp = stack, .ss_size = size};
    struct sigaction action = {.sa_handler = on_tick, .sa_flags = flags | SA_RESTART};
    if (stack != NULL && sigaltstack(&alternate, NULL) != 0)
        abort();
    sigaction(SIGALRM, &action, NULL);
    run_timer(200);
}

int main(int argc, char **argv)
{
    const char *mode = argc > 1 ? argv[1] : "";
    static char below[1 << 16];
    char within[1 << 16];
    if (strcmp(mode, "altstack") == 0) /* below the stack in memory */
        handle(SA_ONSTACK, below, sizeof below);
    else if (strcmp(mode, "altstack-within") == 0) /* above all frames that are interrupted */
        handle(SA_ONSTACK, within, sizeof within);
    else
        handle(0, NULL, 0);
    if (strcmp(mode, "jump") == 0)
        jump(5 * TICKS);
    else
        count_until(TICKS);
    run_timer(0);
    for (int i = 0; i < 100000; i++)
        after();
    printf("%ld %ld\n", leaves, ticks);
    return 0;
}
