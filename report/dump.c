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

int dump(const struct model *m, const char *path, struct profile_error *error)
{
    struct profile p = {
        .nfunctions = m->nrows + m->nstrangers, .sampled = m->sampled, .tail = m->tail};
    size_t i;
    int result = 0;

    p.functions = calloc(p.nfunctions + 1, sizeof(*p.functions));
    if (!p.functions)
        return error_memory(error);
    for (i = 0; i < m->nrows && result == 0; i++)
        result = take_row(m, &m->rows[i], &p.functions[i]);
    for (i = 0; i < m->nstrangers; i++) {
        const struct row *f = &m->strangers[i];

        p.functions[m->nrows + i] =
            (struct profile_function){.file = f->file, .line = f->line, .name = f->name};
    }
    result = result < 0 ? error_memory(error) : profile_save(path, &p, error);
    for (i = 0; i < m->nrows; i++)
        free(p.functions[i].callers);
    free(p.functions);
    return result;
}
