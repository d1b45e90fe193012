#include "report/table.h"

#include "report/cell.h"

#include <string.h>

static void print_source(const struct source *source, FILE *to)
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
    cell_put_text(path, to);
    fputc('\n', to);
}

static void print_top_level(const struct table *t, FILE *to)
{
    size_t i;

    for (i = 0; i < t->model->nrows; i++) {
        if (!t->model->rows[i].top_level)
            continue;
        fprintf(to, "%9s", "");
        cell_put_text(t->model->rows[i].name, to);
        fputc('\n', to);
    }
}

void table_print_summary(const struct table *t, FILE *to)
{
    const struct model *m = t->model;
    char calls[CELL_COUNT_SIZE], primitive[CELL_COUNT_SIZE];
    size_t i;

    for (i = 0; i < m->nsources; i++)
        print_source(&m->sources[i], to);
    if (m->nsources)
        fputc('\n', to);
    print_top_level(t, to);
    fprintf(to, "         %s function calls ", cell_count(m->total_calls, t->grouped, calls));
    if (m->total_calls != m->primitive_calls)
        fprintf(to, "(%s primitive calls) ", cell_count(m->primitive_calls, t->grouped, primitive));
    fprintf(to, "in %.3f seconds\n", m->total_tt);
}

static void put_escape(const struct table *t, const char *escape, FILE *to)
{
    if (t->color)
        fputs(escape, to);
}

/* "file:line(function)", of which the function stands out. */
static void print_name(const struct table *t, const struct row *row, FILE *to)
{
    struct profile_string place = row->standard_name, function = place;
    size_t tail = row->name.size + 1; /* "function)" */

    if (!t->color || place.bytes[place.size - 1] != ')') {
        cell_put_text(place, to);
        return;
    }
    place.size -= tail;
    function = (struct profile_string){place.bytes + place.size, tail - 1};
    put_escape(t, "\033[2m", to);
    cell_put_text(place, to);
    put_escape(t, "\033[0;1m", to);
    cell_put_text(function, to);
    put_escape(t, "\033[0;2m", to);
    fputc(')', to);
    put_escape(t, "\033[0m", to);
}

/* How much of the model a selection leaves out. */
static void print_cut(const struct table *t, const struct selection *s, FILE *to)
{
    char shown[CELL_COUNT_SIZE], all[CELL_COUNT_SIZE];
    double tt = 0;
    size_t i;

    if (t->verbatim || s->nrows == t->model->nrows)
        return;
    for (i = 0; i < s->nrows; i++)
        tt += s->rows[i]->tt;
    fprintf(to, "\n   %s of %s functions are shown",
            cell_count((profile_count)s->nrows, t->grouped, shown),
            cell_count((profile_count)t->model->nrows, t->grouped, all));
    if (t->model->total_tt > 0)
        fprintf(to, "; they have %.1f%% of tottime", 100 * tt / t->model->total_tt);
    fputc('\n', to);
}

void table_print_rows(const struct table *t, const struct selection *s, const char *message,
                      FILE *to)
{
    const struct columns_style style = {t->unit, t->grouped, t->model->sampled, t->model->total_tt};
    size_t i;

    if (s->nrows == 0)
        return;
    fprintf(to, "%s\n", message);
    put_escape(t, "\033[1m", to);
    if (t->verbatim && t->model->sampled && t->columns.n == 0)
        fputs(" nsamples  tottime persample cumtime persample", to); /* not above their columns */
    else
        columns_put_titles(&t->columns, &style, to);
    fprintf(to, " %s", t->name_title ? t->name_title : "filename:lineno(function)");
    put_escape(t, "\033[0m", to);
    fputc('\n', to);
    for (i = 0; i < s->nrows && !table_stopped(t); i++) {
        columns_put_cells(&t->columns, &style, s->rows[i], to);
        fputc(' ', to);
        print_name(t, s->rows[i], to);
        fputc('\n', to);
    }
    print_cut(t, s, to);
    fputs("\n\n", to);
}
