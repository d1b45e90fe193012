#include "report/stats.h"

#include "report/error.h"
#include "report/json.h"
#include "report/threads.h"

#include <inttypes.h>
#include <stdlib.h>

/* ---- changing ---- */

struct stats stats_empty(const struct stats *s)
{
    struct stats empty = *s;

    empty.model = (struct model){0};
    empty.notes = (struct notes){0};
    empty.sort = (struct sort){0};
    empty.callees = (struct callees){0};
    empty.unmatched = NULL;
    return empty;
}

int stats_add_file(struct stats *s, struct folder *folder, const char *path,
                   struct profile_error *error)
{
    struct loaded loaded;
    int result;

    if (load(folder, path, &s->notes, &loaded, error) < 0)
        return -1;
    result = model_add(&s->model, &loaded.profile);
    if (result == 0 && loaded.path)
        result = model_add_source(&s->model, loaded.path, loaded.modified);
    loaded_free(&loaded);
    s->sort = (struct sort){0};
    return result < 0 ? error_memory(error) : 0;
}

int stats_hide(struct stats *s, const struct hide *h, struct profile_error *error)
{
    size_t hidden;

    if (hide(&s->model, h, &hidden, error) < 0)
        return -1;
    if (hidden > 0)
        notes_add(&s->notes,
                  "%zu function%s of the profile %s not shown; what %s took is %s callers'", hidden,
                  hidden == 1 ? "" : "s", hidden == 1 ? "is" : "are", hidden == 1 ? "it" : "they",
                  hidden == 1 ? "its" : "their");
    callees_free(&s->callees);
    s->sort = (struct sort){0};
    return 0;
}

int stats_strip_dirs(struct stats *s, struct profile_error *error)
{
    if (model_strip_dirs(&s->model, s->verbatim ? MODEL_LAST_CALLER_WINS : MODEL_CALLERS_ADD) < 0)
        return error_memory(error);
    callees_free(&s->callees);
    s->sort = (struct sort){0};
    return 0;
}

void stats_reverse(struct stats *s)
{
    s->sort.reverse = !s->sort.reverse && s->sort.nkeys > 0;
}

/* ---- printing ---- */

int stats_select(const struct stats *s, const char *const *words, size_t nwords,
                 struct selection *out, FILE *message, struct profile_error *error)
{
    size_t i;

    *out = (struct selection){.rows = calloc(s->model.nrows + 1, sizeof(const struct row *))};
    if (!out->rows)
        return error_memory(error);
    for (i = 0; i < s->model.nrows; i++)
        out->rows[out->nrows++] = &s->model.rows[i];
    if (s->sort.nkeys == 0) {
        fprintf(message, "   Random listing order was used\n"); /* pstats' words for the file's */
    } else {
        sort_rows(&s->sort, out->rows, out->nrows);
        fprintf(message, "   Ordered by: ");
        sort_describe(&s->sort, message);
        fputc('\n', message);
    }
    for (i = 0; i < nwords; i++) {
        struct profile_error why;

        if (restrict_rows(out, words[i], message, &why) < 0) {
            free(out->rows);
            out->rows = NULL;
            return error_set(error, "%.60s: %.120s", words[i], why.text);
        }
    }
    return 0;
}

static struct table table_of(const struct stats *s)
{
    return (struct table){.model = &s->model,
                          .unit = s->unit,
                          .columns = s->columns,
                          .grouped = s->grouped,
                          .color = s->color,
                          .name_title = s->name_title,
                          .verbatim = s->verbatim,
                          .stop = s->stop};
}

void stats_print_header(const struct stats *s, FILE *to)
{
    const struct table table = table_of(s);

    table_print_summary(&table, to);
    if (!s->verbatim)
        notes_print(&s->notes, to, "         ");
    fputc('\n', to);
}

static int print_view(struct stats *s, enum stats_view view, const struct selection *selection,
                      const char *message, FILE *to)
{
    const struct table table = table_of(s);

    if (view == STATS_TABLE) {
        table_print_rows(&table, selection, message, to);
        return 0;
    }
    if (view == STATS_JSON)
        return json_print(&table, selection, to);
    /* pstats makes them when it first prints some, and keeps them when more is added. */
    if (view == STATS_CALLEES && selection->nrows > 0 && callees_make(&s->callees, &s->model) < 0)
        return -1;
    return callers_print(&table, view == STATS_CALLEES ? &s->callees : NULL, selection, message,
                         to);
}

int stats_print(struct stats *s, enum stats_view view, const char *const *words, size_t nwords,
                FILE *to, struct profile_error *error)
{
    struct selection selection = {0};
    char *message = NULL;
    size_t size;
    FILE *memory = open_memstream(&message, &size);
    int result = memory ? 0 : error_memory(error);

    if (result == 0)
        result = stats_select(s, words, nwords, &selection, memory, error);
    if (memory && fclose(memory) != 0 && result == 0)
        result = error_memory(error);
    if (result == 0) {
        if (view == STATS_TABLE)
            stats_print_header(s, to);
        if (print_view(s, view, &selection, message, to) < 0)
            result = error_memory(error);
        s->unmatched = selection.unmatched;
    }
    free(selection.rows);
    free(message);
    return result;
}

/* ---- threads ---- */

/* A pattern is unmatched if that is so in all threads. */
static int print_each(struct stats *s, const struct threads *threads, const char *const *words,
                      size_t nwords, FILE *to, struct profile_error *error)
{
    bool matched = false;
    size_t i;
    int result = 0;

    for (i = 0; i < threads->n && result == 0; i++) {
        const struct thread_model *t = &threads->items[i];
        struct stats part = stats_empty(s);

        part.model = t->model;
        part.sort = s->sort;
        threads_put_title(t->thread, to);
        result = stats_print(&part, STATS_TABLE, words, nwords, to, error);
        matched |= part.unmatched == NULL;
        s->unmatched = matched ? NULL : part.unmatched;
    }
    return result;
}

/* Under the header of the whole. */
static int print_joined(struct stats *s, const struct threads *threads, const char *const *words,
                        size_t nwords, FILE *to, struct profile_error *error)
{
    struct stats joined = *s;
    int result;

    if (threads_join(threads, &joined.model, error) < 0)
        return -1;
    joined.model.sources = s->model.sources;
    joined.model.nsources = s->model.nsources;
    joined.name_title = THREADS_TITLE;
    result = stats_print(&joined, STATS_TABLE, words, nwords, to, error);
    s->unmatched = joined.unmatched;
    joined.model.sources = NULL;
    joined.model.nsources = 0;
    model_free(&joined.model);
    return result;
}

int stats_print_threads(struct stats *s, bool joined, const char *const *words, size_t nwords,
                        FILE *to, struct profile_error *error)
{
    struct threads threads;
    int result = threads_split(&s->model, &threads, error);

    if (result == 0) {
        if (!joined)
            stats_print_header(s, to);
        result = joined ? print_joined(s, &threads, words, nwords, to, error)
                        : print_each(s, &threads, words, nwords, to, error);
    }
    threads_free(&threads);
    return result;
}

/* ---- the end ---- */

void stats_free(struct stats *s)
{
    model_free(&s->model);
    notes_free(&s->notes);
    callees_free(&s->callees);
}
