/* A profile by threads, worked out by hand. */
#include "report/threads.h"
#include "test/unit/profiles.h"

/* main calls itself once and f twice in thread 0; thread 1 calls f once; a handler in thread 1
   calls f three times. WITH_ROWS: with the figures of threads. */
static struct profile make(bool with_rows)
{
    struct profile p = {.functions = calloc(2, sizeof(*p.functions)), .nfunctions = 2};
    struct profile_symbol symbols[] = {{0, UINT32_MAX, 1, STRING("main"), NOT_ABOVE},
                                       {1, UINT32_MAX, 2, STRING("f"), NOT_ABOVE}};
    struct profile_thread threads[] = {
        {.tid = 100, .nodes = 4, .name = STRING("app")},
        {.tid = 101, .first_node = 4, .nodes = 2, .name = STRING("worker")},
        {.tid = 101,
         .flags = PROFILE_THREAD_SIGNAL,
         .interrupts = 1,
         .first_node = 6,
         .nodes = 2,
         .name = STRING("")},
        {.tid = 102, .first_node = 8, .nodes = 1, .name = STRING("idle")},
    };
    struct profile_node nodes[] = {
        {PROFILE_NO_FUNCTION, 0, 0, 0, 0, 0, 0, 1, 0, 0}, {0, 0, 1, 0, 1, 2, 0, 9, 9, 0},
        {0, 1, 1, PROFILE_NODE_LINK, 1, 1, 0, 4, 4, 0},   {1, 1, 3, 0, 2, 4, 0, 1, 3, 1},
        {PROFILE_NO_FUNCTION, 4, 4, 0, 0, 0, 0, 1, 0, 0}, {1, 4, 5, 0, 1, 8, 0, 8, 8, 0},
        {PROFILE_NO_FUNCTION, 6, 6, 0, 0, 0, 0, 1, 0, 0}, {1, 6, 7, 0, 3, 16, 0, .5, 9, 0},
        {PROFILE_NO_FUNCTION, 8, 8, 0, 0, 0, 0, 1, 0, 0},
    };
    struct profile_thread_row rows[] = {{0, 0, 1, 7}, {0, 1, 2, 4}, {1, 1, 1, 8}, {2, 1, 2, 16}};

    p.functions[0] =
        (struct profile_function){STRING("/m.c"), 1, STRING("main"), true, 1, 2, 3, 7, 0, 0};
    p.functions[1] =
        (struct profile_function){STRING("/m.c"), 9, STRING("f"), true, 5, 6, 28, 28, 0, 0};
    p.tail = calloc(1, sizeof(*p.tail));
    p.tail->process.command = STRING("");
    p.tail->symbols = copy_of(symbols, sizeof(symbols));
    p.tail->nsymbols = 2;
    p.tail->threads = copy_of(threads, sizeof(threads));
    p.tail->nthreads = 4;
    p.tail->nodes = copy_of(nodes, sizeof(nodes));
    p.tail->nnodes = 9;
    if (with_rows) {
        p.tail->thread_rows = copy_of(rows, sizeof(rows));
        p.tail->nthread_rows = 4;
    }
    return p;
}

/* The same with one thread only, which has no figures of its own. */
static struct profile make_single(void)
{
    struct profile p = make(false);

    for (size_t i = 1; i < 4; i++)
        free(p.tail->threads[i].name.bytes);
    p.tail->nthreads = 1;
    p.tail->nnodes = 4;
    p.functions[1] = (struct profile_function){
        p.functions[1].file, 9, p.functions[1].name, true, 2, 2, 4, 4, 0, 0};
    return p;
}

static void add(struct model *m, struct profile p)
{
    ck_assert_int_eq(model_add(m, &p), 0);
    profile_free(&p);
}

static void expect(const struct row *r, const char *name, int nc, int cc, double tt, double ct)
{
    ck_assert_str_eq(r->name.bytes, name);
    ck_assert_int_eq((int)r->nc, nc);
    ck_assert_int_eq((int)r->cc, cc);
    ck_assert_double_eq(r->tt, tt);
    ck_assert_double_eq(r->ct, ct);
}

/* Ended threads that share a tree. */
START_TEST(threads_that_share)
{
    char text[THREADS_COMMON_SIZE];
    struct profile_thread t = {.tid = 7, .flags = PROFILE_THREAD_ENDED};

    ck_assert_str_eq(threads_common(&t, text), "");
    t.earlier = 40;
    ck_assert_str_eq(threads_common(&t, text), "41 ended threads of ");
    t.flags = 0;
    ck_assert_str_eq(threads_common(&t, text), "7 and 40 ended threads of ");
    t.earlier = 1;
    ck_assert_str_eq(threads_common(&t, text), "7 and 1 ended thread of ");
    t = (struct profile_thread){.tid = UINT32_MAX, .earlier = UINT64_MAX};
    ck_assert_str_eq(threads_common(&t, text),
                     "4294967295 and 18446744073709551615 ended threads of ");
}
END_TEST

START_TEST(each_thread)
{
    struct model m = {0};
    struct threads t;
    struct profile_error why;
    const struct model *one;

    add(&m, make(true));
    ck_assert_int_eq(threads_split(&m, &t, &why), 0);
    ck_assert_uint_eq(t.n, 2); /* the idle one called nothing */
    one = &t.items[0].model;
    ck_assert_uint_eq(t.items[0].thread->tid, 100);
    ck_assert_uint_eq(one->nrows, 2);
    expect(&one->rows[0], "main", 2, 1, 3, 7);
    expect(&one->rows[1], "f", 2, 2, 4, 4);
    ck_assert(one->total_calls == 4 && one->primitive_calls == 3);
    ck_assert_double_eq(one->total_tt, 7);
    ck_assert_double_eq(one->rows[1].figures.max, 3);
    one = &t.items[1].model;
    ck_assert_str_eq(t.items[1].thread->name.bytes, "worker");
    ck_assert_uint_eq(one->nrows, 1);
    expect(&one->rows[0], "f", 4, 3, 24, 24); /* with its handler */
    ck_assert_double_eq(one->rows[0].figures.min, .5);
    threads_free(&t);
    model_free(&m);
}
END_TEST

START_TEST(one_row_for_thread_and_function)
{
    struct model m = {0}, all;
    struct threads t;
    struct profile_error why;

    add(&m, make(true));
    ck_assert_int_eq(threads_split(&m, &t, &why), 0);
    ck_assert_int_eq(threads_join(&t, &all, &why), 0);
    ck_assert_uint_eq(all.nrows, 3);
    expect(&all.rows[2], "f", 4, 3, 24, 24);
    ck_assert_str_eq(all.rows[0].standard_name.bytes, "    100 app             /m.c:1(main)");
    ck_assert_str_eq(all.rows[2].standard_name.bytes, "    101 worker          /m.c:9(f)");
    ck_assert(all.total_calls == 8);
    model_free(&all);
    threads_free(&t);
    model_free(&m);
}
END_TEST

/* A profile of one thread has its figures in its table only: they must not get lost in a sum. */
START_TEST(sums_of_profiles)
{
    struct model m = {0};
    struct threads t;
    struct profile_error why;

    add(&m, make_single());
    add(&m, make(true));
    ck_assert_int_eq(threads_split(&m, &t, &why), 0);
    ck_assert_uint_eq(t.n, 3);
    expect(&t.items[0].model.rows[0], "main", 2, 1, 3, 7);
    expect(&t.items[0].model.rows[1], "f", 2, 2, 4, 4);
    expect(&t.items[1].model.rows[0], "main", 2, 1, 3, 7);
    threads_free(&t);
    model_free(&m);
}
END_TEST

START_TEST(what_does_not_know)
{
    struct model m = {0};
    struct threads t;
    struct profile_error why;

    add(&m, make(false));
    ck_assert_int_eq(threads_split(&m, &t, &why), -1);
    model_free(&m);
    add(&m, golden_profile());
    ck_assert_int_eq(threads_split(&m, &t, &why), -1);
    ck_assert_str_eq(why.text, "threads are known only where all profiles are cprof's own");
    model_free(&m);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("threads");
    TCase *tests = tcase_create("threads");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tests);
    tcase_add_test(tests, each_thread);
    tcase_add_test(tests, threads_that_share);
    tcase_add_test(tests, one_row_for_thread_and_function);
    tcase_add_test(tests, sums_of_profiles);
    tcase_add_test(tests, what_does_not_know);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
