/*
 * raw_read.h - a raw file (format/raw.h) read into memory, every reference in it checked.
 *
 * What makes no sense is left out and counted in damaged; what was handed out but not yet written
 * when the process died is no damage.
 */
#ifndef CPROF_SYMBOLIZE_RAW_READ_H
#define CPROF_SYMBOLIZE_RAW_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "format/raw.h"
#include "format/rawfile.h"

struct raw_tree_node {
    const struct raw_node *raw;
    uint32_t parent; /* index into the tree's nodes, always of a home; the root's is its own */
    uint32_t home;   /* index into the tree's nodes */
};

/* One thread that was recorded for the file's profile. Its nodes stand in the order in which they
   were made, parents before children; those that neither ran nor called anything that did are left
   out. */
struct raw_tree {
    const struct raw_thread *thread;
    struct raw_tree_node *nodes; /* nodes[0] is the root */
    uint32_t nnodes;
    uint32_t current;    /* index of the node that ran at the end, 0: none */
    uint32_t interrupts; /* RAW_THREAD_SIGNAL: index of the thread's tree */
    uint64_t lost;       /* calls that found no memory for a node */
    uint64_t open_above; /* callers above that are still open */
};

/* A function that was running when the profile was switched on: it has the root's level (raw.h). */
static inline bool raw_tree_is_above(const struct raw_tree *t, const struct raw_node *node)
{
    return t->nodes[0].raw->fn_level != 0 && node->fn_level == t->nodes[0].raw->fn_level;
}

/* All pointers in here point into bytes, which live as long as the image. */
struct raw_image {
    char *bytes;
    uint64_t size; /* of bytes; holes of the file take no memory */
    const struct raw_header *header;
    enum rawfile_state state;
    struct raw_tree *trees;
    uint32_t ntrees;
    const struct raw_module **modules; /* in the order in which they were noticed */
    uint32_t nmodules;
    uint64_t damaged; /* records left out */
};

/* Reads FILE; of a live one, what has been written so far. Returns 0 and *out, to be freed with
   raw_image_free; or -1 and *error. */
int raw_image_read(const struct rawfile *file, struct raw_image *out, struct profile_error *error);

/* The same from SIZE bytes in memory, aligned for a struct raw_header, of which it takes a copy. */
int raw_image_parse(const void *bytes, uint64_t size, enum rawfile_state state,
                    struct raw_image *out, struct profile_error *error);

void raw_image_free(struct raw_image *image);

/* The level of that number, which a node of the image refers to and is not 0. */
const struct raw_level *raw_image_level(const struct raw_image *image, uint32_t number);

#endif
