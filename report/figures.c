#include "report/figures.h"

#include <stdlib.h>

static void add_node(struct row_figures *f, const struct profile_node *node)
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

/* Signal handlers that interrupted cprof in a thread were called by that thread. */
static size_t owner_of(const struct profile_tail *tail, size_t i)
{
    size_t steps;

    for (steps = 0; steps < tail->nthreads && tail->threads[i].flags & PROFILE_THREAD_SIGNAL;
         steps++)
        i = tail->threads[i].interrupts;
    return i;
}

/* LAST: by row, 1 + the owner that was counted last. */
static void add_tree(struct model *m, size_t thread, size_t owner, size_t *last)
{
    const struct profile_thread *t = &m->tail->threads[thread];
    size_t i;

    for (i = t->first_node; i < (size_t)t->first_node + t->nodes; i++) {
        const struct profile_node *node = &m->tail->nodes[i];
        uint32_t row;

        if (node->symbol == PROFILE_NO_FUNCTION)
            continue;
        row = m->tail->symbols[node->symbol].function;
        add_node(&m->rows[row].figures, node);
        if (node->calls == 0 || last[row] == owner + 1)
            continue;
        last[row] = owner + 1;
        m->rows[row].figures.threads++;
    }
}

struct tree {
    size_t owner, thread;
};

static int compare_trees(const void *left, const void *right)
{
    const struct tree *a = left, *b = right;

    return (a->owner > b->owner) - (a->owner < b->owner);
}

int figures_fill(struct model *m)
{
    size_t ntrees = m->tail ? m->tail->nthreads : 0;
    size_t *last = calloc(m->nrows + 1, sizeof(*last));
    struct tree *trees = calloc(ntrees + 1, sizeof(*trees));
    size_t i;
    int result = last && trees ? 0 : -1;

    for (i = 0; i < m->nrows; i++)
        m->rows[i].figures = (struct row_figures){0};
    for (i = 0; i < ntrees && result == 0; i++)
        trees[i] = (struct tree){owner_of(m->tail, i), i};
    if (result == 0)
        qsort(trees, ntrees, sizeof(*trees), compare_trees);
    for (i = 0; i < ntrees && result == 0; i++)
        add_tree(m, trees[i].thread, trees[i].owner, last);
    free(last);
    free(trees);
    return result;
}
