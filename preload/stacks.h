/*
 * stacks.h - the real stacks that a thread runs on, and a shadow stack for each of them.
 *
 *     its own               from where the thread began, down: known exactly
 *     coroutines' stacks    exactly, from makecontext and make_fcontext (contexts.c)
 *     alternate stack       of signal handlers: exactly, from the kernel, while a handler is on it
 *     any other             from the edges of the mapping; two stacks in one mapping are taken for
 *                           one, so switches to such a stack are counted (guessed_switches)
 *
 * One rule for all: an event belongs to the stack that the stack pointer is on. The thread's shadow
 * stack in place (struct thread) is that of the stack of the newest event; the hooks notice that
 * another one has come when the stack pointer lies below its low end, or the slot at or above its
 * high one, which is the slot of its base frame. Then the shadow stacks are exchanged. Frames
 * of a stack that does not run stay open and untouched; time goes to the top of the one in place.
 *
 * A stack that is entered while it has no open calls is called by whatever is on top of the stack
 * that was left: its base frame stands for that call's node. A handler on the alternate stack has
 * ended, by a return or by a jump, when something happens on another stack.
 */
#ifndef CPROF_PRELOAD_STACKS_H
#define CPROF_PRELOAD_STACKS_H

#include "preload/frames.h"

/* Puts THREAD, whose own frames are there (frames_init), on the calling thread's own stack. */
void stacks_begin(struct thread *thread);

/* Frees all shadow stacks but the thread's own. What they have open is forgotten. */
void stacks_free(struct thread *thread);

/* Whether SP is beyond the edges of the stack in place. */
static inline bool stacks_is_elsewhere(const struct thread *thread, uintptr_t sp)
{
    return sp < thread->stack_low || sp >= thread->stack_high;
}

/* Makes the shadow stack of the stack that SP is on the one in place; NOW is the time of the event.
   False: no memory, nothing has changed. For a hook: THREAD is marked as busy. */
bool stacks_follow(struct thread *thread, uintptr_t sp, uint64_t now);

/* If nothing is open on the stack in place: what happens there is called by what was on top of the
   stack that was left for it. */
void stacks_entered(struct thread *thread);

/* The same between two events: the thread is about to go on at stack pointer SP. If that is on a
   stack that is known, or in [LOW, HIGH) where HIGH is not 0, time counts there from NOW on. */
void stacks_resume(struct thread *thread, uintptr_t sp, uintptr_t low, uintptr_t high,
                   uint64_t now);

/* [LOW, HIGH) is about to be used as a stack anew: nothing that was open there is left. */
void stacks_made(struct thread *thread, uintptr_t low, uintptr_t high, uint64_t now);

/* Whether something that was called with stack pointer INNER is known to be over, because something
   runs now with POSITION on its stack. */
bool stacks_is_over(const struct thread *thread, uintptr_t inner, uintptr_t position);

/* The slot of the function that made CALL or, on a stack that is not known yet, the stack pointer.
 */
uintptr_t stacks_position(const struct thread *thread, const struct hook_call *call);

/* THREAD's scope begins, on the stack in place: if that is not its own, what happens on its own is
   outside. */
void stacks_leave_outside(struct thread *thread);

/* Ends all calls that are open on any stack; the thread's own is then in place. Returns how many.
 */
uint64_t stacks_close_all(struct thread *thread, uint64_t now);

/* Calls VISIT for the shadow stack of each stack, from above the base to the top. */
void stacks_visit(const struct thread *thread,
                  void (*visit)(void *context, const struct frame *base, const struct frame *top),
                  void *context);

/* What a hook that was left by a jump in the middle of an exchange has left to do. */
void stacks_repair(struct thread *thread);

/* Opens the frames of all of OLD's stacks in THREAD, which is new and empty, without counting
   calls: what a forked child takes over. */
void stacks_carry(struct thread *thread, const struct thread *old, uint64_t now);

#endif
