/*
 * diff.h - what changed from old runs of a program to new ones: for each function its numbers on
 * both sides, and whether the difference is more than chance.
 *
 * With five runs and more on both sides, a difference of times counts if Mann and Whitney's test
 * says so at 5 % when corrected (Holm) for the number of functions that are tested, which are those
 * with DIFF_TESTED of a side's total. Five runs a side can tell of six functions, ten of thousands.
 * With fewer runs there is no estimate of noise, and a difference counts if it is more than
 * DIFF_RATIO of the function's time and DIFF_SHARE of the total, the runs of the one side are all
 * above those of the other, and it is more than calls that take long by chance, in which a thread
 * waits or is preempted, could have made (may_be_few_calls). Counts are exact: they changed if no
 * run of the one side has a count of the other's.
 */
#ifndef CPROF_REPORT_DIFF_H
#define CPROF_REPORT_DIFF_H

#include "report/stats.h"

#define DIFF_RUNS    5     /* a side, for an estimate of noise */
#define DIFF_LEVEL   0.05  /* of the test */
#define DIFF_TESTED  0.001 /* of the total: functions below that are not tested */
#define DIFF_FLOOR   0.01  /* of the total: smaller changes are not told, however certain */
#define DIFF_RATIO   0.25  /* without an estimate: of the function's own time */
#define DIFF_SHARE   0.03  /* without an estimate: of the total */
#define DIFF_MANY    100   /* calls; without an estimate: of fewer, */
#define DIFF_LONGEST 0.02  /* s: one that took longer is thought to be all work */
#define DIFF_SIGMAS  4     /* without an estimate: standard deviations */

/* The runs of one side, one profile each. */
struct diff_side {
    struct stats *runs;
    size_t n;
};

/* Medians over the runs of a side. */
struct diff_numbers {
    profile_count nc, cc;
    double tt, ct; /* s */
};

struct diff_function {
    const struct row *old, *new; /* of the first run of each side that has it; NULL: none */
    const struct model *old_model, *new_model; /* of these rows */
    struct diff_numbers before, after;
    bool time_changed, calls_changed;
};

struct diff {
    struct diff_function *functions; /* by the change of tottime, up or down, largest first */
    size_t n;
    struct diff_numbers before, after; /* totals of the runs: their medians; ct is 0 */
    bool total_changed;
    bool estimated; /* enough runs for an estimate of noise */
    size_t tested;  /* functions, if estimated */
};

/* Compares the sides, whose models *OUT points into. -1: memory is out. */
int diff_make(const struct diff_side *old, const struct diff_side *new, struct diff *out);

/* The caller to which most of a change of F's calls goes back, or NULL; *BEFORE and *AFTER: its
   calls of F, in the rows that F has. */
const struct row *diff_caller(const struct diff *d, const struct diff_function *f,
                              profile_count *before, profile_count *after);

/* The row by which F is named: the new one, if there is one. */
static inline const struct row *diff_row(const struct diff_function *f)
{
    return f->new ? f->new : f->old;
}

void diff_free(struct diff *d);

#endif
