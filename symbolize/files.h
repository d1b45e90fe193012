/* files.h - files that others name: opening them must not block, or do anything. */
#ifndef CPROF_SYMBOLIZE_FILES_H
#define CPROF_SYMBOLIZE_FILES_H

#include <stdbool.h>
#include <stddef.h>

/* Opens the regular file at PATH for reading. Returns -1 for anything else; never blocks. */
int files_open(const char *path);

/* Whether a library may open NAME, which it looks for as it is and in FOLDERS[N] (any may be NULL):
   none of what lies there is anything but a regular file. */
bool files_may_be_opened(const char *name, const char *const *folders, size_t n);

#endif
