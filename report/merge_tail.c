#include "report/merge_tail.h"

#include "format/tail.h"

#include <stdlib.h>
#include <string.h>

/* Makes room for MORE items behind the N of the array that the pointer at ITEMS points to. */
static int grow(void *items, size_t n, size_t more, size_t size)
{
    void *moved;

    if (more == 0)
        return 0;
    if (n + more >= UINT32_MAX)
        return -1;                        /* indexes have 32 bits */
    memcpy(&moved, items, sizeof(moved)); /* whatever it is a pointer to */
    moved = reallocarray(moved, n + more, size);
    if (!moved)
        return -1;
    memcpy(items, &moved, sizeof(moved));
    return 0;
}

static int grow_all(struct profile_tail *t, const struct profile_tail *more)
{
    return grow(&t->modules, t->nmodules, more->nmodules, sizeof(*t->modules)) ||
                   grow(&t->symbols, t->nsymbols, more->nsymbols, sizeof(*t->symbols)) ||
                   grow(&t->threads, t->nthreads, more->nthreads, sizeof(*t->threads)) ||
                   grow(&t->nodes, t->nnodes, more->nnodes, sizeof(*t->nodes)) ||
                   grow(&t->thread_rows, t->nthread_rows, more->nthread_rows,
                        sizeof(*t->thread_rows)) ||
                   grow(&t->notes, t->nnotes, more->nnotes, sizeof(*t->notes))
               ? -1
               : 0;
}

/* Renumbers T, which is to stand behind BEFORE. */
static void renumber(struct profile_tail *t, const struct profile_tail *before)
{
    size_t i;

    for (i = 0; i < t->nsymbols; i++)
        if (t->symbols[i].module != UINT32_MAX)
            t->symbols[i].module += (uint32_t)before->nmodules;
    for (i = 0; i < t->nthreads; i++) {
        t->threads[i].first_node += (uint32_t)before->nnodes;
        if (t->threads[i].flags & PROFILE_THREAD_SIGNAL)
            t->threads[i].interrupts += (uint32_t)before->nthreads;
    }
    for (i = 0; i < t->nnodes; i++) {
        if (t->nodes[i].symbol != PROFILE_NO_FUNCTION)
            t->nodes[i].symbol += (uint32_t)before->nsymbols;
        t->nodes[i].parent += (uint32_t)before->nnodes;
        t->nodes[i].home += (uint32_t)before->nnodes;
    }
    for (i = 0; i < t->nthread_rows; i++)
        t->thread_rows[i].thread += (uint32_t)before->nthreads;
}

/* Moves N items, which TO has room for, and what hangs on them; *FROM has none then. */
static void move(void *to, size_t *nto, const void *from, size_t *nfrom, size_t size)
{
    if (*nfrom)
        memcpy((char *)to + *nto * size, from, *nfrom * size);
    *nto += *nfrom;
    *nfrom = 0;
}

static void append(struct profile_tail *t, struct profile_tail *more)
{
    t->process.elapsed += more->process.elapsed;
    t->process.measured += more->process.measured;
    t->process.removed += more->process.removed;
    renumber(more, t);
    move(t->modules, &t->nmodules, more->modules, &more->nmodules, sizeof(*t->modules));
    move(t->symbols, &t->nsymbols, more->symbols, &more->nsymbols, sizeof(*t->symbols));
    move(t->threads, &t->nthreads, more->threads, &more->nthreads, sizeof(*t->threads));
    move(t->nodes, &t->nnodes, more->nodes, &more->nnodes, sizeof(*t->nodes));
    move(t->thread_rows, &t->nthread_rows, more->thread_rows, &more->nthread_rows,
         sizeof(*t->thread_rows));
    move(t->notes, &t->nnotes, more->notes, &more->nnotes, sizeof(*t->notes));
}

int tail_merge(struct profile_tail **into, struct profile_tail **more, const uint32_t *rows)
{
    struct profile_tail *t = *more;
    size_t i;

    if (*into && grow_all(*into, t) < 0)
        return -1;
    for (i = 0; i < t->nsymbols; i++)
        if (t->symbols[i].function != PROFILE_NO_FUNCTION)
            t->symbols[i].function = rows[t->symbols[i].function];
    for (i = 0; i < t->nthread_rows; i++)
        t->thread_rows[i].function = rows[t->thread_rows[i].function];
    if (*into) {
        append(*into, t);
        tail_free(t);
    } else {
        *into = t;
    }
    *more = NULL;
    return 0;
}

static bool has_calls(const struct profile_tail *t, const struct profile_thread *thread)
{
    size_t i;

    for (i = 0; i < thread->nodes; i++)
        if (t->nodes[thread->first_node + i].calls > 0)
            return true;
    return false;
}

void tail_give_rows(struct profile_tail *t, struct profile_thread_row *rows, size_t n)
{
    size_t i, only = 0, callers = 0;

    for (i = 0; i < t->nthreads && t->nthread_rows == 0; i++) {
        if (!has_calls(t, &t->threads[i]))
            continue;
        only = i;
        callers++;
    }
    if (callers != 1) {
        free(rows);
        return;
    }
    for (i = 0; i < n; i++)
        rows[i].thread = (uint32_t)only;
    free(t->thread_rows);
    t->thread_rows = rows;
    t->nthread_rows = n;
}

int tail_keep_symbols(struct profile_tail *t, const bool *kept)
{
    uint32_t *moved = calloc(t->nsymbols + 1, sizeof(*moved));
    size_t i, n = 0;

    if (!moved)
        return -1;
    for (i = 0; i < t->nsymbols; i++) {
        moved[i] = kept[i] ? (uint32_t)n : PROFILE_NO_FUNCTION;
        if (kept[i])
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
