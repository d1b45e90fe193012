#include "format/tail.h"
#include "report/hide_fold.h"

#include "report/flows.h"

#include <stdlib.h>

#define NONE UINT32_MAX

/* Of one function, over its nodes. Shares of what a function has are told by these. */
struct function {
    long double calls, kept_calls;
    double inclusive, kept_inclusive; /* s, of the nodes with all below them */
    double self;                      /* s, with what was folded into it */
    bool has_nodes, is_kept;
};

struct contexts {
    const struct hide_fold *h;
    struct profile *p;
    struct profile_tail *t;
    uint32_t *function;  /* by node, as it was; NONE: a root */
    double *inclusive;   /* by node, as it was */
    double *kept;        /* by node: the share of its calls that stay, 0 to 1 */
    uint32_t *at;        /* by node: the node that has its time now; itself, if it stays */
    uint32_t rest;       /* symbol of the function for what is left over */
    struct function *of; /* by function */
    struct flows before; /* calls and inclusive time of nodes; cc and (in tt) ct of the table */
    struct flows after;
};

static bool is_root(const struct contexts *c, size_t node)
{
    return c->function[node] == NONE;
}

/* ---- before ---- */

static int make_room(struct contexts *c)
{
    size_t n = c->t->nnodes + 1;
    struct profile_symbol *symbols =
        reallocarray(c->t->symbols, c->t->nsymbols + 1, sizeof(*symbols));
    char *name = calloc(1, 1);

    if (symbols)
        c->t->symbols = symbols;
    c->function = calloc(n, sizeof(*c->function));
    c->inclusive = calloc(n, sizeof(*c->inclusive));
    c->kept = calloc(n, sizeof(*c->kept));
    c->at = calloc(n, sizeof(*c->at));
    c->of = calloc(c->p->nfunctions + 1, sizeof(*c->of));
    if (!symbols || !name || !c->function || !c->inclusive || !c->kept || !c->at || !c->of) {
        free(name);
        return -1;
    }
    c->rest = (uint32_t)c->t->nsymbols++;
    symbols[c->rest] =
        (struct profile_symbol){.function = c->h->rest, .module = UINT32_MAX, .name = {name, 0}};
    return 0;
}

static int add_callers(struct contexts *c, uint32_t callee)
{
    const struct profile_function *f = &c->p->functions[callee];
    size_t i;

    for (i = 0; i < f->ncallers; i++) {
        struct flow *flow = flows_at(&c->before, f->callers[i].function, callee);

        if (!flow)
            return -1;
        flow->cc += (long double)f->callers[i].cc;
        flow->tt += f->callers[i].ct;
    }
    return 0;
}

/* Sums by function, and by caller and callee: calls and inclusive time of their nodes. */
static int add_up(struct contexts *c)
{
    size_t i;

    for (i = 0; i < c->t->nnodes; i++) {
        c->function[i] = profile_node_function(c->t, &c->t->nodes[i]);
        c->inclusive[i] = c->t->nodes[i].self;
    }
    for (i = c->t->nnodes; i-- > 0;)
        if (c->t->nodes[i].parent != i)
            c->inclusive[c->t->nodes[i].parent] += c->inclusive[i];
    for (i = 0; i < c->t->nnodes; i++) {
        const struct profile_node *node = &c->t->nodes[i];
        struct function *f = &c->of[is_root(c, i) ? 0 : c->function[i]];
        struct flow *flow;

        if (is_root(c, i))
            continue;
        f->has_nodes = true;
        f->calls += (long double)node->calls;
        f->inclusive += c->inclusive[i];
        if (is_root(c, node->parent))
            continue;
        flow = flows_at(&c->before, c->function[node->parent], c->function[i]);
        if (!flow)
            return -1;
        flow->nc += (long double)node->calls;
        flow->ct += c->inclusive[i];
    }
    for (i = 0; i < c->p->nfunctions; i++)
        if (add_callers(c, (uint32_t)i) < 0)
            return -1;
    return 0;
}

/* The share of each node's calls that stay. Recursion, a node and the links to it, goes as a whole
   or not at all: what it calls hangs under the node. */
static int choose_nodes(struct contexts *c)
{
    bool *is_called = calloc(c->t->nnodes + 1, sizeof(*is_called)); /* not inlined, not always */
    bool *is_inlined = calloc(c->t->nnodes + 1, sizeof(*is_inlined));
    size_t i;

    for (i = 0; i < c->t->nnodes && is_called && is_inlined; i++) {
        const struct profile_node *node = &c->t->nodes[i];

        is_called[node->home] |= node->calls > node->inlined;
        is_inlined[node->home] |= node->inlined > 0;
    }
    for (i = 0; i < c->t->nnodes && is_called && is_inlined; i++) {
        const struct profile_node *node = &c->t->nodes[i];

        c->kept[i] = 1;
        if (is_root(c, i))
            continue;
        if (c->h->hidden[c->function[i]])
            c->kept[i] = 0;
        else if (c->h->inlined && node->inlined > 0)
            c->kept[i] = (double)(node->calls - node->inlined) / (double)node->calls;
        if (c->h->hidden[c->function[i]] ||
            (c->h->inlined && is_inlined[node->home] && !is_called[node->home]))
            c->at[i] = NONE;
    }
    i = is_called && is_inlined;
    free(is_called);
    free(is_inlined);
    return i ? 0 : -1;
}

/* ---- folding ---- */

static void give(struct profile_node *from, struct profile_node *to, double share)
{
    double self = from->self * share, removed = from->removed * share;

    to->self += self;
    to->removed += removed;
    from->self -= self;
    from->removed -= removed;
}

/* Gives node I to its caller, in part or in full; at the root there is none to give it to. */
static void fold_node(struct contexts *c, size_t i)
{
    struct profile_node *node = &c->t->nodes[i];
    uint32_t parent = c->at[node->parent];
    bool goes = c->at[i] == NONE;

    c->at[i] = (uint32_t)i;
    node->parent = parent;
    if (goes && is_root(c, parent)) {
        node->symbol = c->rest;
        c->kept[i] = 1;
    } else if (goes) {
        c->at[i] = parent;
        give(node, &c->t->nodes[parent], 1);
    } else if (c->h->inlined && node->inlined > 0 && !is_root(c, parent)) {
        give(node, &c->t->nodes[parent], 1 - c->kept[i]);
        node->calls -= node->inlined;
        node->inlined = 0;
    }
}

static uint32_t new_function(const struct contexts *c, size_t node)
{
    return c->t->symbols[c->t->nodes[node].symbol].function;
}

/* Node I, which stays, in the sums by caller and callee; CALLER: its parent's function before. */
static int add_flow(struct contexts *c, size_t i, uint32_t caller)
{
    const struct profile_node *node = &c->t->nodes[i];
    uint32_t callee = new_function(c, i);
    struct flow *to = flows_at(&c->after, new_function(c, node->parent), callee);
    const struct flow *all;
    long double calls;

    if (!to)
        return -1;
    to->nc += (long double)node->calls;
    to->tt += node->self;
    if (caller == NONE || callee == c->h->rest)
        return 0;
    all = flows_at(&c->before, caller, callee);
    if (!all)
        return -1;
    calls = all->nc > 0 ? (long double)node->calls / all->nc : 0;
    to->cc += all->cc * calls;
    to->ct += all->tt * (all->ct > 0 ? c->kept[i] * c->inclusive[i] / all->ct : (double)calls);
    return 0;
}

static int fold(struct contexts *c, uint32_t *old_parents)
{
    size_t i;

    for (i = 0; i < c->t->nnodes; i++) {
        old_parents[i] = c->t->nodes[i].parent;
        if (is_root(c, i))
            c->at[i] = (uint32_t)i;
        else
            fold_node(c, i);
    }
    for (i = 0; i < c->t->nnodes; i++) {
        const struct profile_node *node = &c->t->nodes[i];
        struct function *f;

        if (is_root(c, i) || c->at[i] != i)
            continue;
        f = &c->of[new_function(c, i)];
        f->is_kept = true;
        f->kept_calls += (long double)node->calls;
        f->kept_inclusive += c->kept[i] * c->inclusive[i];
        f->self += node->self;
        if (!is_root(c, node->parent) && add_flow(c, i, c->function[old_parents[i]]) < 0)
            return -1;
    }
    return 0;
}

/* ---- after ---- */

static double share(const struct function *f)
{
    if (f->inclusive > 0)
        return f->kept_inclusive / f->inclusive;
    return f->calls > 0 ? (double)(f->kept_calls / f->calls) : 1;
}

static void store_row(struct contexts *c, uint32_t i)
{
    struct profile_function *row = &c->p->functions[i];
    const struct function *f = &c->of[i];

    if (i == c->h->rest) {
        row->is_row = f->is_kept;
        row->nc = row->cc = flows_count(f->kept_calls, INT64_MAX);
        row->tt = f->self;
        row->ct = f->kept_inclusive;
        return;
    }
    if (c->h->hidden[i] || (f->has_nodes && !f->is_kept))
        row->is_row = false;
    if (!row->is_row || !f->has_nodes)
        return;
    if (f->kept_calls < f->calls) {
        profile_count all = row->cc;

        row->nc = flows_count((long double)row->nc - (f->calls - f->kept_calls), row->nc);
        row->cc = flows_count((long double)all * (f->kept_calls / f->calls), row->nc);
        row->ct *= share(f);
    }
    row->tt = f->self;
    if (row->ct < row->tt)
        row->ct = row->tt;
}

/* Figures of threads: those of functions that go, go; what was left over gets its own. */
static int store_thread_rows(struct contexts *c)
{
    struct profile_tail *t = c->t;
    struct profile_thread_row *rows;
    size_t i, j, from = 0, n = 0;

    if (t->nthread_rows == 0)
        return 0;
    rows = calloc(t->nthread_rows + t->nthreads, sizeof(*rows));
    if (!rows)
        return -1;
    for (i = 0; i < t->nthreads; i++) {
        const struct profile_thread *thread = &t->threads[i];
        struct profile_thread_row rest = {.thread = (uint32_t)i, .function = c->h->rest};
        bool has_rest = false;

        for (; from < t->nthread_rows && t->thread_rows[from].thread == i; from++) {
            struct profile_thread_row row = t->thread_rows[from];
            const struct function *f = &c->of[row.function];

            if (!c->p->functions[row.function].is_row)
                continue;
            if (f->kept_calls < f->calls) {
                row.cc = (uint64_t)flows_count((long double)row.cc * (f->kept_calls / f->calls),
                                               INT64_MAX);
                row.ct *= share(f);
            }
            rows[n++] = row;
        }
        for (j = thread->first_node; j < (size_t)thread->first_node + thread->nodes; j++) {
            if (is_root(c, j) || c->at[j] != j || t->nodes[j].symbol != c->rest)
                continue;
            has_rest = true;
            rest.cc += t->nodes[j].calls;
            rest.ct += c->inclusive[j];
        }
        if (has_rest)
            rows[n++] = rest;
    }
    free(t->thread_rows);
    t->thread_rows = rows;
    t->nthread_rows = n;
    return 0;
}

/* Takes the nodes out that went, and renumbers. A home that a damaged file has elsewhere is none.
 */
static void compact_nodes(struct contexts *c)
{
    struct profile_tail *t = c->t;
    uint32_t *moved = c->at;
    size_t i, j, n = 0;

    for (i = 0; i < t->nthreads; i++) {
        struct profile_thread *thread = &t->threads[i];
        size_t first = n;

        for (j = thread->first_node; j < (size_t)thread->first_node + thread->nodes; j++) {
            struct profile_node node = t->nodes[j];
            bool stays = moved[j] == j;
            bool is_link = node.flags & PROFILE_NODE_LINK && moved[node.home] != NONE &&
                           !(t->nodes[moved[node.home]].flags & PROFILE_NODE_LINK);

            moved[j] = NONE;
            if (!stays)
                continue;
            moved[j] = (uint32_t)n;
            node.parent = node.parent == j ? (uint32_t)n : moved[node.parent];
            node.home = is_link ? moved[node.home] : (uint32_t)n;
            if (!is_link)
                node.flags &= ~(uint32_t)PROFILE_NODE_LINK;
            t->nodes[n++] = node;
        }
        thread->first_node = (uint32_t)first;
        thread->nodes = (uint32_t)(n - first);
    }
    t->nnodes = n;
}

/* Takes the symbols out whose function went. */
static int compact_symbols(struct contexts *c)
{
    struct profile_tail *t = c->t;
    uint32_t *moved = calloc(t->nsymbols + 1, sizeof(*moved));
    size_t i, n = 0;

    if (!moved)
        return -1;
    for (i = 0; i < t->nsymbols; i++) {
        moved[i] = (uint32_t)n;
        if (c->p->functions[t->symbols[i].function].is_row)
            t->symbols[n++] = t->symbols[i];
        else
            tail_free_symbol(&t->symbols[i]);
    }
    t->nsymbols = n;
    for (i = 0; i < t->nnodes; i++)
        if (t->nodes[i].symbol != PROFILE_NO_FUNCTION)
            t->nodes[i].symbol = moved[t->nodes[i].symbol];
    free(moved);
    return 0;
}

/* A caller without contexts of its own, {process}, has the same calls as before. */
static int keep_other_callers(struct contexts *c, uint32_t callee)
{
    const struct profile_function *f = &c->p->functions[callee];
    size_t i;

    for (i = 0; i < f->ncallers; i++) {
        const struct profile_caller *old = &f->callers[i];
        struct flow *flow;

        if (c->of[old->function].has_nodes || !c->p->functions[old->function].is_row)
            continue;
        flow = flows_at(&c->after, old->function, callee);
        if (!flow)
            return -1;
        *flow = (struct flow){old->function,        callee,  (long double)old->nc,
                              (long double)old->cc, old->tt, old->ct};
    }
    return 0;
}

static int store_all(struct contexts *c)
{
    uint32_t i;

    for (i = 0; i < c->p->nfunctions; i++)
        store_row(c, i);
    for (i = 0; i < c->p->nfunctions; i++)
        if (c->p->functions[i].is_row && keep_other_callers(c, i) < 0)
            return -1;
    if (flows_store(&c->after, c->p) < 0 || store_thread_rows(c) < 0)
        return -1;
    compact_nodes(c);
    return compact_symbols(c);
}

int hide_by_contexts(const struct hide_fold *h)
{
    struct contexts c = {.h = h, .p = h->profile, .t = h->profile->tail};
    uint32_t *old_parents = calloc(c.t->nnodes + 1, sizeof(*old_parents));
    int result = old_parents ? 0 : -1;

    if (result == 0 && (make_room(&c) < 0 || add_up(&c) < 0 || choose_nodes(&c) < 0 ||
                        fold(&c, old_parents) < 0 || store_all(&c) < 0))
        result = -1;
    free(old_parents);
    free(c.function);
    free(c.inclusive);
    free(c.kept);
    free(c.at);
    free(c.of);
    flows_free(&c.before);
    flows_free(&c.after);
    return result;
}
