#include "report/diff.h"

#include "report/mann_whitney.h"
#include "report/match.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- the functions of a side ---- */

/* All functions of a side's runs, each once, and what they are in every run. */
struct functions {
    const struct row **rows; /* of the first run that has it */
    const struct model **models;
    const struct row **in_runs; /* [function * nruns + run]; NULL: not called there */
    size_t n, nruns;
};

static void functions_free(struct functions *f)
{
    free(f->rows);
    free(f->models);
    free(f->in_runs);
}

static int collect_run(const struct diff_side *side, size_t run, struct intern *names,
                       struct functions *f)
{
    const struct model *m = &side->runs[run].model;
    size_t i;

    for (i = 0; i < m->nrows; i++) {
        const struct profile_string *name = &m->rows[i].standard_name;
        uint32_t number = intern_add(names, name->bytes, name->size);

        if (number == INTERN_FAILED)
            return -1;
        if (number == f->n) {
            f->rows[f->n] = &m->rows[i];
            f->models[f->n++] = m;
        }
        f->in_runs[number * f->nruns + run] = &m->rows[i];
    }
    return 0;
}

static int collect(const struct diff_side *side, struct functions *f)
{
    struct intern names = {0};
    size_t run, most = 1;
    int result = 0;

    for (run = 0; run < side->n; run++)
        most += side->runs[run].model.nrows;
    *f = (struct functions){.rows = calloc(most, sizeof(*f->rows)),
                            .models = calloc(most, sizeof(*f->models)),
                            .in_runs = calloc(most * side->n + 1, sizeof(*f->in_runs)),
                            .nruns = side->n};
    if (!f->rows || !f->models || !f->in_runs)
        result = -1;
    for (run = 0; run < side->n && result == 0; run++)
        result = collect_run(side, run, &names, f);
    intern_free(&names);
    return result;
}

/* ---- measurements ---- */

/* One function's, or the total's, in the runs of one side. */
struct sample {
    size_t n;
    double *tt, *ct;        /* s */
    profile_count *nc, *cc; /* unsorted all of them until median_of */
};

static void sample_free(struct sample *s)
{
    free(s->tt);
    free(s->ct);
    free(s->nc);
    free(s->cc);
}

static int sample_init(struct sample *s, size_t n)
{
    *s = (struct sample){.n = n,
                         .tt = calloc(n + 1, sizeof(*s->tt)),
                         .ct = calloc(n + 1, sizeof(*s->ct)),
                         .nc = calloc(n + 1, sizeof(*s->nc)),
                         .cc = calloc(n + 1, sizeof(*s->cc))};
    return s->tt && s->ct && s->nc && s->cc ? 0 : -1;
}

static void sample_set(struct sample *s, size_t run, profile_count nc, profile_count cc, double tt,
                       double ct)
{
    s->nc[run] = nc;
    s->cc[run] = cc;
    s->tt[run] = isfinite(tt) ? tt : 0;
    s->ct[run] = isfinite(ct) ? ct : 0;
}

static void sample_function(struct sample *s, const struct functions *f, size_t function)
{
    size_t run;

    for (run = 0; run < s->n; run++) {
        const struct row *row =
            function == MATCH_NONE ? NULL : f->in_runs[function * f->nruns + run];

        if (row)
            sample_set(s, run, row->nc, row->cc, row->tt, row->ct);
        else
            sample_set(s, run, 0, 0, 0, 0);
    }
}

static void sample_totals(struct sample *s, const struct diff_side *side)
{
    size_t run;

    for (run = 0; run < s->n; run++) {
        const struct model *m = &side->runs[run].model;

        sample_set(s, run, m->total_calls, m->primitive_calls, m->total_tt, 0);
    }
}

static int compare_times(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static int compare_counts(const void *a, const void *b)
{
    profile_count x = *(const profile_count *)a, y = *(const profile_count *)b;

    return (x > y) - (x < y);
}

static double median_time(double *times, size_t n)
{
    qsort(times, n, sizeof(*times), compare_times);
    return (times[(n - 1) / 2] + times[n / 2]) / 2;
}

static profile_count median_count(profile_count *counts, size_t n)
{
    qsort(counts, n, sizeof(*counts), compare_counts);
    return counts[(n - 1) / 2]; /* a count that occurred */
}

static struct diff_numbers medians(struct sample *s)
{
    return (struct diff_numbers){median_count(s->nc, s->n), median_count(s->cc, s->n),
                                 median_time(s->tt, s->n), median_time(s->ct, s->n)};
}

/* Whether all of one side are above all of the other. The samples are sorted. */
static bool times_are_apart(const struct sample *a, const struct sample *b)
{
    return a->tt[a->n - 1] < b->tt[0] || b->tt[b->n - 1] < a->tt[0];
}

static bool counts_are_apart(const struct sample *a, const struct sample *b)
{
    return a->nc[a->n - 1] < b->nc[0] || b->nc[b->n - 1] < a->nc[0];
}

/* ---- what counts as a change ---- */

struct comparison {
    struct diff *diff;
    struct functions old, new;
    struct sample before, after;
    double total; /* s, the larger one */
    double *p;    /* of the functions that are tested */
    size_t *tested;
};

/* The variance of a sum of calls, none of which takes longer than LONGEST, is at most sum times
   longest (Bhatia and Davis, 2000): as if it were made of that many calls of that length. ROW may
   be NULL. In s^2; without the figures of cprof's own profiles, 0. */
static double variance(const struct row *row)
{
    if (!row || !row->figures.known || row->figures.min > row->figures.max)
        return 0;
    if (row->nc >= DIFF_MANY)
        return row->tt * row->figures.max;
    return row->tt * fmin(row->figures.max, DIFF_LONGEST);
}

/* A difference of times that would matter if it is not chance. Without an estimate of what chance
   does, it has to be large, and the same in all runs. The samples are sorted. */
static bool is_large(const struct comparison *c, double before, double after)
{
    double change = fabs(after - before);

    if (c->diff->estimated)
        return change > DIFF_FLOOR * c->total;
    return change > DIFF_SHARE * c->total && change > DIFF_RATIO * fmin(before, after) &&
           times_are_apart(&c->before, &c->after);
}

/* Whether single calls that took long, for whatever reason, could have made the change. */
static bool may_be_few_calls(const struct diff_function *f)
{
    double change = fabs(f->after.tt - f->before.tt);

    return change <= DIFF_SIGMAS * sqrt(variance(f->old) + variance(f->new));
}

static double probability(struct comparison *c)
{
    return mann_whitney(c->before.tt, c->before.n, c->after.tt, c->after.n);
}

static void compare_totals(struct comparison *c, const struct diff_side *old,
                           const struct diff_side *new)
{
    struct diff *d = c->diff;

    sample_totals(&c->before, old);
    sample_totals(&c->after, new);
    d->before = medians(&c->before);
    d->after = medians(&c->after);
    c->total = fmax(d->before.tt, d->after.tt);
    d->total_changed =
        is_large(c, d->before.tt, d->after.tt) && (!d->estimated || probability(c) <= DIFF_LEVEL);
}

/* OLD, NEW: indexes into the functions of the sides, or MATCH_NONE. */
static void compare_function(struct comparison *c, size_t old, size_t new)
{
    struct diff *d = c->diff;
    struct diff_function *f = &d->functions[d->n];

    sample_function(&c->before, &c->old, old);
    sample_function(&c->after, &c->new, new);
    *f = (struct diff_function){.before = medians(&c->before), .after = medians(&c->after)};
    if (old != MATCH_NONE) {
        f->old = c->old.rows[old];
        f->old_model = c->old.models[old];
    }
    if (new != MATCH_NONE) {
        f->new = c->new.rows[new];
        f->new_model = c->new.models[new];
    }
    f->calls_changed = counts_are_apart(&c->before, &c->after);
    f->time_changed =
        is_large(c, f->before.tt, f->after.tt) && (d->estimated || !may_be_few_calls(f));
    if (d->estimated && fmax(f->before.tt, f->after.tt) >= DIFF_TESTED * c->total) {
        c->tested[d->tested] = d->n;
        c->p[d->tested++] = probability(c);
    }
    d->n++;
}

/* What is not tested is too small to be large. */
static int judge(struct comparison *c)
{
    size_t i;

    if (mann_whitney_holm(c->p, c->diff->tested) < 0)
        return -1;
    for (i = 0; i < c->diff->tested; i++)
        c->diff->functions[c->tested[i]].time_changed &= c->p[i] <= DIFF_LEVEL;
    return 0;
}

static int compare_functions(struct comparison *c)
{
    size_t *partners = calloc(c->old.n + 1, sizeof(*partners));
    bool *taken = calloc(c->new.n + 1, sizeof(*taken));
    size_t i;
    int result = partners && taken ? 0 : -1;

    if (result == 0)
        result = match_functions(c->old.rows, c->old.n, c->new.rows, c->new.n, partners);
    for (i = 0; i < c->old.n && result == 0; i++) {
        compare_function(c, i, partners[i]);
        if (partners[i] != MATCH_NONE)
            taken[partners[i]] = true;
    }
    for (i = 0; i < c->new.n &&result == 0; i++)
        if (!taken[i])
            compare_function(c, MATCH_NONE, i);
    free(partners);
    free(taken);
    return result == 0 ? judge(c) : -1;
}

/* ---- all of it ---- */

/* By the change of tottime, then of calls; equal ones by their names. */
static int compare_changes(const void *x, const void *y)
{
    const struct diff_function *a = x, *b = y;
    double tt_a = fabs(a->after.tt - a->before.tt), tt_b = fabs(b->after.tt - b->before.tt);
    profile_count nc_a = a->after.nc - a->before.nc, nc_b = b->after.nc - b->before.nc;

    nc_a = nc_a < 0 ? -nc_a : nc_a;
    nc_b = nc_b < 0 ? -nc_b : nc_b;
    if (tt_a != tt_b)
        return tt_a > tt_b ? -1 : 1;
    if (nc_a != nc_b)
        return nc_a > nc_b ? -1 : 1;
    return sort_compare_keys(diff_row(a), diff_row(b));
}

static int prepare(struct comparison *c, const struct diff_side *old, const struct diff_side *new)
{
    size_t n;

    if (collect(old, &c->old) < 0 || collect(new, &c->new) < 0 ||
        sample_init(&c->before, old->n) < 0 || sample_init(&c->after, new->n) < 0)
        return -1;
    n = c->old.n + c->new.n + 1;
    c->diff->functions = calloc(n, sizeof(*c->diff->functions));
    c->p = calloc(n, sizeof(*c->p));
    c->tested = calloc(n, sizeof(*c->tested));
    return c->diff->functions && c->p && c->tested ? 0 : -1;
}

int diff_make(const struct diff_side *old, const struct diff_side *new, struct diff *out)
{
    struct comparison c = {.diff = out};
    int result;

    *out = (struct diff){.estimated = old->n >= DIFF_RUNS && new->n >= DIFF_RUNS};
    result = prepare(&c, old, new);
    if (result == 0) {
        compare_totals(&c, old, new);
        result = compare_functions(&c);
    }
    if (result == 0)
        qsort(out->functions, out->n, sizeof(*out->functions), compare_changes);
    else
        diff_free(out);
    functions_free(&c.old);
    functions_free(&c.new);
    sample_free(&c.before);
    sample_free(&c.after);
    free(c.p);
    free(c.tested);
    return result;
}

void diff_free(struct diff *d)
{
    free(d->functions);
    *d = (struct diff){0};
}

/* ---- who calls ---- */

static bool is_same(const struct row *a, const struct row *b)
{
    return a && b && a->standard_name.size == b->standard_name.size &&
           memcmp(a->standard_name.bytes, b->standard_name.bytes, a->standard_name.size) == 0;
}

/* The calls of CALLEE, a row of M, that a function of M with the name of CALLER made. */
static profile_count calls_from(const struct model *m, const struct row *callee,
                                const struct row *caller)
{
    size_t i;

    for (i = 0; callee && caller && i < callee->ncallers; i++)
        if (is_same(model_function(m, callee->callers[i].key), caller))
            return callee->callers[i].nc;
    return 0;
}

const struct row *diff_caller(const struct diff *d, const struct diff_function *f,
                              profile_count *before, profile_count *after)
{
    profile_count all = (f->new ? f->new->nc : 0) - (f->old ? f->old->nc : 0);
    size_t i;

    for (i = 0; i < d->n; i++) {
        const struct diff_function *g = &d->functions[i];

        *before = calls_from(f->old_model, f->old, g->old);
        *after = calls_from(f->new_model, f->new, g->new);
        if (all > 0 ? *after - *before > all / 2 : *after - *before < all / 2)
            return diff_row(g);
    }
    return NULL;
}
