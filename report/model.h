/*
 * model.h - what is shown: the rows of one profile, or of several added up, who called them, and
 * where they come from. Adding and stripping follow Python's pstats.Stats, whose tables are
 * printed.
 *
 * A model owns its rows, their strings and its tail; the profiles that were added may be freed at
 * once. A model that is all zero is empty. Errors: 0, or -1 when memory is out.
 */
#ifndef CPROF_REPORT_MODEL_H
#define CPROF_REPORT_MODEL_H

#include "format/intern.h"
#include "report/row.h"

#include <time.h>

/* A file whose profile was added. */
struct source {
    char *path;
    struct timespec modified;
};

struct model_key;

/* Functions are numbered by their keys (file, line, name) as these first appear, and keep their
   numbers until folders are stripped. Most have a row; the others are known as callers only. */
struct model {
    struct row *rows; /* in the order of the dict, which is the order of equal rows in a table */
    size_t nrows, rows_room;
    struct row *strangers; /* callers without a row, all numbers zero; or what became a row */
    size_t nstrangers, strangers_room;
    struct intern strings;      /* file names and function names */
    struct intern keys;         /* of rows and strangers */
    struct model_key *key_info; /* where the function of each key is */
    size_t key_info_room;
    size_t stamp;
    struct source *sources;
    size_t nsources, sources_room;
    profile_count total_calls, primitive_calls;
    double total_tt; /* s; the sum of the profiles' sums, as pstats adds */
    bool sampled;
    /* The tails of all profiles as one, whose symbols' functions are indexes into rows. NULL: no
       profile was added, or one without a tail was (lacks_tail). */
    struct profile_tail *tail;
    bool lacks_tail;
};

/* Adds P's rows: sums where the key is known, new rows behind the others. Takes P's tail. */
int model_add(struct model *m, struct profile *p);

/* Adds a file to the sources. */
int model_add_source(struct model *m, const char *path, struct timespec modified);

/* What pstats does when two callers of one row become equal, and what makes sense. */
enum model_collision { MODEL_LAST_CALLER_WINS, MODEL_CALLERS_ADD };

/* Takes the folders off all file names and adds up the rows that become equal. */
int model_strip_dirs(struct model *m, enum model_collision collision);

/* The function with this key: a row, or what is known of a caller that has none. Valid until the
   model changes. */
const struct row *model_function(const struct model *m, uint32_t key);

void model_free(struct model *m);

#endif
