/*
 * option_rows.h - the options of cprof-report, one row each: what they are called, what --help
 * says, and what they set. What only several options together can say is options.c's.
 */
#ifndef CPROF_REPORT_OPTION_ROWS_H
#define CPROF_REPORT_OPTION_ROWS_H

#include "report/options.h"

#define OPTION_ROWS 27

extern const struct option_row {
    const char *name;
    char letter;          /* 0: none */
    const char *argument; /* NULL: takes none; words to choose from stand as one|two */
    const char *help;     /* lines of up to 52 characters */
    int (*set)(struct options *o, const char *value,
               struct profile_error *error); /* -1: is no VALUE */
} option_rows[OPTION_ROWS];

#endif
