#include "report/export.h"

#include "format/savefile.h"
#include "format/utf8.h"
#include "report/error.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct exporter exporters[] = {
    {"collapsed", "stacks for flamegraph.pl and its like", true, export_collapsed},
    {"speedscope", "for https://www.speedscope.app", true, export_speedscope},
    {"callgrind", "for callgrind_annotate and KCachegrind", false, export_callgrind},
    {"dot", "call graph, for graphviz", false, export_dot},
    {"csv", "the table, with all columns", false, export_csv},
};

const struct exporter *export_at(size_t i)
{
    return i < sizeof(exporters) / sizeof(exporters[0]) ? &exporters[i] : NULL;
}

const struct exporter *export_find(const char *name)
{
    size_t i;

    for (i = 0; export_at(i); i++)
        if (strcmp(exporters[i].name, name) == 0)
            return &exporters[i];
    return NULL;
}

/* ---- writing ---- */

struct request {
    const struct exporter *exporter;
    struct stats *stats;
};

static int write_stream(const struct request *r, FILE *to, struct profile_error *error)
{
    if (r->exporter->write(r->stats, to) < 0)
        return error_memory(error);
    if (fflush(to) != 0 || ferror(to))
        return error_set(error, "cannot write: %s", strerror(errno));
    return 0;
}

static int write_file(int fd, const void *what, struct profile_error *error)
{
    int copy = dup(fd);
    FILE *to = copy < 0 ? NULL : fdopen(copy, "w");
    int result;

    if (!to) {
        if (copy >= 0)
            close(copy);
        return error_set(error, "cannot write: %s", strerror(errno));
    }
    result = write_stream(what, to, error);
    if (fclose(to) != 0 && result == 0)
        result = error_set(error, "cannot write: %s", strerror(errno));
    return result;
}

int export_write(const struct exporter *e, struct stats *s, const char *path, FILE *to,
                 struct profile_error *error)
{
    const struct request request = {e, s};

    if (e->needs_contexts && !s->model.tail)
        return error_set(error, "calling contexts are only in profiles that cprof wrote");
    return path ? savefile(path, write_file, &request, error) : write_stream(&request, to, error);
}

/* ---- what formats share ---- */

uint64_t export_ns(double seconds)
{
    double ns = seconds * 1e9;

    return ns >= 0x1p63 ? (uint64_t)1 << 63 : ns > 0 ? (uint64_t)llround(ns) : 0;
}

void export_text(struct profile_string name, const char *quoted, char before, FILE *to)
{
    const char *at = name.bytes, *end = at + name.size;

    while (at < end) {
        size_t length = utf8_character(at, (size_t)(end - at)), i;
        bool clean = length > 0 && utf8_is_clean(at, length, UTF8_ESCAPE_CONTROLS);
        bool special = length == 1 && clean && *at && strchr(quoted, *at);

        length = length > 0 ? length : 1;
        if (special && before)
            fputc(before, to);
        for (i = 0; i < length; i++)
            if (clean && !(special && !before))
                fputc(at[i], to);
            else
                fprintf(to, "%s\\x%02x", strchr(quoted, '\\') ? "\\" : "", (unsigned char)at[i]);
        at += length;
    }
}
