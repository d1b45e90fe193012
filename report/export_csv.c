/*
 * The table as comma-separated values (RFC 4180), numbers in full: times in seconds. A name that a
 * spreadsheet would take for a formula gets an apostrophe in front.
 */
#include "report/cell.h"
#include "report/export.h"

#include <inttypes.h>
#include <string.h>

static void put_text(struct profile_string text, FILE *to)
{
    fputc('"', to);
    if (text.size > 0 && strchr("=+-@", text.bytes[0]))
        fputc('\'', to);
    export_text(text, "\"", '"', to);
    fputc('"', to);
}

static void put_count(profile_count count, FILE *to)
{
    char buffer[CELL_COUNT_SIZE];

    fprintf(to, "%s,", cell_count(count, false, buffer));
}

/* Empty where there is none. */
static void put_time(bool known, double seconds, FILE *to)
{
    if (known)
        fprintf(to, "%.9f", seconds);
    fputc(',', to);
}

static void put_row(const struct row *row, FILE *to)
{
    const struct row_figures *f = &row->figures;
    bool finished = f->known && f->min <= f->max;

    put_count(row->nc, to);
    put_count(row->cc, to);
    put_time(true, row->tt, to);
    put_time(row->nc > 0, row->tt / (double)row->nc, to);
    put_time(true, row->ct, to);
    put_time(row->cc > 0, row->ct / (double)row->cc, to);
    put_time(finished, f->min, to);
    put_time(finished, f->max, to);
    if (f->known)
        fprintf(to, "%" PRIu32, f->threads);
    fputc(',', to);
    if (f->known)
        put_count(f->inlined, to);
    else
        fputc(',', to);
    put_text(row->file, to);
    fprintf(to, ",%" PRId64 ",", row->line);
    put_text(row->name, to);
    fputs("\r\n", to);
}

int export_csv(struct stats *s, FILE *to)
{
    size_t i;

    fputs("ncalls,pcalls,tottime,percall,cumtime,percall_cum,min,max,threads,inlined,file,line,"
          "function\r\n",
          to);
    for (i = 0; i < s->model.nrows; i++)
        put_row(&s->model.rows[i], to);
    return 0;
}
