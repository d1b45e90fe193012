#include "report/call_tree.h"

#include "format/array.h"
#include "report/figures.h"

#include <stdlib.h>

/* ---- building ---- */

/* A tree, and its calls by what they are. */
struct builder {
    struct call_tree *tree;
    struct intern keys; /* numbers are indexes into the calls */
};

/* The call of ROW below PARENT, a new one if need be; CALL_TREE_NONE: memory is out. */
static uint32_t call_at(struct builder *b, uint32_t parent, uint32_t row, bool recursive)
{
    const uint32_t key[] = {parent, row, recursive};
    uint32_t number = intern_add(&b->keys, key, sizeof(key));
    struct call_tree *t = b->tree;
    struct call *calls;

    if (number == INTERN_FAILED || number < t->n)
        return number;
    calls = array_grow(t->calls, &t->room, t->n + 1, sizeof(*calls));
    if (!calls)
        return CALL_TREE_NONE;
    t->calls = calls;
    calls[t->n++] = (struct call){.row = row,
                                  .parent = parent,
                                  .first = CALL_TREE_NONE,
                                  .next = CALL_TREE_NONE,
                                  .recursive = recursive};
    return number;
}

static int begin(struct builder *b, const struct model *m, struct call_tree *out)
{
    *out = (struct call_tree){.model = m};
    *b = (struct builder){.tree = out};
    return call_at(b, CALL_TREE_NONE, CALL_TREE_NONE, false) == 0 ? 0 : -1;
}

struct by_total {
    double total;
    uint32_t call;
};

static int compare_totals(const void *x, const void *y)
{
    const struct by_total *a = x, *b = y;

    if (a->total != b->total)
        return a->total < b->total ? -1 : 1;
    return (a->call < b->call) - (a->call > b->call);
}

/* Puts each call before its siblings, in ascending order: so the largest is the first in the end.
 */
static int link_children(struct call_tree *t)
{
    struct by_total *order = calloc(t->n + 1, sizeof(*order));
    size_t i;

    if (!order)
        return -1;
    for (i = 1; i < t->n; i++)
        order[i] = (struct by_total){t->calls[i].total, (uint32_t)i};
    qsort(order + 1, t->n - 1, sizeof(*order), compare_totals);
    for (i = 1; i < t->n; i++) {
        struct call *call = &t->calls[order[i].call], *parent = &t->calls[call->parent];

        call->next = parent->first;
        parent->first = order[i].call;
    }
    free(order);
    return 0;
}

static int finish(struct builder *b, int result)
{
    intern_free(&b->keys);
    if (result == 0)
        result = link_children(b->tree);
    if (result < 0)
        call_tree_free(b->tree);
    return result;
}

static void add_totals(struct call_tree *t)
{
    size_t i;

    for (i = 0; i < t->n; i++)
        t->calls[i].total = t->calls[i].self;
    for (i = t->n; i-- > 1;)
        t->calls[t->calls[i].parent].total += t->calls[i].total;
}

/* ---- of a model ---- */

/* CALLS: by node of the tail. */
static int add_thread(struct builder *b, const struct profile_tail *tail,
                      const struct profile_thread *thread, uint32_t *calls)
{
    size_t i;

    for (i = thread->first_node; i < (size_t)thread->first_node + thread->nodes; i++) {
        const struct profile_node *node = &tail->nodes[i];
        uint32_t row = profile_node_function(tail, node);
        uint32_t parent = node->parent == i ? 0 : calls[node->parent];
        struct call *call;

        calls[i] = row == PROFILE_NO_FUNCTION
                       ? parent
                       : call_at(b, parent, row, (node->flags & PROFILE_NODE_LINK) != 0);
        if (calls[i] == CALL_TREE_NONE)
            return -1;
        call = &b->tree->calls[calls[i]];
        call->calls += (profile_count)node->calls;
        call->self += node->self;
    }
    return 0;
}

int call_tree_make(const struct model *m, size_t thread, struct call_tree *out)
{
    uint32_t *calls = calloc(m->tail->nnodes + 1, sizeof(*calls));
    struct figures_tree *trees = figures_trees(m->tail);
    struct builder b;
    size_t i;
    int result = begin(&b, m, out);

    if (!calls || !trees)
        result = -1;
    for (i = 0; i < m->tail->nthreads && result == 0; i++)
        if (thread == SIZE_MAX || trees[i].thread == thread)
            result = add_thread(&b, m->tail, &m->tail->threads[trees[i].tree], calls);
    free(calls);
    free(trees);
    if (result == 0)
        add_totals(out);
    return finish(&b, result);
}

int call_tree_focus(const struct call_tree *t, const bool *chosen, struct call_tree *out)
{
    uint32_t *calls =
        calloc(t->n + 1, sizeof(*calls)); /* by call of T; 0: not below a chosen one */
    struct builder b;
    size_t i;
    int result = begin(&b, t->model, out);

    if (!calls)
        result = -1;
    for (i = 1; i < t->n && result == 0; i++) {
        const struct call *call = &t->calls[i];
        uint32_t parent = calls[call->parent];

        if (parent == 0 && !chosen[call->row])
            continue;
        calls[i] = call_at(&b, parent, call->row, call->recursive);
        if (calls[i] == CALL_TREE_NONE) {
            result = -1;
        } else {
            out->calls[calls[i]].calls += call->calls;
            out->calls[calls[i]].self += call->self;
        }
    }
    free(calls);
    if (result == 0)
        add_totals(out);
    return finish(&b, result);
}

/* ---- from the leaves ---- */

/* A context in which a function has time of its own, and how far up its callers have been told. */
struct leaf {
    uint32_t call, at;
    uint32_t row; /* of AT */
};

static int compare_leaves(const void *x, const void *y)
{
    const struct leaf *a = x, *b = y;

    if (a->row != b->row)
        return a->row < b->row ? -1 : 1;
    return (a->call > b->call) - (a->call < b->call);
}

/* Of an inverted call: its leaves, [first, end). */
struct slice {
    size_t first, end;
};

struct inversion {
    const struct call_tree *from;
    struct builder to;
    struct leaf *leaves;
    struct slice *slices; /* by call */
    size_t slices_room;
    double least;
};

/* Leaves of one function, [first, end), become a call below PARENT, unless they are too little. */
static int add_slice(struct inversion *v, uint32_t parent, size_t first, size_t end)
{
    struct call sum = {.calls = 0};
    struct slice *slices;
    uint32_t call;
    size_t i;

    for (i = first; i < end; i++) {
        sum.calls += v->from->calls[v->leaves[i].call].calls;
        sum.self += v->from->calls[v->leaves[i].call].self;
    }
    if (sum.self < v->least) {
        v->to.tree->left_out++;
        return 0;
    }
    call = call_at(&v->to, parent, v->leaves[first].row, false);
    slices = array_grow(v->slices, &v->slices_room, v->to.tree->n, sizeof(*slices));
    if (slices)
        v->slices = slices;
    if (call == CALL_TREE_NONE || !slices)
        return -1;
    slices[call] = (struct slice){first, end};
    v->to.tree->calls[call].calls = sum.calls;
    v->to.tree->calls[call].self = v->to.tree->calls[call].total = sum.self;
    return 0;
}

/* Gives the leaves of [first, end), which stand by functions, to calls below PARENT. */
static int add_slices(struct inversion *v, uint32_t parent, size_t first, size_t end)
{
    size_t next;
    int result = 0;

    qsort(v->leaves + first, end - first, sizeof(*v->leaves), compare_leaves);
    for (; first < end && result == 0; first = next) {
        for (next = first; next < end && v->leaves[next].row == v->leaves[first].row;)
            next++;
        result = add_slice(v, parent, first, next);
    }
    return result;
}

/* One step up for all leaves of CALL; those that have nobody above them stand last, and end. */
static int add_callers(struct inversion *v, uint32_t call)
{
    size_t i = v->slices[call].first, end = v->slices[call].end;

    while (i < end) {
        struct leaf *leaf = &v->leaves[i];

        leaf->at = v->from->calls[leaf->at].parent;
        if (leaf->at != 0) {
            leaf->row = v->from->calls[leaf->at].row;
            i++;
        } else {
            struct leaf last = v->leaves[--end];
            v->leaves[end] = *leaf;
            *leaf = last;
        }
    }
    return add_slices(v, call, v->slices[call].first, end);
}

int call_tree_invert(const struct call_tree *t, double least, struct call_tree *out)
{
    struct inversion v = {.from = t, .leaves = calloc(t->n + 1, sizeof(*v.leaves)), .least = least};
    size_t i, n = 0;
    int result = begin(&v.to, t->model, out);

    if (!v.leaves)
        result = -1;
    for (i = 1; i < t->n && result == 0; i++)
        if (t->calls[i].self > 0)
            v.leaves[n++] = (struct leaf){(uint32_t)i, (uint32_t)i, t->calls[i].row};
    if (result == 0)
        result = add_slices(&v, 0, 0, n);
    for (i = 1; i < out->n && result == 0; i++)
        result = add_callers(&v, (uint32_t)i);
    if (result == 0)
        out->calls[0].total = t->calls[0].total;
    free(v.leaves);
    free(v.slices);
    return finish(&v.to, result);
}

void call_tree_free(struct call_tree *t)
{
    free(t->calls);
    *t = (struct call_tree){0};
}
