/*
 * array.h - room for one more item in an array that grows.
 */
#ifndef CPROF_FORMAT_ARRAY_H
#define CPROF_FORMAT_ARRAY_H

#include <stddef.h>
#include <stdlib.h>

/* Returns ITEMS, moved if need be, with room for WANT (> 0) items of ITEM_SIZE bytes; *ROOM is how
   many it has room for. NULL: no memory, and ITEMS is as it was. */
static inline void *array_grow(void *items, size_t *room, size_t want, size_t item_size)
{
    if (want <= *room)
        return items;
    size_t more = *room < 8 ? 8 : *room * 2;
    if (more < want)
        more = want;
    void *moved = reallocarray(items, more, item_size);
    if (moved)
        *room = more;
    return moved;
}

#endif
