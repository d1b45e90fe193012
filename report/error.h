/*
 * error.h - one way to say what went wrong.
 */
#ifndef CPROF_REPORT_ERROR_H
#define CPROF_REPORT_ERROR_H

#include "format/profile.h"

/* Sets ERROR to the formatted text, without an offset. Returns -1. */
__attribute__((format(printf, 2, 3))) int error_set(struct profile_error *error, const char *format,
                                                    ...);

/* The same for memory that could not be had. */
int error_memory(struct profile_error *error);

#endif
