#include "symbolize/resolve.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "format/intern.h"
#include "symbolize/map.h"
#include "symbolize/memory.h"
#include "symbolize/module.h"
#include "symbolize/names.h"

#define NOWHERE      0 /* number of what stands for "in no module" */
#define NOWHERE_PATH "~"
#define MOST_OVERLAP 64 /* module records that may lie on top of each other */

/* What is known of one address of one module. */
struct found {
    uint64_t offset;
    char *file, *name, *linkage;
    int64_t line;
};

struct known_module {
    struct module module;
    struct map found_of; /* by offset: index into found */
    struct found *found;
    size_t nfound, room;
    size_t nlooked_up; /* of found; those behind are only wanted so far */
};

struct resolver {
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
    *new = (struct known_module){.module.id_size = id_size};
    memcpy(new->module.id, id, id_size);
    new->module.path = memory_text("%.*s", (int)path_size, path);
    return number;
}

struct resolver *resolver_new(void)
{
    static const uint8_t no_id[1];
    struct resolver *r = memory_zeroed(1, sizeof *r);
    unsetenv("DEBUGINFOD_URLS"); /* nothing is fetched from the network */
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
        module_close(&m->module);
        free(m->module.path);
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

static int by_start(const void *a, const void *b)
{
    const struct range *x = a, *y = b;
    if (x->module->start != y->module->start)
        return x->module->start < y->module->start ? -1 : 1;
    return x->order < y->order ? -1 : 1;
}

/* The module noticed last among those around ADDRESS; one below it has been unloaded. */
static struct range *range_at(struct range *ranges, size_t n, uint64_t address)
{
    size_t low = 0, high = n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (ranges[middle].module->start <= address)
            low = middle + 1;
        else
            high = middle;
    }
    struct range *best = NULL;
    for (size_t i = low; i-- > 0 && low - i <= MOST_OVERLAP;)
        if (address < ranges[i].module->end && (!best || ranges[i].order > best->order))
            best = &ranges[i];
    return best;
}

static void find_modules(struct resolver *r, const struct raw_module *const *modules,
                         size_t nmodules, struct symbol *symbols, size_t n)
{
    struct range *ranges = memory_zeroed(nmodules, sizeof *ranges);
    for (size_t i = 0; i < nmodules; i++)
        ranges[i] = (struct range){.module = modules[i], .order = i};
    qsort(ranges, nmodules, sizeof *ranges, by_start);
    for (struct symbol *s = symbols; s < symbols + n; s++) {
        struct range *at = range_at(ranges, nmodules, s->address);
        s->module = NOWHERE;
        s->offset = s->address;
        if (!at)
            continue;
        const struct raw_module *m = at->module;
        if (at->number == NOWHERE)
            at->number = add_module(r, m->id, m->id_size, m->path, m->path_size);
        s->module = at->number;
        s->offset = s->address - m->bias;
    }
    free(ranges);
}

/* ---- names ---- */

/* Clones that the compiler made of a function are that function. */
static void cut_clone(char *name)
{
    char *clone = strstr(name, " [clone ");
    if (clone)
        *clone = 0;
}

static char *readable_name(const struct module *m, const struct wanted *w)
{
    char *name = NULL;
    if (w->linkage)
        name = names_demangle(w->linkage);
    if (!name && w->symbol)
        name = names_demangle(w->symbol);
    if (name && w->has_die)
        cut_clone(name);
    if (!name && (w->plain || w->symbol))
        name = memory_text("%s", w->plain ? w->plain : w->symbol);
    if (!name && strcmp(m->path, NOWHERE_PATH) == 0)
        name = memory_text("<0x%" PRIx64 ">", w->offset);
    if (!name) {
        const char *slash = strrchr(m->path, '/');
        name = memory_text("%s+0x%" PRIx64, slash ? slash + 1 : m->path, w->offset);
    }
    return name;
}

static char *clean(char *text)
{
    char *result = names_clean(text);
    free(text);
    return result;
}

/* The entry for OFFSET, made where it is missing. */
static struct found *found_at(struct known_module *m, uint64_t offset)
{
    uint32_t i = map_add(&m->found_of, offset, (uint32_t)m->nfound);
    if (i == m->nfound) {
        if (m->nfound == m->room) {
            m->room = m->room ? 2 * m->room : 64;
            m->found = memory_grow(m->found, m->room, sizeof *m->found);
        }
        m->found[m->nfound++] = (struct found){.offset = offset};
    }
    return &m->found[i];
}

static void keep(struct known_module *m, struct wanted *w)
{
    struct found *found = found_at(m, w->offset);
    found->file = w->file ? clean(w->file) : names_clean(m->module.path);
    found->line = w->file ? w->line : 0;
    found->name = clean(readable_name(&m->module, w));
    found->linkage = names_clean(w->symbol ? w->symbol : w->linkage ? w->linkage : "");
}

static int by_offset(const void *a, const void *b)
{
    const struct wanted *x = a, *y = b;
    return x->offset < y->offset ? -1 : x->offset > y->offset;
}

static void look_up_what_is_new(struct known_module *m)
{
    size_t n = m->nfound - m->nlooked_up;
    if (n == 0)
        return;
    if (m->module.state == 0 && strcmp(m->module.path, NOWHERE_PATH) != 0)
        module_open(&m->module);
    struct wanted *wanted = memory_zeroed(n, sizeof *wanted);
    for (size_t i = 0; i < n; i++)
        wanted[i].offset = m->found[m->nlooked_up + i].offset;
    qsort(wanted, n, sizeof *wanted, by_offset);
    module_look_up(&m->module, wanted, n);
    for (size_t i = 0; i < n; i++)
        keep(m, &wanted[i]);
    m->nlooked_up = m->nfound;
    free(wanted);
}

void resolver_fill(struct resolver *r, const struct raw_module *const *modules, size_t nmodules,
                   struct symbol *symbols, size_t n)
{
    find_modules(r, modules, nmodules, symbols, n);
    for (size_t i = 0; i < n; i++)
        found_at(&r->modules[symbols[i].module], symbols[i].offset);
    for (size_t i = 0; i < r->nmodules; i++)
        look_up_what_is_new(&r->modules[i]);
    for (struct symbol *s = symbols; s < symbols + n; s++) {
        const struct found *found = found_at(&r->modules[s->module], s->offset);
        s->file = found->file;
        s->line = found->line;
        s->name = found->name;
        s->linkage = found->linkage;
        if (s->module == NOWHERE)
            s->module = SYMBOL_NO_MODULE;
    }
}

void resolver_give_modules(const struct resolver *r, struct profile_tail *tail)
{
    uint32_t *number_of = memory_zeroed(r->nmodules, sizeof *number_of);
    tail->modules = memory_zeroed(r->nmodules, sizeof *tail->modules);
    for (struct profile_symbol *s = tail->symbols; s < tail->symbols + tail->nsymbols; s++) {
        if (s->module == SYMBOL_NO_MODULE)
            continue;
        const struct module *m = &r->modules[s->module].module;
        if (number_of[s->module] == 0) {
            struct profile_module *out = &tail->modules[tail->nmodules++];
            out->path.bytes = names_clean(m->path);
            out->path.size = strlen(out->path.bytes);
            memcpy(out->id, m->id, sizeof out->id);
            out->id_size = m->id_size;
            out->state = m->state;
            number_of[s->module] = (uint32_t)tail->nmodules;
        }
        s->module = number_of[s->module] - 1;
    }
    free(number_of);
}
