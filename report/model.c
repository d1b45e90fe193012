#include "report/model.h"

#include "format/array.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- rows ---- */

static struct profile_string place(char **at, const char *bytes, size_t size)
{
    struct profile_string s = {*at, size};

    memcpy(*at, bytes, size);
    (*at)[size] = '\0';
    *at += size + 1;
    return s;
}

/* Writes the standard name of ROW to AT, which has room for the file, the name and 32 bytes. */
static struct profile_string standard_name(const struct row *row, char *at)
{
    const struct profile_string *name = &row->name;
    struct profile_string s = {at, 0};

    if (row->line == 0 && row->file.size == 1 && row->file.bytes[0] == '~') {
        memcpy(at, name->bytes, name->size);
        s.size = name->size;
        if (s.size >= 2 && at[0] == '<' && at[s.size - 1] == '>') {
            at[0] = '{';
            at[s.size - 1] = '}';
        }
    } else {
        memcpy(at, row->file.bytes, row->file.size);
        s.size = row->file.size;
        s.size += (size_t)sprintf(at + s.size, ":%" PRId64 "(", row->line);
        memcpy(at + s.size, name->bytes, name->size);
        s.size += name->size;
        at[s.size++] = ')';
    }
    at[s.size] = '\0';
    return s;
}

/* Gives ROW strings of its own, in one allocation that row->file.bytes is the start of. */
static int own_strings(struct row *row)
{
    size_t size = 2 * (row->file.size + row->name.size) + 2 + 32;
    char *at = malloc(size);

    if (!at)
        return -1;
    row->file = place(&at, row->file.bytes, row->file.size);
    row->name = place(&at, row->name.bytes, row->name.size);
    row->standard_name = standard_name(row, at);
    return 0;
}

/* Keys are numbered as they come, so the number of a key is the index of its row. A new key gets
   the number m->nrows. */
static uint32_t find_row(struct model *m, const struct row *row)
{
    struct {
        uint32_t file, name;
        int64_t line;
    } key = {
        intern_add(&m->strings, row->file.bytes, row->file.size),
        intern_add(&m->strings, row->name.bytes, row->name.size),
        row->line,
    };

    if (key.file == INTERN_FAILED || key.name == INTERN_FAILED)
        return INTERN_FAILED;
    return intern_add(&m->keys, &key, sizeof(key));
}

static int append_row(struct model *m, struct row row, double start)
{
    struct row *rows = array_grow(m->rows, &m->rows_room, m->nrows + 1, sizeof(*rows));

    if (!rows)
        return -1;
    m->rows = rows;
    if (own_strings(&row) < 0)
        return -1;
    row.tt += start;
    row.ct += start;
    m->rows[m->nrows++] = row;
    return 0;
}

/* Adds ROW's numbers to the row of the same key, or appends a copy of ROW, its times added to
   START. */
static int add_row(struct model *m, const struct row *row, double start)
{
    uint32_t number = find_row(m, row);
    struct row *known;

    if (number == INTERN_FAILED)
        return -1;
    if (number == m->nrows)
        return append_row(m, *row, start);
    known = &m->rows[number];
    known->cc += row->cc;
    known->nc += row->nc;
    known->tt += row->tt;
    known->ct += row->ct;
    return 0;
}

/* ---- the model ---- */

int model_add(struct model *m, const struct profile *p)
{
    profile_count calls = 0, primitive = 0;
    /* pstats adds the new rows of every profile but the first to 0: -0.0 becomes 0.0 */
    const double start = m->nrows > 0 ? 0.0 : -0.0;
    double tt = 0;
    size_t i;

    for (i = 0; i < p->nfunctions; i++) {
        const struct profile_function *f = &p->functions[i];
        struct row row = {.file = f->file,
                          .name = f->name,
                          .line = f->line,
                          .cc = f->cc,
                          .nc = f->nc,
                          .tt = f->tt,
                          .ct = f->ct};

        if (!f->is_row)
            continue;
        if (add_row(m, &row, start) < 0)
            return -1;
        calls += f->nc;
        primitive += f->cc;
        tt += f->tt;
    }
    m->total_calls += calls;
    m->primitive_calls += primitive;
    m->total_tt += tt;
    m->sampled |= p->sampled;
    return 0;
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

static void free_rows(struct model *m)
{
    size_t i;

    for (i = 0; i < m->nrows; i++)
        free(m->rows[i].file.bytes);
    free(m->rows);
    intern_free(&m->strings);
    intern_free(&m->keys);
}

int model_strip_dirs(struct model *m)
{
    struct model stripped = {0};
    size_t i;
    int result = 0;

    for (i = 0; i < m->nrows && result == 0; i++) {
        struct row row = m->rows[i];
        char *slash = memrchr(row.file.bytes, '/', row.file.size);

        if (slash) {
            row.file.size -= (size_t)(slash + 1 - row.file.bytes);
            row.file.bytes = slash + 1;
        }
        result = add_row(&stripped, &row, -0.0);
    }
    free_rows(m);
    m->rows = stripped.rows;
    m->nrows = stripped.nrows;
    m->rows_room = stripped.rows_room;
    m->strings = stripped.strings;
    m->keys = stripped.keys;
    return result;
}

void model_free(struct model *m)
{
    size_t i;

    free_rows(m);
    for (i = 0; i < m->nsources; i++)
        free(m->sources[i].path);
    free(m->sources);
    *m = (struct model){0};
}
