/*
 * cprof-report: from profiles to the tables that people read.
 *
 *   load -> model (add up, strip) -> sort -> restrict -> table, callers, json
 */
#include "report/browser.h"
#include "report/diff_print.h"
#include "report/dump.h"
#include "report/error.h"
#include "report/figures.h"
#include "report/options.h"
#include "report/pager.h"
#include "report/stats.h"
#include "report/terminal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int complain(const char *about, const struct profile_error *error)
{
    fprintf(stderr, "cprof-report: ");
    if (about) {
        terminal_puts(stderr, about);
        fprintf(stderr, ": ");
    }
    terminal_puts(stderr, error->text);
    if (error->offset >= 0)
        fprintf(stderr, " (at offset %" PRId64 ")", error->offset);
    fputc('\n', stderr);
    return -1;
}

/* Adds the files in the order of pstats: the first one, then the others from the last on. */
static int add_files(struct stats *stats, char **files, size_t nfiles)
{
    struct profile_error error;
    struct folder folder = {0};
    int result = 0;
    size_t i;

    for (i = 0; i < nfiles && result == 0; i++) {
        const char *path = files[i ? nfiles - i : 0];

        if (stats_add_file(stats, &folder, path, &error) < 0)
            result = complain(path, &error);
    }
    folder_free(&folder);
    return result;
}

/* The same pattern was used for all views: it is named once. */
static void report_unmatched(const char *pattern)
{
    fprintf(stderr, "cprof-report: no function matches '");
    terminal_puts(stderr, pattern);
    fprintf(stderr, "'\n");
}

/* Prints what the options ask for. Returns the exit status. */
static int report(struct stats *stats, const struct options *o)
{
    struct profile_error error;
    size_t i;

    if (stats->verbatim || (!o->is_tree && o->views[0] != STATS_TABLE))
        notes_print(&stats->notes, stderr, "");
    if (o->is_tree &&
        tree_print(stats, &o->tree, o->restrictions, o->nrestrictions, stdout, &error) < 0)
        return complain(NULL, &error), 1;
    if (!o->is_tree && o->threads &&
        stats_print_threads(stats, o->threads == THREADS_ROWS, o->restrictions, o->nrestrictions,
                            stdout, &error) < 0)
        return complain(NULL, &error), 1;
    for (i = 0; i < o->nviews && !o->threads && !o->is_tree; i++)
        if (stats_print(stats, o->views[i], o->restrictions, o->nrestrictions, stdout, &error) < 0)
            return complain(NULL, &error), 1;
    if (stats->unmatched)
        report_unmatched(stats->unmatched);
    return stats->unmatched ? 1 : 0;
}

static bool has_color(enum when when)
{
    const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

    if (when != WHEN_AUTO)
        return when == WHEN_ALWAYS;
    return isatty(STDOUT_FILENO) && !(no_color && *no_color) && term && strcmp(term, "dumb") != 0;
}

/* Prints what the options ask for, in a pager if that is to be. Returns the exit status. */
static int show(struct stats *stats, const struct options *o)
{
    struct pager pager = {0};
    int status;

    if (o->pager == WHEN_ALWAYS || (o->pager == WHEN_AUTO && isatty(STDOUT_FILENO)))
        pager_start(&pager);
    status = report(stats, o);
    pager_finish(&pager);
    return status;
}

static bool is_hiding(const struct hide *h)
{
    return h->nfilters > 0 || h->nexcludes > 0 || h->inlined;
}

static struct stats configured(const struct options *o)
{
    bool verbatim = strcmp(o->unit->word, "s") == 0;

    return (struct stats){.unit = o->unit,
                          .columns = o->columns,
                          .grouped = o->grouped,
                          .color = !verbatim && has_color(o->color),
                          .verbatim = verbatim};
}

/* As pstats' browser, which goes on without files that cannot be read. */
static int browse(const struct options *o)
{
    struct browser b = {.stats = configured(o)};
    struct profile_error error;
    size_t i;
    int result = 0;

    for (i = 0; i < o->nfiles; i++)
        if (i == 0)
            browser_read(&b, o->files[i]);
        else
            browser_add(&b, o->files[i]);
    if (is_hiding(&o->hide) && b.stats.model.nrows > 0)
        result = stats_hide(&b.stats, &o->hide, &error);
    if (result == 0 && o->strip_dirs)
        result = stats_strip_dirs(&b.stats, &error);
    if (result == 0 && figures_fill(&b.stats.model) < 0)
        result = error_memory(&error);
    if (result < 0)
        complain(NULL, &error);
    b.stats.sort = o->sort;
    if (result == 0)
        browser_run(&b);
    browser_free(&b);
    return result < 0 ? 1 : 0;
}

/* Notes go to stderr: what reads the format would not have them. */
static int export_profile(struct stats *stats, const struct options *o)
{
    struct profile_error error;

    if (figures_fill(&stats->model) < 0 || names_apply(&stats->model, o->names) < 0)
        return error_memory(&error), complain(NULL, &error), 1;
    notes_print(&stats->notes, stderr, "");
    if (export_write(o->exporter, stats, o->output, stdout, &error) == 0)
        return 0;
    return complain(o->output, &error), 1;
}

/* Does what the options ask for. Returns the exit status. */
static int run(const struct options *o)
{
    struct stats stats = configured(o);
    struct profile_error error;
    int status = 1;

    if (add_files(&stats, o->files, o->nfiles) == 0) {
        if (is_hiding(&o->hide) && stats_hide(&stats, &o->hide, &error) < 0) {
            complain(NULL, &error);
        } else if (o->strip_dirs && stats_strip_dirs(&stats, &error) < 0) {
            complain(NULL, &error);
        } else if (o->dump) {
            status = dump(&stats.model, o->dump, &error) < 0 ? complain(o->dump, &error), 1 : 0;
        } else if (o->exporter) {
            status = export_profile(&stats, o);
        } else {
            stats.sort = o->sort;
            if (figures_fill(&stats.model) < 0 || names_apply(&stats.model, o->names) < 0)
                status = (error_memory(&error), complain(NULL, &error), 1);
            else
                status = show(&stats, o);
        }
    }
    stats_free(&stats);
    return status;
}

/* ---- --diff ---- */

/* The runs share NOTES. */
static int load_side(const struct options *o, const char *const *files, size_t n,
                     struct notes *notes, struct diff_side *side)
{
    struct folder folder = {0};
    struct profile_error error;
    int result = 0;

    *side = (struct diff_side){.runs = calloc(n, sizeof(*side->runs))};
    if (!side->runs)
        result = (error_memory(&error), complain(NULL, &error));
    for (; side->n < n && result == 0; side->n++) {
        struct stats *run = &side->runs[side->n];

        *run = configured(o);
        run->notes = *notes;
        if (stats_add_file(run, &folder, files[side->n], &error) < 0 ||
            (is_hiding(&o->hide) && stats_hide(run, &o->hide, &error) < 0) ||
            (o->strip_dirs && stats_strip_dirs(run, &error) < 0) ||
            ((figures_fill(&run->model) < 0 || names_apply(&run->model, o->names) < 0) &&
             error_memory(&error) < 0))
            result = complain(files[side->n], &error);
        *notes = run->notes;
        run->notes = (struct notes){0};
    }
    folder_free(&folder);
    return result;
}

static void free_side(struct diff_side *side)
{
    while (side->n > 0)
        stats_free(&side->runs[--side->n]);
    free(side->runs);
}

static bool is_too_slow(const struct diff *d, double percent)
{
    double most = percent / 100 * d->before.tt;
    size_t i;

    if (percent < 0)
        return false;
    if (d->total_changed && d->after.tt - d->before.tt > most)
        return true;
    for (i = 0; i < d->n; i++)
        if (d->functions[i].time_changed &&
            d->functions[i].after.tt - d->functions[i].before.tt > most)
            return true;
    return false;
}

static int print_diff(const struct diff *d, struct stats *s, const struct options *o)
{
    struct pager pager = {0};
    struct profile_error error;
    int result;

    if (o->pager == WHEN_ALWAYS || (o->pager == WHEN_AUTO && isatty(STDOUT_FILENO)))
        pager_start(&pager);
    diff_print_findings(d, s, stdout);
    diff_print_summary(d, s, o->nold, o->nnew, stdout);
    result = diff_print_table(d, s, o->restrictions, o->nrestrictions, stdout, &error);
    pager_finish(&pager);
    if (result < 0)
        return complain(NULL, &error), 1;
    if (s->unmatched)
        report_unmatched(s->unmatched);
    if (s->unmatched)
        return 1;
    return is_too_slow(d, o->fail_above) ? 3 : 0;
}

/* Returns the exit status. */
static int compare(const struct options *o)
{
    struct stats stats = configured(o);
    struct diff_side old = {0}, new = {0};
    struct profile_error error;
    struct diff diff;
    int status = 1;

    if (load_side(o, o->old, o->nold, &stats.notes, &old) == 0 &&
        load_side(o, o->new, o->nnew, &stats.notes, &new) == 0) {
        if (diff_make(&old, &new, &diff) < 0) {
            status = (error_memory(&error), complain(NULL, &error), 1);
        } else {
            status = print_diff(&diff, &stats, o);
            diff_free(&diff);
        }
    }
    free_side(&old);
    free_side(&new);
    stats_free(&stats);
    return status;
}

/* What was printed may still fail to arrive, on a full disk. */
static int finish_output(int status)
{
    struct profile_error error;

    if (fflush(stdout) == 0 && !ferror(stdout))
        return status;
    error_set(&error, "the output cannot be written: %s", strerror(errno));
    complain(NULL, &error);
    return 1;
}

int main(int argc, char **argv)
{
    struct options options;
    int status = options_parse(argc, argv, &options);

    if (status < 0) {
        status = options.interactive ? browse(&options)
                 : options.diff      ? compare(&options)
                                     : run(&options);
        options_free(&options);
    }
    return finish_output(status);
}
