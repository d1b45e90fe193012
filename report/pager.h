/*
 * pager.h - showing output in a pager, as git does.
 */
#ifndef CPROF_REPORT_PAGER_H
#define CPROF_REPORT_PAGER_H

#include <stdbool.h>
#include <sys/types.h>

/* All zero: no pager runs. */
struct pager {
    pid_t pid;
    bool has_stderr; /* it shows stderr, too */
};

/* Starts what CPROF_PAGER or else PAGER says, or less, and makes stdout lead there, and stderr,
   too, if that is a terminal. Nothing happens where the pager is empty or cat, or cannot be
   started. */
void pager_start(struct pager *p);

/* Writes out stdout and waits for the pager, if one runs. That it was left before the end is no
   error. */
void pager_finish(struct pager *p);

#endif
