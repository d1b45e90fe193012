#include "report/dump.h"

#include "report/error.h"

#include <stdlib.h>

/* Functions of the profile: the rows, then the strangers. */
static uint32_t index_of(const struct model *m, uint32_t key)
{
    const struct row *f = model_function(m, key);

    if (f >= m->rows && f < m->rows + m->nrows)
        return (uint32_t)(f - m->rows);
    return (uint32_t)(m->nrows + (size_t)(f - m->strangers));
}

/* The callers are the profile's own, the strings the model's. */
static int take_row(const struct model *m, const struct row *row, struct profile_function *out)
{
    size_t i;

    *out = (struct profile_function){.file = row->file,
                                     .line = row->line,
                                     .name = row->name,
                                     .is_row = true,
                                     .cc = row->cc,
                                     .nc = row->nc,
                                     .tt = row->tt,
                                     .ct = row->ct};
    out->callers = calloc(row->ncallers + 1, sizeof(*out->callers));
    if (!out->callers)
        return -1;
    out->ncallers = row->ncallers;
    for (i = 0; i < row->ncallers; i++) {
        const struct caller *c = &row->callers[i];

        out->callers[i] =
            (struct profile_caller){index_of(m, c->key), c->nc, c->cc, c->tt, c->ct, c->plain};
    }
    return 0;
}

int dump_take(const struct model *m, struct profile *out)
{
    size_t i;

    *out = (struct profile){
        .nfunctions = m->nrows + m->nstrangers, .sampled = m->sampled, .tail = m->tail};
    out->functions = calloc(out->nfunctions + 1, sizeof(*out->functions));
    if (!out->functions)
        return -1;
    for (i = 0; i < m->nrows; i++) {
        if (take_row(m, &m->rows[i], &out->functions[i]) == 0)
            continue;
        dump_release(out);
        return -1;
    }
    for (i = 0; i < m->nstrangers; i++) {
        const struct row *f = &m->strangers[i];

        out->functions[m->nrows + i] =
            (struct profile_function){.file = f->file, .line = f->line, .name = f->name};
    }
    return 0;
}

void dump_release(struct profile *p)
{
    size_t i;

    for (i = 0; i < p->nfunctions; i++)
        free(p->functions[i].callers);
    free(p->functions);
    *p = (struct profile){0};
}

int dump(const struct model *m, const char *path, struct profile_error *error)
{
    struct profile p;
    int result;

    if (dump_take(m, &p) < 0)
        return error_memory(error);
    result = profile_save(path, &p, error);
    dump_release(&p);
    return result;
}
