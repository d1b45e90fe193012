/* 18_signals.c - instrumented signal handlers: signals WHAT WHERE. WHAT handlers do: return, or
 * jump out of what they interrupt, hooks too. WHERE they run: on the stack that they interrupt
 * (here); on an alternate one that lies below, above, or within it. Says how often leaf and on_tick
 * were called. */
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>

#define KEPT  __attribute__((noinline))
#define TICKS 1000
#define ROOM  (1 << 16)

static volatile long leaves; /* outside of handlers */
static volatile long ticks;
static volatile bool jumping;
static sigjmp_buf back;

KEPT static void leaf(void)
{
    __asm__ volatile("");
}

KEPT static void in_handler(void)
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

KEPT static void middle(void)
{
    for (int i = 0; i < 100; i++)
        leaf();
}

static void run_timer(long us, bool once)
{
    struct itimerval every = {{0, once ? 0 : us}, {0, us}};
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

/* Jumps out of whatever runs, hooks too; what is called after the last jump is counted. One signal
   for each jump: it unblocks signals while it is still on the handler's stack, which has an end. */
static void jump(long end)
{
    sigset_t alarm;
    sigemptyset(&alarm);
    sigaddset(&alarm, SIGALRM);
    sigsetjmp(back, 1);
    jumping = true; /* not before: its mask is the last that sigsetjmp saves */
    if (ticks < end)
        run_timer(40, true);
    while (ticks < end)
        middle();
    sigprocmask(SIG_BLOCK, &alarm, NULL);
    jumping = false;
}

KEPT static void after(void)
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
    run_timer(200, false);
}

static bool to_jump;

KEPT static void run(void)
{
    if (to_jump)
        jump(5 * TICKS);
    else
        count_until(TICKS);
    run_timer(0, false);
    for (int i = 0; i < 100000; i++)
        after();
}

static void *run_below(void *alternate)
{
    sigset_t alarm;
    sigemptyset(&alarm);
    sigaddset(&alarm, SIGALRM);
    handle(SA_ONSTACK, alternate, ROOM);
    pthread_sigmask(SIG_UNBLOCK, &alarm, NULL);
    run();
    return NULL;
}

/* In a thread, which lies below main's stack. */
static void run_in_thread(void *alternate)
{
    pthread_t thread;
    sigset_t alarm;
    sigemptyset(&alarm);
    sigaddset(&alarm, SIGALRM);
    pthread_sigmask(SIG_BLOCK, &alarm, NULL);
    pthread_create(&thread, NULL, run_below, alternate);
    pthread_join(thread, NULL);
}

int main(int argc, char **argv)
{
    static char below[ROOM];
    char within[ROOM];
    const char *where = argc > 2 ? argv[2] : "";
    to_jump = argc > 1 && strcmp(argv[1], "jump") == 0;
    if (strcmp(where, "above") == 0) {
        run_in_thread(within);
    } else {
        bool is_below = strcmp(where, "below") == 0, is_within = strcmp(where, "within") == 0;
        char *alternate = is_below ? below : is_within ? within : NULL;
        handle(alternate != NULL ? SA_ONSTACK : 0, alternate, ROOM);
        run();
    }
    printf("%ld %ld\n", leaves, ticks);
    return 0;
}
