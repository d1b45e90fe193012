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
static inline struct thread *enter_hook(uintptr_t sp)
{
    struct thread *thread = thread_self;
    if (unlikely(thread == NULL || thread->busy != 0)) {
        thread = thread_for_hook(sp);
        if (thread == NULL)
            return NULL;
    }
    *(volatile uintptr_t *)&thread->busy = sp;
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    return thread;
}

static inline void leave_hook(struct thread *thread)
{
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    *(volatile uintptr_t *)&thread->busy = 0;
}

void __cyg_profile_func_enter(void *fn, void *call_site)
{
    if (unlikely(!is_on()))
        return;
    const struct arch_frame *caller = __builtin_frame_address(0);
    const struct hook_call call = {.site = caller->site,
                                   .sp = arch_caller_sp(caller),
                                   .fp = caller->fp,
                                   .call_site = (uintptr_t)call_site};
    struct thread *thread = enter_hook(call.sp);
    if (unlikely(thread == NULL))
        return;

    struct raw_thread *raw = thread->raw;
    raw->enters++;
    uintptr_t slot = slots_find(&call, &raw->unknown_slots);
    struct frame *parent = frames_parent(thread, slot, &call);
    struct frame *frame = parent + 1;
    if (unlikely(parent >= thread->limit)) {
        frame = frames_more(thread, parent, slot);
        if (frame == NULL)
            goto done;
        parent = frame - 1;
    }
    struct raw_node *node = tree_try_child(&thread->tree, parent->home, (uintptr_t)fn);
    if (unlikely(node == NULL)) {
        node = frames_child(thread, &parent, (uintptr_t)fn, slot, &call);
        frame = parent + 1;
    }
    node->calls++;
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
    struct thread *thread = enter_hook(sp);
    if (unlikely(thread == NULL))
        return;
    const struct frame *top = thread->top;
    if (likely(top->node->fn == (uintptr_t)fn && top->slot + sizeof(uintptr_t) >= sp))
        frames_close(thread, now);
    else
        frames_exit(thread, (uintptr_t)fn, (uintptr_t)call_site, sp, now);
    leave_hook(thread);
}
