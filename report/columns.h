/*
 * columns.h - the columns that a table can have besides pstats' own, and their order.
 */
#ifndef CPROF_REPORT_COLUMNS_H
#define CPROF_REPORT_COLUMNS_H

#include "report/cell.h"

#define COLUMNS_MAX 32

struct column;

/* None: pstats' columns. The function's name is always the last one. */
struct columns {
    const struct column *items[COLUMNS_MAX];
    size_t n;
};

/* What the cells of a table are made with. */
struct columns_style {
    const struct unit *unit;
    bool grouped;    /* counts as 8,115,038 */
    bool sampled;    /* Python counted samples, not calls */
    double total_tt; /* s; what percentages are of */
};

/* Sets *OUT from TEXT: names of columns separated by commas. -1: error says which is none, and
   lists them. */
int columns_parse(const char *text, struct columns *out, struct profile_error *error);

/* Writes the names of all but the last, in lines of a few. */
void columns_help(FILE *to);

/* Write the titles, and the cells of ROW, each but the first after a space; not the name's. */
void columns_put_titles(const struct columns *c, const struct columns_style *style, FILE *to);
void columns_put_cells(const struct columns *c, const struct columns_style *style,
                       const struct row *row, FILE *to);

#endif
