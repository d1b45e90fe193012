/*
 * rawfile.h - finding raw files (format/raw.h) and telling what became of their processes.
 *
 * Nothing here reads more than the header; symbolize/raw_read.h reads the rest.
 */
#ifndef CPROF_FORMAT_RAWFILE_H
#define CPROF_FORMAT_RAWFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "format/profile.h"
#include "format/raw.h"

enum rawfile_state {
    RAWFILE_LIVE,     /* the process runs and writes it */
    RAWFILE_FINISHED, /* the process ended through its exit handlers */
    RAWFILE_GONE,     /* the process ended without: killed, crashed */
    RAWFILE_REPLACED, /* the process runs another image now (execve) */
};

struct rawfile {
    char *path;               /* as given, or DIR/NAME */
    struct raw_header header; /* out_name is terminated, command_size within bounds */
    enum rawfile_state state; /* at the moment of looking */
    uid_t owner;
};

/* Opens PATH if it is a regular file and no symbolic link, "-" being stdin; never blocks on a pipe
   or a device. -1 with errno. */
int rawfile_open(const char *path);

/* Reads the header of the raw file at PATH (rawfile_open) and looks for its process in
   /proc. Returns 0 and *out, to be freed with rawfile_free; or -1 and *error, whose offset is 0 if
   the file is no raw file, 8 if it is one of another version, and -1 if it cannot be read. */
int rawfile_look(const char *path, struct rawfile *out, struct profile_error *error);

/* Every raw file in the folder DIR (*.raw with the magic, of our own or of the folder's owner;
   others are passed over), the latest start first. Returns 0, *list and *n, to be freed with
   rawfile_list_free; or -1 with errno set. */
int rawfile_list(const char *dir, struct rawfile **list, size_t *n);

/* Whether the moment A came after B, both in ns since the epoch: one that lies in the future is of
   a clock that was set back since, and so came before. */
bool rawfile_is_later(uint64_t a, uint64_t b);

void rawfile_free(struct rawfile *f);
void rawfile_list_free(struct rawfile *list, size_t n);

/* Whether PATH is a regular file that starts with RAW_MAGIC. */
bool rawfile_has_magic(const char *path);

#endif
