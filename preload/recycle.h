/*
 * recycle.h - records of threads that have ended, for later ones: a hundred thousand short threads
 * take the place of those that ran at once.
 *
 * Records go to a thread whose first call is of the same function, which usually is what the thread
 * was started with, and only when the old thread is gone: after its end it may still run
 * destructors of thread-specific data. Nobody waits here, and nothing is locked.
 */
#ifndef CPROF_PRELOAD_RECYCLE_H
#define CPROF_PRELOAD_RECYCLE_H

#include "preload/frames.h"

/* The calling thread, whose records THREAD is, ends. */
void recycle_keep(struct thread *thread);

/* Records of a thread that began with FN and is gone, now the caller's alone; NULL: there are none.
   They are as that thread left them. */
struct thread *recycle_take(uint64_t fn);

/* In a forked child: records of the parent's threads are the parent's. */
void recycle_forget(void);

#endif
