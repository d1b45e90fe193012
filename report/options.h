/*
 * options.h - the command line of cprof-report.
 */
#ifndef CPROF_REPORT_OPTIONS_H
#define CPROF_REPORT_OPTIONS_H

#include "report/call_tree_print.h"
#include "report/export.h"
#include "report/hide.h"
#include "report/names.h"
#include "report/stats.h"

enum when { WHEN_AUTO, WHEN_ALWAYS, WHEN_NEVER };

enum threads_view { THREADS_NONE, THREADS_TABLES, THREADS_ROWS };

struct options {
    char **files; /* in argv */
    size_t nfiles;
    struct sort sort;
    enum stats_view views[STATS_VIEWS]; /* what to print, each once; of callers and callees in the
                                           order of the options */
    size_t nviews;
    const struct exporter *exporter; /* of --format, or NULL */
    const char *output;              /* of -o: where the exporter writes, or NULL: stdout */
    const char *dump;                /* file to write to in place of printing, or NULL */
    bool json;
    bool interactive;
    const char **restrictions; /* in argv, in their order */
    size_t nrestrictions;
    struct hide hide;
    bool strip_dirs;
    struct columns columns;
    bool grouped; /* counts as 8,115,038 */
    enum when color, pager;
    enum threads_view threads;
    enum names names;
    const struct unit *unit;
    bool is_tree; /* print calling contexts */
    struct tree_view tree;
    bool diff;        /* compare: the two files, or these */
    const char **old; /* in argv */
    const char **new;
    size_t nold, nnew;
    double fail_above; /* percent; negative: not asked for */
};

/* Reads the command line, of which it may change the order. Returns -1 when there is a report to
   make, and *out is to be freed with options_free; else the status to exit with, all said. */
int options_parse(int argc, char **argv, struct options *out);

void options_free(struct options *o);

#endif
