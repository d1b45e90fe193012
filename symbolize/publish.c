#include "symbolize/publish.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "symbolize/fold.h"
#include "symbolize/memory.h"
#include "symbolize/raw_read.h"
#include "symbolize/root.h"

static int fail(struct profile_error *error, int64_t offset, const char *text)
{
    snprintf(error->text, sizeof error->text, "%s", text);
    error->offset = offset;
    return -1;
}

int publish_convert(struct resolver *r, const struct rawfile *raw, struct profile *out,
                    struct profile_error *error)
{
    struct raw_image image;
    size_t n;
    char text[sizeof error->text] = "holds no calls; the process ended before its first one";
    if (raw_image_read(raw, &image, error) < 0)
        return -1;
    struct symbol *symbols = fold_symbols(&image, &n);
    if (n > 0 && resolver_fill(r, image.modules, image.nmodules, symbols, n) < 0) {
        snprintf(text, sizeof text, "no process can be made to look names up: %s", strerror(errno));
        n = 0;
    } else if (n > 0) {
        fold_profile(&image, symbols, n, out);
        resolver_give_modules(r, out->tail);
        root_add(out);
    }
    free(symbols);
    raw_image_free(&image);
    if (n > 0 && out->nfunctions == 0) {
        profile_free(out);
        n = 0;
    }
    return n > 0 ? 0 : fail(error, -1, text);
}

/* The name comes from a file: it must not lead out of the folder. */
static bool is_plain_name(const char *name)
{
    return *name && strcmp(name, ".") != 0 && strcmp(name, "..") != 0 && !strchr(name, '/');
}

char *publish_path(const struct rawfile *raw, struct profile_error *error)
{
    const char *name = raw->header.out_name, *slash = strrchr(raw->path, '/');
    if (!is_plain_name(name)) {
        fail(error, offsetof(struct raw_header, out_name),
             "the name to publish is not that of a file in its folder");
        return NULL;
    }
    return memory_text("%.*s%s", slash ? (int)(slash + 1 - raw->path) : 0, raw->path, name);
}

static bool supersedes(const struct rawfile *new, const struct rawfile *old)
{
    return old->state != RAWFILE_LIVE &&
           !rawfile_is_later(old->header.realtime_ns, new->header.realtime_ns) &&
           strcmp(old->header.out_name, new->header.out_name) == 0;
}

void publish_clean_up(const struct rawfile *new, struct rawfile *list, size_t n)
{
    unlink(new->path);
    for (size_t i = 0; i < n; i++) {
        if (&list[i] == new || !list[i].path || !supersedes(new, &list[i]))
            continue;
        unlink(list[i].path);
        rawfile_free(&list[i]);
    }
}
