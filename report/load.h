/*
 * load.h - from what the user names to a profile: reads a .prof file, and converts the raw file of
 * a run whose profile is missing or older.
 */
#ifndef CPROF_REPORT_LOAD_H
#define CPROF_REPORT_LOAD_H

#include "format/rawfile.h"
#include "report/notes.h"

#include <time.h>

/* The raw files of the folder that was looked at last. All zero: none yet. */
struct folder {
    char *path;
    struct rawfile *raws; /* the latest start first */
    size_t nraws;
};

void folder_free(struct folder *f);

struct loaded {
    struct profile profile;
    char *path; /* the file that holds it: as named, or what a named raw file was converted to;
                   NULL: none, it came from standard input */
    struct timespec modified;
};

/*
 * Loads what PATH names.
 *   "-": a profile from standard input;
 *   a raw file: of a process that is gone, it is converted; of one that runs, a snapshot.
 *   else, if a raw file in its folder is to become PATH and its run began after PATH was written:
 *       of a process that is gone, it is converted, and that is PATH from now on;
 *       of one that runs, a note names it, and PATH is what it was.
 * Nothing is published where the folder cannot be written; the conversion is shown all the same.
 * Adds to NOTES what is to know about the profile. On success *out is to be freed with loaded_free.
 */
int load(struct folder *folder, const char *path, struct notes *notes, struct loaded *out,
         struct profile_error *error);

void loaded_free(struct loaded *l);

#endif
