/* map.h - numbers by 64-bit keys: a hash table with open addressing that grows. */
#ifndef CPROF_SYMBOLIZE_MAP_H
#define CPROF_SYMBOLIZE_MAP_H

#include <stddef.h>
#include <stdint.h>

/* All zero: empty. */
struct map {
    uint64_t *keys;
    uint32_t *values; /* 1 + the value; 0: free */
    size_t room;      /* a power of two, at most half of it taken */
    size_t n;
    uint64_t seed; /* random, so that no file can be made whose keys collide */
};

/* The value of KEY; a new KEY is given VALUE (less than UINT32_MAX) first. */
uint32_t map_add(struct map *m, uint64_t key, uint32_t value);

void map_free(struct map *m);

#endif
