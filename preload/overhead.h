/*
 * overhead.h - what a hook pair costs on this machine with this clock, measured when the first
 * event comes.
 */
#ifndef CPROF_PRELOAD_OVERHEAD_H
#define CPROF_PRELOAD_OVERHEAD_H

#include "format/raw.h"

/* Writes overhead_inner and overhead_outer. The first time in an image they are measured, which
   takes about half a millisecond and leaves no trace in the tree of the calling thread; it needs
   HOOKS_ON, and a thread without records of its own. */
void overhead_store(struct raw_header *header);

#endif
