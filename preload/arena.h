/*
 * arena.h - the raw file as memory: one sparse file, mapped once and shared, from which blocks of
 * whole pages are taken with one atomic add. It is never unmapped while threads may be in hooks.
 */
#ifndef CPROF_PRELOAD_ARENA_H
#define CPROF_PRELOAD_ARENA_H

#include "format/raw.h"
#include "preload/arch.h"
#include <stdbool.h>
#include <stddef.h>

/* The mapping and its bytes, which grow with what is used; NULL before arena_map. The header stands
   at its start. */
extern HIDDEN char *arena_base;
extern HIDDEN size_t arena_size;

static inline struct raw_header *arena_header(void)
{
    return (struct raw_header *)arena_base;
}

/* Makes the empty file FD (-1: memory without a file) an arena that can become SIZE bytes (less
   where a limit of the process says so) and writes magic, version and size into its header. The
   caller closes FD. False: impossible here; then nothing is mapped. */
bool arena_map(int fd, size_t size);

/* In a forked child, once: puts a private mapping of the file at PATH where the parent's arena is,
   so that a hook which was interrupted does not write to that. Where the file is not there any
   more, a copy, if AT_ANY_COST. False: it is as it was. */
bool arena_leave_to_parent(const char *path, bool at_any_cost);

/* A block of PAGES pages for KIND, its raw_block filled in, every page of it present (so that no
   store into it can fail on a full disk). Safe in any thread and signal handler. NULL: no memory.
 */
void *arena_block(enum raw_kind kind, uint32_t pages, uint32_t thread);

/* The block behind B, or the first one (B NULL); NULL: there is none. Blocks of other threads that
   are just being taken may be passed over. */
struct raw_block *arena_next(const struct raw_block *b);

/* Lets no block be taken any more and tells the bytes in use. */
uint64_t arena_close(void);

/* The contents of a block. */
static inline void *arena_contents(void *block)
{
    return (char *)block + sizeof(struct raw_block);
}

#endif
