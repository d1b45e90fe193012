#include "report/figures.h"

#include <stdlib.h>

void figures_add(struct row_figures *f, const struct profile_node *node)
{
    bool finished = node->min <= node->max;

    if (!f->known)
        *f = (struct row_figures){.known = true, .min = 1, .max = 0};
    f->inlined += node->inlined;
    if (finished && (f->min > f->max || node->min < f->min))
        f->min = node->min;
    if (finished && node->max > f->max)
        f->max = node->max;
}

static size_t thread_of(const struct profile_tail *t, size_t i)
{
    size_t steps;

    for (steps = 0; steps < t->nthreads && t->threads[i].flags & PROFILE_THREAD_SIGNAL; steps++)
        i = t->threads[i].interrupts;
    return i;
}

/* LAST: by row, 1 + the owner that was counted last. */
static void add_tree(struct model *m, size_t thread, size_t owner, size_t *last)
{
    const struct profile_thread *t = &m->tail->threads[thread];
    size_t i;

    for (i = t->first_node; i < (size_t)t->first_node + t->nodes; i++) {
        const struct profile_node *node = &m->tail->nodes[i];
        uint32_t row = profile_node_function(m->tail, node);

        if (row == PROFILE_NO_FUNCTION)
            continue;
        figures_add(&m->rows[row].figures, node);
        if (node->calls == 0 || last[row] == owner + 1)
            continue;
        last[row] = owner + 1;
        m->rows[row].figures.threads++;
    }
}

static int compare_trees(const void *left, const void *right)
{
    const struct figures_tree *a = left, *b = right;

    if (a->thread != b->thread)
        return a->thread > b->thread ? 1 : -1;
    return (a->tree > b->tree) - (a->tree < b->tree);
}

struct figures_tree *figures_trees(const struct profile_tail *t)
{
    size_t n = t ? t->nthreads : 0, i;
    struct figures_tree *trees = calloc(n + 1, sizeof(*trees));

    for (i = 0; i < n && trees; i++)
        trees[i] = (struct figures_tree){thread_of(t, i), i};
    if (trees)
        qsort(trees, n, sizeof(*trees), compare_trees);
    return trees;
}

int figures_fill(struct model *m)
{
    size_t *last = calloc(m->nrows + 1, sizeof(*last));
    struct figures_tree *trees = figures_trees(m->tail);
    size_t i;
    int result = last && trees ? 0 : -1;

    for (i = 0; i < m->nrows; i++)
        m->rows[i].figures = (struct row_figures){0};
    for (i = 0; result == 0 && m->tail && i < m->tail->nthreads; i++)
        add_tree(m, trees[i].tree, trees[i].thread, last);
    free(last);
    free(trees);
    return result;
}
