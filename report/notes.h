/*
 * notes.h - what a reader of a table must know about the profiles behind it: how the processes
 * ended, what the hooks' overhead was, what was not recorded.
 */
#ifndef CPROF_REPORT_NOTES_H
#define CPROF_REPORT_NOTES_H

#include "format/profile.h"

#include <stdio.h>

#define NOTES_MAX 20 /* lines; more are counted only */

/* All zero: nothing to say. The numbers are sums over the profiles. */
struct notes {
    double measured, removed; /* s */
    uint64_t threads;
    uint64_t dropped, orphans, unknown_slots, torn;
    uint64_t counted[PROFILE_NOTES]; /* by enum profile_note */
    char *lines[NOTES_MAX];
    size_t nlines;
    size_t more;
};

/* Adds a line, unless it is there already. */
__attribute__((format(printf, 2, 3))) void notes_add(struct notes *n, const char *format, ...);

/* Adds what the profile says about itself. PATH: what the user calls it. RAW: the raw file that it
   was made from just now, or NULL. */
void notes_take(struct notes *n, const struct profile *p, const char *path, const char *raw);

/* Writes a line for each note, INDENT before it. */
void notes_print(const struct notes *n, FILE *to, const char *indent);

void notes_free(struct notes *n);

#endif
