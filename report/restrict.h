/*
 * restrict.h - choosing rows of a table by pstats' restrictions: a number of rows, a fraction of
 * them, or a regular expression (PCRE2) that their standard names must match.
 */
#ifndef CPROF_REPORT_RESTRICT_H
#define CPROF_REPORT_RESTRICT_H

#include "report/model.h"

#include <stdio.h>

/* The rows of one table: pointers into a model's rows, which must outlive it. */
struct selection {
    const struct row **rows;
    size_t nrows;
    const char *unmatched; /* the pattern that left no row, if one did; points to its word */
};

/* Applies WORD, read as an integer, else as a float, else as a pattern, and writes what pstats
   says about it to MESSAGE. -1: matching took too long, or memory is out. */
int restrict_rows(struct selection *s, const char *word, FILE *message,
                  struct profile_error *error);

#endif
