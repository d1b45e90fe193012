/*
 * browser.h - looking at profiles by typed commands, as with `python -m pstats`.
 */
#ifndef CPROF_REPORT_BROWSER_H
#define CPROF_REPORT_BROWSER_H

#include "report/stats.h"

struct browser {
    struct stats stats; /* of what is loaded */
    bool loaded;
    char *name; /* what `read` reads again; NULL: nothing was read */
};

/* Loads FILE in place of what B has, which stays if that fails; WORDS for the user go to stdout. */
void browser_read(struct browser *b, const char *file);

/* Adds FILE to what B has. */
void browser_add(struct browser *b, const char *file);

/* Reads commands from standard input and carries them out, until they end. */
void browser_run(struct browser *b);

void browser_free(struct browser *b);

#endif
