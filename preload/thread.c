#include "preload/thread.h"
#include "preload/clock.h"
#include "preload/sys.h"
#include <pthread.h>
#include <string.h>
#include <sys/prctl.h>

__thread struct thread *thread_self;

extern void *__libc_stack_end; /* where the main thread's stack began */

/* Stands for a thread that found no memory: never free for a hook, and so only looked at by the
   slow path. */
static struct thread no_thread = {.busy = UINTPTR_MAX};

static pthread_key_t ending_key;
static bool has_key;

/* Above this address nothing is on the thread's own stack: glibc keeps a thread's control block at
   the top of its stack, but for the main thread. */
static uintptr_t stack_high(void)
{
    bool is_main = sys0(SYS_gettid) == sys_pid();
    return is_main ? (uintptr_t)__libc_stack_end : arch_control_block();
}

static bool raw_init(struct thread *thread)
{
    void *block = arena_block(RAW_THREAD, 1, 0);
    if (block == NULL)
        return false;
    struct raw_thread *raw = arena_contents(block);
    thread->raw = raw;
    raw->tid = (uint32_t)sys0(SYS_gettid);
    sys2(SYS_prctl, PR_GET_NAME, (long)raw->name);
    raw->started = raw->last = clock_ticks();
    return true;
}

static uint32_t raw_number(const struct raw_thread *raw)
{
    return (uint32_t)(((const char *)raw - arena_base) / 64);
}

/* Gives THREAD a record, a tree and frames; all of it but stack_high is zero. */
static bool init(struct thread *thread)
{
    if (!raw_init(thread) || !tree_init(&thread->tree, raw_number(thread->raw)))
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

static struct thread *create(void)
{
    struct thread *thread = sys_memory(sizeof *thread);
    if (thread != NULL) {
        thread->stack_high = stack_high();
        if (init(thread))
            return thread;
        release(thread);
        sys_release(thread, sizeof *thread);
    }
    count_lost();
    return NULL;
}

static struct thread *create_nested(struct thread *interrupted)
{
    struct thread *nested = create();
    if (nested != NULL) {
        nested->raw->flags = RAW_THREAD_SIGNAL;
        nested->raw->interrupts = raw_number(interrupted->raw);
        interrupted->nested = nested;
    }
    return nested;
}

/* So many calls of a function or an edge are open: makes its level say so. While any is, its sums
   are negative, because the start of the outermost one was taken from them (tree_open). */
static void repair_level(const struct thread *thread, uint32_t number, uint32_t calls)
{
    struct raw_level *level = tree_level(number);
    uint64_t now = clock_ticks(), enters = thread->raw->enters;
    level->level = calls;
    if (((int64_t)level->total < 0) != (calls > 0))
        level->total += calls > 0 ? -now : now;
    if (((int64_t)level->inside < 0) != (calls > 0))
        level->inside += calls > 0 ? -enters : enters;
}

/* Sets right the levels of the call in FRAME by what is on the shadow stack. */
static void repair_levels(const struct thread *thread, const struct frame *frame)
{
    const struct raw_node *node = frame->node;
    if (node == NULL || node->fn_level == 0) /* never used, or for measuring only */
        return;
    uint32_t of_function = 0, of_edge = 0;
    for (const struct frame *f = thread->base + 1; f <= thread->top; f++) {
        of_function += f->node->fn_level == node->fn_level;
        of_edge += f->node->edge_level == node->edge_level;
    }
    repair_level(thread, node->fn_level, of_function);
    repair_level(thread, node->edge_level, of_edge);
}

/* A hook that never finished was perhaps halfway through opening or closing a call: the one on top,
   or the one that is there no more. What is on the shadow stack counts as open; what is stale of
   it, the next events will show. */
static void repair(struct thread *thread)
{
    struct frame *top = thread->top;
    if (top > thread->limit)
        return;
    repair_levels(thread, top + 1);
    if (top == thread->base)
        return;
    repair_levels(thread, top);
    if (top->start < top[-1].start) /* what an earlier call left there */
        top->start = clock_ticks();
}

/* A hook was left by a jump out of a signal handler; what ran nested in it has ended, too. */
static void recover(struct thread *thread)
{
    repair(thread);
    thread->busy = 0;
    for (struct thread *n = thread->nested; n != NULL; n = n->nested) {
        repair(n);
        frames_pop(n, n->base, clock_ticks());
        n->busy = 0;
    }
}

/* A hook that was called with stack pointer BUSY is running no more if something is called from
   POSITION, above it. Between an alternate stack and the thread's own that order says nothing. */
static bool is_dead(const struct thread *thread, uintptr_t busy, uintptr_t position)
{
    if (position < busy || position > thread->stack_high)
        return false;
    struct frames_stack alternate = frames_alternate_stack(position);
    return alternate.size == 0 || frames_stack_holds(alternate, busy);
}

static struct thread *begin(void)
{
    struct thread *thread = create();
    if (thread == NULL) {
        thread_self = &no_thread;
        return NULL;
    }
    thread_self = thread;
    if (has_key)
        pthread_setspecific(ending_key, thread);
    return thread;
}

static struct thread *choose(uintptr_t position)
{
    struct thread *thread = thread_self;
    if (thread == NULL)
        return begin();
    if (thread == &no_thread)
        return NULL;
    while (thread->busy != 0) {
        if (is_dead(thread, thread->busy, position)) {
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
    uint64_t unknown = 0;
    uintptr_t stack = thread_self != NULL ? thread_self->stack_high : 0;
    return choose(slots_address(slots_find(call, stack, &unknown)));
}

struct thread *thread_for_exit(uintptr_t sp)
{
    return choose(sp);
}

/* Thread-specific data's destructor: the last word that a thread is sure to give. */
static void end(void *data)
{
    struct thread *thread = data;
    if (thread != thread_self)
        return;
    if (thread->busy != 0) /* cancelled in the middle of a hook */
        recover(thread);
    thread->busy = (uintptr_t)__builtin_frame_address(0);
    uint64_t now = clock_ticks();
    thread->raw->open = (uint64_t)(thread->top - thread->base);
    uint64_t popped = thread->raw->popped;
    frames_pop(thread, thread->base, now);
    thread->raw->popped = popped;
    thread->raw->ended = now;
    thread->raw->flags |= RAW_THREAD_ENDED;
    sys2(SYS_prctl, PR_GET_NAME, (long)thread->raw->name);
    thread->busy = 0;
}

void thread_setup(void)
{
    if (!has_key)
        has_key = pthread_key_create(&ending_key, end) == 0;
}

bool thread_is_interrupted(void)
{
    return thread_self != NULL && thread_self != &no_thread && thread_self->busy != 0;
}

/* The struct stays where it is: a hook that was interrupted before it marked it goes on with it. */
void thread_after_fork(void)
{
    struct thread *thread = thread_self;
    if (thread == &no_thread)
        thread_self = NULL;
    if (thread == NULL || thread == &no_thread)
        return;
    struct thread old = *thread;
    memset(thread, 0, sizeof *thread);
    thread->stack_high = old.stack_high;
    if (init(thread)) {
        frames_carry(thread, &old, clock_ticks());
    } else {
        release(thread);
        thread_self = &no_thread;
        count_lost();
    }
    release(&old);
}
