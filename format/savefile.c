#include "format/savefile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int fail(struct profile_error *error, const char *text)
{
    error->offset = -1;
    snprintf(error->text, sizeof error->text, "%s", text);
    return -1;
}

static int fail_errno(struct profile_error *error)
{
    error->offset = -1;
    snprintf(error->text, sizeof error->text, "cannot write: %s", strerror(errno));
    return -1;
}

/* Devices, pipes, folders and symbolic links are no place for a file of ours: rename would put the
   file in their stead. */
static int check_target(const char *path, struct profile_error *error)
{
    struct stat st;
    if (lstat(path, &st))
        return errno == ENOENT ? 0 : fail_errno(error);
    return S_ISREG(st.st_mode) ? 0 : fail(error, "cannot write: exists and is not a regular file");
}

/* The name of a temporary file in PATH's folder, for mkostemp; the caller frees it. */
static char *temporary_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    int folder = slash ? (int)(slash - path) + 1 : 0;
    char *name;
    return asprintf(&name, "%.*s.cprof-XXXXXX", folder, path) < 0 ? NULL : name;
}

int savefile(const char *path, int (*write)(int fd, const void *what, struct profile_error *error),
             const void *what, struct profile_error *error)
{
    if (check_target(path, error))
        return -1;
    char *temporary = temporary_name(path);
    if (!temporary)
        return fail(error, "out of memory");
    int fd = mkostemp(temporary, O_CLOEXEC);
    if (fd < 0) {
        int result = fail_errno(error);
        free(temporary);
        return result;
    }
    int result = write(fd, what, error);
    if (close(fd) && result == 0)
        result = fail_errno(error);
    if (result == 0 && rename(temporary, path))
        result = fail_errno(error);
    if (result)
        unlink(temporary);
    free(temporary);
    return result;
}
