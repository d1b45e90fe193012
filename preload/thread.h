/*
 * thread.h - birth and end of what cprof keeps for a thread. It is born by its first hook event; it
 * ends by a destructor of thread-specific data, which closes the frames that pthread_exit or
 * cancellation left open. What happens later (in other destructors) is still recorded.
 *
 * A thread can record for two: for the process's profile, and for one that the program switched on
 * (control.h). Hooks look at one pointer only:
 *
 *     process's   switched on     thread_self
 *     yes         no              the process's records
 *     no          yes             the profile's records
 *     yes         yes             thread_both: never free for a hook, whose slow path serves the
 * two no          no              NULL: not decided yet; or one that is never free and stands for
 *                                 nothing to record
 */
#ifndef CPROF_PRELOAD_THREAD_H
#define CPROF_PRELOAD_THREAD_H

#include "preload/frames.h"

/* Of this thread. Together with thread_entered all of libcprof.so's static TLS. */
extern HIDDEN __thread struct thread *thread_self;
extern HIDDEN __thread struct thread *thread_process; /* NULL: none */
extern HIDDEN __thread struct thread *thread_profile; /* NULL: none is switched on */

extern HIDDEN struct thread thread_both;
extern HIDDEN struct thread thread_idle; /* CPROF_ENABLE=0, and no profile is switched on here */

/* The newest call on this thread that was not recorded: perhaps that of the function which asks for
   a profile of itself. */
struct thread_entered {
    uintptr_t fn, call_site, site;
};
extern HIDDEN __thread struct thread_entered thread_entered;

/* Once per process, before the first thread: makes the key whose destructor ends threads. */
void thread_setup(void);

/*
 * Whose state a hook may use when thread_self is not free for it (and not thread_both): this
 * thread's, made where it is missing; or, while a hook of this thread is running (so that this one
 * was called by a signal handler), one that is kept for such handlers. A running hook that a
 * handler left by siglongjmp is known by where it was called from: no handler's frame lies above
 * that. NULL: nothing is to be recorded; or no memory, and then this thread's events are lost, and
 * the thread is counted.
 */
struct thread *thread_for_enter(const struct hook_call *call);
struct thread *thread_for_exit(uintptr_t sp);

/* The same of the two that thread_both stands for. */
struct thread *thread_free_of(struct thread *thread, uintptr_t position);

/* Whether a hook of this thread is running, interrupted by the signal handler that this is called
   from; or one was left by a jump, which is not so for what runs with POSITION on its stack
   (thread_for_enter). */
bool thread_is_marked(void);
bool thread_is_interrupted(uintptr_t position);

/* In a forked child, when its arena is mapped and the parent's still is: gives this thread a new
   tree with the open frames of the old one in it. */
void thread_after_fork(void);

/* Records for a profile other than the process's: of number PROFILE, for no thread yet. NULL: no
   memory. */
struct thread *thread_create(uint64_t profile);

void thread_free(struct thread *thread);

/* Lets THREAD, made by thread_create, record this thread; NULL: no more. Its frames are to be right
   before. From ordinary code, or a hook that marked nothing as busy. */
void thread_set_profile(struct thread *thread);

/* Makes THREAD, made by thread_create, this thread's. */
void thread_adopt(struct thread *thread);

/* Forgets all that THREAD has recorded. */
void thread_clear(struct thread *thread);

#endif
