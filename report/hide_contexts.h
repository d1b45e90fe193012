/*
 * hide_contexts.h - what is known while calling contexts are folded (hide_fold.h).
 */
#ifndef CPROF_REPORT_HIDE_CONTEXTS_H
#define CPROF_REPORT_HIDE_CONTEXTS_H

#include "report/flows.h"
#include "report/hide_fold.h"

/* Of one function, over its nodes. Shares of what a function has are told by these. */
struct hide_function {
    long double calls, kept_calls;
    double inclusive, kept_inclusive; /* s, of the nodes with all below them */
    double self;                      /* s, with what was folded into it */
    bool has_nodes, is_kept;
    profile_count thread_cc; /* sums of what the threads' figures say */
    double thread_ct;
};

#define HIDE_NONE UINT32_MAX

struct hide_contexts {
    const struct hide_fold *h;
    struct profile *p;
    struct profile_tail *t;
    uint32_t *function;       /* by node, as it was; HIDE_NONE: a root */
    double *inclusive;        /* by node, as it was */
    double *kept;             /* by node: the share of its calls that stay, 0 to 1 */
    uint32_t *at;             /* by node: the node that has its time now; itself, if it stays */
    uint32_t rest;            /* symbol of the function for what is left over */
    struct hide_function *of; /* by function */
    struct flows before; /* calls and inclusive time of nodes; cc and (in tt) ct of the table */
    struct flows after;
};

static inline bool hide_is_root(const struct hide_contexts *c, size_t node)
{
    return c->function[node] == HIDE_NONE;
}

/* The share of a function's cumulative time that stays. */
static inline double hide_share(const struct hide_function *f)
{
    if (f->inclusive > 0)
        return f->kept_inclusive / f->inclusive;
    return f->calls > 0 ? (double)(f->kept_calls / f->calls) : 1;
}

/* Rewrites the tail, figures of threads, nodes, symbols, by what has been decided; and rows that
   must be the sums of figures of threads. -1: memory is out. */
int hide_store_tail(struct hide_contexts *c);

#endif
