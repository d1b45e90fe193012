/*
 * A line for each calling context: the functions from the outermost to the innermost, separated by
 * semicolons, a space, and the nanoseconds that the innermost took itself. It is what Brendan
 * Gregg's flamegraph.pl reads (https://github.com/brendangregg/FlameGraph).
 */
#include "report/call_tree.h"
#include "report/export.h"

#include <inttypes.h>
#include <stdlib.h>

static void put_stack(const struct call_tree *t, uint32_t at, uint32_t *path, FILE *to)
{
    size_t depth = 0;

    for (; at != 0; at = t->calls[at].parent)
        path[depth++] = at;
    while (depth-- > 0) {
        export_text(t->model->rows[t->calls[path[depth]].row].name, ";", 0, to);
        fputc(depth > 0 ? ';' : ' ', to);
    }
}

int export_collapsed(struct stats *s, FILE *to)
{
    struct call_tree t;
    uint32_t *path, i;

    if (call_tree_make(&s->model, SIZE_MAX, &t) < 0)
        return -1;
    path = calloc(t.n, sizeof(*path));
    for (i = 1; i < t.n && path; i++) {
        uint64_t self = export_ns(t.calls[i].self);

        if (self == 0)
            continue;
        put_stack(&t, i, path, to);
        fprintf(to, "%" PRIu64 "\n", self);
    }
    call_tree_free(&t);
    free(path);
    return path ? 0 : -1;
}
