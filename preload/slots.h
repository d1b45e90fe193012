/*
 * slots.h - the identity of machine frames: the address of the slot that holds an instrumented
 * function's return address.
 *
 * Nothing tells the hooks that frames were left by longjmp or by an exception; comparing stack
 * pointers alone misses a sibling whose frame is at least as large as the stale one. Two frames are
 * told apart exactly by slot and hook site. At one hook site the slot lies at a constant distance
 * from the stack pointer (the enter hook runs before any alloca), so that distance is learnt once
 * from the unwind tables, kept in a table by site, and proven at every use: *slot must be the
 * function's return address, which the hook gets as call_site.
 *
 * One table for all threads: 64-bit words of (site << 16 | distance / 8), probed linearly, replaced
 * as a whole by one twice as large. Words only change from 0 to a value, or to another distance of
 * the same site; readers take no lock.
 */
#ifndef CPROF_PRELOAD_SLOTS_H
#define CPROF_PRELOAD_SLOTS_H

#include "preload/arch.h"
#include <stddef.h>
#include <stdint.h>

struct slot_table {
    size_t mask; /* number of words - 1 */
    uint32_t used;
    uint64_t words[];
};

extern HIDDEN struct slot_table *slots_table; /* never NULL */

/* The frame of a hook called by an instrumented function, as the hook finds it. */
struct hook_call {
    uintptr_t site;      /* return address of the hook */
    uintptr_t sp;        /* the function's stack pointer */
    uintptr_t fp;        /* the function's frame pointer register, whatever it holds */
    uintptr_t call_site; /* return address of the function */
};

/* Slow path of slots_find: probes further, or learns. *UNKNOWN is increased where the slot cannot
   be told; the answer is then the stack pointer, which lies below it. */
uintptr_t slots_find_slowly(const struct hook_call *call, uint64_t *unknown);

/* The slot of the function that made CALL. */
static inline uintptr_t slots_find(const struct hook_call *call, uint64_t *unknown)
{
    const struct slot_table *table = __atomic_load_n(&slots_table, __ATOMIC_RELAXED);
    uint64_t word = __atomic_load_n(&table->words[call->site >> 4 & table->mask], __ATOMIC_RELAXED);
    if (__builtin_expect(word >> 16 == call->site, 1)) {
        uintptr_t slot = call->sp + (word & 0xffff) * 8;
        if (__builtin_expect(*(const uintptr_t *)slot == call->call_site, 1))
            return slot;
    }
    return slots_find_slowly(call, unknown);
}

#endif
