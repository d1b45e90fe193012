/* tail.h - what a raw file says of the process and its threads, for the profile's tail. */
#ifndef CPROF_SYMBOLIZE_TAIL_H
#define CPROF_SYMBOLIZE_TAIL_H

#include "symbolize/raw_read.h"

/* Fills in TAIL's process, threads and notes, and makes room for the nodes of all threads; a tick
   is 1 / PER_SECOND s, and the profile ends at END (ticks). Of
   open frames only those are counted that an ended thread left. */
void tail_fill(const struct raw_image *image, double per_second, uint64_t end,
               struct profile_tail *tail);

#endif
