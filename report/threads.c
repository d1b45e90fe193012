#include "report/threads.h"

#include "format/utf8.h"
#include "report/cell.h"
#include "report/error.h"
#include "report/figures.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What one thread has of each function. */
struct split {
    const struct model *m;
    const struct profile_tail *t;
    struct row *rows;  /* by function */
    uint32_t *touched; /* functions that the thread has something of */
    size_t ntouched;
    size_t *first_row; /* by tree, and the end: its first in t->thread_rows */
};

static struct row *row_of(struct split *s, uint32_t function)
{
    struct row *row = &s->rows[function];

    if (!row->figures.known) {
        s->touched[s->ntouched++] = function;
        row->figures = (struct row_figures){.known = true, .min = 1, .max = 0, .threads = 1};
    }
    return row;
}

static void add_tree(struct split *s, size_t tree)
{
    const struct profile_thread *thread = &s->t->threads[tree];
    size_t i;

    for (i = thread->first_node; i < (size_t)thread->first_node + thread->nodes; i++) {
        const struct profile_node *node = &s->t->nodes[i];
        uint32_t function = profile_node_function(s->t, node);
        struct row *row;

        if (function == PROFILE_NO_FUNCTION)
            continue;
        row = row_of(s, function);
        figures_add(&row->figures, node);
        row->nc += (profile_count)node->calls;
        row->tt += node->self;
    }
    for (i = s->first_row[tree]; i < s->first_row[tree + 1]; i++) {
        struct row *row = row_of(s, s->t->thread_rows[i].function);

        row->cc += (profile_count)s->t->thread_rows[i].cc;
        row->ct += s->t->thread_rows[i].ct;
    }
}

static int compare_functions(const void *left, const void *right)
{
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;

    return (a > b) - (a < b);
}

/* Moves what the thread has to a model of its own, rows in the order of the whole's. */
static int take_rows(struct split *s, struct model *out)
{
    size_t i;
    int result = 0;

    qsort(s->touched, s->ntouched, sizeof(*s->touched), compare_functions);
    out->rows = calloc(s->ntouched + 1, sizeof(*out->rows));
    if (!out->rows)
        return -1;
    for (i = 0; i < s->ntouched; i++) {
        const struct row *whole = &s->m->rows[s->touched[i]];
        struct row *row = &s->rows[s->touched[i]];

        if (s->t->nthread_rows == 0) { /* it is the only thread */
            row->cc = whole->cc;
            row->ct = whole->ct;
        }
        row->file = whole->file;
        row->name = whole->name;
        row->line = whole->line;
        if (result == 0)
            result = row_own_strings(row);
        if (result == 0) {
            out->rows[out->nrows++] = *row;
            out->total_calls += row->nc;
            out->primitive_calls += row->cc;
            out->total_tt += row->tt;
        }
        *row = (struct row){0};
    }
    s->ntouched = 0;
    return result;
}

static void find_first_rows(struct split *s)
{
    size_t tree, i = 0;

    for (tree = 0; tree <= s->t->nthreads; tree++) {
        while (i < s->t->nthread_rows && s->t->thread_rows[i].thread < tree)
            i++;
        s->first_row[tree] = i;
    }
}

/* All trees of THREAD are added. Without a call in them it is none. */
static int end_thread(struct split *s, size_t thread, struct threads *out)
{
    if (s->ntouched == 0)
        return 0;
    out->items[out->n] = (struct thread_model){.thread = &s->t->threads[thread]};
    return take_rows(s, &out->items[out->n++].model);
}

/* More than one thread, and nothing that says what each has. */
static bool lacks_rows(const struct profile_tail *t)
{
    size_t i, with_calls = 0;

    for (i = 0; i < t->nthreads; i++)
        with_calls += t->threads[i].nodes > 1;
    return t->nthread_rows == 0 && with_calls > 1;
}

int threads_split(const struct model *m, struct threads *out, struct profile_error *error)
{
    struct split s = {.m = m, .t = m->tail};
    struct figures_tree *trees;
    size_t i;
    int result = 0;

    *out = (struct threads){0};
    if (!m->tail || lacks_rows(m->tail))
        return error_set(error, "threads are known only where all profiles are cprof's own");
    s.rows = calloc(m->nrows + 1, sizeof(*s.rows));
    s.touched = calloc(m->nrows + 1, sizeof(*s.touched));
    s.first_row = calloc(s.t->nthreads + 1, sizeof(*s.first_row));
    out->items = calloc(s.t->nthreads + 1, sizeof(*out->items));
    trees = figures_trees(s.t);
    if (!trees || !s.rows || !s.touched || !s.first_row || !out->items)
        result = -1;
    else
        find_first_rows(&s);
    for (i = 0; result == 0 && i < s.t->nthreads; i++) {
        add_tree(&s, trees[i].tree);
        if (i + 1 == s.t->nthreads || trees[i + 1].thread != trees[i].thread)
            result = end_thread(&s, trees[i].thread, out);
    }
    free(trees);
    free(s.rows);
    free(s.touched);
    free(s.first_row);
    return result < 0 ? error_memory(error) : 0;
}

/* ---- one row for each thread and function ---- */

const char *threads_common(const struct profile_thread *t, char text[THREADS_COMMON_SIZE])
{
    bool ended = t->flags & PROFILE_THREAD_ENDED;

    if (t->earlier == 0)
        text[0] = '\0';
    else if (ended)
        sprintf(text, "%" PRIu64 " ended threads of ", t->earlier + 1);
    else
        sprintf(text, "%" PRIu32 " and %" PRIu64 " ended thread%s of ", t->tid, t->earlier,
                t->earlier == 1 ? "" : "s");
    return text;
}

void threads_put_title(const struct profile_thread *t, FILE *to)
{
    char common[THREADS_COMMON_SIZE];
    bool shares = *threads_common(t, common) != '\0';

    if (shares)
        fputs(common, to);
    else
        fprintf(to, "Thread %" PRIu32 " (", t->tid);
    cell_put_text(shares ? t->start : t->name, to);
    fputs(shares ? "\n\n" : ")\n\n", to);
}

/* The same for one thread: its number and name, so wide that the names of rows stand in a column.
 */
static int put_thread(char *to, const struct profile_thread *t)
{
    char common[THREADS_COMMON_SIZE];

    if (*threads_common(t, common) != '\0')
        return sprintf(to, "%s%.*s ", common, (int)t->start.size, t->start.bytes);
    return sprintf(to, "%7" PRIu32 " %-15.*s ", t->tid, (int)t->name.size, t->name.bytes);
}

/* Puts the thread before the row's name. */
static int name_thread(struct row *row, const struct profile_thread *t)
{
    size_t size = row->file.size + row->name.size + row->standard_name.size + t->name.size +
                  t->start.size + THREADS_COMMON_SIZE + 16;
    char *bytes = malloc(size), *at = bytes;
    int written;

    if (!bytes)
        return -1;
    memcpy(at, row->file.bytes, row->file.size);
    row->file.bytes = at;
    at += row->file.size;
    *at++ = '\0';
    memcpy(at, row->name.bytes, row->name.size);
    row->name.bytes = at;
    at += row->name.size;
    *at++ = '\0';
    written = put_thread(at, t);
    memcpy(at + written, row->standard_name.bytes, row->standard_name.size + 1);
    row->standard_name.bytes = at;
    row->standard_name.size += (size_t)written;
    return 0;
}

int threads_join(const struct threads *t, struct model *out, struct profile_error *error)
{
    size_t i, j, n = 0;

    *out = (struct model){0};
    for (i = 0; i < t->n; i++)
        n += t->items[i].model.nrows;
    out->rows = calloc(n + 1, sizeof(*out->rows));
    for (i = 0; i < t->n && out->rows; i++) {
        const struct model *m = &t->items[i].model;

        out->total_calls += m->total_calls;
        out->primitive_calls += m->primitive_calls;
        out->total_tt += m->total_tt;
        for (j = 0; j < m->nrows; j++) {
            struct row row = m->rows[j];

            if (name_thread(&row, t->items[i].thread) < 0) {
                model_free(out);
                return error_memory(error);
            }
            out->rows[out->nrows++] = row;
        }
    }
    return out->rows ? 0 : error_memory(error);
}

void threads_free(struct threads *t)
{
    size_t i;

    for (i = 0; i < t->n; i++)
        model_free(&t->items[i].model);
    free(t->items);
    *t = (struct threads){0};
}
