/*
 * tail.h - cprof's own part of a .prof file, behind the dict. Layout: docs/FORMAT.md.
 */
#ifndef CPROF_FORMAT_TAIL_H
#define CPROF_FORMAT_TAIL_H

#include "format/cursor.h"
#include "format/output.h"
#include "format/profile.h"

#define TAIL_MAGIC                                                                                 \
    "\x89"                                                                                         \
    "CPROF\r\n"
#define TAIL_END_MAGIC   "CPROFEND"
#define TAIL_MAGIC_SIZE  8
#define TAIL_VERSION     1u
#define TAIL_FOOTER_SIZE (8 + TAIL_MAGIC_SIZE)
#define TAIL_FAULT_SIZE  96

/* In the order in which they are written. A new meaning of a record is a new section; a record
   that only got longer keeps its section, and readers use the part that they know. */
enum tail_section {
    TAIL_PROCESS = 1,
    TAIL_MODULES = 2,
    TAIL_SYMBOLS = 3,
    TAIL_THREADS = 4,
    TAIL_NODES = 5,
    TAIL_MARKS = 6, /* what nodes with flags have besides */
    TAIL_NOTES = 7,
    TAIL_INLINED = 8, /* how many calls of a node were inlined, for those that have such */
    TAIL_THREAD_ROWS = 9,
    TAIL_ABOVE = 10,    /* what symbols without a function have besides; only if there are any */
    TAIL_LACKS = 11,    /* of modules that lack debug information; only if there are any */
    TAIL_EARLIER = 12,  /* threads that share a tree with others; only if there are any */
    TAIL_SECTIONS = 12, /* the number of them */
};

/* Bytes of a section's header, and of a record of each. */
enum {
    TAIL_HEADER_SIZE = 24,
    TAIL_PROCESS_SIZE = 76,
    TAIL_MODULE_SIZE = 44,
    TAIL_SYMBOL_SIZE = 20,
    TAIL_THREAD_SIZE = 92, /* 76 in older files: up to the size of its string */
    TAIL_THREAD_LEAST = 76,
    TAIL_NODE_SIZE = 48,
    TAIL_MARK_SIZE = 12,
    TAIL_NOTE_SIZE = 12,
    TAIL_INLINED_SIZE = 12,
    TAIL_THREAD_ROW_SIZE = 24,
    TAIL_ABOVE_SIZE = 20,
    TAIL_LACK_SIZE = 20,
    TAIL_EARLIER_SIZE = 16,
};

/* Reads what follows the dict: IN stands at its end and holds the whole file. *OUT is NULL if there
   is no tail. Returns -1 on a fault, in IN. */
int tail_read(struct cursor *in, size_t nfunctions, struct profile_tail **out);

/* Writes a tail that tail_check has passed. ROWS maps an index into profile.functions to the row's
   number in the dict. */
void tail_write(struct output *out, const struct profile_tail *tail, const uint32_t *rows);

/* Whether TAIL can be written, and what was read makes sense. If not, returns -1 with what is wrong
   in FAULT, such as "node 5: ...". */
int tail_check(const struct profile_tail *tail, size_t nfunctions, char fault[TAIL_FAULT_SIZE]);

void tail_free_symbol(struct profile_symbol *s);
void tail_free(struct profile_tail *tail);

#endif
