/*
 * answer.h - what came of a job, as bytes from one process to another. Whoever wrote them may have
 * been taken over by the file that it read: everything is checked.
 */
#ifndef CPROF_SYMBOLIZE_ANSWER_H
#define CPROF_SYMBOLIZE_ANSWER_H

#include <stdio.h>

#include "symbolize/job.h"

#define ANSWER_TEXT_MOST ((uint32_t)4 << 20) /* bytes of one text; of a longer one, the beginning  \
                                              */

/* The most bytes that the answer to JOB may have. */
size_t answer_most(const struct job *job);

/* Writes what came of JOB. Returns 0, or -1. */
int answer_write(FILE *to, const struct job *job);

/* Fills in what came of JOB, in which nothing is found yet, from the SIZE bytes of an answer to it.
   Returns 0, or -1 if it is none; then nothing is found. */
int answer_read(struct job *job, const void *bytes, size_t size);

#endif
