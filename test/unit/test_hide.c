/* Functions that are folded into their callers, worked out by hand. */
#include "report/hide.h"
#include "test/unit/profiles.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct edge {
    uint32_t caller;
    int nc, cc;
    double tt, ct;
};

struct function {
    const char *file, *name;
    int nc, cc;
    double tt, ct;
    struct edge edges[3];
};

/* An edge without calls ends a function's. */
static struct profile make(const struct function *f, size_t n)
{
    struct profile p = {.functions = calloc(n, sizeof(*p.functions)), .nfunctions = n};

    for (size_t i = 0; i < n; i++) {
        struct profile_function *to = &p.functions[i];

        *to = (struct profile_function){.file = string_of(f[i].file, strlen(f[i].file)),
                                        .name = string_of(f[i].name, strlen(f[i].name)),
                                        .is_row = true,
                                        .cc = f[i].cc,
                                        .nc = f[i].nc,
                                        .tt = f[i].tt,
                                        .ct = f[i].ct,
                                        .callers = calloc(3, sizeof(*to->callers))};
        for (size_t j = 0; j < 3 && f[i].edges[j].nc; j++) {
            const struct edge *e = &f[i].edges[j];

            to->callers[to->ncallers++] =
                (struct profile_caller){e->caller, e->nc, e->cc, e->tt, e->ct, false};
        }
    }
    return p;
}

/* Hides what EXCLUDE finds and returns how many functions that are; -1: an error. */
static int exclude(struct model *m, struct profile *p, const char *text)
{
    struct profile_error why = {.text = ""};
    struct pattern *pattern = pattern_new(text, &why);
    struct hide h = {.excludes = &pattern, .nexcludes = 1};
    size_t hidden = 0;
    int result;

    ck_assert_ptr_nonnull(pattern);
    ck_assert_int_eq(model_add(m, p), 0);
    profile_free(p);
    result = hide(m, &h, &hidden, &why);
    pattern_free(pattern);
    return result < 0 ? -1 : (int)hidden;
}

static const struct row *row_of(const struct model *m, const char *name)
{
    for (size_t i = 0; i < m->nrows; i++)
        if (strcmp(m->rows[i].name.bytes, name) == 0)
            return &m->rows[i];
    return NULL;
}

static void expect_row(const struct model *m, const char *name, int nc, int cc, double tt,
                       double ct)
{
    const struct row *r = row_of(m, name);

    ck_assert_msg(r != NULL, "no row %s", name);
    ck_assert_int_eq((int)r->nc, nc);
    ck_assert_int_eq((int)r->cc, cc);
    ck_assert_double_eq_tol(r->tt, tt, 1e-9);
    ck_assert_double_eq_tol(r->ct, ct, 1e-9);
}

static void expect_caller(const struct model *m, const char *callee, const char *caller, int nc,
                          int cc, double tt, double ct)
{
    const struct row *r = row_of(m, callee);

    for (size_t i = 0; i < r->ncallers; i++) {
        const struct caller *c = &r->callers[i];

        if (strcmp(model_function(m, c->key)->name.bytes, caller) != 0)
            continue;
        ck_assert_int_eq((int)c->nc, nc);
        ck_assert_int_eq((int)c->cc, cc);
        ck_assert_double_eq_tol(c->tt, tt, 1e-9);
        ck_assert_double_eq_tol(c->ct, ct, 1e-9);
        return;
    }
    ck_abort_msg("%s is no caller of %s", caller, callee);
}

/* h is called by a, 3 times, and b, once: 3 s and 1 s with all that it calls. What it calls is
   shared out like that, its own time as its callers have it. Nobody has called r. */
START_TEST(shares_of_callers)
{
    enum { MAIN, A, B, H, V, R };
    static const struct function functions[] = {
        [MAIN] = {"/m.c", "main", 1, 1, 1, 10, {{0}}},
        [A] = {"/m.c", "a", 1, 1, 2, 5, {{MAIN, 1, 1, 2, 5}}},
        [B] = {"/m.c", "b", 1, 1, .5, 1.5, {{MAIN, 1, 1, .5, 1.5}}},
        [H] = {"/h.c", "h", 4, 4, 1.5, 4, {{A, 3, 3, 1, 3}, {B, 1, 1, .5, 1}}},
        [V] = {"/m.c",
               "v",
               6,
               5,
               3,
               3,
               {{H, 4, 4, 2.5, 2.5}, {R, 1, 1, .25, .25}, {A, 1, 1, .25, .25}}},
        [R] = {"/h.c", "r", 2, 2, .75, 1, {{0}}},
    };
    struct model m = {0};
    struct profile p = make(functions, COUNT(functions));

    ck_assert_int_eq(exclude(&m, &p, "h[.]c$"), 2);
    ck_assert_uint_eq(m.nrows, 5);
    expect_row(&m, "main", 1, 1, 1, 10);
    expect_row(&m, "a", 1, 1, 3, 5);
    expect_row(&m, "b", 1, 1, 1, 1.5);
    expect_row(&m, "v", 6, 5, 3, 3);
    expect_row(&m, "<hidden>", 2, 2, .75, 1);
    expect_caller(&m, "v", "a", 4, 4, .25 + 1.875, .25 + 1.875);
    expect_caller(&m, "v", "b", 1, 1, .625, .625);
    expect_caller(&m, "v", "<hidden>", 1, 1, .25, .25);
    expect_caller(&m, "a", "main", 1, 1, 3, 5);
    ck_assert_double_eq(m.total_tt, 8.75);
    ck_assert(m.total_calls == 15);
    model_free(&m);
}
END_TEST

/* h calls g calls h ..., and all of it began with a. */
START_TEST(recursion_among_hidden_functions)
{
    enum { A, H, G, V };
    static const struct function functions[] = {
        [A] = {"/m.c", "a", 1, 1, 1, 8, {{0}}},
        [H] = {"/h.c", "h", 5, 1, 2, 7, {{A, 1, 1, 1, 4}, {G, 4, 1, 1, 4}}},
        [G] = {"/h.c", "g", 5, 1, 1, 6, {{H, 4, 1, .5, 6}, {G, 1, 0, .5, .5}}},
        [V] = {"/m.c", "v", 4, 4, 4, 4, {{G, 4, 4, 4, 4}}},
    };
    struct model m = {0};
    struct profile p = make(functions, COUNT(functions));

    ck_assert_int_eq(exclude(&m, &p, "h[.]c$"), 2);
    ck_assert_uint_eq(m.nrows, 2);
    expect_row(&m, "a", 1, 1, 4, 8);
    expect_row(&m, "v", 4, 4, 4, 4);
    expect_caller(&m, "v", "a", 4, 4, 4, 4);
    model_free(&m);
}
END_TEST

START_TEST(nothing_is_left)
{
    static const struct function functions[] = {{"/m.c", "main", 1, 1, 1, 1, {{0}}}};
    struct model m = {0};
    struct profile p = make(functions, 1);

    ck_assert_int_eq(exclude(&m, &p, "m[.]c"), -1);
    model_free(&m);
}
END_TEST

/* The table of: the tree's root, main under it, f 4 times under that, of which 1 call is inlined, g
   once under f; f and g are one symbol each. */
static struct profile contexts(uint32_t inlined, uint32_t module_of_f)
{
    enum { MAIN, F, G };
    static const struct function functions[] = {
        [MAIN] = {"/m.c", "main", 1, 1, 1, 8, {{0}}},
        [F] = {"/f.c", "f", 4, 4, 4, 7, {{MAIN, 4, 4, 4, 7}}},
        [G] = {"/g.c", "g", 1, 1, 3, 3, {{F, 1, 1, 3, 3}}},
    };
    struct profile p = make(functions, COUNT(functions));
    struct profile_symbol symbols[] = {{MAIN, 0, 1, STRING("main"), NOT_ABOVE},
                                       {F, module_of_f, 2, STRING("f"), NOT_ABOVE},
                                       {G, 0, 3, STRING("g"), NOT_ABOVE}};
    struct profile_thread thread = {.nodes = 4, .name = STRING("t")};
    struct profile_node nodes[] = {{PROFILE_NO_FUNCTION, 0, 0, 0, 0, 0, 0, 1, 0, 0},
                                   {0, 0, 1, 0, 1, 1, 0, 8, 8, 0},
                                   {1, 1, 2, 0, 4, 4, .5, 1, 4, inlined},
                                   {2, 2, 3, 0, 1, 3, 0, 3, 3, 0}};
    struct profile_module modules[] = {{STRING("/bin/app"), {0}, 0, 1, NO_LACK},
                                       {STRING("/lib/plugin.so"), {0}, 0, 1, NO_LACK}};

    p.tail = calloc(1, sizeof(*p.tail));
    p.tail->process.command = STRING("");
    p.tail->symbols = copy_of(symbols, sizeof(symbols));
    p.tail->threads = copy_of(&thread, sizeof(thread));
    p.tail->nodes = copy_of(nodes, sizeof(nodes));
    p.tail->modules = copy_of(modules, sizeof(modules));
    p.tail->nsymbols = 3;
    p.tail->nthreads = 1;
    p.tail->nnodes = 4;
    p.tail->nmodules = 2;
    return p;
}

START_TEST(one_context_in_part)
{
    struct model m = {0};
    struct profile p = contexts(1, 0);
    struct profile_error why;
    struct hide h = {.inlined = true};
    size_t hidden;

    ck_assert_int_eq(model_add(&m, &p), 0);
    profile_free(&p);
    ck_assert_int_eq(hide(&m, &h, &hidden, &why), 0);
    ck_assert_uint_eq(hidden, 0);
    expect_row(&m, "main", 1, 1, 2, 8); /* a quarter of f's own time */
    expect_row(&m, "f", 3, 3, 3, 5.25);
    expect_row(&m, "g", 1, 1, 3, 3);
    expect_caller(&m, "f", "main", 3, 3, 3, 5.25);
    expect_caller(&m, "g", "f", 1, 1, 3, 3);
    ck_assert_uint_eq(m.tail->nodes[2].calls, 3);
    ck_assert_double_eq(m.tail->nodes[2].removed, .375);
    ck_assert_double_eq(m.tail->nodes[1].removed, .125);
    model_free(&m);
}
END_TEST

START_TEST(modules_are_looked_at)
{
    struct model m = {0};
    struct profile p = contexts(0, 1);

    ck_assert_int_eq(exclude(&m, &p, "plugin"), 1);
    expect_row(&m, "main", 1, 1, 5, 8);
    expect_caller(&m, "g", "main", 1, 1, 3, 3);
    ck_assert_uint_eq(m.tail->nnodes, 3);
    ck_assert_uint_eq(m.tail->nodes[2].parent, 1);
    ck_assert_uint_eq(m.tail->nsymbols, 2);
    model_free(&m);
}
END_TEST

START_TEST(inlining_needs_contexts)
{
    static const struct function functions[] = {{"/m.c", "main", 1, 1, 1, 1, {{0}}}};
    struct model m = {0};
    struct profile p = make(functions, 1);
    struct profile_error why;
    struct hide h = {.inlined = true};
    size_t hidden;

    ck_assert_int_eq(model_add(&m, &p), 0);
    profile_free(&p);
    ck_assert_int_eq(hide(&m, &h, &hidden, &why), -1);
    ck_assert_str_eq(why.text, "inlined calls are known only where all profiles are cprof's own");
    model_free(&m);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("hide");
    TCase *tests = tcase_create("hide");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tests);
    tcase_add_test(tests, shares_of_callers);
    tcase_add_test(tests, recursion_among_hidden_functions);
    tcase_add_test(tests, nothing_is_left);
    tcase_add_test(tests, one_context_in_part);
    tcase_add_test(tests, modules_are_looked_at);
    tcase_add_test(tests, inlining_needs_contexts);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
