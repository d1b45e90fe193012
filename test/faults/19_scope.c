/* 19_scope.c - scopes of cprof.h and coroutines: scope WITHIN writes scope.prof. WITHIN is
 * coroutine, for a scope in a function of a coroutine that is suspended within; or main, for one in
 * which a coroutine is resumed. */
#include "cprof.h"
#include <string.h>
#include <ucontext.h>

#define UNSEEN __attribute__((no_instrument_function))
#define KEPT   __attribute__((noinline))

static ucontext_t resumer, coroutine;
static char stack[1 << 16];
static cprof_profile *profile;

UNSEEN static void yield(void)
{
    swapcontext(&coroutine, &resumer);
}

UNSEEN static void resume(void)
{
    swapcontext(&resumer, &coroutine);
}

KEPT static void inside(void)
{
    __asm__ volatile("");
}

KEPT static void outside(void)
{
    __asm__ volatile("");
}

KEPT static void scope_in_coroutine(void)
{
    CPROF_SCOPE(profile);
    for (int i = 0; i < 100; i++) {
        inside();
        yield();
    }
}

UNSEEN static void with_scope(void)
{
    scope_in_coroutine();
    outside();
}

KEPT static void suspended(void)
{
    inside();
    yield();
    inside();
}

KEPT static void scope_in_main(void)
{
    CPROF_SCOPE(profile);
    resume();
    inside();
    resume();
    inside();
}

int main(int argc, char **argv)
{
    int in_coroutine = argc > 1 && strcmp(argv[1], "coroutine") == 0;
    profile = cprof_create();
    if (profile == NULL)
        return 3;
    getcontext(&coroutine);
    coroutine.uc_stack = (stack_t){.ss_sp = stack, .ss_size = sizeof stack};
    coroutine.uc_link = &resumer;
    makecontext(&coroutine, in_coroutine ? with_scope : suspended, 0);
    if (!in_coroutine)
        scope_in_main();
    for (int i = 0; i < 101; i++) {
        if (in_coroutine)
            resume();
        outside();
    }
    return cprof_dump_stats(profile, "scope.prof");
}
