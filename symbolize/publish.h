/* publish.h - from raw files to .prof files in the right place. */
#ifndef CPROF_SYMBOLIZE_PUBLISH_H
#define CPROF_SYMBOLIZE_PUBLISH_H

#include <stddef.h>

#include "format/rawfile.h"
#include "symbolize/resolve.h"

/* The profile of RAW, to be freed with profile_free. Returns 0, or -1 and *error. */
int publish_convert(struct resolver *r, const struct rawfile *raw, struct profile *out,
                    struct profile_error *error);

/* Where RAW's profile belongs: beside it, under the name that the process chose; for free(). NULL
   and *error if that is no name of a file in the folder. */
char *publish_path(const struct rawfile *raw, struct profile_error *error);

/* Removes the raw file NEW, whose profile has been published, and those of LIST[N] that it
   supersedes: of the same name, not started later, not live. Their paths in LIST become NULL. */
void publish_clean_up(const struct rawfile *new, struct rawfile *list, size_t n);

#endif
