/* two_clock_reads.c - the limit that cprof is measured against: hooks that read the clock at each
   end of a call, and add up. */
#include <x86intrin.h>

static __thread unsigned long ticks __attribute__((tls_model("initial-exec")));

void __cyg_profile_func_enter(void *function, void *call_site);
void __cyg_profile_func_exit(void *function, void *call_site);

void __cyg_profile_func_enter(void *function, void *call_site)
{
    (void)function;
    (void)call_site;
    ticks -= __rdtsc();
}

void __cyg_profile_func_exit(void *function, void *call_site)
{
    (void)function;
    (void)call_site;
    ticks += __rdtsc();
}
