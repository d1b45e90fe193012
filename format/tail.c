#include "format/tail.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

struct fault {
    const char *record;
    size_t index;
    const char *text; /* NULL: none */
};

#define NO_FAULT ((struct fault){0})

static struct fault check_process(const struct profile_process *p)
{
    const double times[] = {p->ticks_per_second, p->elapsed,  p->overhead_inner,
                            p->overhead_outer,   p->measured, p->removed};
    for (size_t i = 0; i < sizeof times / sizeof *times; i++)
        if (!isfinite(times[i]))
            return (struct fault){"process", 0, "time that is not finite"};
    return NO_FAULT;
}

static struct fault check_modules(const struct profile_tail *tail)
{
    for (size_t i = 0; i < tail->nmodules; i++)
        if (tail->modules[i].id_size > sizeof tail->modules[i].id)
            return (struct fault){"module", i, "build-id too long"};
    return NO_FAULT;
}

static struct fault check_symbols(const struct profile_tail *tail, size_t nfunctions)
{
    for (size_t i = 0; i < tail->nsymbols; i++) {
        const struct profile_symbol *s = &tail->symbols[i];
        bool is_above = s->function == PROFILE_NO_FUNCTION;
        if (is_above != (s->above.file.bytes != NULL) || (!is_above && s->function >= nfunctions))
            return (struct fault){"symbol", i, "no such function"};
        if (s->module >= tail->nmodules && s->module != UINT32_MAX)
            return (struct fault){"symbol", i, "no such module"};
    }
    return NO_FAULT;
}

/* Node I of a thread whose nodes begin with FIRST. */
static const char *check_node(const struct profile_tail *tail, size_t i, size_t first)
{
    const struct profile_node *n = &tail->nodes[i];
    if (n->symbol >= tail->nsymbols && n->symbol != PROFILE_NO_FUNCTION)
        return "no such symbol";
    if (n->parent < first || n->parent > i)
        return "its parent does not stand before it in its thread";
    if ((n->parent == i) != (n->symbol == PROFILE_NO_FUNCTION))
        return "is its own parent and no root, or the other way round";
    bool is_link = n->flags & PROFILE_NODE_LINK;
    if (is_link && (n->home < first || n->home >= i))
        return "its home does not stand before it in its thread";
    if (is_link && tail->nodes[n->home].flags & PROFILE_NODE_LINK)
        return "its home is itself a link";
    if (!is_link && n->home != i)
        return "has a home, but is no link";
    if (n->inlined > n->calls)
        return "more inlined calls than calls";
    if (!isfinite(n->self) || !isfinite(n->removed) || !isfinite(n->min) || !isfinite(n->max))
        return "time that is not finite";
    return NULL;
}

static struct fault check_threads(const struct profile_tail *tail)
{
    size_t next = 0;
    for (size_t i = 0; i < tail->nthreads; i++) {
        const struct profile_thread *t = &tail->threads[i];
        if (t->flags & PROFILE_THREAD_SIGNAL && t->interrupts >= tail->nthreads)
            return (struct fault){"thread", i, "interrupts no thread"};
        if ((t->earlier != 0) != (t->start.bytes != NULL))
            return (struct fault){"thread", i, "began with no function"};
        if (t->first_node != next || t->nodes > tail->nnodes - next)
            return (struct fault){"thread", i, "its nodes do not follow the previous thread's"};
        for (size_t j = next; j < next + t->nodes; j++) {
            const char *text = check_node(tail, j, next);
            if (text)
                return (struct fault){"node", j, text};
        }
        next += t->nodes;
    }
    if (next != tail->nnodes)
        return (struct fault){"node", next, "belongs to no thread"};
    return NO_FAULT;
}

static struct fault check_thread_rows(const struct profile_tail *tail, size_t nfunctions)
{
    for (size_t i = 0; i < tail->nthread_rows; i++) {
        const struct profile_thread_row *r = &tail->thread_rows[i];
        if (r->thread >= tail->nthreads)
            return (struct fault){"thread's row", i, "no such thread"};
        if (i > 0 && r->thread < r[-1].thread)
            return (struct fault){"thread's row", i, "stands behind a later thread's"};
        if (r->function >= nfunctions)
            return (struct fault){"thread's row", i, "no such function"};
        if (!isfinite(r->ct))
            return (struct fault){"thread's row", i, "time that is not finite"};
    }
    return NO_FAULT;
}

int tail_check(const struct profile_tail *tail, size_t nfunctions, char fault[TAIL_FAULT_SIZE])
{
    struct fault f = check_process(&tail->process);
    if (!f.text)
        f = check_modules(tail);
    if (!f.text)
        f = check_symbols(tail, nfunctions);
    if (!f.text)
        f = check_threads(tail);
    if (!f.text)
        f = check_thread_rows(tail, nfunctions);
    if (!f.text)
        return 0;
    snprintf(fault, TAIL_FAULT_SIZE, "%s %zu: %s", f.record, f.index, f.text);
    return -1;
}

void tail_free_symbol(struct profile_symbol *s)
{
    free(s->name.bytes);
    free(s->above.file.bytes);
    free(s->above.name.bytes);
}

void tail_free(struct profile_tail *tail)
{
    if (!tail)
        return;
    for (size_t i = 0; i < tail->nmodules; i++) {
        free(tail->modules[i].path.bytes);
        free(tail->modules[i].lack.name.bytes);
    }
    for (size_t i = 0; i < tail->nsymbols; i++)
        tail_free_symbol(&tail->symbols[i]);
    for (size_t i = 0; i < tail->nthreads; i++) {
        free(tail->threads[i].name.bytes);
        free(tail->threads[i].start.bytes);
    }
    free(tail->process.command.bytes);
    free(tail->modules);
    free(tail->symbols);
    free(tail->threads);
    free(tail->nodes);
    free(tail->thread_rows);
    free(tail->notes);
    free(tail);
}
