#include "report/hide_contexts.h"

#include "report/merge_tail.h"

#include <stdlib.h>

/* ---- figures of threads ---- */

/* Of one function, in the nodes of a thread that stay. */
struct own {
    uint64_t calls;
    double tt;
};

/* Adds up OWN, by function, of thread I, or sets it back to zero. */
static void add_own(const struct hide_contexts *c, size_t i, struct own *own, bool clear)
{
    const struct profile_thread *thread = &c->t->threads[i];
    size_t j;

    for (j = thread->first_node; j < (size_t)thread->first_node + thread->nodes; j++) {
        struct own *to;

        if (hide_is_root(c, j) || c->at[j] != j)
            continue;
        to = &own[c->t->symbols[c->t->nodes[j].symbol].function];
        to->calls = clear ? 0 : to->calls + c->t->nodes[j].calls;
        to->tt = clear ? 0 : to->tt + c->t->nodes[j].self;
    }
}

/* What is left of ROW. */
static struct profile_thread_row shrink(const struct hide_function *f,
                                        struct profile_thread_row row, struct own own)
{
    if (f->kept_calls < f->calls) {
        long double cc = (long double)row.cc * (f->kept_calls / f->calls);

        row.cc = (uint64_t)flows_count(cc, (profile_count)own.calls);
        row.ct *= hide_share(f);
    }
    if (row.ct < own.tt)
        row.ct = own.tt;
    return row;
}

/* What thread I has of what was left over; false: nothing. */
static bool take_rest(const struct hide_contexts *c, size_t i, struct profile_thread_row *rest)
{
    const struct profile_thread *thread = &c->t->threads[i];
    bool found = false;
    size_t j;

    *rest = (struct profile_thread_row){.thread = (uint32_t)i, .function = c->h->rest};
    for (j = thread->first_node; j < (size_t)thread->first_node + thread->nodes; j++) {
        if (hide_is_root(c, j) || c->at[j] != j || c->t->nodes[j].symbol != c->rest)
            continue;
        found = true;
        rest->cc += c->t->nodes[j].calls;
        rest->ct += c->inclusive[j];
    }
    return found;
}

/* Rows of functions that go, go; what was left over gets its own. ROWS has room for all; returns
   how many there are. */
static size_t shrink_all(const struct hide_contexts *c, struct profile_thread_row *rows,
                         struct own *own)
{
    const struct profile_tail *t = c->t;
    size_t i, from = 0, n = 0;

    for (i = 0; i < t->nthreads; i++) {
        add_own(c, i, own, false);
        for (; from < t->nthread_rows && t->thread_rows[from].thread == i; from++) {
            uint32_t function = t->thread_rows[from].function;

            if (c->p->functions[function].is_row)
                rows[n++] = shrink(&c->of[function], t->thread_rows[from], own[function]);
        }
        add_own(c, i, own, true);
        n += take_rest(c, i, &rows[n]);
    }
    return n;
}

/* A row of which a part goes has the sums of what its threads keep, rounded; cumulative time is
   never less than own time in any thread. */
static void add_to_table(struct hide_contexts *c)
{
    size_t i;

    for (i = 0; i < c->t->nthread_rows; i++) {
        const struct profile_thread_row *row = &c->t->thread_rows[i];

        c->of[row->function].thread_cc += (profile_count)row->cc;
        c->of[row->function].thread_ct += row->ct;
    }
    for (i = 0; i < c->p->nfunctions; i++) {
        const struct hide_function *f = &c->of[i];
        struct profile_function *row = &c->p->functions[i];
        bool in_part = f->kept_calls < f->calls;

        if (in_part)
            row->cc = f->thread_cc < row->nc ? f->thread_cc : row->nc;
        if (in_part || f->thread_ct > row->ct)
            row->ct = f->thread_ct;
    }
}

static int store_thread_rows(struct hide_contexts *c)
{
    struct profile_tail *t = c->t;
    struct profile_thread_row *rows;
    struct own *own;

    if (t->nthread_rows == 0)
        return 0;
    rows = calloc(t->nthread_rows + t->nthreads + 1, sizeof(*rows));
    own = calloc(c->p->nfunctions + 1, sizeof(*own));
    if (!rows || !own) {
        free(rows);
        free(own);
        return -1;
    }
    t->nthread_rows = shrink_all(c, rows, own);
    free(own);
    free(t->thread_rows);
    t->thread_rows = rows;
    add_to_table(c);
    return 0;
}

/* ---- nodes and symbols ---- */

/* Takes the nodes out that went, and renumbers. A home that a damaged file has elsewhere is none.
 */
static void compact_nodes(struct hide_contexts *c)
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
            bool is_link = node.flags & PROFILE_NODE_LINK && moved[node.home] != HIDE_NONE &&
                           !(t->nodes[moved[node.home]].flags & PROFILE_NODE_LINK);

            moved[j] = HIDE_NONE;
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
static int compact_symbols(struct hide_contexts *c)
{
    struct profile_tail *t = c->t;
    bool *kept = calloc(t->nsymbols + 1, sizeof(*kept));
    size_t i;
    int result;

    for (i = 0; i < t->nsymbols && kept; i++)
        kept[i] = c->p->functions[t->symbols[i].function].is_row;
    result = kept ? tail_keep_symbols(t, kept) : -1;
    free(kept);
    return result;
}

int hide_store_tail(struct hide_contexts *c)
{
    if (store_thread_rows(c) < 0)
        return -1;
    compact_nodes(c);
    return compact_symbols(c);
}
