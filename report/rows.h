/*
 * rows.h - inside a model: its keys, its rows, and their callers, as they are built.
 */
#ifndef CPROF_REPORT_ROWS_H
#define CPROF_REPORT_ROWS_H

#include "report/model.h"

#define ROWS_NONE UINT32_MAX

struct model_key {
    uint32_t row, stranger; /* indexes, or ROWS_NONE */
    size_t stamp;           /* equal to the model's: the caller with this key is at `at` */
    size_t at;
};

/* A list of callers that a row is to get; its items are as many as the key numbers of the callers
   are different. */
struct callers {
    struct caller *items;
    size_t n, room;
};

/* The number of the function's key, a new one if need be; INTERN_FAILED: no memory. */
uint32_t rows_key(struct model *m, struct profile_string file, int64_t line,
                  struct profile_string name);

/* Keeps the name of a function that has no row, if it is not known. */
int rows_add_stranger(struct model *m, struct row function);

/* Adds C to LIST, whose callers all have other keys. */
int callers_append(struct callers *list, const struct caller *c);

/* Starts putting callers into a list that has these N, which have different keys. */
void callers_start(struct model *m, const struct caller *items, size_t n);

/* Puts C into the LIST that was started last; where its key is there, as COLLISION says. */
int callers_put(struct model *m, struct callers *list, const struct caller *c,
                enum model_collision collision);

/* Adds ROW's numbers and CALLERS to the row of its key, or appends a copy of ROW, its times added
   to START. */
int rows_add(struct model *m, const struct row *row, const struct callers *callers, double start);

#endif
