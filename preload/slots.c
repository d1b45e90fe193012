#include "preload/slots.h"
#include "preload/cfi.h"
#include "preload/sys.h"

#define FIRST_WORDS 4096u

/* A distance of 0 is never right (the slot lies above whatever the function has pushed for the
   call), so it says "cannot be told". */
#define UNKNOWN_DISTANCE 0u

/* No word has this otherwise. It stands for a site that is to be learnt again: without it, probing
   would end too early for those behind it. */
#define FORGOTTEN (SLOTS_OWN | UNKNOWN_DISTANCE)

/* Slots that lie further away are learnt at every call. The fast path reads a word at the distance
   that it knows, and after a dlclose the site may be another function's, near the end of the stack.
 */
#define MOST_DISTANCE 4096u

static union {
    struct slot_table table;
    char room[sizeof(struct slot_table) + FIRST_WORDS * sizeof(uint64_t)];
} first = {.table = {.mask = FIRST_WORDS - 1}};

struct slot_table *slots_table = &first.table;

/* The word of SITE, or the free one where it belongs. */
static uint64_t *probe(struct slot_table *table, uintptr_t site)
{
    size_t i = site >> 4 & table->mask;
    uint64_t word;
    while ((word = __atomic_load_n(&table->words[i], __ATOMIC_RELAXED)) != 0 && word >> 16 != site)
        i = (i + 1) & table->mask;
    return &table->words[i];
}

static size_t bytes(size_t words)
{
    return sizeof(struct slot_table) + words * sizeof(uint64_t);
}

/* Half full: go on with a table twice as large. What another thread adds to the old one meanwhile
   is learnt again; the old one stays, others may be reading it. */
static void grow(struct slot_table *old)
{
    size_t words = (old->mask + 1) * 2;
    struct slot_table *table = sys_memory(bytes(words));
    if (table == NULL)
        return;
    table->mask = words - 1;
    for (size_t i = 0; i <= old->mask; i++) {
        uint64_t word = __atomic_load_n(&old->words[i], __ATOMIC_RELAXED);
        if (word != 0 && (word & 0xffff) != FORGOTTEN) {
            *probe(table, word >> 16) = word;
            table->used++;
        }
    }
    if (!__atomic_compare_exchange_n(&slots_table, &old, table, false, __ATOMIC_RELEASE,
                                     __ATOMIC_RELAXED))
        sys_release(table, bytes(words));
}

static void remember(uintptr_t site, uint64_t low)
{
    struct slot_table *table = __atomic_load_n(&slots_table, __ATOMIC_ACQUIRE);
    uint64_t *word = probe(table, site);
    uint64_t expected = __atomic_load_n(word, __ATOMIC_RELAXED);
    uint32_t used = __atomic_load_n(&table->used, __ATOMIC_RELAXED);
    if (expected == 0) {
        if (used > table->mask - table->mask / 4)
            return; /* could not grow: leave some words free, or probing would not end */
        used = __atomic_add_fetch(&table->used, 1, __ATOMIC_RELAXED);
    }
    __atomic_compare_exchange_n(word, &expected, site << 16 | low, false, __ATOMIC_RELAXED,
                                __ATOMIC_RELAXED);
    if (used > table->mask / 2)
        grow(table);
}

static uintptr_t unknown_slot(const struct hook_call *call, uint64_t *unknown)
{
    ++*unknown;
    return call->sp;
}

/* Whether the slot can be there and holds what it should. Above the thread's own stack, that is on
   another one, it must not be far away: where that ends is not known. */
static bool is_slot(const struct hook_call *call, uintptr_t slot, uintptr_t stack_high)
{
    uintptr_t end = call->sp < stack_high ? stack_high : call->sp + 8 * MOST_DISTANCE;
    return slot > call->sp && slot < end && slot % sizeof(uintptr_t) == 0 &&
           *(const uintptr_t *)slot == call->call_site;
}

/* The slot by the unwind tables or, without any, by the frame pointer, if that is one; 0: neither.
 *OWN: SLOTS_OWN or 0. */
static uintptr_t learn(const struct hook_call *call, uintptr_t stack_high, uint64_t *own)
{
    uintptr_t start = 0;
    uintptr_t slot =
        cfi_return_slot(call->site, (struct cfi_registers){call->sp, call->fp}, &start);
    *own = start == call->fn ? SLOTS_OWN : 0;
    if (is_slot(call, slot, stack_high))
        return slot;
    slot = call->fp + sizeof(uintptr_t);
    return is_slot(call, slot, stack_high) ? slot : 0;
}

uintptr_t slots_find_slowly(const struct hook_call *call, uintptr_t stack_high, uint64_t *unknown)
{
    struct slot_table *table = __atomic_load_n(&slots_table, __ATOMIC_ACQUIRE);
    uint64_t word = __atomic_load_n(probe(table, call->site), __ATOMIC_RELAXED);
    uint64_t own;
    if (word != 0 && (word & 0xffff) != FORGOTTEN) {
        if ((word & SLOTS_DISTANCE) == UNKNOWN_DISTANCE)
            return unknown_slot(call, unknown);
        uintptr_t slot = call->sp + (word & SLOTS_DISTANCE) * 8;
        if (is_slot(call, slot, stack_high))
            return slot | (word & SLOTS_OWN) / SLOTS_OWN;
    }
    /* Not seen yet, or the distance varies (a function that aligns its stack). */
    uintptr_t slot = learn(call, stack_high, &own);
    if (slot == 0) {
        if (word == 0 || (word & 0xffff) == FORGOTTEN)
            remember(call->site, UNKNOWN_DISTANCE);
        return unknown_slot(call, unknown);
    }
    uint64_t distance = (slot - call->sp) / 8;
    if (distance <= MOST_DISTANCE)
        remember(call->site, own | distance);
    return slot | own / SLOTS_OWN;
}

/* Begins anew where another thread has replaced the table by a larger one meanwhile. */
void slots_forget(uintptr_t start, uintptr_t end)
{
    struct slot_table *table, *next = __atomic_load_n(&slots_table, __ATOMIC_ACQUIRE);
    do {
        table = next;
        for (size_t i = 0; i <= table->mask; i++) {
            uint64_t word = __atomic_load_n(&table->words[i], __ATOMIC_RELAXED);
            if ((word >> 16) - start < end - start)
                __atomic_compare_exchange_n(&table->words[i], &word, word >> 16 << 16 | FORGOTTEN,
                                            false, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
        }
        next = __atomic_load_n(&slots_table, __ATOMIC_ACQUIRE);
    } while (next != table);
}
