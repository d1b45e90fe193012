/*
 * speedscope's own format (https://www.speedscope.app/file-format-schema.json), version 0.0.1: the
 * functions once, and for each thread the calls' begins and ends. A calling context is one call, as
 * long as all its calls together; what one calls stands in the order of time spent, the longest
 * first.
 */
#include "report/call_tree.h"
#include "report/export.h"
#include "report/json.h"

#include <inttypes.h>

static void put_frames(const struct model *m, FILE *to)
{
    size_t i;

    for (i = 0; i < m->nrows; i++) {
        fputs(i ? ",\n{\"name\":" : "\n{\"name\":", to);
        json_put_string(m->rows[i].name, to);
        fputs(",\"file\":", to);
        json_put_string(m->rows[i].file, to);
        fprintf(to, ",\"line\":%" PRId64 "}", m->rows[i].line);
    }
}

static void put_event(char type, uint32_t frame, uint64_t at, bool *first, FILE *to)
{
    fprintf(to, "%s\n{\"type\":\"%c\",\"frame\":%" PRIu32 ",\"at\":%" PRIu64 "}", *first ? "" : ",",
            type, frame, at);
    *first = false;
}

/* A call's own time comes before what it calls. */
static void put_events(const struct call_tree *t, FILE *to)
{
    const struct call *calls = t->calls;
    uint32_t at = calls[0].first;
    uint64_t now = 0;
    bool first = true;

    while (at != CALL_TREE_NONE) {
        put_event('O', calls[at].row, now, &first, to);
        now += export_ns(calls[at].self);
        if (calls[at].first != CALL_TREE_NONE) {
            at = calls[at].first;
            continue;
        }
        put_event('C', calls[at].row, now, &first, to);
        while (calls[at].next == CALL_TREE_NONE && calls[at].parent != 0) {
            at = calls[at].parent;
            put_event('C', calls[at].row, now, &first, to);
        }
        at = calls[at].next;
    }
}

static uint64_t total_of(const struct call_tree *t)
{
    uint64_t total = 0;
    size_t i;

    for (i = 1; i < t->n; i++)
        total += export_ns(t->calls[i].self);
    return total;
}

int export_speedscope(struct stats *s, FILE *to)
{
    const struct profile_tail *tail = s->model.tail;
    bool first = true;
    size_t i;

    fputs("{\"$schema\":\"https://www.speedscope.app/file-format-schema.json\",\n"
          "\"exporter\":\"cprof " CPROF_VERSION "\",\n\"shared\":{\"frames\":[",
          to);
    put_frames(&s->model, to);
    fputs("]},\n\"profiles\":[", to);
    for (i = 0; i < tail->nthreads; i++) {
        struct call_tree t;

        if (tail->threads[i].flags & PROFILE_THREAD_SIGNAL)
            continue; /* part of the thread that it interrupted */
        if (call_tree_make(&s->model, i, &t) < 0)
            return -1;
        if (t.calls[0].first != CALL_TREE_NONE) {
            fprintf(to, "%s\n{\"type\":\"evented\",\"name\":", first ? "" : ",");
            json_put_string(tail->threads[i].name, to);
            fprintf(to,
                    ",\"unit\":\"nanoseconds\",\"startValue\":0,\"endValue\":%" PRIu64
                    ",\"events\":[",
                    total_of(&t));
            put_events(&t, to);
            fputs("]}", to);
            first = false;
        }
        call_tree_free(&t);
    }
    fputs("]}\n", to);
    return 0;
}
