/*
 * flows.h - sums by caller and callee, while calls are given to other callers (hide.h).
 */
#ifndef CPROF_REPORT_FLOWS_H
#define CPROF_REPORT_FLOWS_H

#include "format/intern.h"
#include "format/profile.h"

/* Shares of counts are fractions until the end; a long double holds any 64-bit count exactly. */
struct flow {
    uint32_t caller, callee; /* functions of a profile */
    long double nc, cc;
    double tt, ct; /* s */
};

/* All zero: empty. */
struct flows {
    struct flow *items; /* in the order in which they were asked for first */
    size_t n, room;
    struct intern keys;
};

/* The sums of CALLER and CALLEE, zero at first; valid until the next call. NULL: no memory. */
struct flow *flows_at(struct flows *f, uint32_t caller, uint32_t callee);

/* Makes FLOWS the callers of all functions of P, in place of those that they have. A caller's
   numbers stay within what makes sense: cc to nc, ct from tt up to the function's. -1: memory is
   out. */
int flows_store(const struct flows *f, struct profile *p);

/* A share of calls as a count, from 0 to MOST. */
profile_count flows_count(long double calls, profile_count most);

void flows_free(struct flows *f);

#endif
