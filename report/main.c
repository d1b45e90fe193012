/*
 * cprof-report: from profiles to the table that people read.
 *
 *   load -> model (add up, strip) -> sort -> restrict -> table
 */
#include "report/error.h"
#include "report/load.h"
#include "report/model.h"
#include "report/options.h"
#include "report/restrict.h"
#include "report/table.h"
#include "report/terminal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

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

static int add_file(struct model *model, struct notes *notes, struct folder *folder,
                    const char *path)
{
    struct profile_error error;
    struct loaded loaded;
    int result;

    if (load(folder, path, notes, &loaded, &error) < 0)
        return complain(path, &error);
    result = model_add(model, &loaded.profile);
    if (result == 0)
        result = model_add_source(model, loaded.path, loaded.modified);
    loaded_free(&loaded);
    if (result < 0) {
        error_memory(&error);
        complain(path, &error);
    }
    return result;
}

/* Adds the files in the order of pstats: the first one, then the others from the last on. */
static int add_files(struct model *model, struct notes *notes, char **files, size_t nfiles)
{
    struct folder folder = {0};
    int result = add_file(model, notes, &folder, files[0]);
    size_t i;

    for (i = nfiles - 1; i > 0 && result == 0; i--)
        result = add_file(model, notes, &folder, files[i]);
    folder_free(&folder);
    return result;
}

/* Sorts and restricts the model's rows, and says to MESSAGE how. */
static int choose_rows(const struct model *model, const struct options *o, struct selection *s,
                       FILE *message)
{
    struct profile_error error;
    size_t i;

    s->rows = calloc(model->nrows + 1, sizeof(const struct row *));
    if (!s->rows) {
        error_memory(&error);
        return complain(NULL, &error);
    }
    for (i = 0; i < model->nrows; i++)
        s->rows[s->nrows++] = &model->rows[i];
    if (o->sort.nkeys == 0) {
        fprintf(message, "   Random listing order was used\n"); /* pstats' words for the file's */
    } else {
        sort_rows(&o->sort, s->rows, s->nrows);
        fprintf(message, "   Ordered by: ");
        sort_describe(&o->sort, message);
        fputc('\n', message);
    }
    for (i = 0; i < o->nrestrictions; i++)
        if (restrict_rows(s, o->restrictions[i], message, &error) < 0)
            return complain(o->restrictions[i], &error);
    return 0;
}

/* Notes stand under the totals, except where stdout is to be exactly as pstats' is. */
static void print_table(const struct table *table, const struct notes *notes,
                        const struct selection *s, const char *message)
{
    table_print_summary(table, stdout);
    if (table->verbatim)
        notes_print(notes, stderr, "");
    else
        notes_print(notes, stdout, "         ");
    fputc('\n', stdout);
    table_print_rows(table, s, message, stdout);
}

/* Prints the report of what was loaded. Returns the exit status. */
static int report(const struct model *model, const struct notes *notes, const struct options *o)
{
    struct table table = {model, o->unit, strcmp(o->unit->word, "s") == 0};
    struct selection selection = {0};
    char *message = NULL;
    size_t size;
    FILE *to = open_memstream(&message, &size);
    int status = 1;

    if (to && choose_rows(model, o, &selection, to) == 0 && fflush(to) == 0) {
        print_table(&table, notes, &selection, message);
        status = 0;
    }
    if (to)
        fclose(to);
    if (selection.unmatched) {
        fprintf(stderr, "cprof-report: no function matches '");
        terminal_puts(stderr, selection.unmatched);
        fprintf(stderr, "'\n");
        status = 1;
    }
    free(message);
    free(selection.rows);
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
    struct profile_error error;
    struct options options;
    struct model model = {0};
    struct notes notes = {0};
    int status = options_parse(argc, argv, &options);

    if (status >= 0)
        return finish_output(status);
    status = 1;
    if (add_files(&model, &notes, options.files, options.nfiles) == 0) {
        if (options.strip_dirs && model_strip_dirs(&model, MODEL_CALLERS_ADD) < 0) {
            error_memory(&error);
            complain(NULL, &error);
        } else {
            status = report(&model, &notes, &options);
        }
    }
    model_free(&model);
    notes_free(&notes);
    options_free(&options);
    return finish_output(status);
}
