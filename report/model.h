/*
 * model.h - what the tables show: the rows of one profile, or of several added up, and where they
 * come from. Adding and stripping follow Python's pstats.Stats, whose tables are printed.
 *
 * A model owns its rows and their strings; the profiles that were added may be freed at once.
 * A model that is all zero is empty. Errors: 0, or -1 when memory is out.
 */
#ifndef CPROF_REPORT_MODEL_H
#define CPROF_REPORT_MODEL_H

#include "format/intern.h"
#include "format/profile.h"

#include <time.h>

struct row {
    struct profile_string file;
    struct profile_string name;
    struct profile_string standard_name; /* "file:line(name)", "{name}": what a table shows */
    int64_t line;
    profile_count cc, nc; /* primitive calls, all calls */
    double tt, ct;        /* own and cumulative seconds */
};

/* A file whose profile was added. */
struct source {
    char *path;
    struct timespec modified;
};

struct model {
    struct row *rows; /* in the order of the dict, which is the order of equal rows in a table */
    size_t nrows, rows_room;
    struct intern strings; /* file names and function names */
    struct intern keys;    /* of the rows; the number of a key is the index of its row */
    struct source *sources;
    size_t nsources, sources_room;
    profile_count total_calls, primitive_calls;
    double total_tt; /* s; the sum of the profiles' sums, as pstats adds */
    bool sampled;
};

/* Adds P's rows: sums where the key (file, line, name) is known, new rows behind the others. */
int model_add(struct model *m, const struct profile *p);

/* Adds a file to the sources. */
int model_add_source(struct model *m, const char *path, struct timespec modified);

/* Takes the folders off all file names and adds up the rows that become equal. */
int model_strip_dirs(struct model *m);

void model_free(struct model *m);

#endif
