#include "preload/clock.h"
#include "preload/sys.h"
#include <string.h>
#include <sys/prctl.h>
#include <time.h>

bool clock_is_tsc;

static uint64_t read_clock(clockid_t id)
{
    struct timespec t;
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
    clock_is_tsc = mode == PR_TSC_ENABLE && arch_ticks_invariant() && !kernel_distrusts_tsc();
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
