/*
 * table.h - the printed report: where the profile is from, its totals, a line for each function,
 * in pstats' words and columns.
 */
#ifndef CPROF_REPORT_TABLE_H
#define CPROF_REPORT_TABLE_H

#include "report/columns.h"
#include "report/model.h"
#include "report/restrict.h"
#include "report/unit.h"

#include <signal.h>
#include <stdio.h>

/* What to print of, and how. */
struct table {
    const struct model *model;
    const struct unit *unit;
    struct columns columns;
    const char *name_title;            /* of the last column, if it is not the usual one */
    bool grouped;                      /* counts as 8,115,038 */
    bool color;                        /* for a terminal */
    bool verbatim;                     /* exactly what pstats prints */
    const volatile sig_atomic_t *stop; /* printing ends early once this is not 0; may be NULL */
};

static inline bool table_stopped(const struct table *t)
{
    return t->stop && *t->stop;
}

/* Writes the header: the files and the totals, without the empty line that ends it. */
void table_print_summary(const struct table *t, FILE *to);

/* Writes MESSAGE (how the rows were ordered and chosen), the titles and the rows; nothing at all
   if there is no row. Unless verbatim, a line says what is not shown of the model. */
void table_print_rows(const struct table *t, const struct selection *s, const char *message,
                      FILE *to);

#endif
