#include "report/load.h"

#include "report/convert.h"
#include "report/error.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- folders ---- */

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

/* The folder that PATH is in, to be freed. */
static char *folder_of(const char *path)
{
    size_t size = (size_t)(base_name(path) - path);

    if (size == 0)
        return strdup(".");
    return strndup(path, size > 1 ? size - 1 : 1);
}

/* Looks at the raw files beside PATH. A folder that cannot be listed has none. */
static int folder_enter(struct folder *f, const char *path)
{
    char *name = folder_of(path);

    if (!name)
        return -1;
    if (f->path && strcmp(f->path, name) == 0) {
        free(name);
        return 0;
    }
    folder_free(f);
    f->path = name;
    if (rawfile_list(name, &f->raws, &f->nraws) < 0)
        return errno == ENOMEM ? -1 : 0;
    return 0;
}

void folder_free(struct folder *f)
{
    free(f->path);
    rawfile_list_free(f->raws, f->nraws);
    *f = (struct folder){0};
}

/* "./x" as "x": a path as the user would write it. */
static const char *short_path(const char *path)
{
    return strncmp(path, "./", 2) == 0 ? path + 2 : path;
}

/* ---- runs ---- */

/* Whether the raw file's run began after the file at PATH was written, or there is no such file. */
static bool is_newer(const struct rawfile *raw, const char *path)
{
    struct stat st;
    uint64_t written;

    if (stat(path, &st) < 0)
        return true;
    written = (uint64_t)st.st_mtim.tv_sec * 1000000000u + (uint64_t)st.st_mtim.tv_nsec;
    return rawfile_is_later(raw->header.realtime_ns, written);
}

/* The path of what the raw file is to become, or NULL: no memory, or a name that leaves its
   folder. */
static char *path_of_profile(const struct rawfile *raw)
{
    const char *name = raw->header.out_name;
    char *path;

    if (*name == '\0' || strchr(name, '/') ||
        asprintf(&path, "%.*s%s", (int)(base_name(raw->path) - raw->path), raw->path, name) < 0)
        return NULL;
    return path;
}

static bool may_write_folder_of(const char *path)
{
    char *name = folder_of(path);
    bool may = name && access(name, W_OK | X_OK) == 0;

    free(name);
    return may;
}

static int finish_loading(const char *path, struct loaded *out, struct profile_error *error)
{
    struct stat st;

    out->path = strdup(path);
    if (out->path && stat(path, &st) == 0) {
        out->modified = st.st_mtim;
        return 0;
    }
    if (out->path)
        error_set(error, "%s", strerror(errno));
    else
        error_memory(error);
    loaded_free(out);
    return -1;
}

static int load_profile(const char *path, const char *raw, struct notes *notes, struct loaded *out,
                        struct profile_error *error)
{
    if (profile_read(path, &out->profile, error) < 0 || finish_loading(path, out, error) < 0)
        return -1;
    notes_take(notes, &out->profile, path, raw);
    return 0;
}

/* NAMED: what the user calls it; the raw file itself, or the profile that it is to become. */
static int load_snapshot(const char *raw, const char *named, struct notes *notes,
                         struct loaded *out, struct profile_error *error)
{
    if (convert_snapshot(raw, &out->profile, error) < 0 || finish_loading(raw, out, error) < 0)
        return -1;
    notes_take(notes, &out->profile, named, named == raw ? NULL : raw);
    return 0;
}

/* Publishes RAW as PATH and loads that. A raw file that has vanished was converted by somebody
   else at this moment, which is as good. */
static int load_converted(const char *raw, const char *path, struct notes *notes,
                          struct loaded *out, struct profile_error *error)
{
    if (!may_write_folder_of(raw))
        return load_snapshot(raw, path, notes, out, error);
    if (convert_publish(raw, error) < 0 && access(raw, F_OK) == 0)
        return -1;
    return load_profile(path, raw, notes, out, error);
}

/* A raw file that the user names. If its profile's name is taken by a later run, that stays. */
static int load_raw(const char *path, struct notes *notes, struct loaded *out,
                    struct profile_error *error)
{
    struct rawfile raw;
    char *profile;
    int result;

    if (rawfile_look(path, &raw, error) < 0)
        return -1;
    profile = path_of_profile(&raw);
    if (raw.state == RAWFILE_LIVE || !profile || !is_newer(&raw, profile))
        result = load_snapshot(path, path, notes, out, error);
    else
        result = load_converted(path, profile, notes, out, error);
    free(profile);
    rawfile_free(&raw);
    return result;
}

/* ---- names without a profile ---- */

/* Whether NAME is BASE with a process number before its suffix: out.1234.prof for out.prof. */
static bool is_sibling(const char *name, const char *base)
{
    const char *dot = strrchr(base, '.');
    size_t stem = dot ? (size_t)(dot - base) : strlen(base);
    size_t digits;

    if (strncmp(name, base, stem) != 0 || name[stem] != '.')
        return false;
    digits = strspn(name + stem + 1, "0123456789");
    return digits > 0 && strcmp(name + stem + 1 + digits, base + stem) == 0;
}

/* Adds NAME to the text of ERROR as one of the profiles there are. */
static void add_name(struct profile_error *error, const char *name, size_t *n)
{
    size_t used = strlen(error->text);

    if (*n < 3)
        snprintf(error->text + used, sizeof(error->text) - used, "%s%s",
                 *n ? ", " : "; other processes left ", name);
    (*n)++;
}

/* No file at PATH, nor a finished run that is to become it: says what there is instead. */
static int report_missing(const struct folder *folder, const char *path,
                          struct profile_error *error)
{
    DIR *dir = opendir(folder->path);
    const struct dirent *entry;
    size_t n = 0, used, i;

    error_set(error, "no such file");
    while (dir && (entry = readdir(dir)))
        if (is_sibling(entry->d_name, base_name(path)))
            add_name(error, entry->d_name, &n);
    if (dir)
        closedir(dir);
    for (i = 0; i < folder->nraws && n == 0; i++)
        if (is_sibling(folder->raws[i].header.out_name, base_name(path)))
            add_name(error, base_name(folder->raws[i].path), &n);
    used = strlen(error->text);
    if (n == 0 && strcmp(base_name(path), "out.prof") == 0)
        snprintf(error->text + used, sizeof(error->text) - used,
                 "; only programs built with -finstrument-functions leave one (man 7 cprof)");
    if (n > 3)
        snprintf(error->text + used, sizeof(error->text) - used, " and %zu more", n - 3);
    return -1;
}

/* ---- the way in ---- */

/* The latest run that is to become PATH and began after PATH was written; LIVE: it still runs. */
static const struct rawfile *find_run(const struct folder *folder, const char *path, bool live)
{
    size_t i;

    for (i = 0; i < folder->nraws; i++) {
        const struct rawfile *raw = &folder->raws[i];

        if (strcmp(raw->header.out_name, base_name(path)) == 0 &&
            (raw->state == RAWFILE_LIVE) == live)
            return is_newer(raw, path) ? raw : NULL;
    }
    return NULL;
}

/* LIVE: the run that is still going, or NULL. */
static int load_named(const struct folder *folder, const char *path, const struct rawfile *live,
                      struct notes *notes, struct loaded *out, struct profile_error *error)
{
    const struct rawfile *ended = find_run(folder, path, false);

    if (ended)
        return load_converted(short_path(ended->path), path, notes, out, error);
    if (access(path, F_OK) == 0 || errno != ENOENT)
        return load_profile(path, NULL, notes, out, error);
    if (!live)
        return report_missing(folder, path, error);
    return error_set(error,
                     "the process %" PRIu32 " is still running; to look at it now: cprof-report %s",
                     live->header.pid, short_path(live->path));
}

static int load_stdin(struct notes *notes, struct loaded *out, struct profile_error *error)
{
    if (profile_read_stream(STDIN_FILENO, &out->profile, error) < 0)
        return -1;
    notes_take(notes, &out->profile, "standard input", NULL);
    return 0;
}

int load(struct folder *folder, const char *path, struct notes *notes, struct loaded *out,
         struct profile_error *error)
{
    const struct rawfile *live;

    *out = (struct loaded){0};
    if (strcmp(path, "-") == 0)
        return load_stdin(notes, out, error);
    if (rawfile_has_magic(path))
        return load_raw(path, notes, out, error);
    if (folder_enter(folder, path) < 0)
        return error_memory(error);
    live = find_run(folder, path, true);
    if (load_named(folder, path, live, notes, out, error) < 0)
        return -1;
    if (live)
        notes_add(notes,
                  "%s: a later run is still going, process %" PRIu32
                  "; to look at it now: cprof-report %s",
                  path, live->header.pid, short_path(live->path));
    return 0;
}

void loaded_free(struct loaded *l)
{
    profile_free(&l->profile);
    free(l->path);
    *l = (struct loaded){0};
}
