/*
 * clock.c - a clock that only moves when the profiled program says so, in place of preload/clock.c:
 * the times in a profile are then exact. Its kind is CLOCK_MONOTONIC, so a tick is a nanosecond,
 * and the hooks cost nothing.
 */
#include "preload/clock.h"

bool clock_is_tsc;

static uint64_t now = 1000000000u;

__attribute__((visibility("default"))) void fakeclock_advance(uint64_t ns);

void fakeclock_advance(uint64_t ns)
{
    now += ns;
}

uint64_t clock_monotonic(void)
{
    return now;
}

uint64_t clock_slow_ticks(void)
{
    return now;
}

void clock_forbid_tsc(void)
{
}

bool clock_was_tsc(void)
{
    return false;
}

uint64_t clock_realtime(void)
{
    return now;
}

void clock_choose(void)
{
}

struct raw_anchor clock_anchor(void)
{
    return (struct raw_anchor){now, now};
}
