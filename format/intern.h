/*
 * intern.h - a set of byte strings, numbered 0, 1, 2 ... as they are first added.
 *
 * Equal strings have equal numbers, so whoever holds numbers compares in constant time however
 * long the strings are. The hash is seeded at random: a hostile file cannot choose collisions.
 */
#ifndef CPROF_FORMAT_INTERN_H
#define CPROF_FORMAT_INTERN_H

#include "format/utf8.h"

#include <stddef.h>
#include <stdint.h>

#define INTERN_FAILED UINT32_MAX

struct intern_entry {
    uint64_t hash;
    size_t at, size; /* its bytes: bytes[at .. at + size) */
};

/* All zero: empty, ready for use. */
struct intern {
    struct intern_entry *entries;
    size_t count, entries_room;
    uint32_t *slots; /* open addressing; an entry's number + 1, or 0 */
    size_t nslots;   /* a power of two, at least twice count; or 0 */
    char *bytes;
    size_t used, bytes_room;
    uint64_t seed;
};

/* The number of the string (it was new if count has grown), or INTERN_FAILED: no memory. */
uint32_t intern_add(struct intern *set, const void *bytes, size_t size);

/* The same for text, in which what ESCAPE names is first escaped (utf8.h). */
uint32_t intern_text(struct intern *set, const char *bytes, size_t size, enum utf8_escape escape);

/* The string with this number; valid until the next one is added. */
const char *intern_bytes(const struct intern *set, uint32_t number, size_t *size);

void intern_free(struct intern *set);

#endif
