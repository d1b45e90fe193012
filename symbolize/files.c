#include "symbolize/files.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "symbolize/memory.h"

int files_open(const char *path)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd >= 0 && (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))) {
        close(fd);
        fd = -1;
    }
    return fd;
}

static bool is_regular_or_missing(const char *path)
{
    struct stat st;
    return stat(path, &st) < 0 || S_ISREG(st.st_mode);
}

bool files_may_be_opened(const char *name, const char *const *folders, size_t n)
{
    bool may = is_regular_or_missing(name);
    for (size_t i = 0; may && *name != '/' && i < n; i++) {
        if (!folders[i])
            continue;
        char *path = memory_text("%s/%s", folders[i], name);
        may = is_regular_or_missing(path);
        free(path);
    }
    return may;
}
