#include "preload/thread.h"
#include "preload/clock.h"
#include "preload/config.h"
#include "preload/control.h"
#include "preload/libc.h"
#include "preload/recycle.h"
#include "preload/repair.h"
#include "preload/stacks.h"
#include "preload/sys.h"
#include <pthread.h>
#include <string.h>
#include <sys/prctl.h>

__thread struct thread *thread_self;
__thread struct thread *thread_process;
__thread struct thread *thread_profile;
__thread struct thread_entered thread_entered;

/* Never free for a hook, and so only looked at by slow paths. */
struct thread thread_both = {.busy = UINTPTR_MAX};
struct thread thread_idle = {.busy = UINTPTR_MAX};
static struct thread no_memory = {.busy = UINTPTR_MAX}; /* also in thread_process */

static bool is_real(const struct thread *thread)
{
    return thread != NULL && thread->raw != NULL;
}

static void choose_self(void)
{
    if (thread_profile != NULL)
        thread_self = is_real(thread_process) ? &thread_both : thread_profile;
    else
        thread_self = thread_process != NULL || config.enabled ? thread_process : &thread_idle;
}

static pthread_key_t ending_key;
static bool has_key;

void thread_adopt(struct thread *thread)
{
    struct raw_thread *raw = thread->raw;
    stacks_begin(thread);
    raw->tid = (uint32_t)sys0(SYS_gettid);
    sys2(SYS_prctl, PR_GET_NAME, (long)raw->name);
    raw->last = clock_ticks();
    if (raw->started == 0)
        raw->started = raw->last;
}

static bool raw_init(struct thread *thread, uint64_t profile)
{
    void *block = arena_block(RAW_THREAD, 1, 0);
    if (block == NULL)
        return false;
    thread->raw = arena_contents(block);
    thread->raw->profile = profile;
    return true;
}

static uint32_t raw_number(const struct raw_thread *raw)
{
    return (uint32_t)(((const char *)raw - arena_base) / 64);
}

/* Gives THREAD, which is all zero, a record, a tree and frames. */
static bool init(struct thread *thread, uint64_t profile)
{
    if (!raw_init(thread, profile) || !tree_init(&thread->tree, raw_number(thread->raw)))
        return false;
    thread->raw->root = tree_number(thread->tree.root);
    return frames_init(thread);
}

static void release(struct thread *thread)
{
    frames_free(thread);
    tree_free(&thread->tree);
}

static void count_lost(void)
{
    __atomic_fetch_add(&arena_header()->lost_threads, 1, __ATOMIC_RELAXED);
}

void thread_free(struct thread *thread)
{
    release(thread);
    sys_release(thread, sizeof *thread);
}

struct thread *thread_create(uint64_t profile)
{
    struct thread *thread = sys_memory(sizeof *thread);
    if (thread == NULL || init(thread, profile))
        return thread;
    thread_free(thread);
    return NULL;
}

static struct thread *create(uint64_t profile)
{
    struct thread *thread = thread_create(profile);
    if (thread == NULL)
        count_lost();
    else
        thread_adopt(thread);
    return thread;
}

static struct thread *create_nested(struct thread *interrupted)
{
    struct thread *nested = create(interrupted->raw->profile);
    if (nested != NULL) {
        nested->raw->flags = RAW_THREAD_SIGNAL;
        nested->raw->interrupts = raw_number(interrupted->raw);
        interrupted->nested = nested;
    }
    return nested;
}

/* A hook was left by a jump out of a signal handler; what ran nested in it has ended, too. */
static void recover(struct thread *thread)
{
    repair(thread);
    thread->busy = 0;
    for (struct thread *n = thread->nested; n != NULL; n = n->nested) {
        repair(n);
        stacks_close_all(n, clock_ticks());
        n->busy = 0;
    }
}

static void end_by_destructor(void)
{
    if (has_key)
        pthread_setspecific(ending_key, &thread_both); /* anything but NULL */
}

/* The records of a thread that is gone become this one's. Its last destructors may have left calls
   open. */
static struct thread *renew(struct thread *thread)
{
    recover(thread);
    stacks_close_all(thread, thread->raw->last);
    thread->raw->flags &= ~(uint32_t)RAW_THREAD_ENDED;
    thread->raw->ended = 0;
    thread->raw->earlier++;
    for (struct thread *t = thread; t != NULL; t = t->nested) {
        stacks_free(t);
        thread_adopt(t);
    }
    return thread;
}

/* This thread's first hook event, a call of FN (0: not known). No handler finds the half of it, or
   forks in the middle. */
static void begin(uint64_t fn)
{
    uint64_t before = sys_block_signals();
    if (config.enabled && thread_process == NULL) {
        struct thread *old = recycle_take(fn);
        thread_process = old != NULL ? renew(old) : create(0);
        if (thread_process != NULL)
            end_by_destructor();
        else
            thread_process = &no_memory;
    }
    choose_self();
    sys_set_signals(before);
}

struct thread *thread_free_of(struct thread *thread, uintptr_t position)
{
    while (thread->busy != 0) {
        if (stacks_is_over(thread, thread->busy, position)) {
            recover(thread);
            break;
        }
        struct thread *nested = thread->nested;
        thread = nested != NULL ? nested : create_nested(thread);
        if (thread == NULL)
            return NULL;
    }
    return thread;
}

struct thread *thread_for_enter(const struct hook_call *call)
{
    if (thread_self == NULL)
        begin(call->fn);
    if (!is_real(thread_self)) {
        thread_entered = (struct thread_entered){call->fn, call->call_site, call->site};
        return NULL;
    }
    return thread_free_of(thread_self, stacks_position(thread_self, call));
}

struct thread *thread_for_exit(uintptr_t sp)
{
    if (thread_self == NULL)
        begin(0);
    return is_real(thread_self) ? thread_free_of(thread_self, sp) : NULL;
}

/* ---- switched on and off ---- */

void thread_set_profile(struct thread *thread)
{
    if (thread != NULL && thread_self == NULL)
        begin(0); /* the process's records see the same calls */
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    thread_profile = thread;
    choose_self();
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    if (thread != NULL)
        end_by_destructor();
}

void thread_clear(struct thread *thread)
{
    for (struct thread *t = thread; t != NULL; t = t->nested) {
        struct raw_thread *raw = t->raw, before = *raw;
        tree_clear(&t->tree);
        frames_clear(t);
        *raw = (struct raw_thread){.profile = before.profile,
                                   .flags = before.flags & RAW_THREAD_SIGNAL,
                                   .interrupts = before.interrupts,
                                   .root = tree_number(t->tree.root)};
        thread_adopt(t);
        frames_set_current(t, t->top);
    }
}

/* ---- the end ---- */

static void end_process_part(struct thread *thread)
{
    if (thread->busy != 0) /* cancelled in the middle of a hook */
        recover(thread);
    thread->busy = (uintptr_t)__builtin_frame_address(0);
    uint64_t now = clock_ticks();
    uint64_t popped = thread->raw->popped;
    thread->raw->open += stacks_close_all(thread, now);
    thread->raw->popped = popped;
    thread->raw->ended = now;
    thread->raw->flags |= RAW_THREAD_ENDED;
    sys2(SYS_prctl, PR_GET_NAME, (long)thread->raw->name);
    thread->busy = 0;
    recycle_keep(thread);
}

/* Thread-specific data's destructor: the last word that a thread is sure to give. */
static void end(void *unused)
{
    (void)unused;
    control_thread_ends();
    if (is_real(thread_process))
        end_process_part(thread_process);
}

void thread_setup(void)
{
    if (!has_key)
        has_key = pthread_key_create(&ending_key, end) == 0;
}

bool thread_is_marked(void)
{
    return (is_real(thread_process) && thread_process->busy != 0) ||
           (thread_profile != NULL && thread_profile->busy != 0);
}

static bool is_interrupted(const struct thread *thread, uintptr_t position)
{
    return is_real(thread) && thread->busy != 0 && !stacks_is_over(thread, thread->busy, position);
}

bool thread_is_interrupted(uintptr_t position)
{
    return is_interrupted(thread_process, position) || is_interrupted(thread_profile, position);
}

/* The struct stays where it is: a hook that was interrupted before it marked it goes on with it. */
void thread_after_fork(void)
{
    struct thread *thread = thread_process;
    thread_profile = NULL;
    recycle_forget();
    if (!is_real(thread)) {
        thread_process = thread_self = NULL;
        return;
    }
    if (thread->busy != 0)
        recover(thread);
    struct thread old = *thread;
    if (old.stacks.current == &thread->stacks.own)
        old.stacks.current = &old.stacks.own;
    memset(thread, 0, sizeof *thread);
    if (init(thread, 0)) {
        thread_adopt(thread);
        stacks_carry(thread, &old, clock_ticks());
    } else {
        release(thread);
        memset(thread, 0, sizeof *thread);
        thread_process = &no_memory;
        count_lost();
    }
    choose_self();
    release(&old);
}
