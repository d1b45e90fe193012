/* 19_coroutines.c - coroutines that take turns: coroutines HOW WHAT... HOW they are switched:
 * ucontext; own, by a few instructions of the program's own, each on a mapping of its own; boost,
 * by what boost::context is made of, where that is compiled in (BOOST). WHAT are functions below,
 * one after the other. Time is what the program says, where there is a clock that can be told. */
#include <dlfcn.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

#define KEPT   __attribute__((noinline))
#define UNSEEN __attribute__((no_instrument_function))

enum { ROUNDS = 100, STACK = 1 << 16, MOST = 1000 };

static void (*fakeclock_advance)(uint64_t ns); /* NULL: time goes by itself */

UNSEEN static void advance(uint64_t seconds)
{
    if (fakeclock_advance != NULL)
        fakeclock_advance(seconds * 1000000000u);
}

/* ---- coroutines ---- */

/* boost/context/detail/fcontext.hpp */
typedef struct {
    void *context, *data;
} transfer;
#ifdef BOOST
transfer jump_fcontext(void *to, void *data);
transfer ontop_fcontext(void *to, void *data, transfer (*on_top)(transfer));
void *make_fcontext(void *high, size_t size, void (*function)(transfer));
#else
#    define jump_fcontext(to, data)        ((void)(to), (transfer){data, data})
#    define ontop_fcontext(to, data, f)    ((void)(to), (void)(f), (transfer){data, data})
#    define make_fcontext(high, size, fun) ((void)(high), (void)(fun), NULL)
#endif

struct coroutine {
    ucontext_t context, resumer;
    void *sp, *resumer_sp; /* or boost's contexts */
    char *stack;
    void (*body)(void);
    bool started, done;
};

static bool own_switch, boost_switch;
static char carved[4][STACK] __attribute__((aligned(16)));
static struct coroutine coroutines[MOST];
static __thread struct coroutine *running;

/* Pushes what a call must keep, and goes on with another stack. */
void switch_stacks(void **from, void *to);
__asm__(".text\n.globl switch_stacks\nswitch_stacks:\n"
        "push %rbp\npush %rbx\npush %r12\npush %r13\npush %r14\npush %r15\n"
        "mov %rsp, (%rdi)\nmov %rsi, %rsp\n"
        "pop %r15\npop %r14\npop %r13\npop %r12\npop %rbx\npop %rbp\nret\n");

UNSEEN static transfer pass_on(transfer t)
{
    return t;
}

UNSEEN static void yield(void)
{
    struct coroutine *c = running;
    if (boost_switch)
        c->resumer_sp = jump_fcontext(c->resumer_sp, NULL).context;
    else if (own_switch)
        switch_stacks(&c->sp, c->resumer_sp);
    else
        swapcontext(&c->context, &c->resumer);
}

UNSEEN static void resume(struct coroutine *c)
{
    struct coroutine *before = running;
    running = c;
    if (boost_switch && c->started)
        c->sp = ontop_fcontext(c->sp, NULL, pass_on).context;
    else if (boost_switch)
        c->sp = jump_fcontext(c->sp, NULL).context;
    else if (own_switch)
        switch_stacks(&c->resumer_sp, c->sp);
    else
        swapcontext(&c->resumer, &c->context);
    running = before;
}

UNSEEN static void start(void)
{
    struct coroutine *c = running;
    c->started = true;
    c->body();
    c->done = true;
    if (own_switch || boost_switch)
        yield(); /* else uc_link leads back */
}

UNSEEN static void start_boost(transfer t)
{
    running->resumer_sp = t.context;
    start();
}

/* On a stack of its own: one of four in an array, or a mapping. */
UNSEEN static struct coroutine *make(int number, void (*body)(void))
{
    struct coroutine *c = &coroutines[number];
    c->body = body;
    c->started = c->done = false;
    if (c->stack == NULL) {
        c->stack = number < 4 && !own_switch ? carved[number]
                                             : mmap(NULL, STACK, PROT_READ | PROT_WRITE,
                                                    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (own_switch)
            mprotect(c->stack, 4096, PROT_NONE);
    }
    if (boost_switch) {
        c->sp = make_fcontext(c->stack + STACK, STACK, start_boost);
        return c;
    }
    if (own_switch) {
        void **sp = (void **)(c->stack + STACK) - 2;
        *sp = (void *)start;
        c->sp = sp - 6;
        return c;
    }
    getcontext(&c->context);
    c->context.uc_stack = (stack_t){.ss_sp = c->stack, .ss_size = STACK};
    c->context.uc_link = &c->resumer;
    makecontext(&c->context, start, 0);
    return c;
}

/* ---- what they do ---- */

KEPT static void leaf_a(void)
{
    advance(1);
}

KEPT static void body_a(void)
{
    for (int i = 0; i < ROUNDS; i++) {
        advance(100);
        leaf_a();
        yield();
    }
}

KEPT static void leaf_b(void)
{
    advance(3);
}

/* Suspended at every depth. */
KEPT static void nest_b(int depth)
{
    advance(10);
    yield();
    if (depth > 0)
        nest_b(depth - 1);
    leaf_b();
    advance(20);
}

KEPT static void body_b(void)
{
    for (int i = 0; i < ROUNDS; i++)
        nest_b(2);
}

KEPT static void resume_a(struct coroutine *c)
{
    advance(5);
    resume(c);
    advance(6);
}

KEPT static void resume_b(struct coroutine *c)
{
    advance(7);
    resume(c);
    advance(8);
}

KEPT static void between(void)
{
    advance(1000);
}

/* Two that take turns, until both have ended. */
KEPT static void turns(void)
{
    struct coroutine *a = make(0, body_a), *b = make(1, body_b);
    while (!a->done || !b->done) {
        if (!a->done)
            resume_a(a);
        between();
        if (!b->done)
            resume_b(b);
    }
}

KEPT static void inner(void)
{
    advance(2);
    yield();
    leaf_b();
}

static struct coroutine *within;

KEPT static void outer(void)
{
    within = make(3, inner);
    leaf_a();
    resume_b(within);
    yield();
    resume_b(within);
    leaf_a();
}

/* One that resumes another one. */
KEPT static void nested(void)
{
    struct coroutine *c = make(2, outer);
    for (int i = 0; i < ROUNDS; i++) {
        resume_a(c);
        between();
        resume_a(c);
        make(2, outer);
    }
}

KEPT static void abandoned(void)
{
    leaf_a();
    yield();
    abort();
}

KEPT static void successor(void)
{
    leaf_b();
    yield();
    leaf_b();
}

/* Left for good while suspended, and the stack used anew. */
KEPT static void anew(void)
{
    for (int i = 0; i < ROUNDS; i++) {
        resume_a(make(0, abandoned));
        between();
        struct coroutine *c = make(0, successor);
        resume_b(c);
        between();
        resume_b(c);
    }
}

KEPT static void count_down(void)
{
    for (int i = 0; i < 3; i++) {
        leaf_a();
        yield();
    }
}

/* Many at once. */
KEPT static void many(void)
{
    for (int i = 0; i < MOST; i++)
        make(i, count_down);
    for (int round = 0; round < 4; round++)
        for (int i = 0; i < MOST; i++)
            resume_a(&coroutines[i]);
    between();
}

/* A fork while two are suspended; both go on in both processes. */
KEPT static void forks(void)
{
    struct coroutine *a = make(0, body_a), *b = make(1, body_b);
    resume_a(a);
    resume_b(b);
    pid_t child = fork();
    for (int i = 0; i < 9; i++) {
        resume_a(a);
        resume_b(b);
        between();
    }
    if (child == 0)
        exit(0);
    waitpid(child, NULL, 0);
}

KEPT static void forker(void)
{
    leaf_a();
    pid_t child = fork();
    leaf_b();
    yield();
    leaf_b();
    if (child == 0)
        exit(0);
    waitpid(child, NULL, 0);
}

/* A fork in a coroutine. */
KEPT static void forks_within(void)
{
    struct coroutine *c = make(0, forker);
    resume_a(c);
    between();
    resume_a(c);
}

KEPT static void *worker(void *coroutine)
{
    resume_b(coroutine);
    between();
    resume_b(coroutine);
    return NULL;
}

/* A coroutine that goes on in another thread, and comes back. */
KEPT static void migrates(void)
{
    struct coroutine *a = make(0, body_a);
    for (int i = 0; i < 10; i++) {
        pthread_t thread;
        resume_a(a);
        pthread_create(&thread, NULL, worker, a);
        pthread_join(thread, NULL);
    }
}

/* A thread that ends while it has suspended ones. */
KEPT static void *leaver(void *unused)
{
    resume_a(make(0, body_a));
    resume_b(make(1, body_b));
    between();
    return unused;
}

KEPT static void leaves(void)
{
    pthread_t thread;
    pthread_create(&thread, NULL, leaver, NULL);
    pthread_join(thread, NULL);
}

static const struct {
    const char *name;
    void (*function)(void);
} all[] = {{"turns", turns},       {"nested", nested}, {"anew", anew},
           {"many", many},         {"forks", forks},   {"forks_within", forks_within},
           {"migrates", migrates}, {"leaves", leaves}};

int main(int argc, char **argv)
{
    if (argc < 3)
        return 2;
    fakeclock_advance = (void (*)(uint64_t))dlsym(RTLD_DEFAULT, "fakeclock_advance");
    own_switch = strcmp(argv[1], "own") == 0;
    boost_switch = strcmp(argv[1], "boost") == 0;
    for (int a = 2; a < argc; a++)
        for (unsigned i = 0; i < sizeof all / sizeof *all; i++)
            if (strcmp(argv[a], all[i].name) == 0)
                all[i].function();
    return 0;
}
