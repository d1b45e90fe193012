/*
 * overhead.h - what a hook pair costs on this machine with this clock, measured when it is first
 * asked for.
 */
#ifndef CPROF_PRELOAD_OVERHEAD_H
#define CPROF_PRELOAD_OVERHEAD_H

#include "format/raw.h"

/* Writes overhead_inner and overhead_outer. The first time in an image that the calling thread
   records and has recorded nothing yet they are measured, which takes about half a millisecond and
   leaves no trace; until then they are 0. */
void overhead_store(struct raw_header *header);

/* The same of calls that are recorded for the process's profile and for one that is switched on
   besides (thread_both). They are measured by a call of overhead_measure_both on a thread that has
   just switched on a profile, with signals blocked. */
void overhead_measure_both(void);
void overhead_store_both(struct raw_header *header);

#endif
