/*
 * dump.h - a model as a profile file again.
 */
#ifndef CPROF_REPORT_DUMP_H
#define CPROF_REPORT_DUMP_H

#include "report/model.h"

/* Writes the model, its tail included, to PATH as profile_save does. */
int dump(const struct model *m, const char *path, struct profile_error *error);

#endif
