#include "report/model.h"

#include "format/array.h"
#include "format/tail.h"
#include "report/merge_tail.h"

#include <stdlib.h>
#include <string.h>

#define NONE UINT32_MAX

struct model_key {
    uint32_t row, stranger; /* indexes, or NONE */
    size_t stamp;           /* equal to the model's: the caller with this key is at `at` */
    size_t at;
};

/* ---- keys ---- */

/* The number of the function's key, a new one if need be; INTERN_FAILED: no memory. */
static uint32_t find_key(struct model *m, struct profile_string file, int64_t line,
                         struct profile_string name)
{
    struct {
        uint32_t file, name;
        int64_t line;
    } key = {
        intern_add(&m->strings, file.bytes, file.size),
        intern_add(&m->strings, name.bytes, name.size),
        line,
    };
    size_t known = m->keys.count;
    struct model_key *info =
        array_grow(m->key_info, &m->key_info_room, known + 1, sizeof(struct model_key));
    uint32_t number;

    if (info)
        m->key_info = info;
    if (!info || key.file == INTERN_FAILED || key.name == INTERN_FAILED)
        return INTERN_FAILED;
    number = intern_add(&m->keys, &key, sizeof(key));
    if (number == known)
        info[number] = (struct model_key){NONE, NONE, 0, 0};
    return number;
}

const struct row *model_function(const struct model *m, uint32_t key)
{
    const struct model_key *info = &m->key_info[key];

    return info->row != NONE ? &m->rows[info->row] : &m->strangers[info->stranger];
}

/* Keeps the name of a function that has no row, if it is not known. */
static int add_stranger(struct model *m, struct row function)
{
    struct model_key *info = &m->key_info[function.key];
    struct row *strangers;

    if (info->row != NONE || info->stranger != NONE)
        return 0;
    strangers = array_grow(m->strangers, &m->strangers_room, m->nstrangers + 1, sizeof(struct row));
    if (!strangers)
        return -1;
    m->strangers = strangers;
    if (row_own_strings(&function) < 0)
        return -1;
    info->stranger = (uint32_t)m->nstrangers;
    m->strangers[m->nstrangers++] = function;
    return 0;
}

/* ---- callers ---- */

/* A list of callers that a row is to get; its items are as many as the key numbers of the callers
   are different. */
struct callers {
    struct caller *items;
    size_t n, room;
};

static void sum_caller(struct caller *to, const struct caller *more)
{
    to->plain |= more->plain;
    to->nc += more->nc;
    to->cc += more->cc;
    to->tt += more->tt;
    to->ct += more->ct;
}

static int append_caller(struct callers *list, const struct caller *c)
{
    struct caller *items = array_grow(list->items, &list->room, list->n + 1, sizeof(*items));

    if (!items)
        return -1;
    list->items = items;
    list->items[list->n++] = *c;
    return 0;
}

/* Starts looking for callers in ITEMS, which have different keys. */
static void stamp_callers(struct model *m, const struct caller *items, size_t n)
{
    size_t i;

    m->stamp++;
    for (i = 0; i < n; i++) {
        m->key_info[items[i].key].stamp = m->stamp;
        m->key_info[items[i].key].at = i;
    }
}

/* Adds C to the stamped LIST; where its key is known, as COLLISION says. */
static int put_caller(struct model *m, struct callers *list, const struct caller *c,
                      enum model_collision collision)
{
    struct model_key *info = &m->key_info[c->key];

    if (info->stamp == m->stamp) {
        if (collision == MODEL_CALLERS_ADD)
            sum_caller(&list->items[info->at], c);
        else
            list->items[info->at] = *c;
        return 0;
    }
    info->stamp = m->stamp;
    info->at = list->n;
    return append_caller(list, c);
}

static int merge_callers(struct model *m, struct row *row, const struct callers *more)
{
    struct callers list = {row->callers, row->ncallers, row->callers_room};
    size_t i;
    int result = 0;

    if (more->n == 0)
        return 0;
    stamp_callers(m, list.items, list.n);
    for (i = 0; i < more->n && result == 0; i++)
        result = put_caller(m, &list, &more->items[i], MODEL_CALLERS_ADD);
    row->callers = list.items;
    row->ncallers = list.n;
    row->callers_room = list.room;
    return result;
}

/* ---- rows ---- */

static struct row *append_row(struct model *m, struct row row, double start)
{
    struct row *rows = array_grow(m->rows, &m->rows_room, m->nrows + 1, sizeof(*rows));

    if (!rows)
        return NULL;
    m->rows = rows;
    if (m->nrows == NONE || row_own_strings(&row) < 0)
        return NULL;
    row.tt += start;
    row.ct += start;
    row.callers = NULL;
    row.ncallers = row.callers_room = 0;
    m->key_info[row.key].row = (uint32_t)m->nrows;
    m->rows[m->nrows] = row;
    return &m->rows[m->nrows++];
}

/* Adds ROW's numbers and CALLERS to the row of its key, or appends a copy of ROW, its times added
   to START. */
static int add_row(struct model *m, const struct row *row, const struct callers *callers,
                   double start)
{
    uint32_t index = m->key_info[row->key].row;
    struct row *known;

    if (index == NONE) {
        known = append_row(m, *row, start);
        if (!known)
            return -1;
    } else {
        known = &m->rows[index];
        known->cc += row->cc;
        known->nc += row->nc;
        known->tt += row->tt;
        known->ct += row->ct;
        known->top_level |= row->top_level;
    }
    if (known->length > m->max_length)
        m->max_length = known->length;
    return merge_callers(m, known, callers);
}

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
        if (append_caller(out, &caller) < 0)
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
            result = add_row(m, &row, &callers, start);
    }
    for (i = 0; i < p->nfunctions && result == 0; i++) {
        const struct profile_function *f = &p->functions[i];

        if (!f->is_row)
            result = add_stranger(
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

int model_add(struct model *m, struct profile *p)
{
    uint32_t *keys = calloc(p->nfunctions + 1, sizeof(*keys));
    size_t i;
    int result = keys ? 0 : -1;

    for (i = 0; i < p->nfunctions && result == 0; i++) {
        const struct profile_function *f = &p->functions[i];

        keys[i] = find_key(m, f->file, f->line, f->name);
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
    stamp_callers(to, NULL, 0);
    for (i = 0; i < row->ncallers; i++) {
        struct caller caller = row->callers[i];

        caller.key = keys[caller.key];
        if (put_caller(to, out, &caller, collision) < 0)
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
            result = add_row(to, &row, &callers, -0.0);
    }
    for (i = 0; i < m->nstrangers && result == 0; i++) {
        struct row stranger = m->strangers[i];

        stranger.file = without_folders(stranger.file);
        stranger.key = keys[stranger.key];
        result = add_stranger(to, stranger);
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
    m->max_length = from->max_length;
}

int model_strip_dirs(struct model *m, enum model_collision collision)
{
    struct model stripped = {0};
    uint32_t *keys = calloc(m->keys.count + 1, sizeof(*keys));
    size_t i;
    int result = keys ? 0 : -1;

    for (i = 0; i < m->keys.count && result == 0; i++) {
        const struct row *f = model_function(m, (uint32_t)i);

        keys[i] = find_key(&stripped, without_folders(f->file), f->line, f->name);
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
