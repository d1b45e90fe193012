/*
 * hooks.c - enter and exit: what every instrumented function of the program calls.
 *
 * Cost on the common path: two clock readings a call, and some 45 instructions around each.
 * Compiled with a frame pointer, by which the hooks find what their caller had on its stack
 * (arch.h); without stack protector, and without calls but to the slow paths.
 */
#include "preload/clock.h"
#include "preload/process.h"
#include "preload/thread.h"

#define likely(x)   __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

#define HOOK __attribute__((visibility("default")))

HOOK void __cyg_profile_func_enter(void *fn, void *call_site);
HOOK void __cyg_profile_func_exit(void *fn, void *call_site);

/* For measuring them: not to be diverted by a library that is preloaded before this one. */
void hook_enter(void *, void *) __attribute__((alias("__cyg_profile_func_enter")));
void hook_exit(void *, void *) __attribute__((alias("__cyg_profile_func_exit")));

static inline bool is_on(void)
{
    uint32_t mode = process_state.mode;
    return likely(mode == HOOKS_ON) || (mode == HOOKS_UNSET && process_begin());
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

void __cyg_profile_func_enter(void *fn, void *call_site)
{
    if (unlikely(!is_on()))
        return;
    const struct arch_frame *caller = __builtin_frame_address(0);
    const struct hook_call call = {.fn = (uintptr_t)fn,
                                   .call_site = (uintptr_t)call_site,
                                   .site = caller->site,
                                   .sp = arch_caller_sp(caller),
                                   .fp = caller->fp};
    struct thread *thread = thread_self;
    if (unlikely(!is_free(thread))) {
        const struct hook_call copy = call;
        thread = thread_for_enter(&copy);
        if (thread == NULL)
            return;
    }
    mark(thread, call.sp);

    struct raw_thread *raw = thread->raw;
    raw->enters++;
    uintptr_t slot = slots_find(&call, thread->stack_high, &raw->unknown_slots);
    struct frame *parent = frames_parent(thread, slot, &call);
    struct frame *frame = parent + 1;
    if (unlikely(parent >= thread->limit)) {
        frame = frames_more(thread, parent, slot);
        if (frame == NULL)
            goto done;
        parent = frame - 1;
    }
    struct raw_node *node = tree_try_child(&thread->tree, parent->home, call.fn);
    if (unlikely(node == NULL)) {
        const struct hook_call copy = call;
        struct frame *from = parent;
        node = frames_child(thread, &from, slot, &copy);
        parent = from;
        frame = parent + 1;
    }
    node->calls++;
    node->inlined += frames_is_inlined(parent, slot);
    frames_open(thread, frame, node, slot, &call);

    uint64_t now = clock_ticks();
    frames_charge(thread, parent, now);
    frame->start = now;
    tree_open(node, now, raw->enters);
    frames_set_current(thread, frame);
done:
    leave_hook(thread);
}

void __cyg_profile_func_exit(void *fn, void *call_site)
{
    if (unlikely(!is_on()))
        return;
    uint64_t now = clock_ticks();
    uintptr_t sp = arch_caller_sp(__builtin_frame_address(0));
    struct thread *thread = thread_self;
    if (!is_free(thread) && (thread = thread_for_exit(sp)) == NULL)
        return;
    mark(thread, sp);
    /* A handler's calls between the clock and the mark: their time is theirs. */
    if (unlikely(now < thread->raw->last))
        now = thread->raw->last;
    const struct frame *top = thread->top;
    if (likely(top->node->fn == (uintptr_t)fn) &&
        likely(frames_is_live(top, (uintptr_t)call_site, sp)))
        frames_close(thread, now);
    else
        frames_exit(thread, (uintptr_t)fn, (uintptr_t)call_site, sp, now);
    leave_hook(thread);
}
