/* ticks.h - the clock of a raw file: its rate, and the moment at which the profile ends. */
#ifndef CPROF_SYMBOLIZE_TICKS_H
#define CPROF_SYMBOLIZE_TICKS_H

#include "symbolize/raw_read.h"

/* Ticks per second. Measures this machine's time stamp counter, which takes 10 ms, where the file's
   two anchors are one. */
double ticks_per_second(const struct raw_header *header);

/* The moment, in ticks, at which calls end that are open in IMAGE: that of the process' end if it
   said so, otherwise the newest event of all threads. */
uint64_t ticks_end(const struct raw_image *image);

/* The same for calls of one thread, given END of the image. */
uint64_t ticks_end_of_thread(const struct raw_thread *thread, uint64_t end);

#endif
