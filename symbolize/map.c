#include "symbolize/map.h"

#include <stdlib.h>
#include <sys/random.h>

#include "symbolize/memory.h"

static uint64_t mix(uint64_t x)
{
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return x ^ x >> 31;
}

/* The place where KEY is, or where it belongs. */
static size_t place(const struct map *m, uint64_t key)
{
    size_t i = mix(mix(key ^ m->seed) + m->seed) & (m->room - 1);
    while (m->values[i] && m->keys[i] != key)
        i = (i + 1) & (m->room - 1);
    return i;
}

static void grow(struct map *m)
{
    struct map old = *m;
    if (!m->room && getrandom(&m->seed, sizeof m->seed, GRND_NONBLOCK) < 0)
        m->seed = (uint64_t)(uintptr_t)&old;
    m->room = m->room ? 2 * m->room : 64;
    m->keys = memory_zeroed(m->room, sizeof *m->keys);
    m->values = memory_zeroed(m->room, sizeof *m->values);
    for (size_t i = 0; i < old.room; i++) {
        if (!old.values[i])
            continue;
        size_t to = place(m, old.keys[i]);
        m->keys[to] = old.keys[i];
        m->values[to] = old.values[i];
    }
    free(old.keys);
    free(old.values);
}

uint32_t map_add(struct map *m, uint64_t key, uint32_t value)
{
    if (2 * m->n >= m->room)
        grow(m);
    size_t i = place(m, key);
    if (!m->values[i]) {
        m->keys[i] = key;
        m->values[i] = value + 1;
        m->n++;
    }
    return m->values[i] - 1;
}

void map_free(struct map *m)
{
    free(m->keys);
    free(m->values);
    *m = (struct map){0};
}
