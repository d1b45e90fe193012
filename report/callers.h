/*
 * callers.h - the printed lists of who called a function and of what it called, in pstats' words
 * and columns.
 */
#ifndef CPROF_REPORT_CALLERS_H
#define CPROF_REPORT_CALLERS_H

#include "report/table.h"

/* A model's callers the other way round: what each function called. It is a copy: what is added to
   the model afterwards is not in it, as in pstats. All zero: not made yet. */
struct callees {
    struct caller *items; /* by the function that called; each has the key of the callee */
    size_t *first;        /* of each key, and the end of them */
    size_t nkeys;
};

/* Fills *C unless that has been done. -1: memory is out. */
int callees_make(struct callees *c, const struct model *m);

void callees_free(struct callees *c);

/* Writes MESSAGE (how the rows were ordered and chosen) and, for each row, its callers; or, if
   CALLEES are given, what it called. Nothing at all if there is no row. -1: memory is out. */
int callers_print(const struct table *t, const struct callees *callees, const struct selection *s,
                  const char *message, FILE *to);

#endif
