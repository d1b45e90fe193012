#include "symbolize/fold.h"

#include <stdlib.h>
#include <string.h>

#include "format/intern.h"
#include "symbolize/map.h"
#include "symbolize/memory.h"
#include "symbolize/tail.h"
#include "symbolize/ticks.h"

/* Of one function, or of one edge. Times are in ticks. */
struct sums {
    /* Over all contexts in the tree that is being added. */
    profile_count calls;
    profile_count recursive; /* calls that are not primitive; less than 0 after a fork */
    double self;             /* the hooks' own time taken out */
    double total;            /* cumulative, as measured */
    double inside;           /* hook pairs inside of it */
    bool is_open;            /* there is any of this */
    /* Over all trees before, as pstats has them. */
    struct profile_caller result;
};

struct edge {
    uint32_t caller, callee; /* functions */
    struct sums sums;
};

struct fold {
    const struct raw_image *image;
    const struct symbol *symbols;
    struct map symbol_of; /* by address */
    struct profile *out;
    struct sums *functions;
    struct edge *edges;
    size_t nedges, edges_room;
    struct map edge_of;   /* by caller << 32 | callee */
    uint8_t *seen_levels; /* a bit for each level number */
    double inner, outer;  /* ticks that a hook pair costs */
    double second;        /* ticks */
    uint64_t end;         /* ticks */
    double measured;      /* ticks of self time, the hooks' own included */
    double self;          /* the same without */
    size_t thread_rows_room;
};

struct symbol *fold_symbols(const struct raw_image *image, size_t *n)
{
    struct map known = {0};
    struct symbol *symbols = NULL;
    size_t room = 0;
    *n = 0;
    for (const struct raw_tree *t = image->trees; t < image->trees + image->ntrees; t++) {
        for (uint32_t i = 1; i < t->nnodes; i++) {
            uint64_t address = t->nodes[i].raw->fn;
            if (map_add(&known, address, (uint32_t)*n) != *n)
                continue;
            if (*n == room)
                symbols = memory_grow(symbols, room = room ? 2 * room : 64, sizeof *symbols);
            symbols[(*n)++] = (struct symbol){.address = address, .module = SYMBOL_NO_MODULE};
        }
    }
    map_free(&known);
    return symbols;
}

/* ---- functions ---- */

static struct profile_string copy(const char *text)
{
    size_t size = strlen(text);
    char *bytes = memory_grow(NULL, size + 1, 1);
    memcpy(bytes, text, size + 1);
    return (struct profile_string){.bytes = bytes, .size = size};
}

/* Numbers the symbols; says of each whether it was called, or stood above only. For free(). */
static bool *called_symbols(struct fold *f, size_t n)
{
    bool *is_called = memory_zeroed(n, sizeof *is_called);
    for (size_t i = 0; i < n; i++)
        map_add(&f->symbol_of, f->symbols[i].address, (uint32_t)i);
    for (const struct raw_tree *t = f->image->trees; t < f->image->trees + f->image->ntrees; t++)
        for (uint32_t i = 1; i < t->nnodes; i++)
            if (!raw_tree_is_above(t, t->nodes[i].raw))
                is_called[map_add(&f->symbol_of, t->nodes[i].raw->fn, 0)] = true;
    return is_called;
}

/* Numbers the functions: two symbols of one file, line and name are one function. */
static void name_functions(struct fold *f, size_t n)
{
    bool *is_called = called_symbols(f, n);
    struct intern texts = {0}, functions = {0};
    struct profile *p = f->out;
    p->functions = memory_zeroed(n, sizeof *p->functions);
    p->tail->symbols = memory_zeroed(n, sizeof *p->tail->symbols);
    p->tail->nsymbols = n;
    for (size_t i = 0; i < n; i++) {
        const struct symbol *s = &f->symbols[i];
        struct profile_symbol *out = &p->tail->symbols[i];
        *out = (struct profile_symbol){.function = PROFILE_NO_FUNCTION,
                                       .module = s->module,
                                       .offset = s->offset,
                                       .name = copy(s->linkage)};
        if (!is_called[i]) {
            out->above = (struct profile_above){copy(s->file), copy(s->name), s->line};
            continue;
        }
        int64_t key[3] = {intern_add(&texts, s->file, strlen(s->file)), s->line,
                          intern_add(&texts, s->name, strlen(s->name))};
        uint32_t number = intern_add(&functions, key, sizeof key);
        if (number == INTERN_FAILED || key[0] == INTERN_FAILED || key[2] == INTERN_FAILED)
            memory_none();
        if (number == p->nfunctions)
            p->functions[p->nfunctions++] = (struct profile_function){
                .file = copy(s->file), .line = s->line, .name = copy(s->name), .is_row = true};
        out->function = number;
    }
    free(is_called);
    intern_free(&texts);
    intern_free(&functions);
}

static uint32_t symbol_of(struct fold *f, const struct raw_tree *t, uint32_t node)
{
    return map_add(&f->symbol_of, t->nodes[node].raw->fn, 0);
}

static uint32_t function_of(struct fold *f, const struct raw_tree *t, uint32_t node)
{
    return f->out->tail->symbols[symbol_of(f, t, node)].function;
}

/* ---- one tree ---- */

/* What the hooks cost is taken out of OWN (self ticks by node). */
static void take_out_overhead(const struct fold *f, const struct raw_tree *t, double *own)
{
    double *available = memory_zeroed(t->nnodes, sizeof *available); /* by home */
    double *calls_from = memory_zeroed(t->nnodes, sizeof *calls_from);
    for (uint32_t i = 1; i < t->nnodes; i++) {
        const struct raw_tree_node *node = &t->nodes[i];
        own[i] -= f->inner * (double)node->raw->calls;
        if (own[i] < 0)
            own[i] = 0;
        available[node->home] += own[i];
        calls_from[node->parent] += (double)node->raw->calls;
    }
    for (uint32_t i = 1; i < t->nnodes; i++) {
        uint32_t home = t->nodes[i].home;
        double cost = f->outer * calls_from[home];
        own[i] *= cost < available[home] ? 1 - cost / available[home] : 0;
    }
    free(available);
    free(calls_from);
}

/* A level is shared by all nodes of its function or edge; it is added for the first of them.
   Returns how many calls are open then. */
static uint32_t add_level(struct fold *f, const struct raw_tree *t, uint32_t number,
                          struct sums *to)
{
    uint8_t bit = (uint8_t)(1u << number % 8);
    if (number == 0 || (f->seen_levels[number / 8] & bit))
        return 0;
    f->seen_levels[number / 8] |= bit;
    const struct raw_level *level = raw_image_level(f->image, number);
    uint64_t total = level->total, inside = level->inside;
    to->recursive += level->recursive;
    if (level->level > 0) {
        total += ticks_end_of_thread(t->thread, f->end);
        inside += t->thread->enters;
        to->recursive += level->level - 1;
    }
    to->total += (int64_t)total > 0 ? (double)total : 0;
    to->inside += (int64_t)inside > 0 ? (double)inside : 0;
    return level->level;
}

static struct edge *edge_of(struct fold *f, uint32_t caller, uint32_t callee)
{
    uint32_t i = map_add(&f->edge_of, (uint64_t)caller << 32 | callee, (uint32_t)f->nedges);
    if (i < f->nedges)
        return &f->edges[i];
    if (f->nedges == f->edges_room) {
        f->edges_room = f->edges_room ? 2 * f->edges_room : 64;
        f->edges = memory_grow(f->edges, f->edges_room, sizeof *f->edges);
    }
    f->edges[f->nedges] = (struct edge){.caller = caller, .callee = callee};
    return &f->edges[f->nedges++];
}

/* Nobody: called from there, a function has no caller. */
static bool is_outside(const struct raw_tree *t, uint32_t node)
{
    return node == 0 || raw_tree_is_above(t, t->nodes[node].raw);
}

static void add_calls(struct sums *to, const struct raw_node *node, double self)
{
    to->calls += node->calls;
    to->self += self;
    to->is_open = true;
}

static void add_node(struct fold *f, const struct raw_tree *t, uint32_t i, double self)
{
    const struct raw_tree_node *node = &t->nodes[i];
    uint32_t function = function_of(f, t, i);
    struct sums *sums = &f->functions[function];
    add_calls(sums, node->raw, self);
    f->out->tail->threads[t - f->image->trees].open += add_level(f, t, node->raw->fn_level, sums);
    if (is_outside(t, node->parent))
        return;
    sums = &edge_of(f, function_of(f, t, node->parent), function)->sums;
    add_calls(sums, node->raw, self);
    add_level(f, t, node->raw->edge_level, sums);
}

/* ---- the end of a tree ---- */

/* Seconds and counts of S in this tree as pstats has them. */
static struct profile_caller result(const struct fold *f, const struct sums *s)
{
    profile_count cc = s->calls - s->recursive;
    cc = cc < 0 ? 0 : cc > s->calls ? s->calls : cc;
    double total = s->total - f->inner * (double)cc - (f->inner + f->outer) * s->inside;
    return (struct profile_caller){.nc = s->calls,
                                   .cc = cc,
                                   .tt = s->self / f->second,
                                   .ct = (total > s->self ? total : s->self) / f->second};
}

/* Ends what S has of this tree, and returns it. */
static struct profile_caller close_sums(const struct fold *f, struct sums *s)
{
    struct profile_caller r = result(f, s), sum = s->result;
    *s = (struct sums){
        .result = {
            .nc = sum.nc + r.nc, .cc = sum.cc + r.cc, .tt = sum.tt + r.tt, .ct = sum.ct + r.ct}};
    return r;
}

static void add_thread_row(struct fold *f, uint32_t thread, uint32_t function,
                           const struct profile_caller *r)
{
    struct profile_tail *tail = f->out->tail;
    if (tail->nthread_rows == f->thread_rows_room) {
        f->thread_rows_room = f->thread_rows_room ? 2 * f->thread_rows_room : 64;
        tail->thread_rows =
            memory_grow(tail->thread_rows, f->thread_rows_room, sizeof *tail->thread_rows);
    }
    tail->thread_rows[tail->nthread_rows++] = (struct profile_thread_row){
        .thread = thread, .function = function, .cc = (uint64_t)r->cc, .ct = r->ct};
}

/* A thread's cumulative times and primitive calls are its own: they are worked out tree by tree,
   and the table has their sums. */
static void close_tree(struct fold *f, const struct raw_tree *t)
{
    for (uint32_t i = 1; i < t->nnodes; i++) {
        if (is_outside(t, i))
            continue;
        uint32_t function = function_of(f, t, i);
        if (f->functions[function].is_open) {
            struct profile_caller r = close_sums(f, &f->functions[function]);
            add_thread_row(f, (uint32_t)(t - f->image->trees), function, &r);
        }
        uint32_t parent = t->nodes[i].parent;
        if (is_outside(t, parent))
            continue;
        struct sums *edge = &edge_of(f, function_of(f, t, parent), function)->sums;
        if (edge->is_open)
            close_sums(f, edge);
    }
}

/* Where one thread made all calls, its rows are the table's. */
static void drop_rows_of_only_thread(struct profile_tail *tail)
{
    size_t n = tail->nthread_rows;
    if (n && tail->thread_rows[0].thread != tail->thread_rows[n - 1].thread)
        return;
    free(tail->thread_rows);
    tail->thread_rows = NULL;
    tail->nthread_rows = 0;
}

/* Copies node I of T to the tail, in which the tree starts at FIRST. */
static void write_node(struct fold *f, const struct raw_tree *t, uint32_t i, uint32_t first,
                       double measured, double self)
{
    const struct raw_tree_node *node = &t->nodes[i];
    bool finished = node->raw->min <= node->raw->max && !is_outside(t, i);
    f->out->tail->nodes[first + i] = (struct profile_node){
        .symbol = i ? symbol_of(f, t, i) : PROFILE_NO_FUNCTION,
        .parent = first + node->parent,
        .home = first + node->home,
        .flags = (node->home != i ? PROFILE_NODE_LINK : 0u) |
                 (node->raw->parent & RAW_NODE_SHARED ? PROFILE_NODE_SHARED : 0u),
        .calls = node->raw->calls,
        .self = self / f->second,
        .removed = (measured - self) / f->second,
        .min = finished ? (double)node->raw->min / f->second : 1,
        .max = finished ? (double)node->raw->max / f->second : 0,
        .inlined = node->raw->inlined < node->raw->calls ? node->raw->inlined : node->raw->calls};
}

/* The node that runs has its time up to the thread's last event; what is missing is added. */
static double self_ticks(const struct fold *f, const struct raw_tree *t, uint32_t i)
{
    uint64_t ticks = t->nodes[i].raw->self;
    if (is_outside(t, i))
        return 0;
    if (i == t->current)
        ticks += ticks_end_of_thread(t->thread, f->end) - t->thread->last;
    return (double)ticks;
}

static void add_tree(struct fold *f, const struct raw_tree *t, uint32_t first)
{
    double *self = memory_zeroed(t->nnodes, sizeof *self);
    for (uint32_t i = 1; i < t->nnodes; i++)
        self[i] = self_ticks(f, t, i);
    take_out_overhead(f, t, self);
    write_node(f, t, 0, first, 0, 0);
    for (uint32_t i = 1; i < t->nnodes; i++) {
        double measured = self_ticks(f, t, i);
        f->measured += measured;
        write_node(f, t, i, first, measured, self[i]);
        f->self += self[i];
        if (!is_outside(t, i))
            add_node(f, t, i, self[i]);
    }
    close_tree(f, t);
    free(self);
}

/* ---- results ---- */

/* What ended threads that share a tree have in common: its first node (preload/recycle.h). */
static void name_starts(struct fold *f)
{
    for (uint32_t i = 0; i < f->image->ntrees; i++) {
        const struct raw_tree *t = &f->image->trees[i];
        struct profile_thread *thread = &f->out->tail->threads[i];
        if (thread->earlier == 0)
            continue;
        bool is_called = t->nnodes > 1 && !is_outside(t, 1);
        thread->start = copy(is_called ? f->symbols[symbol_of(f, t, 1)].name : "");
    }
}

static void write_functions(struct fold *f)
{
    struct profile *p = f->out;
    for (size_t i = 0; i < p->nfunctions; i++) {
        struct profile_caller r = f->functions[i].result;
        p->functions[i].nc = r.nc;
        p->functions[i].cc = r.cc;
        p->functions[i].tt = r.tt;
        p->functions[i].ct = r.ct;
    }
    p->tail->process.measured = f->measured / f->second;
    p->tail->process.removed = (f->measured - f->self) / f->second;
}

static void write_callers(struct fold *f)
{
    struct profile_function *functions = f->out->functions;
    for (size_t i = 0; i < f->nedges; i++)
        functions[f->edges[i].callee].ncallers++;
    for (size_t i = 0; i < f->out->nfunctions; i++) {
        functions[i].callers = memory_zeroed(functions[i].ncallers, sizeof(struct profile_caller));
        functions[i].ncallers = 0;
    }
    for (size_t i = 0; i < f->nedges; i++) {
        struct profile_function *callee = &functions[f->edges[i].callee];
        struct profile_caller r = f->edges[i].sums.result;
        r.function = f->edges[i].caller;
        callee->callers[callee->ncallers++] = r;
    }
}

void fold_profile(const struct raw_image *image, const struct symbol *symbols, size_t n,
                  struct profile *out)
{
    struct fold f = {.image = image,
                     .symbols = symbols,
                     .out = out,
                     .inner = (double)image->header->overhead_inner / 1024,
                     .outer = (double)image->header->overhead_outer / 1024,
                     .second = ticks_per_second(image->header),
                     .end = ticks_end(image)};
    *out = (struct profile){.tail = memory_zeroed(1, sizeof *out->tail)};
    name_functions(&f, n);
    f.functions = memory_zeroed(out->nfunctions, sizeof *f.functions);
    f.seen_levels = memory_zeroed(image->size / sizeof(struct raw_level) / 8 + 1, 1);
    tail_fill(image, f.second, f.end, out->tail);
    for (uint32_t i = 0; i < image->ntrees; i++)
        add_tree(&f, &image->trees[i], out->tail->threads[i].first_node);
    name_starts(&f);
    drop_rows_of_only_thread(out->tail);
    write_functions(&f);
    write_callers(&f);
    map_free(&f.symbol_of);
    map_free(&f.edge_of);
    free(f.functions);
    free(f.edges);
    free(f.seen_levels);
}
