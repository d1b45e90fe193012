/*
 * diff_print.h - the printed difference of two sides: a sentence for each finding, the worst first,
 * how sure that is, and a table of all functions.
 */
#ifndef CPROF_REPORT_DIFF_PRINT_H
#define CPROF_REPORT_DIFF_PRINT_H

#include "report/diff.h"

/* How it is printed is S's: unit, names, grouped counts. NOLD, NNEW: the runs. */
void diff_print_findings(const struct diff *d, const struct stats *s, FILE *to);
void diff_print_summary(const struct diff *d, const struct stats *s, size_t nold, size_t nnew,
                        FILE *to);

/* The functions whose rows WORDS leave (restrict.h). -1: as restrict_rows. */
int diff_print_table(const struct diff *d, struct stats *s, const char *const *words, size_t nwords,
                     FILE *to, struct profile_error *error);

#endif
