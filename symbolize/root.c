#include "symbolize/root.h"

#include <stdlib.h>
#include <string.h>

#include "symbolize/memory.h"

#define ENOUGH 1e-5 /* s that a root must last for tuna to see it */

static bool has_root(const struct profile *p)
{
    for (size_t i = 0; i < p->nfunctions; i++)
        if (p->functions[i].ncallers == 0 && p->functions[i].ct > ENOUGH)
            return true;
    return false;
}

/* A thread's root, or a caller above. */
static bool is_outside(const struct profile_tail *tail, uint32_t node)
{
    return profile_node_function(tail, &tail->nodes[node]) == PROFILE_NO_FUNCTION;
}

/* Adds to EDGES, one for each function, what of it was called from outside. Such a call is not
   recursive: nothing is open then. Returns the cumulative time of all. */
static double add_outside(const struct profile_tail *tail, struct profile_caller *edges)
{
    uint32_t *top = memory_zeroed(tail->nnodes, sizeof *top); /* the node below the thread's root */
    double total = 0;
    for (size_t i = 0; i < tail->nnodes; i++) {
        const struct profile_node *node = &tail->nodes[i];
        if (is_outside(tail, (uint32_t)i))
            continue;
        bool is_top = is_outside(tail, node->parent);
        top[i] = is_top ? (uint32_t)i : top[node->parent];
        struct profile_caller *edge = &edges[tail->symbols[tail->nodes[top[i]].symbol].function];
        edge->ct += node->self;
        total += node->self;
        if (is_top) {
            edge->nc += node->calls;
            edge->cc += node->calls;
            edge->tt += node->self;
        }
    }
    free(top);
    return total;
}

static struct profile_string copy(const char *text)
{
    return (struct profile_string){.bytes = memory_text("%s", text), .size = strlen(text)};
}

static void add_caller(struct profile_function *f, const struct profile_caller *edge)
{
    f->callers = memory_grow(f->callers, f->ncallers + 1, sizeof *f->callers);
    f->callers[f->ncallers++] = *edge;
}

void root_add(struct profile *p)
{
    if (has_root(p))
        return;
    struct profile_caller *edges = memory_zeroed(p->nfunctions, sizeof *edges);
    double total = add_outside(p->tail, edges);
    if (total > ENOUGH) {
        uint32_t root = (uint32_t)p->nfunctions;
        for (uint32_t i = 0; i < root; i++) {
            edges[i].function = root;
            if (edges[i].nc > 0 || edges[i].ct > 0)
                add_caller(&p->functions[i], &edges[i]);
        }
        p->functions = memory_grow(p->functions, p->nfunctions + 1, sizeof *p->functions);
        p->functions[p->nfunctions++] = (struct profile_function){
            .file = copy("~"), .name = copy("<process>"), .is_row = true, .ct = total};
    }
    free(edges);
}
