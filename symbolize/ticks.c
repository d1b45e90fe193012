#include "symbolize/ticks.h"

#include <time.h>

#if defined(__x86_64__)
static uint64_t time_stamp(void)
{
    return __builtin_ia32_rdtsc();
}
#elif defined(__aarch64__)
static uint64_t time_stamp(void)
{
    uint64_t ticks;
    __asm__ volatile("mrs %0, cntvct_el0" : "=r"(ticks));
    return ticks;
}
#else
#    error "no time stamp counter is known for this processor"
#endif

#define MEASURE_NS 10000000u

static uint64_t monotonic_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static double measure(void)
{
    uint64_t ns = monotonic_ns(), ticks = time_stamp(), elapsed;
    while ((elapsed = monotonic_ns() - ns) < MEASURE_NS)
        ;
    return (double)(time_stamp() - ticks) * 1e9 / (double)elapsed;
}

double ticks_per_second(const struct raw_header *header)
{
    if (header->clock == RAW_CLOCK_MONOTONIC)
        return 1e9;
    int64_t ticks = (int64_t)(header->last.ticks - header->first.ticks);
    int64_t ns = (int64_t)(header->last.ns - header->first.ns);
    return ticks > 0 && ns > 0 ? (double)ticks * 1e9 / (double)ns : measure();
}

uint64_t ticks_end(const struct raw_image *image)
{
    uint64_t end = 0;
    if (image->state == RAWFILE_FINISHED)
        return image->header->last.ticks;
    for (uint32_t i = 0; i < image->ntrees; i++)
        if (image->trees[i].thread->last > end)
            end = image->trees[i].thread->last;
    return end;
}

uint64_t ticks_end_of_thread(const struct raw_thread *thread, uint64_t end)
{
    return (thread->flags & RAW_THREAD_ENDED) || thread->last > end ? thread->last : end;
}
