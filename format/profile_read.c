#include "format/array.h"
#include "format/marshal.h"
#include "format/profile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_SIZE_MAX ((off_t)1 << 32)

static int fail_errno(struct profile_error *error, int number)
{
    error->offset = -1;
    snprintf(error->text, sizeof error->text, "%s", strerror(number));
    return -1;
}

/* The size of the open regular file, or -1. */
static off_t file_size(int fd, struct profile_error *error)
{
    struct stat st;
    if (fstat(fd, &st))
        return fail_errno(error, errno);
    if (S_ISDIR(st.st_mode))
        return fail_errno(error, EISDIR);
    if (S_ISREG(st.st_mode) && st.st_size <= FILE_SIZE_MAX)
        return st.st_size;
    error->offset = -1;
    snprintf(error->text, sizeof error->text, "not a profile (%s)",
             S_ISREG(st.st_mode) ? "larger than 4 GiB" : "not a regular file");
    return -1;
}

static int read_whole(int fd, struct profile *out, struct profile_error *error)
{
    off_t size = file_size(fd, error);
    if (size < 0)
        return -1;
    char *bytes = malloc((size_t)size + 1);
    if (!bytes)
        return fail_errno(error, ENOMEM);
    size_t got = 0;
    ssize_t n = 0;
    while (got < (size_t)size && (n = read(fd, bytes + got, (size_t)size - got)) != 0) {
        if (n > 0)
            got += (size_t)n;
        else if (errno != EINTR)
            break;
    }
    int result = n < 0 ? fail_errno(error, errno) : profile_parse(bytes, got, out, error);
    free(bytes);
    return result;
}

int profile_read(const char *path, struct profile *out, struct profile_error *error)
{
    *out = (struct profile){0};
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return fail_errno(error, errno);
    int result = read_whole(fd, out, error);
    close(fd);
    return result;
}

/* What does not begin as a profile does, such as /dev/zero, need not be read to its end. */
int profile_read_stream(int fd, struct profile *out, struct profile_error *error)
{
    char *bytes = NULL;
    size_t room = 0, got = 0;
    *out = (struct profile){0};
    for (;;) {
        char *more = array_grow(bytes, &room, got + 65536, 1);
        if (!more) {
            free(bytes);
            return fail_errno(error, ENOMEM);
        }
        bytes = more;
        ssize_t n = read(fd, bytes + got, room - got);
        if (n > 0)
            got += (size_t)n;
        bool is_over = n == 0 || (got > 0 && ((uint8_t)bytes[0] & ~MARSHAL_FLAG) != MARSHAL_DICT);
        if (is_over || got > (size_t)FILE_SIZE_MAX || (n < 0 && errno != EINTR)) {
            int result = is_over ? profile_parse(bytes, got, out, error)
                         : n < 0 ? fail_errno(error, errno)
                                 : fail_errno(error, EFBIG);
            free(bytes);
            return result;
        }
    }
}
