/*
 * chain.h - true callers, from the chain of frame pointers of code built with -O0.
 *
 * When a hook is called, rbp is the frame address of the function that calls it: [rbp] is the rbp
 * of its caller, [rbp + 8] its return address. The frames of a thread's open functions are kept in
 * an array, with falling addresses as on the stack itself. The caller of a function is the first
 * frame up the chain that stands in the array with the return address it had when it was entered.
 *
 * What keeps dead frames (longjmp, exceptions) from being taken for callers: frames at or below
 * that of a function just entered are dead and go; one above it counts only if the chain reaches
 * its very address and its return address is still in place there.
 *
 * Code without frame pointers in between may break the chain; then .eh_frame is asked, and where it
 * does not know either, the caller is CHAIN_BROKEN and nothing is claimed. One stack a thread is
 * assumed.
 */
#ifndef ORACLE_CHAIN_H
#define ORACLE_CHAIN_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define CHAIN_NONE   0u /* as the number of a caller: there is none */
#define CHAIN_BROKEN 1u /* ... or it cannot be told */

struct chain_frame {
    uint64_t address;   /* rbp */
    uint64_t call_site; /* the function's return address */
    uint64_t site;      /* the hook's return address */
    uint32_t function;  /* its number, 2 or more */
};

struct chain; /* of one thread; never freed */

/* NULL: no memory. */
struct chain *chain_new(void);

/* Is SITE, from where FUNCTION's enter hook was called, in another function, into which it was
   inlined (always_inline is obeyed at -O0)? FUNCTIONS are the addresses of numbers 2 to LAST. */
bool chain_is_inlined(const uint64_t *functions, uint32_t last, uint64_t function, uint64_t site);

void chain_enter(struct chain *c, struct chain_frame frame, bool inlined);
void chain_exit(struct chain *c, uint64_t address, uint32_t function);

/* Writes the edge lines; returns how many calls found no memory and are in none of them. */
uint64_t chain_write(const struct chain *c, const uint64_t *functions, FILE *out);

#endif
