/*
 * table.h - the table of functions, in pstats' words and columns.
 */
#ifndef CPROF_REPORT_TABLE_H
#define CPROF_REPORT_TABLE_H

#include "report/model.h"
#include "report/restrict.h"
#include "report/sort.h"
#include "report/unit.h"

#include <stdio.h>

struct table {
    const struct model *model;
    const struct unit *unit;
    bool verbatim; /* exactly pstats' bytes: names are not escaped, no line between the header's */
};

/* Writes the header: the files and the totals, without the empty line that ends it. */
void table_print_summary(const struct table *t, FILE *to);

/* Writes MESSAGE (how the rows were ordered and chosen), the titles and the rows; nothing at all
   if there is no row. */
void table_print_rows(const struct table *t, const struct selection *s, const char *message,
                      FILE *to);

#endif
