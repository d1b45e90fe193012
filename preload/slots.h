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
 * An inlined copy of a function calls the hook from within another machine function, whose slot it
 * shares. Whether a site is in the function's own code is learnt with the distance: then no frame
 * that is still live can have the same slot.
 *
 * One table for all threads: 64-bit words, probed linearly, replaced as a whole by one twice as
 * large. Words only change from 0 to a value, or to another distance of the same site; readers take
 * no lock.
 *
 *     63              16  15   14            0
 *     | site            | own | distance / 8 |
 */
#ifndef CPROF_PRELOAD_SLOTS_H
#define CPROF_PRELOAD_SLOTS_H

#include "preload/arch.h"
#include <stddef.h>
#include <stdint.h>

#define SLOTS_OWN      0x8000u
#define SLOTS_DISTANCE 0x7fffu

struct slot_table {
    size_t mask; /* number of words - 1 */
    uint32_t used;
    uint64_t words[];
};

extern HIDDEN struct slot_table *slots_table; /* never NULL */

/* A call of a hook, as the hook finds it. */
struct hook_call {
    uintptr_t fn;        /* the instrumented function */
    uintptr_t call_site; /* its return address */
    uintptr_t site;      /* return address of the hook */
    uintptr_t sp;        /* stack pointer and frame pointer register of the machine function that */
    uintptr_t fp;        /* called the hook */
};

/* A slot's address is a multiple of 8; bit 0 says that the site is in the function's own code. */
static inline uintptr_t slots_address(uintptr_t slot)
{
    return slot & ~(uintptr_t)1;
}

static inline bool slots_is_own(uintptr_t slot)
{
    return slot & 1;
}

/* Slow path of slots_find: probes further, or learns. STACK_HIGH: end of the thread's stack.
   *UNKNOWN is increased where the slot cannot be told; the answer is then the stack pointer, which
   lies below it. */
uintptr_t slots_find_slowly(const struct hook_call *call, uintptr_t stack_high, uint64_t *unknown);

/* What is known of sites from START to before END is learnt again: other code is there now. */
void slots_forget(uintptr_t start, uintptr_t end);

/* The slot of the function that made CALL, with slots_is_own's bit. */
static inline uintptr_t slots_find(const struct hook_call *call, uintptr_t stack_high,
                                   uint64_t *unknown)
{
    const struct slot_table *table = __atomic_load_n(&slots_table, __ATOMIC_RELAXED);
    uint64_t word = __atomic_load_n(&table->words[call->site >> 4 & table->mask], __ATOMIC_RELAXED);
    if (__builtin_expect(word >> 16 == call->site, 1)) {
        uintptr_t slot = call->sp + (word & SLOTS_DISTANCE) * 8;
        if (__builtin_expect(*(const uintptr_t *)slot == call->call_site, 1))
            return slot | (word & SLOTS_OWN) / SLOTS_OWN;
    }
    const struct hook_call copy = *call; /* the hook's own stays in registers */
    return slots_find_slowly(&copy, stack_high, unknown);
}

#endif
