/*
 * hooks.c - enter and exit: what every instrumented function of the program calls.
 *
 * Cost on the common path: two clock readings a call, and some 45 instructions around each.
 * Compiled with a frame pointer, by which the hooks find what their caller had on its stack
 * (arch.h); without stack protector, and without calls but to the slow paths.
 */
#include "preload/clock.h"
#include "preload/control.h"
#include "preload/process.h"
#include "preload/stacks.h"
#include "preload/thread.h"

#define likely(x)   __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

#define cold_path __attribute__((noinline, cold)) static
#define hot_path  __attribute__((always_inline)) static inline /* the slow paths use it, too */

#define HOOK __attribute__((visibility("default")))

HOOK void __cyg_profile_func_enter(void *fn, void *call_site);
HOOK void __cyg_profile_func_exit(void *fn, void *call_site);

/* For measuring them: not to be diverted by a library that is preloaded before this one. */
void hook_enter(void *, void *) __attribute__((alias("__cyg_profile_func_enter")));
void hook_exit(void *, void *) __attribute__((alias("__cyg_profile_func_exit")));

static inline bool is_on(void)
{
    uint32_t mode = process_state.mode;
    return likely(mode == HOOKS_ON) ||
           (mode == HOOKS_UNSET && process_begin(arch_caller_sp(__builtin_frame_address(0))));
}

/* From here to leave_hook a signal handler's hooks keep off this thread's state (thread.h). The
   barriers keep the compiler from moving or dropping the marks. */
static inline void mark(struct thread *thread, uintptr_t sp)
{
    *(volatile uintptr_t *)&thread->busy = sp;
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
}

static inline void leave_hook(struct thread *thread)
{
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    *(volatile uintptr_t *)&thread->busy = 0;
}

static inline bool is_free(const struct thread *thread)
{
    return likely(thread != NULL) && likely(thread->busy == 0);
}

/* ---- one thread's records ---- */

struct opened {
    struct frame *parent, *frame;
    struct raw_node *node;
};

cold_path bool follow(struct thread *thread, uintptr_t sp)
{
    return stacks_follow(thread, sp, clock_ticks());
}

cold_path bool drop(struct thread *thread)
{
    thread->raw->dropped++;
    return false;
}

/* Opens a call, all but its start. False: there is no place for it. A stack that lies below the one
   in place is noticed by the stack pointer, one above it by the slot, which no frame has
   (stacks.h). */
hot_path bool open_call(struct thread *thread, const struct hook_call *call, struct opened *opened)
{
    struct raw_thread *raw = thread->raw;
    raw->enters++;
    if (unlikely(call->sp < thread->stack_low) && !follow(thread, call->sp))
        return drop(thread);
    uintptr_t slot = slots_find(call, thread->stack_high, &raw->unknown_slots);
    struct frame *parent = frames_parent(thread, slot, call);
    if (unlikely(parent == NULL))
        return drop(thread);
    struct frame *frame = parent + 1;
    if (unlikely(parent >= thread->limit)) {
        frame = frames_more(thread, parent, slot);
        if (frame == NULL)
            return false;
        parent = frame - 1;
    }
    struct raw_node *node = tree_try_child(&thread->tree, parent->home, call->fn);
    if (unlikely(node == NULL)) {
        const struct hook_call copy = *call;
        struct frame *from = parent;
        node = frames_child(thread, &from, slot, &copy);
        if (node == NULL)
            return false;
        parent = from;
        frame = parent + 1;
    }
    node->calls++;
    node->inlined += frames_is_inlined(parent, slot);
    frames_open(thread, frame, node, slot, call);
    *opened = (struct opened){parent, frame, node};
    return true;
}

hot_path void start_call(struct thread *thread, const struct opened *opened, uint64_t now)
{
    frames_charge(thread, opened->parent, now);
    opened->frame->start = now;
    tree_open(opened->node, now, thread->raw->enters);
    frames_set_current(thread, opened->frame);
}

/* False: the call was not on top. */
hot_path bool close_call(struct thread *thread, uintptr_t fn, uintptr_t call_site, uintptr_t sp,
                         uint64_t now)
{
    /* A handler's calls between the clock and the mark: their time is theirs. */
    if (unlikely(now < thread->raw->last))
        now = thread->raw->last;
    const struct frame *top = thread->top;
    if (likely(top->node->fn == fn) && likely(sp >= thread->stack_low) &&
        likely(frames_is_live(top, call_site, sp))) {
        frames_close(thread, now);
        thread->raw->exits++;
        return true;
    }
    frames_exit(thread, fn, call_site, sp, now);
    return false;
}

/* ---- what is not simply that ---- */

/* The process's records, and those of a profile that is switched on. One clock reading is for both,
   so that neither takes the other's work for the program's. */
cold_path void enter_both(const struct hook_call *call)
{
    struct thread *const both[] = {thread_process, thread_profile};
    struct thread *threads[2];
    struct opened opened[2];
    bool is_open[2], left = false;
    uintptr_t slot = stacks_position(thread_process, call);
    for (int i = 0; i < 2; i++) {
        threads[i] = thread_free_of(both[i], slot);
        if (threads[i] == NULL)
            continue;
        mark(threads[i], call->sp);
        is_open[i] = open_call(threads[i], call, &opened[i]);
    }
    uint64_t now = clock_ticks();
    for (int i = 0; i < 2; i++) {
        if (threads[i] == NULL)
            continue;
        if (is_open[i])
            start_call(threads[i], &opened[i], now);
        else
            left = left || frames_left_scope(threads[i], call->call_site, slot);
        leave_hook(threads[i]);
    }
    if (left)
        control_scope_left();
}

cold_path void exit_both(uintptr_t fn, uintptr_t call_site, uintptr_t sp, uint64_t now)
{
    struct thread *const both[] = {thread_process, thread_profile};
    bool left = false;
    for (int i = 0; i < 2; i++) {
        struct thread *thread = thread_free_of(both[i], sp);
        if (thread == NULL)
            continue;
        mark(thread, sp);
        if (!close_call(thread, fn, call_site, sp, now))
            left = left || frames_left_scope(thread, call_site, sp);
        leave_hook(thread);
    }
    if (left)
        control_scope_left();
}

/* A hook of THREAD found no place for a call, or no call for a return; it is over. */
cold_path void after_miss(const struct thread *thread, uintptr_t call_site, uintptr_t sp)
{
    if (frames_left_scope(thread, call_site, sp))
        control_scope_left();
}

/* ---- hooks ---- */

/* A call that is not recorded. */
static inline void note_entered(const void *fn, const void *call_site, uintptr_t site)
{
    thread_entered = (struct thread_entered){(uintptr_t)fn, (uintptr_t)call_site, site};
}

void __cyg_profile_func_enter(void *fn, void *call_site)
{
    const struct arch_frame *caller = __builtin_frame_address(0);
    if (unlikely(!is_on())) {
        if (process_state.mode == HOOKS_IDLE)
            note_entered(fn, call_site, caller->site);
        return;
    }
    const struct hook_call call = {.fn = (uintptr_t)fn,
                                   .call_site = (uintptr_t)call_site,
                                   .site = caller->site,
                                   .sp = arch_caller_sp(caller),
                                   .fp = caller->fp};
    struct thread *thread = thread_self;
    if (unlikely(!is_free(thread))) {
        if (thread == &thread_idle)
            return note_entered(fn, call_site, caller->site);
        const struct hook_call copy = call;
        if (thread == &thread_both)
            return enter_both(&copy);
        thread = thread_for_enter(&copy);
        if (thread == NULL)
            return;
    }
    mark(thread, call.sp);
    struct opened opened = {NULL, NULL, NULL};
    bool is_open = open_call(thread, &call, &opened);
    if (likely(is_open))
        start_call(thread, &opened, clock_ticks());
    leave_hook(thread);
    if (unlikely(!is_open))
        after_miss(thread, call.call_site, call.sp);
}

void __cyg_profile_func_exit(void *fn, void *call_site)
{
    if (unlikely(!is_on()))
        return;
    struct thread *thread = thread_self;
    if (unlikely(thread == &thread_idle))
        return;
    uint64_t now = clock_ticks();
    uintptr_t sp = arch_caller_sp(__builtin_frame_address(0));
    if (unlikely(!is_free(thread))) {
        if (thread == &thread_both)
            return exit_both((uintptr_t)fn, (uintptr_t)call_site, sp, now);
        thread = thread_for_exit(sp);
        if (thread == NULL)
            return;
    }
    mark(thread, sp);
    bool was_top = close_call(thread, (uintptr_t)fn, (uintptr_t)call_site, sp, now);
    leave_hook(thread);
    if (unlikely(!was_top))
        after_miss(thread, (uintptr_t)call_site, sp);
}
