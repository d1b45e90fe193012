/*
 * convert.h - making a profile of a raw file: runs cprof-symbolize, which stands beside this
 * program or in ../libexec/cprof.
 */
#ifndef CPROF_REPORT_CONVERT_H
#define CPROF_REPORT_CONVERT_H

#include "format/profile.h"

/* Publishes the profile of the raw file RAW in its folder, under the name that it says, and
   removes it. What goes wrong is told on stderr by cprof-symbolize, too. */
int convert_publish(const char *raw, struct profile_error *error);

/* Reads the profile of RAW, of which the file stays as it is; the process may be running. On
   success *out is to be freed with profile_free. */
int convert_snapshot(const char *raw, struct profile *out, struct profile_error *error);

#endif
