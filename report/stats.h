/*
 * stats.h - profiles added up and what can be done with them, as pstats.Stats has it: the command
 * line and the browser are two ways to say what is to be done.
 */
#ifndef CPROF_REPORT_STATS_H
#define CPROF_REPORT_STATS_H

#include "report/callers.h"
#include "report/hide.h"
#include "report/load.h"
#include "report/model.h"
#include "report/notes.h"
#include "report/sort.h"

enum stats_view { STATS_TABLE, STATS_CALLERS, STATS_CALLEES, STATS_JSON };
#define STATS_VIEWS 4

struct stats {
    struct model model;
    struct notes notes;
    struct sort sort; /* nkeys is 0: in the order of the file */
    struct callees callees;
    const struct unit *unit;
    struct columns columns; /* these: of struct table */
    bool grouped, color;
    const char *name_title;
    bool verbatim;                     /* print exactly what pstats prints, and no notes */
    const volatile sig_atomic_t *stop; /* of struct table */
    const char *unmatched;             /* the pattern that left nothing to print last time */
};

/* What prints as S does and holds nothing. */
struct stats stats_empty(const struct stats *s);

/* Adds what PATH names ("-": a profile from standard input), and forgets the order. FOLDER: for
   load. */
int stats_add_file(struct stats *s, struct folder *folder, const char *path,
                   struct profile_error *error);

/* Leaves functions out (hide.h), forgets the order, and notes how many are left out. */
int stats_hide(struct stats *s, const struct hide *hide, struct profile_error *error);

/* Takes the folders off file names, and forgets the order. */
int stats_strip_dirs(struct stats *s, struct profile_error *error);

/* Turns the order round, if there is one. */
void stats_reverse(struct stats *s);

/* Chooses the rows that WORDS leave (restrict.h), in the chosen order, and writes to MESSAGE what
   pstats says about it. *out is to be freed with free(out->rows). */
int stats_select(const struct stats *s, const char *const *words, size_t nwords,
                 struct selection *out, FILE *message, struct profile_error *error);

/* Prints VIEW of what WORDS leave; notes stand under the totals of STATS_TABLE, unless verbatim. */
int stats_print(struct stats *s, enum stats_view view, const char *const *words, size_t nwords,
                FILE *to, struct profile_error *error);

/* Prints the header, then a table for each thread, or (JOINED) one table with a row for each thread
   and function. */
int stats_print_threads(struct stats *s, bool joined, const char *const *words, size_t nwords,
                        FILE *to, struct profile_error *error);

/* Prints where the profile is from, its totals and, unless verbatim, notes. */
void stats_print_header(const struct stats *s, FILE *to);

void stats_free(struct stats *s);

#endif
