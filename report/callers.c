#include "report/callers.h"

#include "report/cell.h"
#include "report/sort.h"

#include <stdlib.h>

#define WIDTH_MOST 4096 /* of the column of names */

/* ---- callees ---- */

int callees_make(struct callees *c, const struct model *m)
{
    size_t i, j, total = 0;

    if (c->first)
        return 0;
    for (i = 0; i < m->nrows; i++)
        total += m->rows[i].ncallers;
    c->nkeys = m->keys.count;
    c->first = calloc(c->nkeys + 2, sizeof(*c->first));
    c->items = calloc(total + 1, sizeof(*c->items));
    if (!c->first || !c->items) {
        callees_free(c);
        return -1;
    }
    /* A key's count stands two places behind it, then its start one place; placing moves that on.
     */
    for (i = 0; i < m->nrows; i++)
        for (j = 0; j < m->rows[i].ncallers; j++)
            c->first[m->rows[i].callers[j].key + 2]++;
    for (i = 2; i < c->nkeys + 2; i++)
        c->first[i] += c->first[i - 1];
    for (i = 0; i < m->nrows; i++) {
        for (j = 0; j < m->rows[i].ncallers; j++) {
            struct caller callee = m->rows[i].callers[j];
            size_t *place = &c->first[callee.key + 1];

            callee.key = m->rows[i].key;
            c->items[(*place)++] = callee;
        }
    }
    return 0;
}

void callees_free(struct callees *c)
{
    free(c->items);
    free(c->first);
    *c = (struct callees){0};
}

/* ---- printing ---- */

/* The callers, or callees, of one row. */
struct list {
    const struct caller *items;
    size_t n;
};

static struct list list_of(const struct row *row, const struct callees *callees)
{
    if (!callees)
        return (struct list){row->callers, row->ncallers};
    if (row->key >= callees->nkeys) /* the table is older than the row */
        return (struct list){NULL, 0};
    return (struct list){callees->items + callees->first[row->key],
                         callees->first[row->key + 1] - callees->first[row->key]};
}

/* The first column's width. (pstats remembers one for a whole profile, which is the same.) One long
   name must not fill every line with blanks. */
static size_t name_width(const struct selection *s)
{
    size_t i, width = 0;

    for (i = 0; i < s->nrows; i++) {
        size_t length = cell_name_length(s->rows[i]);

        if (length > width)
            width = length;
    }
    return (width < WIDTH_MOST ? width : WIDTH_MOST) + 2;
}

/* Whether callers have times: pstats looks at the first one that there is. */
static bool have_times(const struct model *m)
{
    size_t i;

    for (i = 0; i < m->nrows; i++)
        if (m->rows[i].ncallers)
            return !m->rows[i].callers[0].plain;
    return false;
}

static void print_blanks(size_t n, FILE *to)
{
    fprintf(to, "%*s", (int)n, "");
}

static void print_title(const struct table *t, const char *title, size_t width, FILE *to)
{
    fprintf(to, "%-*s%s\n", (int)width, "Function ", title);
    if (!have_times(t->model))
        return;
    print_blanks(width, to);
    fprintf(to, "    %s %*s %*s\n", t->model->sampled ? "nsamples" : "ncalls", t->unit->width,
            "tottime", t->unit->width, "cumtime");
}

/* One caller or callee behind the arrow; the lines of all but the FIRST one have no arrow. */
static void print_line(const struct table *t, const struct caller *c, size_t width, bool first,
                       FILE *to)
{
    const struct row *function = model_function(t->model, c->key);
    char count[CELL_COUNT_SIZE];

    if (c->plain) {
        print_blanks(first ? 0 : width + 3, to);
        cell_put_text(function->standard_name, to);
        fprintf(to, "(%s)", cell_count(c->nc, t->grouped, count));
        cell_put_time(t->unit, function->ct, to);
    } else {
        print_blanks(first ? 0 : width + 1, to);
        cell_put_calls(c->nc, c->cc, t->grouped, first ? 7 : 9, to);
        cell_put_time(t->unit, c->tt, to);
        cell_put_time(t->unit, c->ct, to);
        fputs("  ", to);
        cell_put_text(function->standard_name, to);
    }
    fputc('\n', to);
}

static int compare_callers(const void *left, const void *right, void *model)
{
    const struct caller *a = *(const struct caller *const *)left;
    const struct caller *b = *(const struct caller *const *)right;

    return sort_compare_keys(model_function(model, a->key), model_function(model, b->key));
}

static int print_function(const struct table *t, const struct row *row, struct list list,
                          const char *arrow, size_t width, FILE *to)
{
    const struct caller **sorted = calloc(list.n + 1, sizeof(const struct caller *));
    size_t i, length = cell_name_length(row);

    if (!sorted)
        return -1;
    for (i = 0; i < list.n; i++)
        sorted[i] = &list.items[i];
    qsort_r(sorted, list.n, sizeof(const struct caller *), compare_callers, (void *)t->model);
    cell_put_text(row->standard_name, to);
    print_blanks(length < width ? width - length : 2, to);
    fprintf(to, "%s ", arrow);
    if (list.n == 0)
        fputc('\n', to);
    for (i = 0; i < list.n && !table_stopped(t); i++)
        print_line(t, sorted[i], width, i == 0, to);
    free(sorted);
    return 0;
}

int callers_print(const struct table *t, const struct callees *callees, const struct selection *s,
                  const char *message, FILE *to)
{
    size_t i, width = name_width(s);

    if (s->nrows == 0)
        return 0;
    fprintf(to, "%s\n", message);
    print_title(t, callees ? "called..." : "was called by...", width, to);
    for (i = 0; i < s->nrows && !table_stopped(t); i++)
        if (print_function(t, s->rows[i], list_of(s->rows[i], callees), callees ? "->" : "<-",
                           width, to) < 0)
            return -1;
    fputs("\n\n", to);
    return 0;
}
