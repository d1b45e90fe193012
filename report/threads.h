/*
 * threads.h - a profile by threads: a model for each, or one with a row for each thread and
 * function.
 *
 * These models are for tables only: they have rows and totals, and no callers, keys or tail.
 */
#ifndef CPROF_REPORT_THREADS_H
#define CPROF_REPORT_THREADS_H

#include "report/model.h"

struct threads {
    struct thread_model {
        uint32_t tid;
        struct profile_string name; /* the first model's; do not free */
        struct model model;
    } * items; /* of threads that made calls, in the order in which they were first seen */
    size_t n;
};

/* What each thread has of M, whose rows and tail must outlive *OUT. -1: M does not know. */
int threads_split(const struct model *m, struct threads *out, struct profile_error *error);

/* All rows of T as one model. Their names tell the thread, too, under THREADS_TITLE. */
int threads_join(const struct threads *t, struct model *out, struct profile_error *error);

#define THREADS_TITLE "    tid thread          filename:lineno(function)"

void threads_free(struct threads *t);

#endif
