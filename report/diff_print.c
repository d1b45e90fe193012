#include "report/diff_print.h"

#include "report/cell.h"
#include "report/error.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MOST_FINDINGS 10 /* of times, and of calls */
#define COUNT_WIDTH   9
#define CHANGE_WIDTH  10

/* ---- pieces ---- */

/* "+312.4ms" */
static void signed_time(const struct unit *unit, double seconds, char text[UNIT_CELL_SIZE + 1])
{
    char cell[UNIT_CELL_SIZE];

    unit_cell(unit, fabs(seconds), cell);
    snprintf(text, UNIT_CELL_SIZE + 1, "%c%s", seconds < 0 ? '-' : '+', cell + strspn(cell, " "));
}

static void put_unsigned(const struct unit *unit, double seconds, FILE *to)
{
    char cell[UNIT_CELL_SIZE];

    unit_cell(unit, seconds, cell);
    fputs(cell + strspn(cell, " "), to);
    if (unit->per_second == 1 || (unit->per_second == 0 && cell[strlen(cell) - 1] != 's'))
        fputs(" s", to);
}

/* What stands in the place of a ratio that is next to 1, or cannot be said. */
static void put_ratio(double before, double after, const char *text, const char *same, FILE *to)
{
    double ratio = after / before;

    if (!(before > 0) || !(after > 0))
        return;
    if (ratio > 0.95 && ratio < 1.05)
        fprintf(to, ", %s", same);
    else
        fprintf(to, ", %.*fx %s", ratio < 1 ? 2 : ratio < 10 ? 1 : 0, ratio, text);
}

static double per_call(struct diff_numbers n)
{
    return n.nc > 0 ? n.tt / (double)n.nc : 0;
}

/* ---- findings ---- */

static void put_calls(const struct diff *d, const struct diff_function *f, const struct stats *s,
                      FILE *to)
{
    char before[CELL_COUNT_SIZE], after[CELL_COUNT_SIZE];
    profile_count from_before, from_after;
    const struct row *caller;

    if (!f->calls_changed) {
        fputs(f->before.nc == f->after.nc ? "calls unchanged" : "calls as before", to);
        return;
    }
    if (f->before.nc == 0)
        fprintf(to, "%scalled %s times", f->old ? "" : "new, ",
                cell_count(f->after.nc, s->grouped, after));
    else if (f->after.nc == 0)
        fprintf(to, "%scalled %s times before", f->new ? "" : "gone, ",
                cell_count(f->before.nc, s->grouped, before));
    else
        fprintf(to, "called %.3gx as often, %s -> %s", (double)f->after.nc / (double)f->before.nc,
                cell_count(f->before.nc, s->grouped, before),
                cell_count(f->after.nc, s->grouped, after));
    caller = diff_caller(d, f, &from_before, &from_after);
    if (!caller)
        return;
    fputs(", by ", to);
    cell_put_text(caller->name, to);
}

static void put_time_finding(const struct diff *d, const struct diff_function *f,
                             const struct stats *s, FILE *to)
{
    char change[UNIT_CELL_SIZE + 1];

    signed_time(s->unit, f->after.tt - f->before.tt, change);
    cell_put_function(diff_row(f), " (", ")", to);
    fprintf(to, ": %s tottime", change);
    put_ratio(per_call(f->before), per_call(f->after), "per call", "the same per call", to);
    fputs(", ", to);
    put_calls(d, f, s, to);
    fputc('\n', to);
}

static bool is_slower(const struct diff_function *f)
{
    return f->time_changed && f->after.tt > f->before.tt;
}

static bool is_faster(const struct diff_function *f)
{
    return f->time_changed && f->after.tt <= f->before.tt;
}

static bool is_called_otherwise(const struct diff_function *f)
{
    return !f->time_changed && f->calls_changed;
}

/* Returns how many there are of this kind, of which the first ones are printed. */
static size_t print_kind(const struct diff *d, bool (*is_of_kind)(const struct diff_function *f),
                         const char *more, const struct stats *s, FILE *to)
{
    size_t i, n = 0;

    for (i = 0; i < d->n; i++) {
        const struct diff_function *f = &d->functions[i];

        if (!is_of_kind(f) || n++ >= MOST_FINDINGS)
            continue;
        if (f->time_changed) {
            put_time_finding(d, f, s, to);
        } else {
            cell_put_function(diff_row(f), " (", ")", to);
            fputs(": ", to);
            put_calls(d, f, s, to);
            fputc('\n', to);
        }
    }
    if (n > MOST_FINDINGS)
        fprintf(to, "and %zu more %s\n", n - MOST_FINDINGS, more);
    return n;
}

void diff_print_findings(const struct diff *d, const struct stats *s, FILE *to)
{
    size_t n = print_kind(d, is_slower, "that got slower", s, to);

    n += print_kind(d, is_faster, "that got faster", s, to);
    n += print_kind(d, is_called_otherwise, "that are called more or less often", s, to);
    if (n == 0)
        fputs("no change: every function is called as often and takes as long as before\n", to);
    fputc('\n', to);
}

/* ---- how sure ---- */

/* The smallest probability that so many runs can give. */
static double least_probability(size_t nold, size_t nnew)
{
    double p = 2;
    size_t i;

    for (i = 1; i <= nold; i++)
        p *= (double)i / (double)(nnew + i);
    return p;
}

static void print_noise(const struct diff *d, size_t nold, size_t nnew, FILE *to)
{
    double least = least_probability(nold, nnew);

    if (d->estimated) {
        fprintf(to,
                "%9snoise: %zu old and %zu new runs; Mann-Whitney, %g%% after Holm's correction\n",
                "", nold, nnew, 100 * DIFF_LEVEL);
        if (least * (double)d->tested > DIFF_LEVEL)
            fprintf(to,
                    "%9sso few runs can tell of %.0f functions; %zu had to be tested: make more\n",
                    "", floor(DIFF_LEVEL / least), d->tested);
        return;
    }
    fprintf(to, "%9sno noise estimate: ", "");
    if (nold == 1 && nnew == 1)
        fputs("one run on each side", to);
    else
        fprintf(to, "%zu old and %zu new runs", nold, nnew);
    fprintf(to, " (%d on each give one);\n", DIFF_RUNS);
    fprintf(
        to,
        "%9stold is what changed by more than %g%%, by %g%% of the total, and by more than a few "
        "long calls make\n",
        "", 100 * DIFF_RATIO, 100 * DIFF_SHARE);
}

void diff_print_summary(const struct diff *d, const struct stats *s, size_t nold, size_t nnew,
                        FILE *to)
{
    char before[CELL_COUNT_SIZE], after[CELL_COUNT_SIZE];
    double change = d->after.tt - d->before.tt;

    fprintf(to, "%9s", "");
    if (d->total_changed) {
        fputs(change > 0 ? "slower by " : "faster by ", to);
        put_unsigned(s->unit, fabs(change), to);
    } else {
        fputs("no change of the total", to);
    }
    fprintf(to, ": %.3f -> %.3f seconds\n", d->before.tt, d->after.tt);
    if (d->before.nc == d->after.nc)
        fprintf(to, "%9s%s function calls, as before\n", "",
                cell_count(d->after.nc, s->grouped, after));
    else
        fprintf(to, "%9s%s -> %s function calls\n", "",
                cell_count(d->before.nc, s->grouped, before),
                cell_count(d->after.nc, s->grouped, after));
    print_noise(d, nold, nnew, to);
    if (!s->verbatim)
        notes_print(&s->notes, to, "         ");
    fputc('\n', to);
}

/* ---- the table ---- */

static void put_titles(const struct stats *s, FILE *to)
{
    int time = s->unit->width;

    fprintf(to, "%*s %*s%*s%*s %*s\n", 2 * COUNT_WIDTH + 1, "ncalls", 2 * time + 1, "tottime",
            2 * CHANGE_WIDTH + 3, "", 2 * time + 1, "percall", 2 * time + 1, "cumtime");
    fprintf(to, "%*s %*s %*s %*s %*s %*s %*s %*s %*s %*s filename:lineno(function)\n", COUNT_WIDTH,
            "old", COUNT_WIDTH, "new", time, "old", time, "new", time + 1, "change", CHANGE_WIDTH,
            "", time, "old", time, "new", time, "old", time, "new");
}

static void put_numbers(const struct stats *s, const struct diff_function *f, FILE *to)
{
    char text[UNIT_CELL_SIZE + 1], count[CELL_COUNT_SIZE];
    int time = s->unit->width;

    fprintf(to, "%*s ", COUNT_WIDTH, cell_count(f->before.nc, s->grouped, count));
    fprintf(to, "%*s", COUNT_WIDTH, cell_count(f->after.nc, s->grouped, count));
    cell_put_time(s->unit, f->before.tt, to);
    cell_put_time(s->unit, f->after.tt, to);
    signed_time(s->unit, f->after.tt - f->before.tt, text);
    fprintf(to, " %*s ", time + 1, text);
    if (!f->old || !f->new)
        fprintf(to, "%*s", CHANGE_WIDTH, f->new ? "new" : "gone");
    else if (f->before.tt > 0)
        fprintf(to, "%+*.1f%%", CHANGE_WIDTH - 1, 100 * (f->after.tt / f->before.tt - 1));
    else
        fprintf(to, "%*s", CHANGE_WIDTH, "");
    cell_put_time(s->unit, per_call(f->before), to);
    cell_put_time(s->unit, per_call(f->after), to);
    cell_put_time(s->unit, f->before.ct, to);
    cell_put_time(s->unit, f->after.ct, to);
}

/* The function of this row; the selection keeps their order. */
static const struct diff_function *function_of(const struct diff *d, const struct row *row,
                                               size_t *next)
{
    while (diff_row(&d->functions[*next]) != row)
        ++*next;
    return &d->functions[(*next)++];
}

static void print_rows(const struct diff *d, const struct selection *rows, const char *message,
                       const struct stats *s, FILE *to)
{
    size_t i, next = 0;

    if (rows->nrows == 0)
        return;
    fprintf(to, "   Ordered by: change of internal time\n%s\n", message);
    put_titles(s, to);
    for (i = 0; i < rows->nrows; i++) {
        put_numbers(s, function_of(d, rows->rows[i], &next), to);
        fputc(' ', to);
        cell_put_text(rows->rows[i]->standard_name, to);
        fputc('\n', to);
    }
    fputs("\n\n", to);
}

int diff_print_table(const struct diff *d, struct stats *s, const char *const *words, size_t nwords,
                     FILE *to, struct profile_error *error)
{
    struct selection selection = {.rows = calloc(d->n + 1, sizeof(const struct row *))};
    char *message = NULL;
    size_t i, size;
    FILE *memory = open_memstream(&message, &size);
    int result = selection.rows && memory ? 0 : error_memory(error);

    for (i = 0; i < d->n && result == 0; i++)
        selection.rows[selection.nrows++] = diff_row(&d->functions[i]);
    for (i = 0; i < nwords && result == 0; i++)
        result = restrict_rows(&selection, words[i], memory, error);
    if (memory && fclose(memory) != 0 && result == 0)
        result = error_memory(error);
    if (result == 0) {
        print_rows(d, &selection, message, s, to);
        s->unmatched = selection.unmatched;
    }
    free(selection.rows);
    free(message);
    return result;
}
