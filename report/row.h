/*
 * row.h - one function of a model: its numbers, its names, and who called it.
 */
#ifndef CPROF_REPORT_ROW_H
#define CPROF_REPORT_ROW_H

#include "format/profile.h"

/* What one function's calls cost that another one made. */
struct caller {
    uint32_t key; /* of the function that called; model_function gives it */
    bool plain;   /* nc is all there is: old profiles of Python, and sampled ones */
    profile_count nc, cc;
    double tt, ct;
};

/* What only cprof's own profiles know of a function (figures.h). Times are inclusive and as
   measured: the hooks' own time is in them. */
struct row_figures {
    bool known;
    double min, max;  /* s, of the shortest and the longest call; min > max: none has finished */
    uint32_t threads; /* that called it */
    profile_count inlined; /* of the calls, those that the compiler had inlined */
};

struct row {
    struct profile_string file;
    struct profile_string name;
    struct profile_string standard_name; /* "file:line(name)", "{name}": what a table shows */
    int64_t line;
    uint32_t key;         /* see struct model */
    bool top_level;       /* pstats names it above the totals */
    profile_count cc, nc; /* primitive calls, all calls */
    double tt, ct;        /* own and cumulative seconds */
    struct row_figures figures;
    struct caller *callers;
    size_t ncallers, callers_room;
};

/* Gives ROW strings of its own, in one allocation that row->file.bytes is the start of, and its
   standard name. Returns -1 when memory is out. */
int row_own_strings(struct row *row);

#endif
