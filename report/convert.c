#include "report/convert.h"

#include "report/error.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* Finds the program and writes its path to PATH. */
static int find_symbolizer(char path[PATH_MAX], struct profile_error *error)
{
    static const char *const places[] = {"cprof-symbolize", "../libexec/cprof/cprof-symbolize"};
    char self[PATH_MAX];
    ssize_t size = readlink("/proc/self/exe", self, sizeof(self) - 1);
    char *slash;
    size_t i;

    self[size < 0 ? 0 : size] = '\0';
    slash = strrchr(self, '/');
    for (i = 0; slash && i < sizeof(places) / sizeof(places[0]); i++) {
        int length = snprintf(path, PATH_MAX, "%.*s/%s", (int)(slash - self), self, places[i]);

        if (length < PATH_MAX && access(path, X_OK) == 0)
            return 0;
    }
    return error_set(error, "cprof-symbolize, which converts raw files, is not installed beside "
                            "cprof-report nor in ../libexec/cprof");
}

/* Starts `cprof-symbolize ARGUMENTS`, its stdout going to the descriptor OUT. */
static int start(const char *const arguments[], int out, pid_t *pid, struct profile_error *error)
{
    char path[PATH_MAX];
    const char *argv[6] = {"cprof-symbolize"};
    posix_spawn_file_actions_t actions;
    size_t i;
    int failed;

    if (find_symbolizer(path, error) < 0)
        return -1;
    for (i = 0; arguments[i]; i++)
        argv[i + 1] = arguments[i];
    if (posix_spawn_file_actions_init(&actions) != 0)
        return error_memory(error);
    failed = posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
    if (!failed)
        failed = posix_spawn(pid, path, &actions, NULL, (char *const *)argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    return failed ? error_set(error, "%s: %s", path, strerror(failed)) : 0;
}

static int finish(pid_t pid, const char *raw, struct profile_error *error)
{
    int status;

    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return error_set(error, "cprof-symbolize: %s", strerror(errno));
    if (WIFSIGNALED(status))
        return error_set(error, "cprof-symbolize was killed by signal %d; the run is still in %s",
                         WTERMSIG(status), raw);
    if (WEXITSTATUS(status) != 0)
        return error_set(error, "the run is still in %s, which could not be converted", raw);
    return 0;
}

int convert_publish(const char *raw, struct profile_error *error)
{
    pid_t pid;

    if (start((const char *const[]){"--", raw, NULL}, STDERR_FILENO, &pid, error) < 0)
        return -1;
    return finish(pid, raw, error);
}

/* Reads FD to its end. */
static int read_all(int fd, char **bytes, size_t *size, struct profile_error *error)
{
    size_t room = 1 << 16;
    ssize_t n = 1;

    *bytes = NULL;
    *size = 0;
    while (n > 0) {
        char *grown = realloc(*bytes, room);

        if (!grown)
            return error_memory(error);
        *bytes = grown;
        do
            n = read(fd, *bytes + *size, room - *size);
        while (n < 0 && errno == EINTR);
        *size += n > 0 ? (size_t)n : 0;
        if (*size == room)
            room *= 2;
    }
    return n < 0 ? error_set(error, "cprof-symbolize: %s", strerror(errno)) : 0;
}

int convert_snapshot(const char *raw, struct profile *out, struct profile_error *error)
{
    int ends[2], result, finished;
    char *bytes = NULL;
    size_t size;
    pid_t pid;

    if (pipe2(ends, O_CLOEXEC) < 0)
        return error_set(error, "%s", strerror(errno));
    result = start((const char *const[]){"-o", "-", "--", raw, NULL}, ends[1], &pid, error);
    close(ends[1]);
    if (result == 0) {
        result = read_all(ends[0], &bytes, &size, error);
        close(ends[0]);
        finished = finish(pid, raw, error);
        if (result == 0 && finished == 0)
            result = profile_parse(bytes, size, out, error);
        else
            result = -1;
        free(bytes);
    } else {
        close(ends[0]);
    }
    return result;
}
