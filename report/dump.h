/*
 * dump.h - a model as a profile file again.
 */
#ifndef CPROF_REPORT_DUMP_H
#define CPROF_REPORT_DUMP_H

#include "report/model.h"

/* The model as a profile: functions are the rows, then the callers that have none. Strings and tail
   are the model's. -1: memory is out. dump_release frees the rest. */
int dump_take(const struct model *m, struct profile *out);
void dump_release(struct profile *p);

/* Writes the model, its tail included, to PATH as profile_save does. */
int dump(const struct model *m, const char *path, struct profile_error *error);

#endif
