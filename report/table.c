#include "report/table.h"

#include "report/terminal.h"

#include <string.h>

#define COUNT_SIZE 48 /* bytes of a count in decimal: 128 bits are 39 digits and a sign */

/* Writes the count to the end of BUFFER and returns where it starts. */
static const char *count_text(profile_count count, char buffer[COUNT_SIZE])
{
    unsigned __int128 left = count < 0 ? -(unsigned __int128)count : (unsigned __int128)count;
    char *at = buffer + COUNT_SIZE - 1;

    *at = '\0';
    do {
        *--at = (char)('0' + (int)(left % 10));
        left /= 10;
    } while (left);
    if (count < 0)
        *--at = '-';
    return at;
}

static void print_text(const struct table *t, const char *bytes, size_t size, FILE *to)
{
    if (t->verbatim)
        fwrite(bytes, 1, size, to);
    else
        terminal_put(to, bytes, size);
}

static void print_source(const struct table *t, const struct source *source, FILE *to)
{
    /* the second as Python computes it: the time is a double there */
    double modified = (double)source->modified.tv_sec + 1e-9 * (double)source->modified.tv_nsec;
    time_t seconds = (time_t)modified - (modified < 0 && modified != (double)(time_t)modified);
    struct tm local;
    char text[64] = "";

    if (localtime_r(&seconds, &local))
        strftime(text, sizeof(text), "%a %b %e %H:%M:%S %Y", &local);
    fprintf(to, "%s    ", text);
    print_text(t, source->path, strlen(source->path), to);
    fputc('\n', to);
}

void table_print_summary(const struct table *t, FILE *to)
{
    const struct model *m = t->model;
    char calls[COUNT_SIZE], primitive[COUNT_SIZE];
    size_t i;

    for (i = 0; i < m->nsources; i++)
        print_source(t, &m->sources[i], to);
    if (m->nsources)
        fputc('\n', to);
    fprintf(to, "         %s function calls ", count_text(m->total_calls, calls));
    if (m->total_calls != m->primitive_calls)
        fprintf(to, "(%s primitive calls) ", count_text(m->primitive_calls, primitive));
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

/* "calls", or "calls/primitive calls" where they differ. */
static void print_calls(const struct row *row, FILE *to)
{
    char calls[COUNT_SIZE], primitive[COUNT_SIZE], both[2 * COUNT_SIZE];
    const char *text = count_text(row->nc, calls);

    if (row->nc != row->cc) {
        snprintf(both, sizeof(both), "%s/%s", text, count_text(row->cc, primitive));
        text = both;
    }
    fprintf(to, "%9s", text);
}

static void print_time(const struct table *t, double seconds, FILE *to)
{
    char cell[UNIT_CELL_SIZE];

    unit_cell(t->unit, seconds, cell);
    fputc(' ', to);
    fputs(cell, to);
}

static void print_percall(const struct table *t, double seconds, profile_count calls, FILE *to)
{
    if (calls == 0)
        fprintf(to, " %*s", t->unit->width, "");
    else
        print_time(t, seconds / (double)calls, to);
}

static void print_row(const struct table *t, const struct row *row, FILE *to)
{
    print_calls(row, to);
    print_time(t, row->tt, to);
    print_percall(t, row->tt, row->nc, to);
    print_time(t, row->ct, to);
    print_percall(t, row->ct, row->cc, to);
    fputc(' ', to);
    print_text(t, row->standard_name.bytes, row->standard_name.size, to);
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
    for (i = 0; i < s->nrows; i++)
        print_row(t, s->rows[i], to);
    fputs("\n\n", to);
}
