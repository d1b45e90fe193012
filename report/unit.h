/*
 * unit.h - how a time is written in a table.
 */
#ifndef CPROF_REPORT_UNIT_H
#define CPROF_REPORT_UNIT_H

#include <stdbool.h>

struct unit {
    const char *word;   /* of --unit */
    const char *suffix; /* of a cell */
    double per_second;  /* 0: each time has the unit that suits it */
    int width;          /* characters of a cell, at least */
};

#define UNIT_CELL_SIZE 352 /* bytes: the largest double has 309 digits */

/* The unit called WORD (auto, s, ms, us, ns), or NULL. */
const struct unit *unit_find(const char *word);

/* Writes the time to CELL, right-aligned in the unit's width.
   auto: 1 s and more as pstats ("   1.204"); below, four significant digits and a unit:
   " 312.4ms", " 12.35us", " 187.6ns"; zero as "   0.000". */
void unit_cell(const struct unit *unit, double seconds, char cell[UNIT_CELL_SIZE]);

#endif
