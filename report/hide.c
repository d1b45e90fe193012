#include "report/hide.h"

#include "report/dump.h"
#include "report/error.h"
#include "report/hide_fold.h"
#include "report/merge_tail.h"

#include <stdlib.h>
#include <string.h>

#define NONE UINT32_MAX

/* ---- which ---- */

/* Adds to FOUND, by function, whether one of the patterns is found in its file. */
static int search_files(const struct profile *p, struct pattern *const *patterns, size_t n,
                        bool *found, struct profile_error *error)
{
    size_t i, j;

    for (i = 0; i < p->nfunctions; i++) {
        for (j = 0; j < n && !found[i]; j++) {
            int result = pattern_find(patterns[j], &p->functions[i].file, error);

            if (result < 0)
                return -1;
            found[i] = result > 0;
        }
    }
    return 0;
}

/* The same for the paths of the modules that functions are in. */
static int search_modules(const struct profile *p, struct pattern *const *patterns, size_t n,
                          bool *found, struct profile_error *error)
{
    size_t i, j, k;

    for (i = 0; p->tail && i < p->tail->nmodules; i++) {
        int result = 0;

        for (j = 0; j < n && result == 0; j++)
            result = pattern_find(patterns[j], &p->tail->modules[i].path, error);
        if (result < 0)
            return -1;
        for (k = 0; k < p->tail->nsymbols && result > 0; k++)
            if (p->tail->symbols[k].module == i)
                found[p->tail->symbols[k].function] = true;
    }
    return 0;
}

/* Sets HIDDEN by function; all false at first. */
static int choose(const struct profile *p, const struct hide *h, bool *hidden,
                  struct profile_error *error)
{
    bool *found = calloc(p->nfunctions + 1, sizeof(*found));
    size_t i;
    int result = found ? 0 : error_memory(error);

    if (result == 0 && h->nfilters > 0 &&
        (search_files(p, h->filters, h->nfilters, found, error) < 0 ||
         search_modules(p, h->filters, h->nfilters, found, error) < 0))
        result = -1;
    for (i = 0; i < p->nfunctions && result == 0 && h->nfilters > 0; i++)
        hidden[i] = !found[i];
    if (result == 0)
        memset(found, 0, p->nfunctions * sizeof(*found));
    if (result == 0 && (search_files(p, h->excludes, h->nexcludes, found, error) < 0 ||
                        search_modules(p, h->excludes, h->nexcludes, found, error) < 0))
        result = -1;
    for (i = 0; i < p->nfunctions && result == 0; i++)
        hidden[i] |= found[i];
    free(found);
    return result;
}

/* ---- what is left ---- */

/* A function without a row that no one was called by. */
static bool is_used(const struct profile *p, const bool *is_caller, size_t i)
{
    return p->functions[i].is_row || is_caller[i];
}

static void move_callers(struct profile_function *f, const uint32_t *moved)
{
    size_t i;

    for (i = 0; i < f->ncallers; i++)
        f->callers[i].function = moved[f->callers[i].function];
}

/* The tail knows functions that have a row. */
static void move_tail(struct profile_tail *t, const uint32_t *moved)
{
    size_t i;

    for (i = 0; i < t->nsymbols; i++)
        t->symbols[i].function = moved[t->symbols[i].function];
    for (i = 0; i < t->nthread_rows; i++)
        t->thread_rows[i].function = moved[t->thread_rows[i].function];
}

/* Takes out the functions that are left out, all but callers. */
static int compact(struct profile *p)
{
    bool *is_caller = calloc(p->nfunctions + 1, sizeof(*is_caller));
    uint32_t *moved = calloc(p->nfunctions + 1, sizeof(*moved));
    size_t i, j, n = 0;
    int result = is_caller && moved ? 0 : -1;

    for (i = 0; i < p->nfunctions && result == 0; i++)
        for (j = 0; p->functions[i].is_row && j < p->functions[i].ncallers; j++)
            is_caller[p->functions[i].callers[j].function] = true;
    for (i = 0; i < p->nfunctions && result == 0; i++) {
        moved[i] = is_used(p, is_caller, i) ? (uint32_t)n++ : NONE;
        if (moved[i] == NONE)
            free(p->functions[i].callers);
        else
            p->functions[moved[i]] = p->functions[i];
    }
    if (result == 0) {
        p->nfunctions = n;
        for (i = 0; i < n; i++)
            move_callers(&p->functions[i], moved);
        if (p->tail)
            move_tail(p->tail, moved);
    }
    free(is_caller);
    free(moved);
    return result;
}

/* P takes the place of M's functions; the header stays. */
static int replace(struct model *m, struct profile *p)
{
    struct model folded = {0};

    if (compact(p) < 0 || model_add(&folded, p) < 0) {
        model_free(&folded);
        return -1;
    }
    m->tail = NULL;
    folded.sources = m->sources;
    folded.nsources = m->nsources;
    folded.sources_room = m->sources_room;
    folded.total_calls = m->total_calls;
    folded.primitive_calls = m->primitive_calls;
    folded.total_tt = m->total_tt;
    m->sources = NULL;
    m->nsources = 0;
    model_free(m);
    *m = folded;
    return 0;
}

/* ---- the whole ---- */

/* Takes P from M, with one function more; its strings are M's or literal. */
static int take(const struct model *m, struct profile *p)
{
    static char no_file[] = "~", name[] = "<hidden>";
    struct profile_function *functions;

    if (dump_take(m, p) < 0)
        return -1;
    functions = reallocarray(p->functions, p->nfunctions + 2, sizeof(*functions));
    if (!functions) {
        dump_release(p);
        return -1;
    }
    p->functions = functions;
    functions[p->nfunctions++] = (struct profile_function){.file = {no_file, sizeof(no_file) - 1},
                                                           .name = {name, sizeof(name) - 1}};
    return 0;
}

static size_t count_rows(const struct profile *p)
{
    size_t i, n = 0;

    for (i = 0; i < p->nfunctions; i++)
        n += p->functions[i].is_row;
    return n;
}

/* Callers above have nothing that could be given to anybody: what they called is called from the
   root. */
static int forget_above(struct profile_tail *t)
{
    bool *kept = calloc(t->nsymbols + 1, sizeof(*kept));
    size_t i;
    int result;

    for (i = 0; i < t->nsymbols && kept; i++)
        kept[i] = t->symbols[i].function != PROFILE_NO_FUNCTION;
    result = kept ? tail_keep_symbols(t, kept) : -1;
    free(kept);
    return result;
}

int hide(struct model *m, const struct hide *h, size_t *hidden, struct profile_error *error)
{
    struct profile p;
    struct hide_fold fold = {.profile = &p, .inlined = h->inlined};
    bool *chosen = NULL;
    size_t left;
    int result;

    if (h->inlined && !m->tail)
        return error_set(error, "inlined calls are known only where all profiles are cprof's own");
    if (m->tail && forget_above(m->tail) < 0)
        return error_memory(error);
    if (take(m, &p) < 0)
        return error_memory(error);
    fold.rest = (uint32_t)p.nfunctions - 1;
    fold.hidden = chosen = calloc(p.nfunctions + 1, sizeof(*chosen));
    result = chosen ? choose(&p, h, chosen, error) : error_memory(error);
    if (result == 0) {
        chosen[fold.rest] = false;
        result = p.tail ? hide_by_contexts(&fold) : hide_by_callers(&fold);
        left = count_rows(&p) - p.functions[fold.rest].is_row;
        *hidden = m->nrows - left;
        if (result == 0 && left == 0)
            result = error_set(error, "--filter, --exclude and --fold-inlined leave no function");
        else if (result < 0 || replace(m, &p) < 0)
            result = error_memory(error);
    }
    dump_release(&p);
    free(chosen);
    return result;
}
