#include "report/rows.h"

#include "format/array.h"

#include <stdlib.h>

/* ---- keys ---- */

uint32_t rows_key(struct model *m, struct profile_string file, int64_t line,
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
        info[number] = (struct model_key){ROWS_NONE, ROWS_NONE, 0, 0};
    return number;
}

const struct row *model_function(const struct model *m, uint32_t key)
{
    const struct model_key *info = &m->key_info[key];

    return info->row != ROWS_NONE ? &m->rows[info->row] : &m->strangers[info->stranger];
}

int rows_add_stranger(struct model *m, struct row function)
{
    struct model_key *info = &m->key_info[function.key];
    struct row *strangers;

    if (info->row != ROWS_NONE || info->stranger != ROWS_NONE)
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

static void sum_caller(struct caller *to, const struct caller *more)
{
    to->plain |= more->plain;
    to->nc += more->nc;
    to->cc += more->cc;
    to->tt += more->tt;
    to->ct += more->ct;
}

int callers_append(struct callers *list, const struct caller *c)
{
    struct caller *items = array_grow(list->items, &list->room, list->n + 1, sizeof(*items));

    if (!items)
        return -1;
    list->items = items;
    list->items[list->n++] = *c;
    return 0;
}

void callers_start(struct model *m, const struct caller *items, size_t n)
{
    size_t i;

    m->stamp++;
    for (i = 0; i < n; i++) {
        m->key_info[items[i].key].stamp = m->stamp;
        m->key_info[items[i].key].at = i;
    }
}

int callers_put(struct model *m, struct callers *list, const struct caller *c,
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
    return callers_append(list, c);
}

static int merge_callers(struct model *m, struct row *row, const struct callers *more)
{
    struct callers list = {row->callers, row->ncallers, row->callers_room};
    size_t i;
    int result = 0;

    if (more->n == 0)
        return 0;
    callers_start(m, list.items, list.n);
    for (i = 0; i < more->n && result == 0; i++)
        result = callers_put(m, &list, &more->items[i], MODEL_CALLERS_ADD);
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
    if (m->nrows == ROWS_NONE || row_own_strings(&row) < 0)
        return NULL;
    row.tt += start;
    row.ct += start;
    row.callers = NULL;
    row.ncallers = row.callers_room = 0;
    m->key_info[row.key].row = (uint32_t)m->nrows;
    m->rows[m->nrows] = row;
    return &m->rows[m->nrows++];
}

int rows_add(struct model *m, const struct row *row, const struct callers *callers, double start)
{
    uint32_t index = m->key_info[row->key].row;
    struct row *known;

    if (index == ROWS_NONE) {
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
    return merge_callers(m, known, callers);
}
