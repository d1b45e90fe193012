/*
 * repair.h - what to do about a hook that never finished, because a signal handler that interrupted
 * it left by a jump.
 */
#ifndef CPROF_PRELOAD_REPAIR_H
#define CPROF_PRELOAD_REPAIR_H

#include "preload/frames.h"

/* The hook was perhaps halfway through opening or closing a call: the one on top, or the one that
   is there no more. What is on the shadow stack counts as open; what is stale of it, the next
   events will show. */
void repair(struct thread *thread);

#endif
