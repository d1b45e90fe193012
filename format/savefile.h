/*
 * savefile.h - the way by which every file of the tools comes to its place: a temporary file in the
 * same folder (O_EXCL, mode 0600), then rename. Nothing is left behind on error.
 */
#ifndef CPROF_FORMAT_SAVEFILE_H
#define CPROF_FORMAT_SAVEFILE_H

#include "format/profile.h"

/* Makes WRITE put WHAT into the file at PATH, which must be a regular file or not be there. WRITE
   returns 0, or -1 with *error set. */
int savefile(const char *path, int (*write)(int fd, const void *what, struct profile_error *error),
             const void *what, struct profile_error *error);

#endif
