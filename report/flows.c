#include "report/flows.h"

#include "format/array.h"

#include <stdlib.h>

struct flow *flows_at(struct flows *f, uint32_t caller, uint32_t callee)
{
    uint32_t key[2] = {caller, callee};
    uint32_t number = intern_add(&f->keys, key, sizeof(key));
    struct flow *items;

    if (number == INTERN_FAILED)
        return NULL;
    if (number < f->n)
        return &f->items[number];
    items = array_grow(f->items, &f->room, f->n + 1, sizeof(*items));
    if (!items)
        return NULL;
    f->items = items;
    f->items[f->n] = (struct flow){.caller = caller, .callee = callee};
    return &f->items[f->n++];
}

profile_count flows_count(long double calls, profile_count most)
{
    if (!(calls > 0))
        return 0;
    return calls < (long double)most ? (profile_count)(calls + 0.5L) : most;
}

static void store(struct profile_function *callee, const struct flow *flow)
{
    struct profile_caller c = {.function = flow->caller, .tt = flow->tt, .ct = flow->ct};

    c.nc = flows_count(flow->nc, callee->nc);
    c.cc = flows_count(flow->cc, c.nc);
    if (c.ct > callee->ct)
        c.ct = callee->ct;
    if (c.ct < c.tt)
        c.ct = c.tt;
    callee->callers[callee->ncallers++] = c;
}

int flows_store(const struct flows *f, struct profile *p)
{
    size_t *count = calloc(p->nfunctions + 1, sizeof(*count));
    size_t i;
    int result = count ? 0 : -1;

    for (i = 0; i < f->n && result == 0; i++)
        count[f->items[i].callee]++;
    for (i = 0; i < p->nfunctions && result == 0; i++) {
        struct profile_function *to = &p->functions[i];

        free(to->callers);
        to->ncallers = 0;
        to->callers = calloc(count[i] + 1, sizeof(*to->callers));
        if (!to->callers)
            result = -1;
    }
    for (i = 0; i < f->n && result == 0; i++)
        store(&p->functions[f->items[i].callee], &f->items[i]);
    free(count);
    return result;
}

void flows_free(struct flows *f)
{
    free(f->items);
    intern_free(&f->keys);
    *f = (struct flows){0};
}
