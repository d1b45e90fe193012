/*
 * figures.h - what the calling contexts say of functions beyond pstats' numbers.
 */
#ifndef CPROF_REPORT_FIGURES_H
#define CPROF_REPORT_FIGURES_H

#include "report/model.h"

/* Adds what a context says to the figures of its function. */
void figures_add(struct row_figures *f, const struct profile_node *node);

/* A tree of calling contexts, and the thread that it is counted with: itself, or, if it is of
   signal handlers that interrupted cprof in a thread, that thread. */
struct figures_tree {
    size_t thread, tree; /* indexes into the tail's threads */
};

/* All trees of T, which may be NULL, in the order of their threads; for free(). NULL: memory is
 * out. */
struct figures_tree *figures_trees(const struct profile_tail *t);

/* Sets the figures of M's rows by M's tail; without one they stay unknown. -1: memory is out. */
int figures_fill(struct model *m);

#endif
