/*
 * What stats prints of one profile, operation after operation. The texts are what pstats prints of
 * the same numbers.
 */
#include "report/stats.h"
#include "test/unit/profiles.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { MAIN, FIB, PUSH, MEMCPY, FIB2, PENDING };
#define MANY 5000000000

static void set_callers(struct profile_function *f, const struct profile_caller *callers, size_t n)
{
    f->callers = copy_of(callers, n * sizeof(*callers));
    f->ncallers = n;
}

static struct profile golden_calls(void)
{
    static const struct profile_caller fib[] = {{MAIN, 1, 1, .25, 1.25, false},
                                                {FIB, 176, 2, 1, 1, false}},
                                       push[] = {{MAIN, MANY, MANY, 1, 1.5, false}},
                                       copy[] = {{PUSH, 12, 12, .5, .5, false}},
                                       fib2[] = {{FIB, 1, 1, .0002, .0002, false},
                                                 {MAIN, 1, 1, .0002999, .0002999, false}},
                                       pending[] = {{MAIN, 3, 0, .125, 0, false}};
    struct profile_function functions[] = {
        {STRING("/src/app/main.cpp"), 10, STRING("main"), true, 1, 1, .25, 3.5, 0, 0},
        {STRING("/src/app/fib.c"), 3, STRING("fib"), true, 1, 177, 1.25, 1.25, 0, 0},
        {STRING("/usr/include/v.h"), 0,
         STRING("std::vector<int, std::allocator<int> >::push_back(int&&)"), true, MANY, MANY, 1,
         1.5, 0, 0},
        {STRING("~"), 0, STRING("<memcpy>"), true, 12, 12, .5, .5, 0, 0},
        {STRING("/src/lib/fib.c"), 3, STRING("fib"), true, 2, 2, .0004999, .0004999, 0, 0},
        {STRING("/src/app/z.c"), 7, STRING("pending"), true, 0, 3, .125, 0, 0, 0},
    };

    set_callers(&functions[FIB], fib, COUNT(fib));
    set_callers(&functions[PUSH], push, COUNT(push));
    set_callers(&functions[MEMCPY], copy, COUNT(copy));
    set_callers(&functions[FIB2], fib2, COUNT(fib2));
    set_callers(&functions[PENDING], pending, COUNT(pending));
    return (struct profile){.functions = copy_of(functions, sizeof(functions)),
                            .nfunctions = COUNT(functions)};
}

static struct stats stats;

static void add_golden(void)
{
    struct profile p = golden_calls();

    ck_assert_int_eq(model_add(&stats.model, &p), 0);
    profile_free(&p);
}

static void start(void)
{
    stats = (struct stats){.unit = unit_find("s"), .verbatim = true};
    add_golden();
}

static void end(void)
{
    stats_free(&stats);
}

static void sort(const char *keys)
{
    ck_assert_int_eq(sort_parse(keys, &stats.sort, &error), 0);
}

/* FIRST, SECOND: restrictions, or NULL. */
static void expect(enum stats_view view, const char *first, const char *second, const char *text)
{
    const char *words[] = {first, second};
    char *printed;
    size_t size;
    FILE *to = open_memstream(&printed, &size);

    ck_assert_int_eq(stats_print(&stats, view, words, (size_t) !!first + !!second, to, &error), 0);
    fclose(to);
    ck_assert_str_eq(printed, text);
    free(printed);
}

#define SUMMARY                                                                                    \
    "         5000000195 function calls (5000000016 primitive calls) in 3.125 seconds\n"           \
    "\n"
#define TITLES "   ncalls  tottime  percall  cumtime  percall filename:lineno(function)\n"

START_TEST(a_table)
{
    sort("tottime");
    expect(STATS_TABLE, NULL, NULL,
           SUMMARY
           "   Ordered by: internal time\n"
           "\n" TITLES "    177/1    1.250    0.007    1.250    1.250 /src/app/fib.c:3(fib)\n"
           "5000000000    1.000    0.000    1.500    0.000 /usr/include/v.h:0(std::vector<int, "
           "std::allocator<int> >::push_back(int&&))\n"
           "       12    0.500    0.042    0.500    0.042 {memcpy}\n"
           "        1    0.250    0.250    3.500    3.500 /src/app/main.cpp:10(main)\n"
           "      3/0    0.125    0.042    0.000          /src/app/z.c:7(pending)\n"
           "        2    0.000    0.000    0.000    0.000 /src/lib/fib.c:3(fib)\n"
           "\n"
           "\n");
}
END_TEST

START_TEST(callers)
{
    sort("tottime");
    expect(STATS_CALLERS, "4", "app",
           "   Ordered by: internal time\n"
           "   List reduced from 6 to 4 due to restriction <4>\n"
           "   List reduced from 4 to 2 due to restriction <'app'>\n"
           "\n"
           "Function                    was called by...\n"
           "                                ncalls  tottime  cumtime\n"
           "/src/app/fib.c:3(fib)       <-   176/2    1.000    1.000  /src/app/fib.c:3(fib)\n"
           "                                     1    0.250    1.250  /src/app/main.cpp:10(main)\n"
           "/src/app/main.cpp:10(main)  <- \n"
           "\n"
           "\n");
}
END_TEST

START_TEST(callees)
{
    sort("tottime");
    expect(
        STATS_CALLEES, "main|fib", NULL,
        "   Ordered by: internal time\n"
        "   List reduced from 6 to 3 due to restriction <'main|fib'>\n"
        "\n"
        "Function                    called...\n"
        "                                ncalls  tottime  cumtime\n"
        "/src/app/fib.c:3(fib)       ->   176/2    1.000    1.000  /src/app/fib.c:3(fib)\n"
        "                                     1    0.000    0.000  /src/lib/fib.c:3(fib)\n"
        "/src/app/main.cpp:10(main)  ->       1    0.250    1.250  /src/app/fib.c:3(fib)\n"
        "                                   3/0    0.125    0.000  /src/app/z.c:7(pending)\n"
        "                                     1    0.000    0.000  /src/lib/fib.c:3(fib)\n"
        "                             5000000000    1.000    1.500  /usr/include/v.h:0(std::vector"
        "<int, std::allocator<int> >::push_back(int&&))\n"
        "/src/lib/fib.c:3(fib)       -> \n"
        "\n"
        "\n");
}
END_TEST

START_TEST(without_folders)
{
    sort("tottime");
    ck_assert_int_eq(stats_strip_dirs(&stats, &error), 0);
    ck_assert_uint_eq(stats.sort.nkeys, 0);
    sort("nfl");
    expect(STATS_TABLE, ".5", NULL,
           SUMMARY "   Ordered by: name/file/line\n"
                   "   List reduced from 5 to 3 due to restriction <0.5>\n"
                   "\n" TITLES "       12    0.500    0.042    0.500    0.042 {memcpy}\n"
                   "    179/3    1.250    0.007    1.250    0.417 fib.c:3(fib)\n"
                   "        1    0.250    0.250    3.500    3.500 main.cpp:10(main)\n"
                   "\n"
                   "\n");
    expect(STATS_CALLERS, "fib", NULL,
           "   Ordered by: name/file/line\n"
           "   List reduced from 5 to 1 due to restriction <'fib'>\n"
           "\n"
           "Function      was called by...\n"
           "                  ncalls  tottime  cumtime\n"
           "fib.c:3(fib)  <-   177/3    1.000    1.000  fib.c:3(fib)\n"
           "                       2    0.250    1.250  main.cpp:10(main)\n"
           "\n"
           "\n");
}
END_TEST

START_TEST(callees_are_kept_when_more_is_added)
{
    static const char head[] =
        "   Random listing order was used\n"
        "   List reduced from 6 to 1 due to restriction <'main'>\n"
        "\n"
        "Function                    called...\n"
        "                                ncalls  tottime  cumtime\n"
        "/src/app/main.cpp:10(main)  ->       1    0.250    1.250  /src/app/fib.c:3(fib)\n";
    const char *words[] = {"main"};
    char *printed;
    size_t size;

    for (int i = 0; i < 2; i++) {
        FILE *to = open_memstream(&printed, &size);

        ck_assert_int_eq(stats_print(&stats, STATS_CALLEES, words, 1, to, &error), 0);
        fclose(to);
        ck_assert_uint_gt(size, sizeof(head));
        printed[sizeof(head) - 1] = '\0';
        ck_assert_str_eq(printed, head);
        free(printed);
        add_golden();
    }
    expect(STATS_CALLERS, "z.c", NULL,
           "   Random listing order was used\n"
           "   List reduced from 6 to 1 due to restriction <'z.c'>\n"
           "\n"
           "Function                 was called by...\n"
           "                             ncalls  tottime  cumtime\n"
           "/src/app/z.c:7(pending)  <-     9/0    0.375    0.000  /src/app/main.cpp:10(main)\n"
           "\n"
           "\n");
}
END_TEST

START_TEST(nothing_is_reversed_without_an_order)
{
    stats_reverse(&stats);
    expect(STATS_TABLE, "1", NULL,
           SUMMARY "   Random listing order was used\n"
                   "   List reduced from 6 to 1 due to restriction <1>\n"
                   "\n" TITLES
                   "        1    0.250    0.250    3.500    3.500 /src/app/main.cpp:10(main)\n"
                   "\n"
                   "\n");
    sort("pcalls");
    stats_reverse(&stats);
    stats_reverse(&stats);
    stats_reverse(&stats);
    expect(STATS_TABLE, "1", NULL,
           SUMMARY "   Ordered by: primitive call count\n"
                   "   List reduced from 6 to 1 due to restriction <1>\n"
                   "\n" TITLES
                   "      3/0    0.125    0.042    0.000          /src/app/z.c:7(pending)\n"
                   "\n"
                   "\n");
}
END_TEST

START_TEST(no_rows_no_table)
{
    expect(STATS_TABLE, "0", NULL, SUMMARY);
    expect(STATS_CALLERS, "0", NULL, "");
    ck_assert_ptr_null(stats.unmatched);
    expect(STATS_CALLEES, "no such name", NULL, "");
    ck_assert_str_eq(stats.unmatched, "no such name");
}
END_TEST

static volatile sig_atomic_t stop = 1;

START_TEST(printing_stops)
{
    stats.stop = &stop;
    expect(STATS_TABLE, NULL, NULL,
           SUMMARY "   Random listing order was used\n"
                   "\n" TITLES "\n"
                   "\n");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("stats");
    TCase *tests = tcase_create("stats");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, start, end);
    tcase_add_test(tests, a_table);
    tcase_add_test(tests, callers);
    tcase_add_test(tests, callees);
    tcase_add_test(tests, without_folders);
    tcase_add_test(tests, callees_are_kept_when_more_is_added);
    tcase_add_test(tests, nothing_is_reversed_without_an_order);
    tcase_add_test(tests, no_rows_no_table);
    tcase_add_test(tests, printing_stops);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
