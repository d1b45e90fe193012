/* Random numbers that are the same in every run (xorshift64*). */
#ifndef INFERENCE_RANDOM_H
#define INFERENCE_RANDOM_H

#include <stdint.h>

/* The next number of the sequence that *STATE, never 0, stands in. */
static inline __attribute__((no_instrument_function)) uint32_t random_next(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return (uint32_t)((*state * UINT64_C(2685821657736338717)) >> 32);
}

#endif
