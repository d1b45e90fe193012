/*
 * look_up.h - names, files and lines of functions, by the symbol tables and the debug information
 * of the file that the profiled program had loaded (through libdw: DWARF 2 to 5, compressed, split,
 * shared by dwz, in the file itself or beside it as .gnu_debuglink and /usr/lib/debug/.build-id
 * have it).
 */
#ifndef CPROF_SYMBOLIZE_LOOK_UP_H
#define CPROF_SYMBOLIZE_LOOK_UP_H

#include "symbolize/job.h"

/* Does JOB, in which nothing is found yet, in this process. */
void look_up(struct job *job);

#endif
