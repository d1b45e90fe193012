#include "report/columns.h"

#include "report/error.h"

#include <string.h>

#define COUNT_WIDTH   9
#define PERCENT_WIDTH 9

struct column {
    const char *word;  /* of --columns */
    const char *title; /* NULL: "percall", by pstats' words */
    int width;         /* 0: of a time */
    void (*put)(const struct columns_style *style, const struct row *row, int width, FILE *to);
};

/* ---- cells ---- */

static void put_count(const struct columns_style *style, profile_count count, int width, FILE *to)
{
    char text[CELL_COUNT_SIZE];

    fprintf(to, "%*s", width, cell_count(count, style->grouped, text));
}

static void put_time(const struct columns_style *style, double seconds, FILE *to)
{
    char text[UNIT_CELL_SIZE];

    unit_cell(style->unit, seconds, text);
    fputs(text, to);
}

static void put_percent(const struct columns_style *style, double seconds, int width, FILE *to)
{
    if (style->total_tt > 0)
        fprintf(to, "%*.1f%%", width - 1, 100 * seconds / style->total_tt);
    else
        fprintf(to, "%*s", width, "");
}

static void put_ncalls(const struct columns_style *style, const struct row *row, int width,
                       FILE *to)
{
    cell_put_calls(row->nc, row->cc, style->grouped, width, to);
}

static void put_pcalls(const struct columns_style *style, const struct row *row, int width,
                       FILE *to)
{
    put_count(style, row->cc, width, to);
}

static void put_tottime(const struct columns_style *style, const struct row *row, int width,
                        FILE *to)
{
    (void)width;
    put_time(style, row->tt, to);
}

static void put_percent_tottime(const struct columns_style *style, const struct row *row, int width,
                                FILE *to)
{
    put_percent(style, row->tt, width, to);
}

static void put_percall(const struct columns_style *style, const struct row *row, int width,
                        FILE *to)
{
    if (row->nc == 0)
        fprintf(to, "%*s", width, "");
    else
        put_time(style, row->tt / (double)row->nc, to);
}

static void put_cumtime(const struct columns_style *style, const struct row *row, int width,
                        FILE *to)
{
    (void)width;
    put_time(style, row->ct, to);
}

static void put_percent_cumtime(const struct columns_style *style, const struct row *row, int width,
                                FILE *to)
{
    put_percent(style, row->ct, width, to);
}

static void put_percall_cumulative(const struct columns_style *style, const struct row *row,
                                   int width, FILE *to)
{
    if (row->cc == 0)
        fprintf(to, "%*s", width, "");
    else
        put_time(style, row->ct / (double)row->cc, to);
}

/* The two of which a function without a finished call has none. */
static void put_extreme(const struct columns_style *style, const struct row *row, double seconds,
                        int width, FILE *to)
{
    if (row->figures.known && row->figures.min <= row->figures.max)
        put_time(style, seconds, to);
    else
        fprintf(to, "%*s", width, "");
}

static void put_min(const struct columns_style *style, const struct row *row, int width, FILE *to)
{
    put_extreme(style, row, row->figures.min, width, to);
}

static void put_max(const struct columns_style *style, const struct row *row, int width, FILE *to)
{
    put_extreme(style, row, row->figures.max, width, to);
}

static void put_threads(const struct columns_style *style, const struct row *row, int width,
                        FILE *to)
{
    if (row->figures.known)
        put_count(style, row->figures.threads, width, to);
    else
        fprintf(to, "%*s", width, "");
}

static void put_inlined(const struct columns_style *style, const struct row *row, int width,
                        FILE *to)
{
    if (row->figures.known)
        put_count(style, row->figures.inlined, width, to);
    else
        fprintf(to, "%*s", width, "");
}

/* ---- columns ---- */

static const struct column all[] = {
    {"ncalls", "ncalls", COUNT_WIDTH, put_ncalls},
    {"pcalls", "pcalls", COUNT_WIDTH, put_pcalls},
    {"tottime", "tottime", 0, put_tottime},
    {"%tottime", "%tottime", PERCENT_WIDTH, put_percent_tottime},
    {"percall", NULL, 0, put_percall},
    {"cumtime", "cumtime", 0, put_cumtime},
    {"%cumtime", "%cumtime", PERCENT_WIDTH, put_percent_cumtime},
    {"percall_cum", NULL, 0, put_percall_cumulative},
    {"min", "min", 0, put_min},
    {"max", "max", 0, put_max},
    {"threads", "threads", COUNT_WIDTH, put_threads},
    {"inlined", "inlined", COUNT_WIDTH, put_inlined},
};
#define NALL (sizeof(all) / sizeof(all[0]))

/* pstats' */
static const struct columns usual = {{&all[0], &all[2], &all[4], &all[5], &all[7]}, 5};

static const struct column *find(const char *word, size_t size)
{
    size_t i;

    for (i = 0; i < NALL; i++)
        if (strlen(all[i].word) == size && memcmp(all[i].word, word, size) == 0)
            return &all[i];
    return NULL;
}

static int unknown_column(const char *word, size_t size, struct profile_error *error)
{
    char list[160] = "";
    size_t i, used = 0;

    for (i = 0; i < NALL; i++)
        used += (size_t)snprintf(list + used, sizeof(list) - used, " %s", all[i].word);
    return error_set(error, "'%.*s' is no column; the columns are:%s file:line",
                     size > 30 ? 30 : (int)size, word, list);
}

void columns_help(FILE *to)
{
    size_t i;

    for (i = 0; i < NALL; i++)
        fprintf(to, "%s%s%s", i % 8 ? " " : "  ", all[i].word,
                i % 8 == 7 || i == NALL - 1 ? "\n" : "");
}

int columns_parse(const char *text, struct columns *out, struct profile_error *error)
{
    static const char name[] = "file:line"; /* is there anyway, at the end */

    for (out->n = 0;; text++) {
        size_t size = strcspn(text, ",");
        const struct column *column = find(text, size);
        bool is_name = size == sizeof(name) - 1 && memcmp(text, name, size) == 0;

        if (!column && !is_name)
            return unknown_column(text, size, error);
        if (column && out->n == COLUMNS_MAX)
            return error_set(error, "more than %d columns", COLUMNS_MAX);
        if (column)
            out->items[out->n++] = column;
        text += size;
        if (*text == '\0')
            break;
    }
    return out->n ? 0 : error_set(error, "name a column besides file:line");
}

static int width_of(const struct column *c, const struct columns_style *style)
{
    return c->width ? c->width : style->unit->width;
}

static const char *title_of(const struct column *c, const struct columns_style *style)
{
    if (!c->title)
        return style->sampled ? "persample" : "percall";
    return style->sampled && c->put == put_ncalls ? "nsamples" : c->title;
}

void columns_put_titles(const struct columns *c, const struct columns_style *style, FILE *to)
{
    size_t i;

    if (c->n == 0)
        c = &usual;
    for (i = 0; i < c->n; i++)
        fprintf(to, "%s%*s", i ? " " : "", width_of(c->items[i], style),
                title_of(c->items[i], style));
}

void columns_put_cells(const struct columns *c, const struct columns_style *style,
                       const struct row *row, FILE *to)
{
    size_t i;

    if (c->n == 0)
        c = &usual;
    for (i = 0; i < c->n; i++) {
        if (i > 0)
            fputc(' ', to);
        c->items[i]->put(style, row, width_of(c->items[i], style), to);
    }
}
