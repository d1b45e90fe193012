/*
 * call_tree.h - calling contexts as they are shown: those of several threads, or of all, as one
 * tree.
 *
 *     root ── main ──┬── parse ──┬── next_token
 *                    │           └── parse (recursion: what it calls stands at the parse above)
 *                    └── evaluate
 *
 * Recursion was folded when it was recorded. Callers above of a profile that was switched on
 * (profile.h) have neither calls nor time and are left out.
 */
#ifndef CPROF_REPORT_CALL_TREE_H
#define CPROF_REPORT_CALL_TREE_H

#include "report/model.h"

#define CALL_TREE_NONE UINT32_MAX

struct call {
    uint32_t row;         /* of the model; CALL_TREE_NONE: the root */
    uint32_t parent;      /* indexes into the calls; CALL_TREE_NONE: none */
    uint32_t first, next; /* first child, next sibling: by total, the largest first */
    bool recursive;
    profile_count calls;
    double self, total; /* s; total: with all below */
};

struct call_tree {
    const struct model *model;
    struct call *calls; /* parents before children; the root first */
    size_t n, room;
    size_t left_out; /* contexts, by call_tree_invert */
};

/* The contexts of M's thread THREAD (an index into the tail's threads, handlers that interrupted it
   included), or, SIZE_MAX, of all. M must have a tail, and outlive *OUT. These return -1 when
   memory is out; else *OUT is to be freed. */
int call_tree_make(const struct model *m, size_t thread, struct call_tree *out);

/* What T has at and below calls of the rows that are CHOSEN, each function once below the root. */
int call_tree_focus(const struct call_tree *t, const bool *chosen, struct call_tree *out);

/* T from its leaves: below the root the functions with their own times, below each of them who
   called it, with the part of that time. What is less than LEAST s is left out. Of each call, self
   is the total, and calls are those of the function below the root. */
int call_tree_invert(const struct call_tree *t, double least, struct call_tree *out);

void call_tree_free(struct call_tree *t);

#endif
