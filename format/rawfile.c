#include "format/rawfile.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

__attribute__((format(printf, 3, 4))) static int fail(struct profile_error *error, int64_t offset,
                                                      const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(error->text, sizeof error->text, format, args);
    va_end(args);
    error->offset = offset;
    return -1;
}

int rawfile_open(const char *path)
{
    struct stat st;
    int fd = strcmp(path, "-") == 0 ? dup(STDIN_FILENO)
                                    : open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return -1;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
        return fd;
    bool folder = S_ISDIR(st.st_mode);
    close(fd);
    errno = folder ? EISDIR : EINVAL;
    return -1;
}

/* What /proc/PID/stat says. */
struct life {
    char state;          /* R, S, Z, ... */
    long threads;        /* running ones; the main thread may be a zombie among them */
    uint64_t start_time; /* clock ticks since the boot */
};

/* The fields are counted behind the last ')', because a program's name may hold any character.
   Returns false when there is no such process. */
static bool look_at_process(uint32_t pid, struct life *life)
{
    char path[64], text[4096];
    snprintf(path, sizeof path, "/proc/%" PRIu32 "/stat", pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    ssize_t n = read(fd, text, sizeof text - 1);
    close(fd);
    if (n <= 0)
        return false;
    text[n] = 0;
    char *fields = strrchr(text, ')');
    if (!fields)
        return false;
    int found = sscanf(fields + 1,
                       " %c %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %ld "
                       "%*s %" SCNu64,
                       &life->state, &life->threads, &life->start_time);
    return found == 3;
}

/* The kernel shows the path as it is, except that a line feed is written \012. Device numbers are
   not compared where the path is equal: btrfs and overlay file systems show others than stat. */
static bool is_mapping_of(const char *line, const struct stat *st, const char *path)
{
    unsigned major_number, minor_number;
    uint64_t inode;
    int at = 0;
    if (sscanf(line, "%*s %*s %*s %x:%x %" SCNu64 " %n", &major_number, &minor_number, &inode,
               &at) < 3)
        return false;
    if (inode == st->st_ino && makedev(major_number, minor_number) == st->st_dev)
        return true;
    return at > 0 && strncmp(line + at, path, strlen(path)) == 0 &&
           strcmp(line + at + strlen(path), "\n") == 0;
}

/* Whether the process is known not to map the file. Not known counts as no: another user's process
   shows no maps, one that is just ending shows empty ones. */
static bool maps_it_no_more(uint32_t pid, const struct stat *st, const char *path)
{
    char maps[64];
    snprintf(maps, sizeof maps, "/proc/%" PRIu32 "/maps", pid);
    FILE *f = fopen(maps, "re");
    char *real = realpath(path, NULL);
    char *line = NULL;
    size_t room = 0;
    bool any = false, found = false;
    while (f && real && !found && getline(&line, &room, f) > 0) {
        any = true;
        found = is_mapping_of(line, st, real);
    }
    free(line);
    free(real);
    if (f)
        fclose(f);
    return any && !found;
}

/* Whether the numbers of processes mean to us what they mean in the file. */
static bool is_of_our_container(const struct raw_header *h)
{
    struct stat st;
    return h->pid_namespace == 0 || stat("/proc/self/ns/pid", &st) < 0 ||
           (uint32_t)st.st_ino == h->pid_namespace;
}

/* Whether somebody has the file open for writing, or mapped: the kernel gives no read lease then.
   Not known (no lease on this file system, another user's file) counts as no. */
static bool is_being_written(int fd)
{
    fcntl(fd, F_SETSIG, SIGURG); /* which does nothing; SIGIO would kill */
    if (fcntl(fd, F_SETLEASE, F_RDLCK) < 0)
        return errno == EAGAIN;
    fcntl(fd, F_SETLEASE, F_UNLCK);
    return false;
}

static enum rawfile_state state_of(const struct raw_header *h, const struct stat *st, int fd,
                                   const char *path)
{
    struct life life;
    if (h->state == RAW_FINISHED)
        return RAWFILE_FINISHED;
    if (!is_of_our_container(h))
        return is_being_written(fd) ? RAWFILE_LIVE : RAWFILE_GONE;
    if (!look_at_process(h->pid, &life) || life.start_time != h->start_time)
        return RAWFILE_GONE;
    if (strchr("ZXx", life.state) && life.threads <= 1)
        return RAWFILE_GONE;
    return maps_it_no_more(h->pid, st, path) ? RAWFILE_REPLACED : RAWFILE_LIVE;
}

static int check_header(ssize_t n, struct raw_header *h, struct profile_error *error)
{
    if (n < (ssize_t)sizeof h->magic || memcmp(h->magic, RAW_MAGIC, sizeof h->magic) != 0)
        return fail(error, 0, "not a raw file of cprof");
    if (n < (ssize_t)sizeof *h)
        return fail(error, 0, "not a raw file of cprof: cut off in its header");
    if (h->version != RAW_VERSION)
        return fail(error, 8, "raw file of another version of cprof (%u, this one reads %u)",
                    h->version, RAW_VERSION);
    h->out_name[RAW_NAME_MAX - 1] = 0;
    if (h->command_size > RAW_COMMAND_MAX)
        h->command_size = RAW_COMMAND_MAX;
    return 0;
}

int rawfile_look(const char *path, struct rawfile *out, struct profile_error *error)
{
    struct stat st;
    *out = (struct rawfile){0};
    int fd = rawfile_open(path);
    if (fd < 0)
        return fail(error, -1, "cannot be read: %s",
                    errno == EINVAL ? "not a regular file" : strerror(errno));
    ssize_t n = fstat(fd, &st) < 0 ? -1 : pread(fd, &out->header, sizeof out->header, 0);
    int result = n < 0 ? fail(error, -1, "cannot be read: %s", strerror(errno))
                       : check_header(n, &out->header, error);
    out->owner = st.st_uid;
    if (result == 0)
        out->state = state_of(&out->header, &st, fd, path);
    close(fd);
    if (result < 0)
        return -1;
    out->path = strdup(path);
    return out->path ? 0 : fail(error, -1, "out of memory");
}

bool rawfile_is_later(uint64_t a, uint64_t b)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    uint64_t now = (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
    return (a > now) != (b > now) ? b > now : a > b;
}

static int later_start_first(const void *a, const void *b)
{
    const struct rawfile *x = a, *y = b;
    if (x->header.realtime_ns != y->header.realtime_ns)
        return rawfile_is_later(x->header.realtime_ns, y->header.realtime_ns) ? -1 : 1;
    return strcmp(x->path, y->path);
}

static bool ends_in_raw(const char *name)
{
    size_t n = strlen(name), suffix = strlen(RAW_SUFFIX);
    return n > suffix && strcmp(name + n - suffix, RAW_SUFFIX) == 0;
}

/* In a folder where everybody may put files (/tmp), a stranger's would pass for our run. */
static bool is_trusted(const struct rawfile *f, uid_t owner_of_folder)
{
    return f->owner == geteuid() || f->owner == owner_of_folder;
}

/* Appends the raw file DIR/NAME; anything else is passed over. -1: out of memory. */
static int append(struct rawfile **list, size_t *n, const char *dir, const char *name, uid_t owner)
{
    struct profile_error ignored;
    struct rawfile f;
    char *path;
    if (asprintf(&path, "%s/%s", dir, name) < 0)
        return -1;
    int found = rawfile_look(path, &f, &ignored);
    free(path);
    if (found < 0)
        return 0;
    if (!is_trusted(&f, owner)) {
        rawfile_free(&f);
        return 0;
    }
    struct rawfile *grown = reallocarray(*list, *n + 1, sizeof **list);
    if (!grown) {
        rawfile_free(&f);
        return -1;
    }
    grown[(*n)++] = f;
    *list = grown;
    return 0;
}

int rawfile_list(const char *dir, struct rawfile **list, size_t *n)
{
    struct dirent *entry;
    int status = 0;
    *list = NULL;
    *n = 0;
    DIR *d = opendir(dir);
    if (!d)
        return -1;
    struct stat st;
    uid_t owner = fstat(dirfd(d), &st) == 0 ? st.st_uid : 0;
    while (status == 0 && (errno = 0, entry = readdir(d)))
        if (ends_in_raw(entry->d_name))
            status = append(list, n, dir, entry->d_name, owner);
    int saved = errno;
    closedir(d);
    if (status < 0 || saved) {
        rawfile_list_free(*list, *n);
        *list = NULL;
        *n = 0;
        errno = saved ? saved : ENOMEM;
        return -1;
    }
    if (*n)
        qsort(*list, *n, sizeof **list, later_start_first);
    return 0;
}

void rawfile_free(struct rawfile *f)
{
    free(f->path);
    f->path = NULL;
}

void rawfile_list_free(struct rawfile *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        rawfile_free(&list[i]);
    free(list);
}

bool rawfile_has_magic(const char *path)
{
    char magic[8];
    int fd = rawfile_open(path);
    if (fd < 0)
        return false;
    ssize_t n = pread(fd, magic, sizeof magic, 0);
    close(fd);
    return n == (ssize_t)sizeof magic && memcmp(magic, RAW_MAGIC, sizeof magic) == 0;
}
