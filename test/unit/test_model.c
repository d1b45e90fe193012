/* Adding profiles and stripping folders. Expected numbers: pstats' rules, worked out by hand. */
#include "report/model.h"
#include "test/unit/profiles.h"

#include "format/tail.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct edge {
    uint32_t caller;
    int nc, cc;
    double tt, ct;
    bool plain;
};

struct function {
    const char *file, *name;
    bool is_row;
    struct edge edges[4];
    size_t nedges;
};

/* A profile of N functions, each of line 1; row I has cc 1, nc 2, tt I + 1, ct I + 2. */
static struct profile make(const struct function *f, size_t n)
{
    struct profile p = {.functions = calloc(n, sizeof(*p.functions)), .nfunctions = n};

    for (size_t i = 0; i < n; i++) {
        struct profile_function *to = &p.functions[i];

        to->file = string_of(f[i].file, strlen(f[i].file));
        to->name = string_of(f[i].name, strlen(f[i].name));
        to->line = 1;
        if (!f[i].is_row)
            continue;
        to->is_row = true;
        to->cc = 1;
        to->nc = 2;
        to->tt = (double)i + 1;
        to->ct = (double)i + 2;
        to->ncallers = f[i].nedges;
        to->callers = calloc(f[i].nedges + 1, sizeof(*to->callers));
        for (size_t j = 0; j < f[i].nedges; j++) {
            const struct edge *e = &f[i].edges[j];

            to->callers[j] =
                (struct profile_caller){e->caller, e->nc, e->cc, e->tt, e->ct, e->plain};
        }
    }
    return p;
}

static void add(struct model *m, struct profile p)
{
    ck_assert_int_eq(model_add(m, &p), 0);
    ck_assert_ptr_null(p.tail);
    profile_free(&p);
}

static void expect_row(const struct model *m, size_t row, const char *standard_name, size_t callers)
{
    ck_assert_uint_lt(row, m->nrows);
    ck_assert_str_eq(m->rows[row].standard_name.bytes, standard_name);
    ck_assert_uint_eq(m->rows[row].ncallers, callers);
}

static void expect_caller(const struct model *m, size_t row, size_t i, const char *caller, int nc,
                          int cc, double tt, double ct)
{
    const struct caller *c = &m->rows[row].callers[i];

    ck_assert_str_eq(model_function(m, c->key)->standard_name.bytes, caller);
    ck_assert(c->nc == nc && c->cc == cc);
    ck_assert_double_eq(c->tt, tt);
    ck_assert_double_eq(c->ct, ct);
}

/* f is called by main and itself */
static const struct function first[] = {
    {"/a/x.c", "f", true, {{1, 3, 2, .5, .75, 0}, {0, 4, 1, .25, .125, 0}}, 2},
    {"/a/x.c", "main", true, {{0}}, 0},
};

/* g before main; f is called by g, which first does not have, and by main */
static const struct function second[] = {
    {"/a/x.c", "f", true, {{1, 10, 9, 8, 7, 0}, {2, 1, 1, 1, 1, 0}}, 2},
    {"/b/x.c", "g", true, {{2, 1, 1, 2, 2, 0}}, 1},
    {"/a/x.c", "main", true, {{0}}, 0},
};

START_TEST(adding_keeps_the_order_and_sums)
{
    struct model m = {0};

    add(&m, make(first, COUNT(first)));
    add(&m, make(second, COUNT(second)));
    ck_assert_uint_eq(m.nrows, 3);
    expect_row(&m, 0, "/a/x.c:1(f)", 3);
    expect_row(&m, 1, "/a/x.c:1(main)", 0);
    expect_row(&m, 2, "/b/x.c:1(g)", 1);
    expect_caller(&m, 0, 0, "/a/x.c:1(main)", 4, 3, 1.5, 1.75);
    expect_caller(&m, 0, 1, "/a/x.c:1(f)", 4, 1, .25, .125);
    expect_caller(&m, 0, 2, "/b/x.c:1(g)", 10, 9, 8, 7);
    expect_caller(&m, 2, 0, "/a/x.c:1(main)", 1, 1, 2, 2);
    ck_assert(m.rows[0].nc == 4 && m.rows[0].cc == 2);
    ck_assert_double_eq(m.rows[1].tt, 5);
    ck_assert(m.total_calls == 10 && m.primitive_calls == 5);
    model_free(&m);
}
END_TEST

/* A caller without a row keeps its name, and its key when a later profile has the row. */
START_TEST(a_stranger_becomes_a_row)
{
    static const struct function callee[] = {
        {"c.c", "f", true, {{1, 1, 1, 1, 1, 0}}, 1},
        {"c.c", "stranger", false, {{0}}, 0},
    };
    static const struct function caller[] = {{"c.c", "stranger", true, {{0}}, 0}};
    struct model m = {0};

    add(&m, make(callee, COUNT(callee)));
    ck_assert_uint_eq(m.nrows, 1);
    expect_caller(&m, 0, 0, "c.c:1(stranger)", 1, 1, 1, 1);
    ck_assert_int_eq(model_strip_dirs(&m, MODEL_CALLERS_ADD), 0);
    expect_caller(&m, 0, 0, "c.c:1(stranger)", 1, 1, 1, 1);
    add(&m, make(caller, COUNT(caller)));
    ck_assert_uint_eq(m.nrows, 2);
    ck_assert_ptr_eq(model_function(&m, m.rows[0].callers[0].key), &m.rows[1]);
    model_free(&m);
}
END_TEST

/* k and l become one row; f's callers k and l become one, and so do those of the two rows. */
static const struct function colliding[] = {
    {"/a/x.c", "f", true, {{1, 1, 1, 1, 1, 0}, {0, 5, 5, 5, 5, 0}, {2, 2, 2, 2, 2, 0}}, 3},
    {"/a/x.c", "k", true, {{0, 3, 3, 3, 3, 0}}, 1},
    {"/long/b/x.c", "k", true, {{0, 4, 4, 4, 4, 0}, {2, 1, 1, 1, 1, 0}}, 2},
};

START_TEST(stripping_adds_rows)
{
    const bool last_wins = _i == 1;
    struct model m = {0};

    add(&m, make(colliding, COUNT(colliding)));
    ck_assert_int_eq(model_strip_dirs(&m, last_wins ? MODEL_LAST_CALLER_WINS : MODEL_CALLERS_ADD),
                     0);
    ck_assert_uint_eq(m.nrows, 2);
    expect_row(&m, 0, "x.c:1(f)", 2);
    expect_row(&m, 1, "x.c:1(k)", 2);
    if (last_wins)
        expect_caller(&m, 0, 0, "x.c:1(k)", 2, 2, 2, 2);
    else
        expect_caller(&m, 0, 0, "x.c:1(k)", 3, 3, 3, 3);
    expect_caller(&m, 0, 1, "x.c:1(f)", 5, 5, 5, 5);
    expect_caller(&m, 1, 0, "x.c:1(f)", 7, 7, 7, 7);
    expect_caller(&m, 1, 1, "x.c:1(k)", 1, 1, 1, 1);
    ck_assert(m.rows[1].nc == 4 && m.rows[1].cc == 2);
    ck_assert(m.total_calls == 6);
    model_free(&m);
}
END_TEST

START_TEST(counts_alone_stay_so)
{
    static const struct function old[] = {
        {"o.py", "f", true, {{0, 3, 3, 0, 0, true}}, 1},
    };
    struct model m = {0};

    add(&m, make(old, 1));
    add(&m, make(old, 1));
    ck_assert(m.rows[0].callers[0].plain);
    ck_assert(m.rows[0].callers[0].nc == 6);
    model_free(&m);
}
END_TEST

START_TEST(a_profilers_callees_are_top_level)
{
    static const struct function jython[] = {
        {"j.py", "f", true, {{1, 1, 1, 1, 1, 0}}, 1},
        {"jprofile", "profiler", false, {{0}}, 0},
        {"j.py", "g", true, {{0, 1, 1, 1, 1, 0}}, 1},
    };
    static const struct function plain[] = {
        {"j.py", "f", true, {{0}}, 0},
        {"j.py", "g", true, {{0}}, 0},
    };
    struct model m = {0};
    struct profile p = make(jython, COUNT(jython));

    p.functions[1].line = 0;
    add(&m, make(plain, COUNT(plain)));
    ck_assert(!m.rows[0].top_level && !m.rows[1].top_level);
    add(&m, p);
    ck_assert(m.rows[0].top_level && !m.rows[1].top_level);
    ck_assert_int_eq(model_strip_dirs(&m, MODEL_CALLERS_ADD), 0);
    ck_assert(m.rows[0].top_level && !m.rows[1].top_level);
    model_free(&m);
}
END_TEST

/* ---- tails ---- */

/* The functions of full_profile in another order: its rows f, main, memcpy become 1, 2, 0. */
static void add_reversed(struct model *m)
{
    static const struct function rows[] = {
        {"~", "<libc.so.6 \xc3\xa4>", true, {{0}}, 0},
        {"/a.c", "f", true, {{0}}, 0},
        {"/a.c", "main", true, {{0}}, 0},
    };
    struct profile p = make(rows, COUNT(rows));

    p.functions[0].line = p.functions[2].line = 0;
    p.functions[1].line = 3;
    p.tail = calloc(1, sizeof(*p.tail));
    p.tail->process.pid = 1;
    p.tail->process.measured = 1;
    p.tail->process.removed = 0.5;
    add(m, p);
}

START_TEST(tails_become_one)
{
    struct model m = {0};
    struct profile single = full_profile();
    const struct profile_tail *t;
    char fault[TAIL_FAULT_SIZE];

    add_reversed(&m);
    add(&m, full_profile());
    add(&m, full_profile());
    t = m.tail;
    ck_assert_ptr_nonnull(t);
    ck_assert_uint_eq(m.nrows, 3);
    ck_assert_msg(tail_check(t, m.nrows, fault) == 0, "%s", fault);
    ck_assert_uint_eq(t->process.pid, 1);
    ck_assert_double_eq(t->process.measured, 1 + 2 * .875);
    ck_assert_double_eq(t->process.removed, .5 + 2 * .125);
    ck_assert_double_eq(t->process.elapsed, 2 * 2.25);
    ck_assert_uint_eq(t->nmodules, 4);
    ck_assert_uint_eq(t->nsymbols, 8);
    ck_assert_uint_eq(t->nthreads, 6);
    ck_assert_uint_eq(t->nnodes, 10);
    ck_assert_uint_eq(t->nnotes, 4);
    ck_assert_uint_eq(t->nthread_rows, 6);
    for (size_t i = 0; i < 6; i++) {
        const struct profile_thread_row *one = &single.tail->thread_rows[i % 3];

        ck_assert_uint_eq(t->thread_rows[i].thread, one->thread + (i < 3 ? 0 : 3));
        ck_assert_uint_eq(t->thread_rows[i].function,
                          t->symbols[one->function == 2 ? 2 : 0].function);
        ck_assert(t->thread_rows[i].cc == one->cc);
    }
    for (size_t i = 0; i < 8; i++) {
        static const uint32_t function[] = {1, 1, 0, PROFILE_NO_FUNCTION};
        static const uint32_t module[] = {0, UINT32_MAX, 1, 0};
        const struct profile_symbol *s = &t->symbols[i], *one = &single.tail->symbols[i % 4];
        uint32_t shift = i < 4 ? 0 : 2;

        ck_assert_uint_eq(s->function, function[i % 4]);
        ck_assert_uint_eq(s->module, i % 4 == 1 ? UINT32_MAX : module[i % 4] + shift);
        expect_same_string(&s->name, &one->name);
        expect_same_string(&s->above.name, &one->above.name);
    }
    for (size_t i = 0; i < 10; i++) {
        const struct profile_node *n = &t->nodes[i], *one = &single.tail->nodes[i % 5];
        uint32_t shift = i < 5 ? 0 : 5;

        if (one->symbol == PROFILE_NO_FUNCTION)
            ck_assert_uint_eq(n->symbol, PROFILE_NO_FUNCTION);
        else
            ck_assert_uint_eq(n->symbol, one->symbol + (i < 5 ? 0 : 4));
        ck_assert_uint_eq(n->parent, one->parent + shift);
        ck_assert_uint_eq(n->home, one->home + shift);
        ck_assert_uint_eq(n->calls, one->calls);
    }
    ck_assert_uint_eq(t->threads[5].interrupts, 4);
    ck_assert_uint_eq(t->threads[3].first_node, 5);
    model_free(&m);
    profile_free(&single);
}
END_TEST

/* Of profiles that one thread made, each thread has what its profile has. */
START_TEST(single_threads_get_rows)
{
    static const struct function with_stranger[] = {
        {"a.c", "f", true, {{1, 1, 1, 1, 1, 0}}, 1},
        {"a.c", "stranger", false, {{0}}, 0},
        {"a.c", "g", true, {{0}}, 0},
    };
    struct model m = {0};

    for (int i = 0; i < 2; i++) {
        struct profile p = make(with_stranger, COUNT(with_stranger));
        struct profile_node nodes[] = {{PROFILE_NO_FUNCTION, 0, 0, 0, 0, 0, 0, 0, 0, 0},
                                       {PROFILE_NO_FUNCTION, 1, 1, 0, 7, 0, 0, 0, 0, 0}};

        p.functions[0].cc = 10 + i;
        p.tail = calloc(1, sizeof(*p.tail));
        p.tail->nnodes = 2;
        p.tail->nodes = copy_of(nodes, sizeof(nodes));
        p.tail->nthreads = 2;
        p.tail->threads = calloc(2, sizeof(*p.tail->threads));
        p.tail->threads[0] = (struct profile_thread){.nodes = 1, .name = STRING("no calls")};
        p.tail->threads[1] =
            (struct profile_thread){.first_node = 1, .nodes = 1, .name = STRING("all calls")};
        add(&m, p);
        ck_assert_uint_eq(m.tail->nthread_rows, i == 0 ? 0 : 4);
    }
    for (size_t i = 0; i < 4; i++) {
        const struct profile_thread_row *row = &m.tail->thread_rows[i];

        ck_assert_uint_eq(row->thread, i < 2 ? 1 : 3);
        ck_assert_uint_eq(row->function, i % 2);
        ck_assert_uint_eq(row->cc, i == 0 ? 10 : i == 2 ? 11 : 1);
        ck_assert_double_eq(row->ct, i % 2 == 0 ? 2 : 4);
    }
    model_free(&m);
}
END_TEST

START_TEST(a_profile_without_tail_ends_it)
{
    struct model m = {0};

    add(&m, full_profile());
    ck_assert(m.tail && !m.lacks_tail);
    add(&m, make(first, COUNT(first)));
    ck_assert(!m.tail && m.lacks_tail);
    add(&m, full_profile());
    ck_assert(!m.tail && m.lacks_tail);
    model_free(&m);
}
END_TEST

/* Symbols follow the rows that become one. */
START_TEST(stripping_renumbers_the_tail)
{
    struct model m = {0};
    struct profile p = make(colliding, COUNT(colliding));
    struct profile_symbol symbols[] = {{2, UINT32_MAX, 1, STRING("k2"), NOT_ABOVE},
                                       {0, UINT32_MAX, 2, STRING("f"), NOT_ABOVE},
                                       {1, UINT32_MAX, 3, STRING("k1"), NOT_ABOVE}};

    p.tail = calloc(1, sizeof(*p.tail));
    p.tail->thread_rows = calloc(1, sizeof(*p.tail->thread_rows));
    p.tail->nthread_rows = 1;
    p.tail->thread_rows[0].function = 2;
    p.tail->nsymbols = 3;
    p.tail->symbols = copy_of(symbols, sizeof(symbols));
    add(&m, p);
    ck_assert_int_eq(model_strip_dirs(&m, MODEL_CALLERS_ADD), 0);
    ck_assert_uint_eq(m.tail->symbols[0].function, 1);
    ck_assert_uint_eq(m.tail->symbols[1].function, 0);
    ck_assert_uint_eq(m.tail->symbols[2].function, 1);
    ck_assert_uint_eq(m.tail->thread_rows[0].function, 1);
    model_free(&m);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("model");
    TCase *tests = tcase_create("model");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tests);
    tcase_add_test(tests, adding_keeps_the_order_and_sums);
    tcase_add_test(tests, a_stranger_becomes_a_row);
    tcase_add_loop_test(tests, stripping_adds_rows, 0, 2);
    tcase_add_test(tests, counts_alone_stay_so);
    tcase_add_test(tests, a_profilers_callees_are_top_level);
    tcase_add_test(tests, tails_become_one);
    tcase_add_test(tests, single_threads_get_rows);
    tcase_add_test(tests, a_profile_without_tail_ends_it);
    tcase_add_test(tests, stripping_renumbers_the_tail);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
