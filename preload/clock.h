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

/* Ticks when the counter is not read: ns; or, if it was until the program forbade that, what it
   would show. */
uint64_t clock_slow_ticks(void);

/* The program is about to forbid itself the counter, also for libc's clock_gettime: from here on
   the clock is a system call. */
void clock_forbid_tsc(void);

/* Whether that happened to a clock that was the counter. */
bool clock_was_tsc(void);

static inline enum raw_clock clock_kind(void)
{
    return clock_is_tsc || clock_was_tsc() ? RAW_CLOCK_TSC : RAW_CLOCK_MONOTONIC;
}

static inline uint64_t clock_ticks(void)
{
    return __builtin_expect(clock_is_tsc, 1) ? arch_ticks() : clock_slow_ticks();
}

#endif
