#include "format/intern.h"

#include "format/array.h"

#include <string.h>
#include <sys/random.h>

static uint64_t random_seed(const void *fallback)
{
    uint64_t seed;
    if (getrandom(&seed, sizeof seed, GRND_NONBLOCK) != (ssize_t)sizeof seed)
        seed = (uintptr_t)fallback;
    return seed;
}

static uint64_t mix(uint64_t a, uint64_t b)
{
    unsigned __int128 product = (unsigned __int128)(a ^ 0x9e3779b97f4a7c15u) * (b | 1);
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint64_t hash_of(uint64_t seed, const void *bytes, size_t size)
{
    const char *next = bytes;
    uint64_t hash = mix(seed, size);
    for (size_t left = size; left > 0;) {
        uint64_t word = 0;
        size_t part = left < sizeof word ? left : sizeof word;
        memcpy(&word, next, part);
        hash = mix(hash ^ word, seed);
        next += part;
        left -= part;
    }
    return mix(hash, seed);
}

/* The slot that holds the string, or the free one where it belongs. */
static uint32_t *find_slot(const struct intern *set, uint64_t hash, const void *bytes, size_t size)
{
    for (size_t i = hash & (set->nslots - 1);; i = (i + 1) & (set->nslots - 1)) {
        uint32_t *slot = &set->slots[i];
        if (*slot == 0)
            return slot;
        const struct intern_entry *e = &set->entries[*slot - 1];
        if (e->hash == hash && e->size == size &&
            (size == 0 || memcmp(set->bytes + e->at, bytes, size) == 0))
            return slot;
    }
}

static int double_slots(struct intern *set)
{
    size_t nslots = set->nslots ? set->nslots * 2 : 64;
    uint32_t *slots = calloc(nslots, sizeof *slots);
    if (!slots)
        return -1;
    for (size_t i = 0; i < set->count; i++) {
        size_t at = set->entries[i].hash & (nslots - 1);
        while (slots[at])
            at = (at + 1) & (nslots - 1);
        slots[at] = (uint32_t)i + 1;
    }
    free(set->slots);
    set->slots = slots;
    set->nslots = nslots;
    return 0;
}

static int make_room(struct intern *set, size_t size)
{
    if (set->count >= INT32_MAX)
        return -1;
    if (set->nslots == 0)
        set->seed = random_seed(set);
    if ((set->count + 1) * 2 > set->nslots && double_slots(set))
        return -1;
    struct intern_entry *entries =
        array_grow(set->entries, &set->entries_room, set->count + 1, sizeof *entries);
    if (!entries)
        return -1;
    set->entries = entries;
    char *bytes = array_grow(set->bytes, &set->bytes_room, set->used + size + 1, 1);
    if (!bytes)
        return -1;
    set->bytes = bytes;
    return 0;
}

uint32_t intern_add(struct intern *set, const void *bytes, size_t size)
{
    if (make_room(set, size))
        return INTERN_FAILED;
    uint64_t hash = hash_of(set->seed, bytes, size);
    uint32_t *slot = find_slot(set, hash, bytes, size);
    if (*slot == 0) {
        set->entries[set->count++] = (struct intern_entry){hash, set->used, size};
        if (size > 0)
            memcpy(set->bytes + set->used, bytes, size);
        set->used += size;
        *slot = (uint32_t)set->count;
    }
    return *slot - 1;
}

uint32_t intern_text(struct intern *set, const char *bytes, size_t size, enum utf8_escape escape)
{
    if (utf8_is_clean(bytes, size, escape))
        return intern_add(set, bytes, size);
    char *escaped = reallocarray(NULL, size, 4);
    if (!escaped)
        return INTERN_FAILED;
    uint32_t number = intern_add(set, escaped, utf8_escape(escaped, bytes, size, escape));
    free(escaped);
    return number;
}

const char *intern_bytes(const struct intern *set, uint32_t number, size_t *size)
{
    const struct intern_entry *e = &set->entries[number];
    *size = e->size;
    return set->bytes + e->at;
}

void intern_free(struct intern *set)
{
    free(set->entries);
    free(set->slots);
    free(set->bytes);
    *set = (struct intern){0};
}
