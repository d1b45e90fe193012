#include "report/hide_fold.h"

#include "report/flows.h"

#include <stdlib.h>

#define MOST_ROUNDS 1000  /* of recursion among hidden functions */
#define NEGLIGIBLE  1e-15 /* share of what is passed up that may be left when that ends */

struct amounts {
    long double nc, cc;
    double tt, ct;
};

struct callers {
    const struct hide_fold *h;
    struct profile *p;
    double *nobody;          /* by hidden function: the share that nobody called, 0 to 1 */
    struct amounts *pending; /* by hidden function: what is to be passed up */
    uint32_t *todo, *next;   /* hidden functions that have something pending, each once */
    size_t ntodo;
    struct amounts *got; /* by function that stays: what has been passed up to it */
    uint32_t *reached;   /* those that have got something */
    size_t nreached;
    struct flows after;
};

/* ---- shares ---- */

/* What a caller's share is told by; its own time, if cumulative times say nothing (all zero). */
static double weight_of(const struct profile_caller *c)
{
    return c->plain ? (double)c->nc : c->ct;
}

static bool is_share(size_t hidden, const struct profile_caller *c)
{
    return c->function != hidden; /* recursion stays with whoever began it */
}

static double sum_of_weights(const struct callers *s, size_t hidden, bool by_calls)
{
    const struct profile_function *f = &s->p->functions[hidden];
    double sum = 0;
    size_t i;

    for (i = 0; i < f->ncallers; i++)
        if (is_share(hidden, &f->callers[i]))
            sum += by_calls ? (double)f->callers[i].nc : weight_of(&f->callers[i]);
    return sum;
}

/* Calls that no caller made, in part of all that began outside the function. */
static double share_of_nobody(const struct callers *s, size_t hidden)
{
    const struct profile_function *f = &s->p->functions[hidden];
    double calls = sum_of_weights(s, hidden, true), own = 0, nobody;
    size_t i;

    for (i = 0; i < f->ncallers; i++)
        if (f->callers[i].function == hidden)
            own += (double)f->callers[i].nc;
    nobody = (double)f->nc - own - calls;
    if (calls <= 0)
        return 1;
    return nobody > 0 ? nobody / (nobody + calls) : 0;
}

/* ---- passing up ---- */

static void add_share(struct amounts *to, const struct amounts *all, double share)
{
    to->nc += all->nc * share;
    to->cc += all->cc * share;
    to->tt += all->tt * share;
    to->ct += all->ct * share;
}

static bool is_nothing(const struct amounts *a)
{
    return a->nc == 0 && a->cc == 0 && a->tt == 0 && a->ct == 0;
}

static void give(struct callers *s, uint32_t to, const struct amounts *all, double share,
                 size_t *nnext)
{
    struct amounts *at = s->h->hidden[to] ? &s->pending[to] : &s->got[to];
    bool is_first = is_nothing(at);

    add_share(at, all, share);
    if (!is_first || is_nothing(at))
        return;
    if (s->h->hidden[to])
        s->next[(*nnext)++] = to;
    else
        s->reached[s->nreached++] = to;
}

/* Passes on what HIDDEN has to its callers. */
static void pass_up(struct callers *s, uint32_t hidden, size_t *nnext)
{
    const struct profile_function *f = &s->p->functions[hidden];
    const struct amounts all = s->pending[hidden];
    double weights = sum_of_weights(s, hidden, false);
    bool by_calls = !(weights > 0);
    double nobody = s->nobody[hidden];
    size_t i;

    s->pending[hidden] = (struct amounts){0};
    if (by_calls)
        weights = sum_of_weights(s, hidden, true);
    if (!(weights > 0))
        nobody = 1;
    if (nobody > 0)
        give(s, s->h->rest, &all, nobody, nnext);
    for (i = 0; i < f->ncallers && nobody < 1; i++) {
        const struct profile_caller *c = &f->callers[i];
        double weight = by_calls ? (double)c->nc : weight_of(c);

        if (is_share(hidden, c) && weight > 0)
            give(s, c->function, &all, (1 - nobody) * weight / weights, nnext);
    }
}

/* What is left of all that is pending, in part of START. */
static bool is_negligible(const struct callers *s, const struct amounts *start)
{
    struct amounts left = {0};
    size_t i;

    for (i = 0; i < s->ntodo; i++)
        add_share(&left, &s->pending[s->todo[i]], 1);
    return left.nc <= start->nc * NEGLIGIBLE && left.tt <= start->tt * NEGLIGIBLE &&
           left.ct <= start->ct * NEGLIGIBLE;
}

/* Passes up what is pending at functions in todo, START in sum, until all is with functions that
   stay; they are in reached, what they got in got. */
static void pass_all_up(struct callers *s, const struct amounts *start)
{
    int round;

    for (round = 0; s->ntodo > 0 && round < MOST_ROUNDS && !is_negligible(s, start); round++) {
        uint32_t *swap = s->todo;
        size_t i, nnext = 0;

        for (i = 0; i < s->ntodo; i++)
            pass_up(s, s->todo[i], &nnext);
        s->todo = s->next;
        s->next = swap;
        s->ntodo = nnext;
    }
    for (; s->ntodo > 0; s->ntodo--) {
        uint32_t hidden = s->todo[s->ntodo - 1];
        const struct amounts all = s->pending[hidden];

        s->pending[hidden] = (struct amounts){0};
        give(s, s->nreached ? s->reached[0] : s->h->rest, &all, 1, NULL);
    }
}

static void start_with(struct callers *s, uint32_t function, const struct amounts *all)
{
    if (is_nothing(all))
        return;
    if (is_nothing(&s->pending[function]))
        s->todo[s->ntodo++] = function;
    add_share(&s->pending[function], all, 1);
}

/* ---- functions ---- */

/* The callers' table says how much of F's own time each of them has; what recursion and nobody have
   is passed on by F's shares. Returns what is pending then. */
static double start_own_time(struct callers *s, uint32_t hidden, double *own)
{
    const struct profile_function *f = &s->p->functions[hidden];
    double known = 0, scale = 1, pending = 0;
    size_t i;

    for (i = 0; i < f->ncallers; i++)
        if (is_share(hidden, &f->callers[i]))
            known += f->callers[i].tt;
    if (known > f->tt)
        scale = f->tt / known;
    for (i = 0; i < f->ncallers; i++) {
        const struct profile_caller *c = &f->callers[i];
        struct amounts all = {.tt = scale * c->tt};

        if (!is_share(hidden, c))
            continue;
        if (!s->h->hidden[c->function]) {
            own[c->function] += all.tt;
            continue;
        }
        start_with(s, c->function, &all);
        pending += all.tt;
    }
    if (scale < 1)
        return pending;
    start_with(s, hidden, &(struct amounts){.tt = f->tt - known});
    return pending + f->tt - known;
}

static void pass_own_times(struct callers *s, double *own)
{
    struct amounts start = {0};
    uint32_t i;
    size_t j;

    for (i = 0; i < s->p->nfunctions; i++)
        if (s->h->hidden[i] && s->p->functions[i].is_row)
            start.tt += start_own_time(s, i, own);
    pass_all_up(s, &start);
    for (j = 0; j < s->nreached; j++) {
        own[s->reached[j]] += s->got[s->reached[j]].tt;
        s->got[s->reached[j]] = (struct amounts){0};
    }
    s->nreached = 0;
}

/* The callers of F, which stays: those that stay, and for the others those that stand for them. */
static int pass_callers(struct callers *s, uint32_t f, double folded)
{
    const struct profile_function *row = &s->p->functions[f];
    struct amounts start = {0};
    double total = 0;
    size_t j, first = s->after.n;

    for (j = 0; j < row->ncallers; j++) {
        const struct profile_caller *c = &row->callers[j];
        struct amounts all = {(long double)c->nc, (long double)c->cc, c->tt, c->ct};
        struct flow *flow;

        if (s->h->hidden[c->function]) {
            start_with(s, c->function, &all);
            add_share(&start, &all, 1);
            continue;
        }
        flow = flows_at(&s->after, c->function, f);
        if (!flow)
            return -1;
        flow->nc += all.nc;
        flow->cc += all.cc;
        flow->tt += all.tt;
        flow->ct += all.ct;
    }
    pass_all_up(s, &start);
    for (j = 0; j < s->nreached; j++) {
        struct amounts *got = &s->got[s->reached[j]];
        struct flow *flow = flows_at(&s->after, s->reached[j], f);

        if (!flow)
            return -1;
        flow->nc += got->nc;
        flow->cc += got->cc;
        flow->tt += got->tt;
        flow->ct += got->ct;
        *got = (struct amounts){0};
    }
    s->nreached = 0;
    for (j = first; j < s->after.n; j++)
        total += s->after.items[j].ct;
    for (j = first; j < s->after.n && total > 0; j++)
        s->after.items[j].tt += folded * s->after.items[j].ct / total;
    return 0;
}

static void store_rows(struct callers *s, const double *own)
{
    struct profile_function *rest = &s->p->functions[s->h->rest];
    uint32_t i;

    for (i = 0; i < s->p->nfunctions; i++) {
        struct profile_function *row = &s->p->functions[i];

        if (i == s->h->rest || !row->is_row)
            continue;
        if (s->h->hidden[i]) {
            double calls = (double)row->nc * s->nobody[i];

            rest->nc += flows_count(calls, row->nc);
            rest->ct += row->ct * s->nobody[i];
            row->is_row = false;
            rest->is_row |= calls > 0;
            continue;
        }
        row->tt += own[i];
        if (row->ct < row->tt)
            row->ct = row->tt;
    }
    rest->cc = rest->nc;
    rest->tt = own[s->h->rest];
    rest->is_row |= rest->tt > 0;
    if (rest->ct < rest->tt)
        rest->ct = rest->tt;
}

static int fold(struct callers *s, double *own)
{
    uint32_t i;

    for (i = 0; i < s->p->nfunctions; i++)
        if (s->h->hidden[i])
            s->nobody[i] = share_of_nobody(s, i);
    pass_own_times(s, own);
    for (i = 0; i < s->p->nfunctions; i++)
        if (!s->h->hidden[i] && s->p->functions[i].is_row && pass_callers(s, i, own[i]) < 0)
            return -1;
    for (i = 0; i < s->after.n; i++)
        if (s->after.items[i].caller == s->h->rest)
            s->p->functions[s->h->rest].is_row = true;
    store_rows(s, own);
    return flows_store(&s->after, s->p);
}

int hide_by_callers(const struct hide_fold *h)
{
    size_t n = h->profile->nfunctions + 1;
    struct callers s = {.h = h, .p = h->profile};
    double *own = calloc(n, sizeof(*own));
    int result = -1;

    s.nobody = calloc(n, sizeof(*s.nobody));
    s.pending = calloc(n, sizeof(*s.pending));
    s.todo = calloc(n, sizeof(*s.todo));
    s.next = calloc(n, sizeof(*s.next));
    s.got = calloc(n, sizeof(*s.got));
    s.reached = calloc(n, sizeof(*s.reached));
    if (own && s.nobody && s.pending && s.todo && s.next && s.got && s.reached)
        result = fold(&s, own);
    free(own);
    free(s.nobody);
    free(s.pending);
    free(s.todo);
    free(s.next);
    free(s.got);
    free(s.reached);
    flows_free(&s.after);
    return result;
}
