/*
 * threads.h - a profile by threads: a model for each, or one with a row for each thread and
 * function.
 *
 * These models are for tables only: they have rows and totals, and no callers, keys or tail.
 */
#ifndef CPROF_REPORT_THREADS_H
#define CPROF_REPORT_THREADS_H

#include "report/model.h"

#include <stdio.h>

struct threads {
    struct thread_model {
        const struct profile_thread *thread; /* the first model's */
        struct model model;
    } * items; /* of threads that made calls, in the order in which they were first seen */
    size_t n;
};

/* What each thread has of M, whose rows and tail must outlive *OUT. -1: M does not know. */
int threads_split(const struct model *m, struct threads *out, struct profile_error *error);

/* All rows of T as one model. Their names tell the thread, too, under THREADS_TITLE. */
int threads_join(const struct threads *t, struct model *out, struct profile_error *error);

/* What T is, as in "41 ended threads of worker"; "" for one thread by itself, which tid and name
   tell. TEXT has room for THREADS_COMMON_SIZE bytes; the function's name follows it. */
#define THREADS_COMMON_SIZE 80
const char *threads_common(const struct profile_thread *t, char text[THREADS_COMMON_SIZE]);

/* Writes the line above what is shown of T, and an empty one. */
void threads_put_title(const struct profile_thread *t, FILE *to);

#define THREADS_TITLE "    tid thread          filename:lineno(function)"

void threads_free(struct threads *t);

#endif
