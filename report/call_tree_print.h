/*
 * call_tree_print.h - the printed tree of calling contexts.
 */
#ifndef CPROF_REPORT_CALL_TREE_PRINT_H
#define CPROF_REPORT_CALL_TREE_PRINT_H

#include "report/stats.h"

struct tree_view {
    bool inverted;      /* from the leaves */
    bool by_thread;     /* a tree for each */
    double min_percent; /* of the time of all: what has less is left out */
};

/* Prints S's header and tree. WORDS: a pattern begins the tree at the functions that it finds; a
   number is of lines, or the share of them. -1: there are no contexts, or memory is out. */
int tree_print(struct stats *s, const struct tree_view *view, const char *const *words,
               size_t nwords, FILE *to, struct profile_error *error);

#endif
