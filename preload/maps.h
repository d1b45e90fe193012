/*
 * maps.h - which mapping of the process an address lies in: for stacks of which nothing else is
 * known.
 */
#ifndef CPROF_PRELOAD_MAPS_H
#define CPROF_PRELOAD_MAPS_H

#include <stdbool.h>
#include <stdint.h>

/* The mapping [*LOW, *HIGH) that ADDRESS lies in, from /proc/self/maps. False: it cannot be told:
   no such file, no descriptor left, or system calls are filtered, and opening a file could be
   fatal. */
bool maps_find(uintptr_t address, uintptr_t *low, uintptr_t *high);

#endif
