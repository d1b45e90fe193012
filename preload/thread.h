/*
 * thread.h - birth and end of what cprof keeps for a thread. It is born by its first hook event; it
 * ends by a destructor of thread-specific data, which closes the frames that pthread_exit or
 * cancellation left open. What happens later (in other destructors) is still recorded.
 */
#ifndef CPROF_PRELOAD_THREAD_H
#define CPROF_PRELOAD_THREAD_H

#include "preload/frames.h"

/* This thread's; NULL before its first event. All of libcprof.so's static TLS. */
extern HIDDEN __thread struct thread *thread_self;

/* Once per process, before the first thread: makes the key whose destructor ends threads. */
void thread_setup(void);

/*
 * Whose state a hook may use when thread_self is not free for it: this thread's, made where it is
 * missing; or, while a hook of this thread is running (so that this one was called by a signal
 * handler), one that is kept for such handlers. A running hook that a handler left by siglongjmp is
 * known by where it was called from: no handler's frame lies above that. NULL: no memory; this
 * thread's events are lost, and the thread is counted.
 */
struct thread *thread_for_enter(const struct hook_call *call);
struct thread *thread_for_exit(uintptr_t sp);

/* Whether a hook of this thread is running, interrupted by the signal handler that this is called
   from. */
bool thread_is_interrupted(void);

/* In a forked child, when its arena is mapped and the parent's still is: gives this thread a new
   tree with the open frames of the old one in it. */
void thread_after_fork(void);

#endif
