/*
 * options.h - the command line of cprof-report.
 */
#ifndef CPROF_REPORT_OPTIONS_H
#define CPROF_REPORT_OPTIONS_H

#include "report/sort.h"
#include "report/unit.h"

struct options {
    char **files; /* in argv */
    size_t nfiles;
    struct sort sort;
    const char **restrictions; /* in argv, in their order */
    size_t nrestrictions;
    bool strip_dirs;
    const struct unit *unit;
};

/* Reads the command line, of which it may change the order. Returns -1 when there is a report to
   make, and *out is to be freed with options_free; else the status to exit with, all said. */
int options_parse(int argc, char **argv, struct options *out);

void options_free(struct options *o);

#endif
