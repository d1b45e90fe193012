/*
 * A call graph in the language of graphviz (https://graphviz.org/doc/info/lang.html): functions
 * with 1% of the time and more, in the colour of their own time, and the calls between them, as
 * thick as the time that went through them.
 */
#include "report/cell.h"
#include "report/export.h"

#include <inttypes.h>

#define LEAST_SHARE 0.01

static bool is_shown(const struct model *m, const struct row *row)
{
    return row->ct >= LEAST_SHARE * m->total_tt || row->tt >= LEAST_SHARE * m->total_tt;
}

static double share(const struct model *m, double seconds)
{
    double s = m->total_tt > 0 ? seconds / m->total_tt : 0;

    return s < 0 ? 0 : s > 1 ? 1 : s;
}

static void put_node(const struct model *m, const struct row *row, FILE *to)
{
    char calls[CELL_COUNT_SIZE];

    fprintf(to, "f%" PRIu32 " [label=\"", row->key);
    export_text(row->name, "\"\\", '\\', to);
    fputs("\\n", to);
    export_text(row->file, "\"\\", '\\', to);
    fprintf(to, ":%" PRId64 "\\n%.1f%% (own %.1f%%)\\n%s calls\" fillcolor=\"%.3f 0.45 1\"]\n",
            row->line, 100 * share(m, row->ct), 100 * share(m, row->tt),
            cell_count(row->nc, false, calls), 0.6 * (1 - share(m, row->tt)));
}

static void put_edges(const struct model *m, const struct row *row, FILE *to)
{
    char calls[CELL_COUNT_SIZE];
    size_t i;

    for (i = 0; i < row->ncallers; i++) {
        const struct caller *c = &row->callers[i];

        if (is_shown(m, model_function(m, c->key)))
            fprintf(to, "f%" PRIu32 " -> f%" PRIu32 " [label=\"%.1f%%\\n%s\" penwidth=%.2f]\n",
                    c->key, row->key, 100 * share(m, c->ct), cell_count(c->nc, false, calls),
                    0.5 + 5 * share(m, c->ct));
    }
}

int export_dot(struct stats *s, FILE *to)
{
    const struct model *m = &s->model;
    size_t i;

    fputs("digraph cprof {\nnode [shape=box style=filled fontname=\"sans-serif\"]\n"
          "edge [fontname=\"sans-serif\" fontsize=10]\n",
          to);
    for (i = 0; i < m->nrows; i++)
        if (is_shown(m, &m->rows[i]))
            put_node(m, &m->rows[i], to);
    for (i = 0; i < m->nrows; i++)
        if (is_shown(m, &m->rows[i]))
            put_edges(m, &m->rows[i], to);
    fputs("}\n", to);
    return 0;
}
