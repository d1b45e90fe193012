#include "report/call_tree_print.h"

#include "report/call_tree.h"
#include "report/error.h"
#include "report/figures.h"
#include "report/literal.h"
#include "report/threads.h"

#include <stdlib.h>
#include <string.h>

#define PERCENT_WIDTH 7

/* ---- one tree ---- */

struct printing {
    const struct stats *s;
    const struct call_tree *tree;
    const struct tree_view *view;
    size_t lines, most; /* printed; to be printed */
    size_t cut;         /* contexts that are not */
    double least, all;  /* s */
};

static void put_percent(const struct printing *p, double seconds, FILE *to)
{
    fprintf(to, "%*.1f%%", PERCENT_WIDTH - 1, p->all > 0 ? 100 * seconds / p->all : 0);
}

static void put_call(struct printing *p, const struct call *call, int depth, FILE *to)
{
    char count[CELL_COUNT_SIZE];

    put_percent(p, call->total, to);
    cell_put_time(p->s->unit, call->total, to);
    if (!p->view->inverted) {
        put_percent(p, call->self, to);
        cell_put_time(p->s->unit, call->self, to);
    }
    fprintf(to, " %9s  %*s", cell_count(call->calls, p->s->grouped, count), 2 * depth, "");
    cell_put_function(&p->tree->model->rows[call->row], "  ", "", to);
    fputs(call->recursive ? "  (recursion: what it calls is above)\n" : "\n", to);
}

/* In the order of a tree, without recursion: contexts may be very deep. */
static void put_calls(struct printing *p, FILE *to)
{
    const struct call *calls = p->tree->calls;
    uint32_t at = calls[0].first;
    int depth = 0;

    while (at != CALL_TREE_NONE) {
        const struct call *call = &calls[at];
        bool is_shown = call->total >= p->least && p->lines < p->most;

        if (is_shown) {
            put_call(p, call, depth, to);
            p->lines++;
        }
        if (is_shown && call->first != CALL_TREE_NONE) {
            at = call->first;
            depth++;
            continue;
        }
        while (calls[at].next == CALL_TREE_NONE && calls[at].parent != 0) {
            at = calls[at].parent;
            depth--;
        }
        at = calls[at].next;
    }
    p->cut = p->tree->n - 1 - p->lines + p->tree->left_out;
}

static void put_titles(const struct printing *p, FILE *to)
{
    int time = p->s->unit->width;

    if (p->view->inverted)
        fprintf(to, "%*s %9s  %s\n", PERCENT_WIDTH + 1 + time, "tottime", "ncalls",
                "function, below it its callers");
    else
        fprintf(to, "%*s%*s %9s  %s\n", PERCENT_WIDTH + 1 + time, "cumtime",
                PERCENT_WIDTH + 1 + time, "tottime", "ncalls", "function, below it what it calls");
}

static void print_tree(const struct stats *s, const struct tree_view *view,
                       const struct call_tree *tree, double all, size_t most, FILE *to)
{
    struct printing p = {.s = s,
                         .tree = tree,
                         .view = view,
                         .most = most,
                         .least = view->min_percent / 100 * all,
                         .all = all};

    put_titles(&p, to);
    put_calls(&p, to);
    if (p.cut > 0)
        fprintf(to, "\n   %zu context%s not shown (--min-percent %g)\n", p.cut,
                p.cut == 1 ? " is" : "s are", view->min_percent);
    fputs("\n\n", to);
}

/* ---- restrictions ---- */

static int choose(const struct model *m, const char *word, bool *chosen,
                  struct profile_error *error)
{
    struct pattern *pattern = pattern_new(word, error);
    bool any = false;
    size_t i;

    if (!pattern)
        return -1;
    for (i = 0; i < m->nrows; i++) {
        int found = pattern_find(pattern, &m->rows[i].standard_name, error);

        if (found < 0) {
            pattern_free(pattern);
            return -1;
        }
        chosen[i] = chosen[i] && found;
        any |= chosen[i];
    }
    pattern_free(pattern);
    return any;
}

/* What WORDS say: rows at which the tree begins (unless they name none: *IS_CHOSEN), and *MOST
   lines of it. */
static int read_words(struct stats *s, const char *const *words, size_t nwords, bool *chosen,
                      bool *is_chosen, size_t *most, struct profile_error *error)
{
    size_t i;

    memset(chosen, 1, s->model.nrows * sizeof(*chosen));
    for (i = 0; i < nwords; i++) {
        int64_t count;
        double fraction;
        int any;

        if (literal_int(words[i], &count)) {
            *most = count >= 0 && (uint64_t)count < *most ? (size_t)count : *most;
            continue;
        }
        if (literal_float(words[i], &fraction))
            return error_set(error, "--tree takes numbers of lines and patterns, not %.40s",
                             words[i]);
        any = choose(&s->model, words[i], chosen, error);
        if (any < 0)
            return -1;
        if (!any)
            s->unmatched = words[i];
        *is_chosen = true;
    }
    return 0;
}

/* ---- all trees ---- */

struct request {
    const struct tree_view *view;
    const bool *chosen; /* NULL: all */
    size_t most;
};

/* Replaces TREE by what MAKE has made of it. */
static int become(struct call_tree *tree, struct call_tree *made, int result)
{
    call_tree_free(tree);
    *tree = *made;
    return result;
}

/* THREAD: an index into the tail's threads, or SIZE_MAX. Nothing, if that has no contexts. */
static int print_one(const struct stats *s, const struct request *r, size_t thread, FILE *to)
{
    struct call_tree tree, made;
    double all = 0;
    int result = call_tree_make(&s->model, thread, &tree);

    if (result == 0)
        all = tree.calls[0].total;
    if (result == 0 && r->chosen)
        result = become(&tree, &made, call_tree_focus(&tree, r->chosen, &made));
    if (result == 0 && r->view->inverted)
        result =
            become(&tree, &made, call_tree_invert(&tree, r->view->min_percent / 100 * all, &made));
    if (result < 0) {
        call_tree_free(&tree);
        return -1;
    }
    if (tree.calls[0].first != CALL_TREE_NONE) {
        if (thread != SIZE_MAX)
            threads_put_title(&s->model.tail->threads[thread], to);
        print_tree(s, r->view, &tree, all, r->most, to);
    }
    call_tree_free(&tree);
    return 0;
}

/* Handlers that interrupt a thread are part of it. */
static int print_threads(const struct stats *s, const struct request *r, FILE *to)
{
    const struct profile_tail *t = s->model.tail;
    size_t i;
    int result = 0;

    for (i = 0; i < t->nthreads && result == 0; i++)
        if (!(t->threads[i].flags & PROFILE_THREAD_SIGNAL))
            result = print_one(s, r, i, to);
    return result;
}

int tree_print(struct stats *s, const struct tree_view *view, const char *const *words,
               size_t nwords, FILE *to, struct profile_error *error)
{
    bool *chosen, is_chosen = false;
    struct request r = {.view = view, .most = SIZE_MAX};
    int result;

    if (!s->model.tail)
        return error_set(error, "calling contexts are only in profiles that cprof wrote");
    chosen = calloc(s->model.nrows + 1, sizeof(*chosen));
    if (!chosen)
        return error_memory(error);
    result = read_words(s, words, nwords, chosen, &is_chosen, &r.most, error);
    if (result == 0) {
        r.chosen = is_chosen ? chosen : NULL;
        stats_print_header(s, to);
        if ((view->by_thread ? print_threads(s, &r, to) : print_one(s, &r, SIZE_MAX, to)) < 0)
            result = error_memory(error);
    }
    free(chosen);
    return result;
}
