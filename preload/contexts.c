/*
 * The functions are stubs: they keep the arguments, stack and return address as they came, tell a
 * function in C of the call, and jump on to the function that they stand for, which sees what it
 * would see without them.
 */
#include "preload/contexts.h"
#include "preload/clock.h"
#include "preload/libc.h"
#include "preload/process.h"
#include "preload/stacks.h"
#include "preload/thread.h"
#include <errno.h>
#include <link.h>
#include <ucontext.h>

/* What the stubs call; each returns the function to go on with. */
void *contexts_make(const ucontext_t *context, uintptr_t caller);
void *contexts_swap(const ucontext_t *from, const ucontext_t *to, uintptr_t caller);
void *contexts_set(const ucontext_t *to, uintptr_t caller);
void *contexts_make_f(uintptr_t high, size_t size, uintptr_t caller);
void *contexts_jump_f(uintptr_t sp, uintptr_t caller);
void *contexts_ontop_f(uintptr_t sp, uintptr_t caller);

/* ARGUMENT is the register of the C function's last argument: who called the stub. The registers
   that may hold arguments are pushed, which also aligns the stack. */
#define STUB(name, teller, argument)                                                               \
    __asm__(".pushsection .text\n.globl " name "\n.type " name ", @function\n" name ":\n"          \
            ".cfi_startproc\n"                                                                     \
            "push %rdi\npush %rsi\npush %rdx\npush %rcx\npush %r8\npush %r9\npush %rax\n"          \
            ".cfi_adjust_cfa_offset 56\n"                                                          \
            "mov 56(%rsp), %" argument "\n"                                                        \
            "call " teller "\n"                                                                    \
            "mov %rax, %r11\n"                                                                     \
            "pop %rax\npop %r9\npop %r8\npop %rcx\npop %rdx\npop %rsi\npop %rdi\n"                 \
            ".cfi_adjust_cfa_offset -56\n"                                                         \
            "jmp *%r11\n"                                                                          \
            ".cfi_endproc\n"                                                                       \
            ".size " name ", .-" name "\n.popsection\n")

STUB("makecontext", "contexts_make", "rsi");
STUB("swapcontext", "contexts_swap", "rdx");
STUB("setcontext", "contexts_set", "rsi");
STUB("make_fcontext", "contexts_make_f", "rdx");
STUB("jump_fcontext", "contexts_jump_f", "rsi");
STUB("ontop_fcontext", "contexts_ontop_f", "rsi");

/* ---- the real ones ---- */

enum name { MAKE, SWAP, SET, MAKE_F, JUMP_F, ONTOP_F, NAMES };
static const char *const names[NAMES] = {"makecontext",   "swapcontext",   "setcontext",
                                         "make_fcontext", "jump_fcontext", "ontop_fcontext"};
static void *real[NAMES];

static bool is_own(const void *address)
{
    struct dl_find_object own, found;
    return _dl_find_object((void *)is_own, &own) == 0 &&
           _dl_find_object((void *)address, &found) == 0 &&
           own.dlfo_link_map == found.dlfo_link_map;
}

/* Who has called a function is linked with one: that of a library behind this one or, where dlopen
   has loaded it for its user alone, one that is in nobody else's scope. */
static void *look_for(const char *name, uintptr_t caller)
{
    void *found = dlsym(RTLD_NEXT, name);
    struct dl_find_object user;
    if (found != NULL || _dl_find_object((void *)caller, &user) != 0)
        return found;
    struct link_map *map = user.dlfo_link_map;
    found = dlsym(map, name);
    for (; map->l_prev != NULL; map = map->l_prev)
        ;
    for (; map != NULL && (found == NULL || is_own(found)); map = map->l_next)
        found = dlsym(map, name);
    return found;
}

static void *find(enum name name, uintptr_t caller)
{
    void *found = __atomic_load_n(&real[name], __ATOMIC_RELAXED);
    if (found == NULL) {
        int before = errno;
        found = look_for(names[name], caller);
        __atomic_store_n(&real[name], found, __ATOMIC_RELAXED);
        errno = before;
    }
    return found;
}

void contexts_setup(void)
{
    for (enum name name = MAKE; name <= SET; name++)
        find(name, 0);
}

/* ---- what they tell ---- */

/* A hook that is interrupted keeps its records: the next one sees by itself which stack it is on.
 */
static struct thread *begin(struct thread *thread)
{
    bool is_there = process_state.mode == HOOKS_ON && thread != NULL && thread->raw != NULL;
    if (!is_there || thread->busy != 0)
        return NULL;
    *(volatile uintptr_t *)&thread->busy = (uintptr_t)__builtin_frame_address(0);
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    return thread;
}

static void end(struct thread *thread)
{
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    *(volatile uintptr_t *)&thread->busy = 0;
}

static void made(uintptr_t low, uintptr_t high)
{
    if (high <= low)
        return;
    struct thread *const both[] = {thread_process, thread_profile};
    for (int i = 0; i < 2; i++) {
        struct thread *thread = begin(both[i]);
        if (thread == NULL)
            continue;
        stacks_made(thread, low, high, clock_ticks());
        end(thread);
    }
}

static void resume(uintptr_t sp, uintptr_t low, uintptr_t high)
{
    struct thread *const both[] = {thread_process, thread_profile};
    for (int i = 0; i < 2; i++) {
        struct thread *thread = begin(both[i]);
        if (thread == NULL)
            continue;
        stacks_resume(thread, sp, low, high, clock_ticks());
        end(thread);
    }
}

static void resume_context(const ucontext_t *to)
{
    uintptr_t low = (uintptr_t)to->uc_stack.ss_sp;
    resume((uintptr_t)to->uc_mcontext.gregs[REG_RSP], low, low + to->uc_stack.ss_size);
}

void *contexts_make(const ucontext_t *context, uintptr_t caller)
{
    uintptr_t low = (uintptr_t)context->uc_stack.ss_sp;
    made(low, low + context->uc_stack.ss_size);
    return find(MAKE, caller);
}

void *contexts_swap(const ucontext_t *from, const ucontext_t *to, uintptr_t caller)
{
    (void)from;
    resume_context(to);
    return find(SWAP, caller);
}

void *contexts_set(const ucontext_t *to, uintptr_t caller)
{
    resume_context(to);
    return find(SET, caller);
}

void *contexts_make_f(uintptr_t high, size_t size, uintptr_t caller)
{
    made(high - size, high);
    return find(MAKE_F, caller);
}

void *contexts_jump_f(uintptr_t sp, uintptr_t caller)
{
    resume(sp, 0, 0);
    return find(JUMP_F, caller);
}

void *contexts_ontop_f(uintptr_t sp, uintptr_t caller)
{
    resume(sp, 0, 0);
    return find(ONTOP_F, caller);
}
