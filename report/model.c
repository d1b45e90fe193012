#include "report/model.h"

#include "format/array.h"
#include "format/tail.h"
#include "report/merge_tail.h"
#include "report/rows.h"

#include <stdlib.h>
#include <string.h>

/* ---- adding ---- */

/* The old mark of a profiler's own frame: what it called is where a run began. */
static bool is_profiler(const struct profile_function *f)
{
    return f->line == 0 && strcmp(f->file.bytes, "jprofile") == 0 &&
           strcmp(f->name.bytes, "profiler") == 0;
}

/* The callers of F in terms of the model; KEYS: of P's functions. */
static int take_callers(const struct profile *p, const struct profile_function *f,
                        const uint32_t *keys, struct callers *out, bool *top_level)
{
    size_t i;

    out->n = 0;
    for (i = 0; i < f->ncallers; i++) {
        const struct profile_caller *c = &f->callers[i];
        struct caller caller = {keys[c->function], c->plain, c->nc, c->cc, c->tt, c->ct};

        *top_level |= is_profiler(&p->functions[c->function]);
        if (callers_append(out, &caller) < 0)
            return -1;
    }
    return 0;
}

static int add_functions(struct model *m, const struct profile *p, const uint32_t *keys)
{
    /* pstats adds the new rows of every profile but the first to 0: -0.0 becomes 0.0 */
    const double start = m->nrows > 0 ? 0.0 : -0.0;
    struct callers callers = {0};
    size_t i;
    int result = 0;

    for (i = 0; i < p->nfunctions && result == 0; i++) {
        const struct profile_function *f = &p->functions[i];
        struct row row = {.file = f->file,
                          .name = f->name,
                          .line = f->line,
                          .key = keys[i],
                          .cc = f->cc,
                          .nc = f->nc,
                          .tt = f->tt,
                          .ct = f->ct};

        if (!f->is_row)
            continue;
        result = take_callers(p, f, keys, &callers, &row.top_level);
        if (result == 0)
            result = rows_add(m, &row, &callers, start);
    }
    for (i = 0; i < p->nfunctions && result == 0; i++) {
        const struct profile_function *f = &p->functions[i];

        if (!f->is_row)
            result = rows_add_stranger(
                m, (struct row){.file = f->file, .name = f->name, .line = f->line, .key = keys[i]});
    }
    free(callers.items);
    return result;
}

static void add_totals(struct model *m, const struct profile *p)
{
    profile_count calls = 0, primitive = 0;
    double tt = 0;
    size_t i;

    for (i = 0; i < p->nfunctions; i++) {
        const struct profile_function *f = &p->functions[i];

        if (!f->is_row)
            continue;
        calls += f->nc;
        primitive += f->cc;
        tt += f->tt;
    }
    m->total_calls += calls;
    m->primitive_calls += primitive;
    m->total_tt += tt;
}

/* Takes P's tail; ROWS: of each of P's functions. */
static int add_tail(struct model *m, struct profile *p, const uint32_t *rows)
{
    if (p->tail && !m->lacks_tail)
        return tail_merge(&m->tail, &p->tail, rows);
    tail_free(m->tail);
    tail_free(p->tail);
    m->tail = p->tail = NULL;
    m->lacks_tail = true;
    return 0;
}

static struct profile_thread_row thread_row(size_t function, profile_count cc, double ct)
{
    uint64_t primitive = cc > (profile_count)UINT64_MAX ? UINT64_MAX : (uint64_t)cc;

    return (struct profile_thread_row){
        .function = (uint32_t)function, .cc = cc < 0 ? 0 : primitive, .ct = ct};
}

/* A tail has no rows of threads if one thread made all calls. Among other tails it needs them: that
   thread has all of each row. */
static int add_thread_rows(struct model *m, struct profile *p)
{
    struct profile_thread_row *old, *more;
    size_t i, nmore = 0;

    if (!m->tail || !p->tail)
        return 0;
    old = calloc(m->nrows + 1, sizeof(*old));
    more = calloc(p->nfunctions + 1, sizeof(*more));
    for (i = 0; i < m->nrows && old; i++)
        old[i] = thread_row(i, m->rows[i].cc, m->rows[i].ct);
    for (i = 0; i < p->nfunctions && more; i++)
        if (p->functions[i].is_row)
            more[nmore++] = thread_row(i, p->functions[i].cc, p->functions[i].ct);
    if (!old || !more) {
        free(old);
        free(more);
        return -1;
    }
    tail_give_rows(m->tail, old, m->nrows);
    tail_give_rows(p->tail, more, nmore);
    return 0;
}

int model_add(struct model *m, struct profile *p)
{
    uint32_t *keys = calloc(p->nfunctions + 1, sizeof(*keys));
    size_t i;
    int result = keys ? add_thread_rows(m, p) : -1;

    for (i = 0; i < p->nfunctions && result == 0; i++) {
        const struct profile_function *f = &p->functions[i];

        keys[i] = rows_key(m, f->file, f->line, f->name);
        if (keys[i] == INTERN_FAILED)
            result = -1;
    }
    if (result == 0)
        result = add_functions(m, p, keys);
    if (result == 0) {
        add_totals(m, p);
        m->sampled |= p->sampled;
        for (i = 0; i < p->nfunctions; i++)
            keys[i] = m->key_info[keys[i]].row;
        result = add_tail(m, p, keys);
    }
    free(keys);
    return result;
}

int model_add_source(struct model *m, const char *path, struct timespec modified)
{
    struct source *sources =
        array_grow(m->sources, &m->sources_room, m->nsources + 1, sizeof(*sources));
    char *copy = sources ? strdup(path) : NULL;

    if (sources)
        m->sources = sources;
    if (!copy)
        return -1;
    m->sources[m->nsources++] = (struct source){copy, modified};
    return 0;
}

/* ---- stripping ---- */

static struct profile_string without_folders(struct profile_string file)
{
    char *slash = memrchr(file.bytes, '/', file.size);

    if (slash) {
        file.size -= (size_t)(slash + 1 - file.bytes);
        file.bytes = slash + 1;
    }
    return file;
}

/* ROW's callers in terms of TO; KEYS: of each function. */
static int strip_callers(struct model *to, const struct row *row, const uint32_t *keys,
                         enum model_collision collision, struct callers *out)
{
    size_t i;

    out->n = 0;
    callers_start(to, NULL, 0);
    for (i = 0; i < row->ncallers; i++) {
        struct caller caller = row->callers[i];

        caller.key = keys[caller.key];
        if (callers_put(to, out, &caller, collision) < 0)
            return -1;
    }
    return 0;
}

static int strip_rows(const struct model *m, struct model *to, const uint32_t *keys,
                      enum model_collision collision)
{
    struct callers callers = {0};
    size_t i;
    int result = 0;

    for (i = 0; i < m->nrows && result == 0; i++) {
        struct row row = m->rows[i];

        row.file = without_folders(row.file);
        row.key = keys[row.key];
        result = strip_callers(to, &m->rows[i], keys, collision, &callers);
        if (result == 0)
            result = rows_add(to, &row, &callers, -0.0);
    }
    for (i = 0; i < m->nstrangers && result == 0; i++) {
        struct row stranger = m->strangers[i];

        stranger.file = without_folders(stranger.file);
        stranger.key = keys[stranger.key];
        result = rows_add_stranger(to, stranger);
    }
    free(callers.items);
    return result;
}

static void free_functions(struct model *m)
{
    size_t i;

    for (i = 0; i < m->nrows; i++) {
        free(m->rows[i].file.bytes);
        free(m->rows[i].callers);
    }
    for (i = 0; i < m->nstrangers; i++)
        free(m->strangers[i].file.bytes);
    free(m->rows);
    free(m->strangers);
    free(m->key_info);
    intern_free(&m->strings);
    intern_free(&m->keys);
}

/* The functions of FROM take the place of M's, whose tail is to know them. */
static void replace_functions(struct model *m, const struct model *from, const uint32_t *keys)
{
    size_t i;

    for (i = 0; m->tail && i < m->tail->nsymbols; i++) {
        uint32_t *function = &m->tail->symbols[i].function;

        if (*function == PROFILE_NO_FUNCTION)
            continue;
        *function = from->key_info[keys[m->rows[*function].key]].row;
    }
    for (i = 0; m->tail && i < m->tail->nthread_rows; i++) {
        uint32_t *function = &m->tail->thread_rows[i].function;

        *function = from->key_info[keys[m->rows[*function].key]].row;
    }
    free_functions(m);
    m->rows = from->rows;
    m->nrows = from->nrows;
    m->rows_room = from->rows_room;
    m->strangers = from->strangers;
    m->nstrangers = from->nstrangers;
    m->strangers_room = from->strangers_room;
    m->strings = from->strings;
    m->keys = from->keys;
    m->key_info = from->key_info;
    m->key_info_room = from->key_info_room;
    m->stamp = from->stamp;
}

int model_strip_dirs(struct model *m, enum model_collision collision)
{
    struct model stripped = {0};
    uint32_t *keys = calloc(m->keys.count + 1, sizeof(*keys));
    size_t i;
    int result = keys ? 0 : -1;

    for (i = 0; i < m->keys.count && result == 0; i++) {
        const struct row *f = model_function(m, (uint32_t)i);

        keys[i] = rows_key(&stripped, without_folders(f->file), f->line, f->name);
        if (keys[i] == INTERN_FAILED)
            result = -1;
    }
    if (result == 0)
        result = strip_rows(m, &stripped, keys, collision);
    if (result == 0)
        replace_functions(m, &stripped, keys);
    else
        free_functions(&stripped);
    free(keys);
    return result;
}

void model_free(struct model *m)
{
    size_t i;

    free_functions(m);
    tail_free(m->tail);
    for (i = 0; i < m->nsources; i++)
        free(m->sources[i].path);
    free(m->sources);
    *m = (struct model){0};
}
