#include "preload/clock.h"
#include "preload/sys.h"
#include <string.h>
#include <sys/prctl.h>
#include <time.h>

bool clock_is_tsc;

static bool tsc_forbidden;       /* then clock_gettime, which reads the counter, too */
static struct raw_anchor chosen; /* when clock_choose chose the counter */

/* ticks = from.ticks + (ns - from.ns) * rate / 2^32 */
static struct {
    struct raw_anchor from;
    uint64_t rate; /* 0: ticks are ns */
} conversion;

static uint64_t read_clock(clockid_t id)
{
    struct timespec t = {0, 0};
    if (tsc_forbidden)
        sys2(SYS_clock_gettime, id, (long)&t);
    else
        clock_gettime(id, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

uint64_t clock_monotonic(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

uint64_t clock_realtime(void)
{
    return read_clock(CLOCK_REALTIME);
}

/* A kernel that found the counters of the cores to disagree takes a slow clock instead, so these
   two names say what CPUID does not. Other names (kvm-clock, hyperv...) read the counter. */
static bool kernel_distrusts_tsc(void)
{
    static const char path[] = "/sys/devices/system/clocksource/clocksource0/current_clocksource";
    char name[16] = "";
    int fd = sys_open(path, O_RDONLY | O_CLOEXEC, 0);
    if (fd < 0)
        return false;
    sys_read(fd, name, sizeof name - 1);
    sys_close(fd);
    return strncmp(name, "hpet", 4) == 0 || strncmp(name, "acpi_pm", 7) == 0;
}

void clock_choose(void)
{
    int mode = PR_TSC_ENABLE;
    sys2(SYS_prctl, PR_GET_TSC, (long)&mode);
    if (mode != PR_TSC_ENABLE)
        tsc_forbidden = true;
    clock_is_tsc = !tsc_forbidden && arch_ticks_invariant() && !kernel_distrusts_tsc();
    if (clock_is_tsc)
        chosen = clock_anchor();
}

uint64_t clock_slow_ticks(void)
{
    uint64_t ns = clock_monotonic();
    if (conversion.rate == 0)
        return ns;
    unsigned __int128 since = (unsigned __int128)(ns - conversion.from.ns) * conversion.rate;
    return conversion.from.ticks + (uint64_t)(since >> 32);
}

void clock_forbid_tsc(void)
{
    struct raw_anchor now = clock_is_tsc ? clock_anchor() : chosen;
    tsc_forbidden = true;
    if (!clock_is_tsc)
        return;
    uint64_t ns = now.ns > chosen.ns ? now.ns - chosen.ns : 1;
    conversion.from = now;
    conversion.rate = (uint64_t)(((unsigned __int128)(now.ticks - chosen.ticks) << 32) / ns);
    __atomic_store_n(&clock_is_tsc, false, __ATOMIC_RELEASE);
}

bool clock_was_tsc(void)
{
    return conversion.rate != 0;
}

/* The closest of a few tries: an interrupt between the two readings would tilt every time in the
   profile. */
struct raw_anchor clock_anchor(void)
{
    struct raw_anchor best = {0, 0};
    uint64_t least = UINT64_MAX;
    for (int i = 0; i < 5; i++) {
        uint64_t before = clock_ticks();
        uint64_t ns = clock_monotonic();
        uint64_t after = clock_ticks();
        if (after - before < least) {
            least = after - before;
            best = (struct raw_anchor){before + (after - before) / 2, ns};
        }
    }
    return best;
}
