#include "symbolize/resolve.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "format/intern.h"
#include "symbolize/look_up.h"
#include "symbolize/map.h"
#include "symbolize/memory.h"
#include "symbolize/names.h"
#include "symbolize/worker.h"

#define NOWHERE      0 /* number of what stands for "in no module" */
#define NOWHERE_PATH "~"
#define MOST_OVERLAP 64 /* module records that may lie on top of each other */

/* Times are for a program of any size; a module that takes this long has been made for it. */
static const struct worker_limits usual_limits = {
    .first_cpu = 60, .cpu = 20, .all = 300, .workers = WORKERS_MOST};

struct known_module {
    char *path;
    uint8_t id[32];
    uint32_t id_size;
    enum job_effort effort; /* what works */
    uint32_t state;         /* enum profile_module_state, the best of all functions */
    struct profile_lack lack;
    struct map found_of;        /* by offset: index into found */
    struct job_function *found; /* looked up: file, name and linkage are clean */
    size_t nfound, room;
    size_t nlooked_up; /* of found; those behind are only wanted so far */
};

struct resolver {
    struct worker_limits limits;
    struct intern keys; /* build-id and path of each module; their numbers are the modules' */
    struct known_module *modules;
    size_t nmodules, room;
};

/* ---- modules ---- */

static uint32_t add_module(struct resolver *r, const uint8_t *id, uint32_t id_size,
                           const char *path, uint32_t path_size)
{
    size_t key_size = 1 + id_size + (size_t)path_size;
    char *key = memory_zeroed(key_size, 1);
    key[0] = (char)id_size;
    memcpy(key + 1, id, id_size);
    memcpy(key + 1 + id_size, path, path_size);
    uint32_t number = intern_add(&r->keys, key, key_size);
    free(key);
    if (number == INTERN_FAILED)
        memory_none();
    if (number < r->nmodules)
        return number;
    if (r->nmodules == r->room) {
        r->room = r->room ? 2 * r->room : 16;
        r->modules = memory_grow(r->modules, r->room, sizeof *r->modules);
    }
    struct known_module *new = &r->modules[r->nmodules++];
    *new = (struct known_module){.id_size = id_size};
    memcpy(new->id, id, id_size);
    new->path = memory_text("%.*s", (int)path_size, path);
    return number;
}

struct resolver *resolver_new(const struct worker_limits *limits)
{
    static const uint8_t no_id[1];
    struct resolver *r = memory_zeroed(1, sizeof *r);
    r->limits = limits ? *limits : usual_limits;
    add_module(r, no_id, 0, NOWHERE_PATH, 1);
    return r;
}

void resolver_free(struct resolver *r)
{
    for (struct known_module *m = r->modules; m < r->modules + r->nmodules; m++) {
        for (size_t i = 0; i < m->nfound; i++) {
            free(m->found[i].file);
            free(m->found[i].name);
            free(m->found[i].linkage);
        }
        free(m->found);
        map_free(&m->found_of);
        free(m->lack.name.bytes);
        free(m->path);
    }
    free(r->modules);
    intern_free(&r->keys);
    free(r);
}

/* ---- which module an address lies in ---- */

struct range {
    const struct raw_module *module;
    size_t order;
    uint32_t number; /* in the resolver; NOWHERE: not asked for yet */
};

/* A module that is loaded has the addresses, one that is not those with its epoch (raw.h). */
static uint32_t epoch_of(const struct raw_module *m)
{
    return m->unloaded ? m->epoch : 0;
}

static int by_place(const void *a, const void *b)
{
    const struct range *x = a, *y = b;
    if (epoch_of(x->module) != epoch_of(y->module))
        return epoch_of(x->module) < epoch_of(y->module) ? -1 : 1;
    if (x->module->start != y->module->start)
        return x->module->start < y->module->start ? -1 : 1;
    return x->order < y->order ? -1 : 1;
}

static bool is_behind(const struct raw_module *m, uint32_t epoch, uint64_t address)
{
    return epoch_of(m) != epoch ? epoch_of(m) > epoch : m->start > address;
}

/* Of the modules with that epoch the one noticed last among those around ADDRESS: one below it has
   been unloaded, which was not noticed. */
static struct range *range_in_epoch(struct range *ranges, size_t n, uint32_t epoch,
                                    uint64_t address)
{
    size_t low = 0, high = n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (is_behind(ranges[middle].module, epoch, address))
            high = middle;
        else
            low = middle + 1;
    }
    struct range *best = NULL;
    for (size_t i = low; i-- > 0 && low - i <= MOST_OVERLAP;)
        if (epoch_of(ranges[i].module) == epoch && address < ranges[i].module->end &&
            (!best || ranges[i].order > best->order))
            best = &ranges[i];
    return best;
}

/* The module of a function. A process may have died between unloading a module and giving its
   functions the epoch, or in the middle of either: then the other is asked for, too. */
static struct range *range_at(struct range *ranges, size_t n, uint64_t fn)
{
    uint32_t epoch = (uint32_t)(fn >> RAW_EPOCH_SHIFT);
    uint64_t address = fn & RAW_ADDRESS;
    struct range *found = range_in_epoch(ranges, n, epoch, address);
    if (epoch) {
        struct range *loaded = found ? NULL : range_in_epoch(ranges, n, 0, address);
        return loaded && loaded->module->epoch == epoch ? loaded : found;
    }
    for (epoch = 1; !found && epoch <= MOST_OVERLAP; epoch++)
        found = range_in_epoch(ranges, n, epoch, address);
    return found;
}

static void find_modules(struct resolver *r, const struct raw_module *const *modules,
                         size_t nmodules, struct symbol *symbols, size_t n)
{
    struct range *ranges = memory_zeroed(nmodules, sizeof *ranges);
    for (size_t i = 0; i < nmodules; i++)
        ranges[i] = (struct range){.module = modules[i], .order = i};
    qsort(ranges, nmodules, sizeof *ranges, by_place);
    for (struct symbol *s = symbols; s < symbols + n; s++) {
        struct range *at = range_at(ranges, nmodules, s->address);
        s->module = NOWHERE;
        s->offset = s->address & RAW_ADDRESS;
        if (!at)
            continue;
        const struct raw_module *m = at->module;
        if (at->number == NOWHERE)
            at->number = add_module(r, m->id, m->id_size, m->path, m->path_size);
        s->module = at->number;
        s->offset -= m->bias;
    }
    free(ranges);
}

/* ---- names ---- */

/* What an address is called that nobody knows a name for. */
static char *made_up_name(const struct known_module *m, uint64_t offset)
{
    const char *slash = strrchr(m->path, '/');
    if (strcmp(m->path, NOWHERE_PATH) == 0)
        return memory_text("<0x%" PRIx64 ">", offset);
    return memory_text("%s+0x%" PRIx64, slash ? slash + 1 : m->path, offset);
}

/* The entry for OFFSET, made where it is missing. */
static struct job_function *found_at(struct known_module *m, uint64_t offset)
{
    uint32_t i = map_add(&m->found_of, offset, (uint32_t)m->nfound);
    if (i == m->nfound) {
        if (m->nfound == m->room) {
            m->room = m->room ? 2 * m->room : 64;
            m->found = memory_grow(m->found, m->room, sizeof *m->found);
        }
        m->found[m->nfound++] = (struct job_function){.offset = offset};
    }
    return &m->found[i];
}

/* NULL is OTHER, which is for free(). */
static char *clean(const char *text, char *other)
{
    char *result = names_clean(text ? text : other);
    free(other);
    return result;
}

static int by_offset(const void *a, const void *b)
{
    const struct job_function *x = a, *y = b;
    return x->offset < y->offset ? -1 : x->offset > y->offset;
}

static struct job job_for(const struct known_module *m)
{
    bool nowhere = strcmp(m->path, NOWHERE_PATH) == 0;
    struct job job = {.path = m->path,
                      .id = m->id,
                      .id_size = m->id_size,
                      .effort = nowhere ? JOB_NOTHING : m->effort,
                      .n = m->nfound - m->nlooked_up};
    job.functions = memory_grow(NULL, job.n, sizeof *job.functions);
    memcpy(job.functions, m->found + m->nlooked_up, job.n * sizeof *job.functions);
    qsort(job.functions, job.n, sizeof *job.functions, by_offset);
    return job;
}

/* What a later raw file asks for adds to what is known of a module. */
static void keep_state(struct known_module *m, const struct job *job)
{
    m->effort = job->effort;
    if (m->state == 0 || job->state < m->state)
        m->state = job->state;
    if (m->lack.kind == job->lack.kind && job->lack.kind == PROFILE_LACK_DEBUG)
        m->lack.value += job->lack.value;
    if (m->lack.kind != PROFILE_LACK_NOTHING || job->lack.kind == PROFILE_LACK_NOTHING)
        return;
    m->lack = job->lack;
    m->lack.name.bytes = clean(job->lack.name.bytes, memory_text("%s", ""));
    m->lack.name.size = strlen(m->lack.name.bytes);
}

static void keep(struct known_module *m, struct job *job)
{
    for (const struct job_function *f = job->functions; f < job->functions + job->n; f++) {
        struct job_function *found = found_at(m, f->offset);
        found->line = f->line;
        found->file = clean(f->file, memory_text("%s", m->path));
        found->name = clean(f->name, made_up_name(m, f->offset));
        found->linkage = clean(f->linkage, memory_text("%s", ""));
    }
    m->nlooked_up = m->nfound;
    keep_state(m, job);
}

static int look_up_what_is_new(struct resolver *r)
{
    struct job *jobs = memory_zeroed(r->nmodules, sizeof *jobs);
    struct known_module **modules = memory_zeroed(r->nmodules, sizeof *modules);
    size_t n = 0;
    for (struct known_module *m = r->modules; m < r->modules + r->nmodules; m++) {
        if (m->nfound == m->nlooked_up)
            continue;
        modules[n] = m;
        jobs[n++] = job_for(m);
    }
    int status = workers_run(jobs, n, look_up, &r->limits);
    for (size_t i = 0; i < n; i++) {
        if (status == 0)
            keep(modules[i], &jobs[i]);
        job_clear(&jobs[i]);
        free(jobs[i].functions);
    }
    free(jobs);
    free(modules);
    return status;
}

int resolver_fill(struct resolver *r, const struct raw_module *const *modules, size_t nmodules,
                  struct symbol *symbols, size_t n)
{
    find_modules(r, modules, nmodules, symbols, n);
    for (size_t i = 0; i < n; i++)
        found_at(&r->modules[symbols[i].module], symbols[i].offset);
    if (look_up_what_is_new(r) < 0)
        return -1;
    for (struct symbol *s = symbols; s < symbols + n; s++) {
        const struct job_function *found = found_at(&r->modules[s->module], s->offset);
        s->file = found->file;
        s->line = found->line;
        s->name = found->name;
        s->linkage = found->linkage;
        if (s->module == NOWHERE)
            s->module = SYMBOL_NO_MODULE;
    }
    return 0;
}

void resolver_give_modules(const struct resolver *r, struct profile_tail *tail)
{
    uint32_t *number_of = memory_zeroed(r->nmodules, sizeof *number_of);
    tail->modules = memory_zeroed(r->nmodules, sizeof *tail->modules);
    for (struct profile_symbol *s = tail->symbols; s < tail->symbols + tail->nsymbols; s++) {
        if (s->module == SYMBOL_NO_MODULE)
            continue;
        const struct known_module *m = &r->modules[s->module];
        if (number_of[s->module] == 0) {
            struct profile_module *out = &tail->modules[tail->nmodules++];
            out->path.bytes = names_clean(m->path);
            out->path.size = strlen(out->path.bytes);
            memcpy(out->id, m->id, sizeof out->id);
            out->id_size = m->id_size;
            out->state = m->state;
            out->lack = m->lack;
            if (m->lack.name.bytes)
                out->lack.name.bytes = memory_text("%s", m->lack.name.bytes);
            number_of[s->module] = (uint32_t)tail->nmodules;
        }
        s->module = number_of[s->module] - 1;
    }
    free(number_of);
}
