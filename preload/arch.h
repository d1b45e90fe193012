/*
 * arch.h - everything that depends on the processor: x86-64 so far.
 *
 * House rules of this folder, for whatever a hook can reach: no malloc, no stdio, no locks, no
 * change of errno (hence system calls without libc), no call that the loader would bind lazily,
 * small stack frames. The code runs in other people's programs, inside their signal handlers, and
 * before main.
 */
#ifndef CPROF_PRELOAD_ARCH_H
#define CPROF_PRELOAD_ARCH_H

#include <stdbool.h>
#include <stdint.h>

/* For variables of the library: referred to directly, not by a table of the loader's. */
#define HIDDEN __attribute__((visibility("hidden")))

#ifndef __x86_64__
#    error                                                                                         \
        "cprof knows x86-64 only; what another processor needs stands in this header and in cfi.c"
#endif

#include <cpuid.h>
#include <x86intrin.h>

/* A system call; returns what the kernel returns: -errno on failure. */
static inline long arch_syscall(long number, long a, long b, long c, long d, long e, long f)
{
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    register long r9 __asm__("r9") = f;
    long result;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    return result;
}

/* The time stamp counter; not serialising: a hook must not cost more than what it measures. */
static inline uint64_t arch_ticks(void)
{
    return __rdtsc();
}

/* Whether the counter runs at one rate, in every power state, on all cores (CPUID 80000007h). */
static inline bool arch_ticks_invariant(void)
{
    unsigned a, b, c, d;
    return __get_cpuid(0x80000007, &a, &b, &c, &d) && (d & (1u << 8));
}

/*
 * The frame of a hook that was compiled with a frame pointer; __builtin_frame_address(0) points to
 * it:
 *
 *     caller's stack pointer at the call  ->  +16
 *     return address of the hook              +8    site
 *     caller's frame pointer                  +0    fp
 */
struct arch_frame {
    uintptr_t fp;
    uintptr_t site;
};

static inline uintptr_t arch_caller_sp(const struct arch_frame *frame)
{
    return (uintptr_t)(frame + 1);
}

/* The thread's control block (System V ABI: its address stands at its start). */
static inline uintptr_t arch_control_block(void)
{
    uintptr_t address;
    __asm__("mov %%fs:0, %0" : "=r"(address));
    return address;
}

/* DWARF numbers of the stack and the frame pointer, and how far the slot of the return address
   lies below the canonical frame address (System V ABI, AMD64 supplement, 3.6.2). */
enum { ARCH_DWARF_SP = 7, ARCH_DWARF_FP = 6, ARCH_SLOT_BELOW_CFA = 8 };

#endif
