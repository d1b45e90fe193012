/* Calling contexts as one tree, at chosen functions, from the leaves; and printed. Worked out by
   hand:

   thread 1:  main ── f ──┬── g          thread 2:  f ── g
                          └── f (link)
   and a handler that interrupted thread 2 calls g. */
#include "report/call_tree.h"
#include "report/call_tree_print.h"
#include "test/unit/profiles.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { MAIN, F, G, LEVELS };

static struct model make(void)
{
    static const char *const names[] = {"main", "f", "g"};
    static const struct profile_node nodes[] = {
        {PROFILE_NO_FUNCTION, 0, 0, 0, 0, 0, 0, 1, 0, 0},
        {MAIN, 0, 1, 0, 1, 1, 0, 1, 1, 0},
        {F, 1, 2, 0, 3, 2, 0, 1, 1, 0},
        {G, 2, 3, 0, 4, 4, 0, 1, 1, 0},
        {F, 2, 2, PROFILE_NODE_LINK, 5, 0.5, 0, 1, 1, 0},
        {PROFILE_NO_FUNCTION, 5, 5, 0, 0, 0, 0, 1, 0, 0},
        {F, 5, 6, 0, 1, 0.25, 0, 1, 1, 0},
        {G, 6, 7, 0, 2, 0.125, 0, 1, 1, 0},
        {PROFILE_NO_FUNCTION, 8, 8, 0, 0, 0, 0, 1, 0, 0},
        {G, 8, 9, 0, 1, 0.125, 0, 1, 1, 0},
    };
    static const struct profile_thread threads[] = {
        {.tid = 1, .first_node = 0, .nodes = 5, .enters = 13},
        {.tid = 2, .first_node = 5, .nodes = 3, .enters = 3},
        {.tid = 2, .flags = PROFILE_THREAD_SIGNAL, .interrupts = 1, .first_node = 8, .nodes = 2},
    };
    struct profile p = {.nfunctions = LEVELS, .functions = calloc(LEVELS, sizeof(*p.functions))};
    struct profile_tail *t = p.tail = calloc(1, sizeof(*t));
    struct model m = {0};

    t->symbols = calloc(LEVELS, sizeof(*t->symbols));
    t->nsymbols = LEVELS;
    for (uint32_t i = 0; i < LEVELS; i++) {
        p.functions[i] = (struct profile_function){.file = STRING("a.c"),
                                                   .name = string_of(names[i], strlen(names[i])),
                                                   .line = i + 1,
                                                   .is_row = true,
                                                   .cc = 1,
                                                   .nc = 1};
        t->symbols[i] =
            (struct profile_symbol){.function = i, .module = UINT32_MAX, .name = STRING("")};
    }
    p.functions[0].tt = 8;
    t->nodes = copy_of(nodes, sizeof(nodes));
    t->nnodes = COUNT(nodes);
    t->threads = copy_of(threads, sizeof(threads));
    t->nthreads = COUNT(threads);
    for (size_t i = 0; i < COUNT(threads); i++)
        t->threads[i].name = STRING("t");
    fill_process(&t->process);
    ck_assert_int_eq(model_add(&m, &p), 0);
    profile_free(&p);
    return m;
}

/* One line for each call below AT: depth, name, calls, self, total. */
static void write_calls(const struct call_tree *t, uint32_t at, int depth, FILE *to)
{
    for (uint32_t i = t->calls[at].first; i != CALL_TREE_NONE; i = t->calls[i].next) {
        const struct call *c = &t->calls[i];

        fprintf(to, "%d %s%s %d %g %g\n", depth, t->model->rows[c->row].name.bytes,
                c->recursive ? "*" : "", (int)c->calls, c->self, c->total);
        write_calls(t, i, depth + 1, to);
    }
}

static void expect(const struct call_tree *t, const char *expected)
{
    char *text;
    size_t size;
    FILE *to = open_memstream(&text, &size);

    write_calls(t, 0, 0, to);
    fclose(to);
    ck_assert_str_eq(text, expected);
    free(text);
}

START_TEST(all_threads)
{
    struct model m = make();
    struct call_tree t;

    ck_assert_int_eq(call_tree_make(&m, SIZE_MAX, &t), 0);
    expect(&t, "0 main 1 1 7.5\n"
               "1 f 3 2 6.5\n"
               "2 g 4 4 4\n"
               "2 f* 5 0.5 0.5\n"
               "0 f 1 0.25 0.375\n"
               "1 g 2 0.125 0.125\n"
               "0 g 1 0.125 0.125\n");
    ck_assert_double_eq(t.calls[0].total, 8);
    call_tree_free(&t);
    model_free(&m);
}
END_TEST

START_TEST(one_thread)
{
    struct model m = make();
    struct call_tree t;

    ck_assert_int_eq(call_tree_make(&m, 1, &t), 0);
    expect(&t, "0 f 1 0.25 0.375\n"
               "1 g 2 0.125 0.125\n"
               "0 g 1 0.125 0.125\n");
    call_tree_free(&t);
    model_free(&m);
}
END_TEST

START_TEST(at_chosen_functions)
{
    struct model m = make();
    struct call_tree t, focus;

    ck_assert_int_eq(call_tree_make(&m, SIZE_MAX, &t), 0);
    ck_assert_int_eq(call_tree_focus(&t, (bool[]){false, true, false}, &focus), 0);
    expect(&focus, "0 f 4 2.25 6.875\n"
                   "1 g 6 4.125 4.125\n"
                   "1 f* 5 0.5 0.5\n");
    call_tree_free(&focus);
    call_tree_free(&t);
    model_free(&m);
}
END_TEST

START_TEST(from_the_leaves)
{
    struct model m = make();
    struct call_tree t, inverted;

    ck_assert_int_eq(call_tree_make(&m, SIZE_MAX, &t), 0);
    ck_assert_int_eq(call_tree_invert(&t, 0, &inverted), 0);
    expect(&inverted, "0 g 7 4.25 4.25\n"
                      "1 f 6 4.125 4.125\n"
                      "2 main 4 4 4\n"
                      "0 f 9 2.75 2.75\n"
                      "1 main 3 2 2\n"
                      "1 f 5 0.5 0.5\n"
                      "2 main 5 0.5 0.5\n"
                      "0 main 1 1 1\n");
    ck_assert_uint_eq(inverted.left_out, 0);
    call_tree_free(&inverted);
    ck_assert_int_eq(call_tree_invert(&t, 1, &inverted), 0);
    expect(&inverted, "0 g 7 4.25 4.25\n"
                      "1 f 6 4.125 4.125\n"
                      "2 main 4 4 4\n"
                      "0 f 9 2.75 2.75\n"
                      "1 main 3 2 2\n"
                      "0 main 1 1 1\n");
    ck_assert_uint_eq(inverted.left_out, 1);
    call_tree_free(&inverted);
    call_tree_free(&t);
    model_free(&m);
}
END_TEST

static void expect_printed(struct tree_view view, const char *const *words, size_t nwords,
                           const char *expected)
{
    struct stats s = {.unit = unit_find("auto"), .model = make()};
    char *text;
    size_t size;
    FILE *to = open_memstream(&text, &size);

    ck_assert_int_eq(tree_print(&s, &view, words, nwords, to, &error), 0);
    fclose(to);
    ck_assert_str_eq(text, expected);
    free(text);
    stats_free(&s);
}

#define HEADER "         3 function calls in 8.000 seconds\n\n"
#define TITLES "         cumtime         tottime    ncalls  function, below it what it calls\n"

START_TEST(printed)
{
    expect_printed((struct tree_view){.min_percent = 2}, NULL, 0,
                   HEADER TITLES
                   "  93.8%    7.500  12.5%    1.000         1  main  a.c:1\n"
                   "  81.2%    6.500  25.0%    2.000         3    f  a.c:2\n"
                   "  50.0%    4.000  50.0%    4.000         4      g  a.c:3\n"
                   "   6.2%  500.0ms   6.2%  500.0ms         5      f  a.c:2  (recursion: what it "
                   "calls is above)\n"
                   "   4.7%  375.0ms   3.1%  250.0ms         1  f  a.c:2\n"
                   "\n   2 contexts are not shown (--min-percent 2)\n\n\n");
    expect_printed((struct tree_view){.min_percent = 0}, (const char *[]){"\\(f\\)", "2"}, 2,
                   HEADER TITLES "  85.9%    6.875  28.1%    2.250         4  f  a.c:2\n"
                                 "  51.6%    4.125  51.6%    4.125         6    g  a.c:3\n"
                                 "\n   1 context is not shown (--min-percent 0)\n\n\n");
    expect_printed((struct tree_view){.min_percent = 20, .inverted = true}, NULL, 0,
                   HEADER "         tottime    ncalls  function, below it its callers\n"
                          "  53.1%    4.250         7  g  a.c:3\n"
                          "  51.6%    4.125         6    f  a.c:2\n"
                          "  50.0%    4.000         4      main  a.c:1\n"
                          "  34.4%    2.750         9  f  a.c:2\n"
                          "  25.0%    2.000         3    main  a.c:1\n"
                          "\n   2 contexts are not shown (--min-percent 20)\n\n\n");
    expect_printed((struct tree_view){.min_percent = 50, .by_thread = true}, NULL, 0,
                   HEADER "Thread 1 (t)\n\n" TITLES
                          " 100.0%    7.500  13.3%    1.000         1  main  a.c:1\n"
                          "  86.7%    6.500  26.7%    2.000         3    f  a.c:2\n"
                          "  53.3%    4.000  53.3%    4.000         4      g  a.c:3\n"
                          "\n   1 context is not shown (--min-percent 50)\n\n\n"
                          "Thread 2 (t)\n\n" TITLES
                          "  75.0%  375.0ms  50.0%  250.0ms         1  f  a.c:2\n"
                          "\n   2 contexts are not shown (--min-percent 50)\n\n\n");
}
END_TEST

START_TEST(without_contexts)
{
    struct stats s = {.unit = unit_find("auto")};

    ck_assert_int_eq(tree_print(&s, &(struct tree_view){0}, NULL, 0, stdout, &error), -1);
    ck_assert_str_eq(error.text, "calling contexts are only in profiles that cprof wrote");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("call_tree");
    TCase *tests = tcase_create("call_tree");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tests);
    tcase_add_test(tests, all_threads);
    tcase_add_test(tests, one_thread);
    tcase_add_test(tests, at_chosen_functions);
    tcase_add_test(tests, from_the_leaves);
    tcase_add_test(tests, printed);
    tcase_add_test(tests, without_contexts);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
