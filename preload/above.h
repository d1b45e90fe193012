/*
 * above.h - the calls that are open when a profile is switched on: what it shows as callers above.
 *
 * Where the process's profile is recorded they stand on the thread's shadow stack. Elsewhere they
 * come from libunwind, which is loaded when it is first needed; without it nothing is known of
 * them.
 */
#ifndef CPROF_PRELOAD_ABOVE_H
#define CPROF_PRELOAD_ABOVE_H

#include "preload/frames.h"

#define ABOVE_MOST 128 /* the innermost ones */

/* Writes to CALLS[ABOVE_MOST] the calls that are open on this thread, the outermost first, down to
   the one with POSITION, the address of its slot, or, if there is none, the last one that lies
   above it. Returns how many. From ordinary code only. */
size_t above_find(struct frames_open_call *calls, uintptr_t position);

/* Writes to OWN the function that a scope is in, of which SLOT is known and a return address PC
   that lies in its code. CALLS[N], from above_find, may hold it already; returns how many are above
   it. */
size_t above_find_own(struct frames_open_call *calls, size_t n, uintptr_t slot, uintptr_t pc,
                      struct frames_open_call *own);

/* The slot of the function in whose frame the address INSIDE lies; 0: cannot be told. */
uintptr_t above_slot(uintptr_t inside);

#endif
