/*
 * The format of callgrind's profiles, version 1 (https://valgrind.org/docs/manual/cl-format.html):
 * for each function its own nanoseconds, and for each function that it called how often, and the
 * nanoseconds until that returned. All lines are those of the functions' definitions.
 */
#include "report/export.h"

#include "report/cell.h"

#include <inttypes.h>
#include <stdlib.h>

/* A number stands for the name once that has been said. */
static void put_function(const struct model *m, const char *file, const char *function,
                         uint32_t key, bool *said, FILE *to)
{
    const struct row *row = model_function(m, key);

    fprintf(to, "%s=(%" PRIu32 ")", file, key + 1);
    if (!said[key]) {
        fputc(' ', to);
        export_text(row->file, "", 0, to);
    }
    fprintf(to, "\n%s=(%" PRIu32 ")", function, key + 1);
    if (!said[key]) {
        fputc(' ', to);
        export_text(row->name, "", 0, to);
    }
    fputc('\n', to);
    said[key] = true;
}

static void put_callees(const struct stats *s, uint32_t key, int64_t line, bool *said, FILE *to)
{
    size_t i;

    for (i = s->callees.first[key]; i < s->callees.first[key + 1]; i++) {
        const struct caller *c = &s->callees.items[i];
        char calls[CELL_COUNT_SIZE];

        put_function(&s->model, "cfi", "cfn", c->key, said, to);
        fprintf(to, "calls=%s %" PRId64 "\n%" PRId64 " %" PRIu64 "\n",
                cell_count(c->nc, false, calls), model_function(&s->model, c->key)->line, line,
                export_ns(c->ct));
    }
}

int export_callgrind(struct stats *s, FILE *to)
{
    bool *said = calloc(s->model.keys.count + 1, sizeof(*said));
    uint64_t total = 0;
    uint32_t key;
    size_t i;

    if (!said || callees_make(&s->callees, &s->model) < 0) {
        free(said);
        return -1;
    }
    for (i = 0; i < s->model.nrows; i++)
        total += export_ns(s->model.rows[i].tt);
    fprintf(to,
            "# callgrind format\nversion: 1\ncreator: cprof " CPROF_VERSION
            "\npositions: line\nevents: ns\nsummary: %" PRIu64 "\n",
            total);
    for (key = 0; key < s->model.keys.count; key++) {
        const struct row *row = model_function(&s->model, key);

        fputc('\n', to);
        put_function(&s->model, "fl", "fn", key, said, to);
        fprintf(to, "%" PRId64 " %" PRIu64 "\n", row->line, export_ns(row->tt));
        put_callees(s, key, row->line, said, to);
    }
    free(said);
    return 0;
}
