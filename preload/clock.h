/*
 * clock.h - the clock that the hooks read: the time stamp counter where it can be trusted, else
 * CLOCK_MONOTONIC. Its unit is the tick; only cprof-symbolize turns ticks into seconds, by the
 * anchors in the raw file's header.
 */
#ifndef CPROF_PRELOAD_CLOCK_H
#define CPROF_PRELOAD_CLOCK_H

#include "format/raw.h"
#include "preload/arch.h"
#include <stdbool.h>

extern HIDDEN bool clock_is_tsc; /* false until clock_choose() said otherwise */

/* CLOCK_MONOTONIC in ns. */
uint64_t clock_monotonic(void);

/* CLOCK_REALTIME in ns. */
uint64_t clock_realtime(void);

/* Decides, once, which clock it is. */
void clock_choose(void);

/* Both clocks at one moment. */
struct raw_anchor clock_anchor(void);

static inline uint64_t clock_ticks(void)
{
    return __builtin_expect(clock_is_tsc, 1) ? arch_ticks() : clock_monotonic();
}

#endif
