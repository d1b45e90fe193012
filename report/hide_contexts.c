#include "report/hide_contexts.h"

#include <stdlib.h>

/* ---- before ---- */

static int make_room(struct hide_contexts *c)
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

static int add_callers(struct hide_contexts *c, uint32_t callee)
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
static int add_up(struct hide_contexts *c)
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
        struct hide_function *f = &c->of[hide_is_root(c, i) ? 0 : c->function[i]];
        struct flow *flow;

        if (hide_is_root(c, i))
            continue;
        f->has_nodes = true;
        f->calls += (long double)node->calls;
        f->inclusive += c->inclusive[i];
        if (hide_is_root(c, node->parent))
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
static int choose_nodes(struct hide_contexts *c)
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
        if (hide_is_root(c, i))
            continue;
        if (c->h->hidden[c->function[i]])
            c->kept[i] = 0;
        else if (c->h->inlined && node->inlined > 0)
            c->kept[i] = (double)(node->calls - node->inlined) / (double)node->calls;
        if (c->h->hidden[c->function[i]] ||
            (c->h->inlined && is_inlined[node->home] && !is_called[node->home]))
            c->at[i] = HIDE_NONE;
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
static void fold_node(struct hide_contexts *c, size_t i)
{
    struct profile_node *node = &c->t->nodes[i];
    uint32_t parent = c->at[node->parent];
    bool goes = c->at[i] == HIDE_NONE;

    c->at[i] = (uint32_t)i;
    node->parent = parent;
    if (goes && hide_is_root(c, parent)) {
        node->symbol = c->rest;
        c->kept[i] = 1;
    } else if (goes) {
        c->at[i] = parent;
        give(node, &c->t->nodes[parent], 1);
    } else if (c->h->inlined && node->inlined > 0 && !hide_is_root(c, parent)) {
        give(node, &c->t->nodes[parent], 1 - c->kept[i]);
        node->calls -= node->inlined;
        node->inlined = 0;
    }
}

static uint32_t new_function(const struct hide_contexts *c, size_t node)
{
    return c->t->symbols[c->t->nodes[node].symbol].function;
}

/* Node I, which stays, in the sums by caller and callee; CALLER: its parent's function before. */
static int add_flow(struct hide_contexts *c, size_t i, uint32_t caller)
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
    if (caller == HIDE_NONE || callee == c->h->rest)
        return 0;
    all = flows_at(&c->before, caller, callee);
    if (!all)
        return -1;
    calls = all->nc > 0 ? (long double)node->calls / all->nc : 0;
    to->cc += all->cc * calls;
    to->ct += all->tt * (all->ct > 0 ? c->kept[i] * c->inclusive[i] / all->ct : (double)calls);
    return 0;
}

static int fold(struct hide_contexts *c, uint32_t *old_parents)
{
    size_t i;

    for (i = 0; i < c->t->nnodes; i++) {
        old_parents[i] = c->t->nodes[i].parent;
        if (hide_is_root(c, i))
            c->at[i] = (uint32_t)i;
        else
            fold_node(c, i);
    }
    for (i = 0; i < c->t->nnodes; i++) {
        const struct profile_node *node = &c->t->nodes[i];
        struct hide_function *f;

        if (hide_is_root(c, i) || c->at[i] != i)
            continue;
        f = &c->of[new_function(c, i)];
        f->is_kept = true;
        f->kept_calls += (long double)node->calls;
        f->kept_inclusive += c->kept[i] * c->inclusive[i];
        f->self += node->self;
        if (!hide_is_root(c, node->parent) && add_flow(c, i, c->function[old_parents[i]]) < 0)
            return -1;
    }
    return 0;
}

/* ---- after ---- */

static void store_row(struct hide_contexts *c, uint32_t i)
{
    struct profile_function *row = &c->p->functions[i];
    const struct hide_function *f = &c->of[i];

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
        row->ct *= hide_share(f);
    }
    row->tt = f->self;
    if (row->ct < row->tt)
        row->ct = row->tt;
}

/* A caller without contexts of its own, {process}, has the same calls as before. */
static int keep_other_callers(struct hide_contexts *c, uint32_t callee)
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

static int store_all(struct hide_contexts *c)
{
    uint32_t i;

    for (i = 0; i < c->p->nfunctions; i++)
        store_row(c, i);
    for (i = 0; i < c->p->nfunctions; i++)
        if (c->p->functions[i].is_row && keep_other_callers(c, i) < 0)
            return -1;
    if (flows_store(&c->after, c->p) < 0)
        return -1;
    return hide_store_tail(c);
}

int hide_by_contexts(const struct hide_fold *h)
{
    struct hide_contexts c = {.h = h, .p = h->profile, .t = h->profile->tail};
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
