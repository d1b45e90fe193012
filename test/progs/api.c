/*
 * api MODE: profiles that the program switches on itself, by cprof.h; prints what the calls return.
 * Every mode writes what its name says, in the current folder.
 */
#include "preload/cprof.h"

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile int sink;
static jmp_buf back;

__attribute__((noinline)) static void leaf(void)
{
    sink++;
}

__attribute__((noinline)) static void work(int leaves)
{
    for (int i = 0; i < leaves; i++)
        leaf();
}

__attribute__((noinline)) static int recurse(int depth)
{
    work(1);
    return depth == 0 ? 0 : 1 + recurse(depth - 1);
}

static void show(const char *what, int status)
{
    printf("%s %d\n", what, status);
    fflush(stdout);
}

/* ---- objects ---- */

/* on, off, on again; calls between are not seen; errors */
__attribute__((noinline)) static void objects(void)
{
    cprof_profile *profile = cprof_create(), *other = cprof_create();
    show("disable what is off", cprof_disable(profile));
    show("dump what is empty", cprof_dump_stats(profile, "objects.prof"));
    show("enable", cprof_enable(profile));
    show("enable twice", cprof_enable(profile));
    show("enable another", cprof_enable(other));
    work(3);
    show("disable another", cprof_disable(other));
    show("disable", cprof_disable(profile));
    work(100);
    show("enable again", cprof_enable(profile));
    recurse(4);
    show("create_stats", cprof_create_stats(profile));
    show("create_stats again", cprof_create_stats(profile));
    show("dump", cprof_dump_stats(profile, "objects.prof"));
    show("dump into no folder", cprof_dump_stats(profile, "missing/objects.prof"));
    show("enable after dump", cprof_enable(profile));
    work(1);
    show("dump while on", cprof_dump_stats(profile, "more.prof"));
    show("off now", cprof_disable(profile));
    show("clear", cprof_clear(profile));
    show("enable after clear", cprof_enable(profile));
    work(7);
    show("clear while on", cprof_clear(profile));
    work(2);
    show("dump", cprof_dump_stats(profile, "cleared.prof"));
    cprof_free(profile);
    profile = cprof_create();
    show("enable a new one", cprof_enable(profile));
    work(5);
    show("dump", cprof_dump_stats(profile, "new.prof"));
    cprof_free(profile);
    cprof_free(other);
}

static void print(void)
{
    cprof_profile *profile = cprof_create();
    cprof_enable(profile);
    recurse(2);
    printf("before\n");
    show("print", cprof_print_stats(profile, "ncalls"));
    show("print", cprof_print_stats(profile, NULL));
    show("print", cprof_print_stats(profile, "nonsense"));
    cprof_free(profile);
}

static void no_stdout(void)
{
    cprof_profile *profile = cprof_create();
    cprof_enable(profile);
    work(1);
    close(1);
    exit(cprof_print_stats(profile, NULL));
}

/* Functions that return while the profile is on, and are called anew from there. */
__attribute__((noinline)) static void switch_on(cprof_profile *profile)
{
    cprof_enable(profile);
    work(1);
}

__attribute__((noinline)) static void middle(cprof_profile *profile)
{
    switch_on(profile);
    work(2);
}

static void returns(void)
{
    cprof_profile *profile = cprof_create();
    middle(profile);
    work(3);
    middle(NULL);
    cprof_disable(profile);
    show("dump", cprof_dump_stats(profile, "returns.prof"));
    cprof_free(profile);
}

/* ---- scopes ---- */

__attribute__((noinline)) static int leave(cprof_profile *profile, int way)
{
    for (int i = 0; i < 2; i++) {
        CPROF_SCOPE(profile);
        work(1);
        if (way == 0)
            return 1;
        if (way == 1)
            break;
        if (way == 2)
            goto out;
        if (way == 3)
            longjmp(back, 1);
        if (way == 4)
            continue;
    }
    work(10);
out:
    work(100);
    return 0;
}

static void scopes(void)
{
    static const char *const files[] = {"return.prof", "break.prof", "goto.prof", "longjmp.prof",
                                        "continue.prof"};
    for (volatile int way = 0; way < 5; way++) {
        cprof_profile *volatile profile = cprof_create();
        if (setjmp(back) == 0)
            leave(profile, way);
        work(1000);
        show("inactive", cprof_disable(profile));
        show(files[way], cprof_dump_stats(profile, files[way]));
        cprof_free(profile);
    }
}

/* A scope that was left by a jump must not keep the next one from beginning, whether a hook has
   noticed or not. */
__attribute__((noinline, no_instrument_function)) static void jump(cprof_profile *profile)
{
    CPROF_SCOPE(profile);
    work(1);
    longjmp(back, 1);
}

static void jumps(void)
{
    cprof_profile *profile = cprof_create();
    static volatile int i;
    for (i = 0; i < 1000; i++)
        if (setjmp(back) == 0)
            jump(profile);
    show("enable", cprof_enable(profile));
    work(1);
    show("dump", cprof_dump_stats(profile, "jumps.prof"));
    cprof_free(profile);
}

/* A scope in a scope of the same function, and clear within one. */
static void within(void)
{
    cprof_profile *profile = cprof_create();
    {
        CPROF_SCOPE(profile);
        work(1);
        {
            CPROF_SCOPE(profile);
            work(1);
        }
        work(1);
    }
    show("dump", cprof_dump_stats(profile, "inner.prof"));
    {
        CPROF_SCOPE(profile);
        work(1);
        cprof_clear(profile);
        work(2);
    }
    work(100);
    show("inactive", cprof_disable(profile));
    show("dump", cprof_dump_stats(profile, "clear.prof"));
    cprof_free(profile);
}

/* ---- signals ---- */

static sigjmp_buf interrupted;
static volatile sig_atomic_t jumps_out;

static void alarmed(int signal)
{
    (void)signal;
    sink++;
    if (jumps_out)
        siglongjmp(interrupted, 1);
}

static void interrupt_every(int us)
{
    const struct itimerval interval = {{0, us}, {0, us}};
    signal(SIGALRM, us == 0 ? SIG_IGN : alarmed);
    setitimer(ITIMER_REAL, &interval, NULL);
}

/* A handler may come at any moment of switching on and off. */
static void signals(void)
{
    cprof_profile *profile = cprof_create();
    interrupt_every(50);
    for (int i = 0; i < 100000; i++) {
        cprof_enable(profile);
        work(2);
        cprof_disable(profile);
    }
    interrupt_every(0);
    show("dump", cprof_dump_stats(profile, "signals.prof"));
    cprof_free(profile);
}

/* The handler leaves what it interrupts, mostly a hook, and the next thing is to switch off. */
static void jumps_off(void)
{
    cprof_profile *profile = cprof_create();
    static volatile int i, wrong;
    interrupt_every(300);
    for (i = 0; i < 1000; i++) {
        wrong += cprof_enable(profile) > CPROF_ABSENT;
        if (sigsetjmp(interrupted, 1) == 0)
            for (jumps_out = 1;;)
                work(3);
        jumps_out = 0;
        wrong += cprof_disable(profile) > CPROF_ABSENT;
    }
    interrupt_every(0);
    show("wrong", wrong);
    show("dump", cprof_dump_stats(profile, "jumps_off.prof"));
    cprof_free(profile);
}

/* ---- functions that are profiled whole ---- */

__attribute__((noinline)) static int handle(int n)
{
    CPROF_DO_PROFILE("profiles");
    work(n);
    if (n == 7)
        longjmp(back, 1);
    return n;
}

__attribute__((noinline)) static int nested(int n)
{
    CPROF_DO_PROFILE("./profiles/deep/er");
    handle(2);
    return n == 0 ? 0 : nested(n - 1);
}

static inline __attribute__((always_inline)) int inlined(int n)
{
    CPROF_DO_PROFILE("profiles");
    work(n);
    return n;
}

__attribute__((noinline)) static void in_this_folder(void)
{
    CPROF_DO_PROFILE("");
    work(1);
}

static void functions(void)
{
    for (int i = 1; i <= 5; i++)
        handle(i);
    nested(2);
    inlined(6);
    in_this_folder();
}

static void left(void)
{
    handle(3);
    if (setjmp(back) == 0)
        handle(7);
    work(20);
}

__attribute__((noinline)) static void ends(void)
{
    CPROF_DO_PROFILE("profiles");
    work(4);
    exit(3);
}

/* The last call waits to be written when the program goes elsewhere. */
static void moves(void)
{
    for (int i = 1; i <= 3; i++)
        handle(i);
    if (chdir("/") != 0)
        abort();
}

/* ---- threads ---- */

enum { THREADS = 8 };

static void *thread(void *data)
{
    int number = *(int *)data;
    char file[32];
    cprof_profile *profile = cprof_create();
    snprintf(file, sizeof file, "thread%d.prof", number);
    for (int i = 0; i < 100; i++) {
        cprof_enable(profile);
        work(number);
        cprof_disable(profile);
        work(1);
    }
    if (cprof_dump_stats(profile, file) != CPROF_OK && cprof_find_api() != NULL)
        abort();
    cprof_free(profile);
    for (int i = 0; i < 50; i++)
        handle(1);
    return NULL;
}

static void threads(void)
{
    pthread_t ids[THREADS];
    int numbers[THREADS];
    for (int i = 0; i < THREADS; i++) {
        numbers[i] = i + 1;
        pthread_create(&ids[i], NULL, thread, &numbers[i]);
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(ids[i], NULL);
}

static void *other_thread(void *data)
{
    show("enable what is on elsewhere", cprof_enable(data));
    show("disable what is on elsewhere", cprof_disable(data));
    work(5);
    return NULL;
}

/* One is on, and another thread asks for the same; one that is left on by a thread that ends. */
static void *leaves_it_on(void *data)
{
    cprof_enable(data);
    work(6);
    return NULL;
}

static void shared(void)
{
    cprof_profile *profile = cprof_create();
    pthread_t id;
    cprof_enable(profile);
    pthread_create(&id, NULL, other_thread, profile);
    pthread_join(id, NULL);
    work(2);
    show("dump", cprof_dump_stats(profile, "shared.prof"));
    cprof_clear(profile);
    pthread_create(&id, NULL, leaves_it_on, profile);
    pthread_join(id, NULL);
    show("enable what an ended thread left on", cprof_enable(profile));
    work(1);
    show("dump", cprof_dump_stats(profile, "ended.prof"));
    cprof_free(profile);
}

/* ---- processes ---- */

static void forks(void)
{
    cprof_profile *profile = cprof_create();
    int status;
    cprof_enable(profile);
    work(2);
    if (fork() == 0) {
        show("child: disable", cprof_disable(profile));
        show("child: enable", cprof_enable(profile));
        work(3);
        show("child: dump", cprof_dump_stats(profile, "child.prof"));
        handle(5);
        exit(0);
    }
    wait(&status);
    work(4);
    show("dump", cprof_dump_stats(profile, "parent.prof"));
    handle(6);
    cprof_free(profile);
}

static volatile int no_more;

static void *creates(void *unused)
{
    (void)unused;
    while (!no_more)
        cprof_free(cprof_create());
    return NULL;
}

/* A child is forked while another thread is at it. */
static void forks_in_threads(void)
{
    pthread_t id;
    int status, wrong = 0;
    pthread_create(&id, NULL, creates, NULL);
    for (int i = 0; i < 300; i++) {
        pid_t child = fork();
        if (child == 0) {
            alarm(20);
            cprof_free(cprof_create());
            _exit(0);
        }
        waitpid(child, &status, 0);
        wrong += status != 0;
        if (wrong > 0)
            break;
    }
    no_more = 1;
    pthread_join(id, NULL);
    show("wrong", wrong);
}

static const struct {
    const char *name;
    void (*run)(void);
} modes[] = {
    {"objects", objects},
    {"print", print},
    {"returns", returns},
    {"scopes", scopes},
    {"jumps", jumps},
    {"left", left},
    {"ends", ends},
    {"threads", threads},
    {"functions", functions},
    {"shared", shared},
    {"forks", forks},
    {"moves", moves},
    {"no_stdout", no_stdout},
    {"within", within},
    {"signals", signals},
    {"jumps_off", jumps_off},
    {"forks_in_threads", forks_in_threads},
};

int main(int argc, char **argv)
{
    show("api", cprof_find_api() != NULL);
    for (size_t i = 0; argc > 1 && i < sizeof modes / sizeof *modes; i++)
        if (strcmp(argv[1], modes[i].name) == 0)
            modes[i].run();
    return 0;
}
