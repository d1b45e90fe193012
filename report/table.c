#include "report/table.h"

#include "report/cell.h"

#include <string.h>

static void print_source(const struct table *t, const struct source *source, FILE *to)
{
    /* the second as Python computes it: the time is a double there */
    double modified = (double)source->modified.tv_sec + 1e-9 * (double)source->modified.tv_nsec;
    time_t seconds = (time_t)modified - (modified < 0 && modified != (double)(time_t)modified);
    struct profile_string path = {source->path, strlen(source->path)};
    struct tm local;
    char text[64] = "";

    if (localtime_r(&seconds, &local))
        strftime(text, sizeof(text), "%a %b %e %H:%M:%S %Y", &local);
    fprintf(to, "%s    ", text);
    cell_put_text(t->verbatim, path, to);
    fputc('\n', to);
}

static void print_top_level(const struct table *t, FILE *to)
{
    size_t i;

    for (i = 0; i < t->model->nrows; i++) {
        if (!t->model->rows[i].top_level)
            continue;
        fprintf(to, "%9s", "");
        cell_put_text(t->verbatim, t->model->rows[i].name, to);
        fputc('\n', to);
    }
}

void table_print_summary(const struct table *t, FILE *to)
{
    const struct model *m = t->model;
    char calls[CELL_COUNT_SIZE], primitive[CELL_COUNT_SIZE];
    size_t i;

    for (i = 0; i < m->nsources; i++)
        print_source(t, &m->sources[i], to);
    if (m->nsources)
        fputc('\n', to);
    print_top_level(t, to);
    fprintf(to, "         %s function calls ", cell_count(m->total_calls, calls));
    if (m->total_calls != m->primitive_calls)
        fprintf(to, "(%s primitive calls) ", cell_count(m->primitive_calls, primitive));
    fprintf(to, "in %.3f seconds\n", m->total_tt);
}

static void print_title(const struct table *t, FILE *to)
{
    const char *each = t->model->sampled ? "persample" : "percall";
    int width = t->unit->width;

    fprintf(to, "%9s %*s %*s %*s %*s filename:lineno(function)\n",
            t->model->sampled ? "nsamples" : "ncalls", width, "tottime", width, each, width,
            "cumtime", width, each);
}

static void print_row(const struct table *t, const struct row *row, FILE *to)
{
    cell_put_calls(row->nc, row->cc, 9, to);
    cell_put_time(t->unit, row->tt, to);
    cell_put_percall(t->unit, row->tt, row->nc, to);
    cell_put_time(t->unit, row->ct, to);
    cell_put_percall(t->unit, row->ct, row->cc, to);
    fputc(' ', to);
    cell_put_text(t->verbatim, row->standard_name, to);
    fputc('\n', to);
}

void table_print_rows(const struct table *t, const struct selection *s, const char *message,
                      FILE *to)
{
    size_t i;

    if (s->nrows == 0)
        return;
    fprintf(to, "%s\n", message);
    print_title(t, to);
    for (i = 0; i < s->nrows && !table_stopped(t); i++)
        print_row(t, s->rows[i], to);
    fputs("\n\n", to);
}
