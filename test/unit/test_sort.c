/* Sort keys, their abbreviations, and orders. */
#include "report/sort.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Every word that Python's pstats takes (3.7 to 3.13), and what it calls the order. */
static const struct {
    const char *word;
    const char *description;
} accepted[] = {
    {"ca", "call count"},
    {"cal", "call count"},
    {"call", "call count"},
    {"calls", "call count"},
    {"nc", "call count"},
    {"nca", "call count"},
    {"ncal", "call count"},
    {"ncall", "call count"},
    {"ncalls", "call count"},
    {"cu", "cumulative time"},
    {"cumt", "cumulative time"},
    {"cumti", "cumulative time"},
    {"cumtim", "cumulative time"},
    {"cumtime", "cumulative time"},
    {"cumu", "cumulative time"},
    {"cumul", "cumulative time"},
    {"cumula", "cumulative time"},
    {"cumulat", "cumulative time"},
    {"cumulati", "cumulative time"},
    {"cumulativ", "cumulative time"},
    {"cumulative", "cumulative time"},
    {"f", "file name"},
    {"fi", "file name"},
    {"fil", "file name"},
    {"file", "file name"},
    {"filen", "file name"},
    {"filena", "file name"},
    {"filenam", "file name"},
    {"filename", "file name"},
    {"m", "file name"},
    {"mo", "file name"},
    {"mod", "file name"},
    {"modu", "file name"},
    {"modul", "file name"},
    {"module", "file name"},
    {"l", "line number"},
    {"li", "line number"},
    {"lin", "line number"},
    {"line", "line number"},
    {"na", "function name"},
    {"nam", "function name"},
    {"name", "function name"},
    {"nf", "name/file/line"},
    {"nfl", "name/file/line"},
    {"p", "primitive call count"},
    {"pc", "primitive call count"},
    {"pca", "primitive call count"},
    {"pcal", "primitive call count"},
    {"pcall", "primitive call count"},
    {"pcalls", "primitive call count"},
    {"s", "standard name"},
    {"st", "standard name"},
    {"std", "standard name"},
    {"stdn", "standard name"},
    {"stdna", "standard name"},
    {"stdnam", "standard name"},
    {"stdname", "standard name"},
    {"ti", "internal time"},
    {"tim", "internal time"},
    {"time", "internal time"},
    {"to", "internal time"},
    {"tot", "internal time"},
    {"tott", "internal time"},
    {"totti", "internal time"},
    {"tottim", "internal time"},
    {"tottime", "internal time"},
    {"-1", "standard name"},
    {"0", "call count"},
    {"1", "internal time"},
    {"2", "cumulative time"},
    {"time,name", "internal time, function name"},
    {"cu,nfl,calls", "cumulative time, name/file/line, call count"},
    {"name,name", "function name, function name"},
};

static const char *const refused[] = {
    "",
    "c",
    "cum",
    "n",
    "t",
    "x",
    "callss",
    "Calls",
    "tottime ",
    "3",
    "-2",
    "1,2",
    "1,time",
    "time,",
    ",time",
    "time,,name",
    "time,c",
    "+1",
    "01",
    "timename",
    "name,name,name,name,name,name,name,name,name,name,name,name,name,name,name,name,name",
};

START_TEST(words_that_are_taken)
{
    struct sort sort = {0};
    struct profile_error error;
    char *description;
    size_t size;
    FILE *to = open_memstream(&description, &size);

    ck_assert_int_eq(sort_parse(accepted[_i].word, &sort, &error), 0);
    sort_describe(&sort, to);
    fclose(to);
    ck_assert_str_eq(description, accepted[_i].description);
    free(description);
}
END_TEST

START_TEST(words_that_are_refused)
{
    struct sort sort = {0};
    struct profile_error error = {0};

    ck_assert_int_eq(sort_parse(refused[_i], &sort, &error), -1);
    ck_assert_uint_gt(strlen(error.text), 0);
}
END_TEST

/* All prefixes of all keys: as many are taken as the list says, and no others. */
START_TEST(no_other_prefix_is_taken)
{
    static const char *const keys[] = {"calls",   "ncalls", "cumtime", "cumulative", "filename",
                                       "line",    "module", "name",    "nfl",        "pcalls",
                                       "stdname", "time",   "tottime"};
    size_t k, length, i, taken = 0;

    for (k = 0; k < sizeof(keys) / sizeof(keys[0]); k++) {
        for (length = 1; length <= strlen(keys[k]); length++) {
            struct sort sort = {0};
            struct profile_error error;
            char prefix[16] = "";
            bool listed = false;

            memcpy(prefix, keys[k], length);
            for (i = 0; i < sizeof(accepted) / sizeof(accepted[0]); i++)
                listed |= strcmp(accepted[i].word, prefix) == 0;
            ck_assert_msg((sort_parse(prefix, &sort, &error) == 0) == listed, "%s", prefix);
            taken += listed;
        }
    }
    ck_assert_uint_gt(taken, 66); /* common prefixes are met more than once */
}
END_TEST

/* ---- orders of five rows ---- */

static struct profile_string text(const char *s)
{
    return (struct profile_string){(char *)(size_t)s, strlen(s)};
}

static void make_rows(struct row rows[5])
{
    static const struct {
        const char *file, *name, *standard_name;
        int64_t line;
        int64_t cc, nc;
        double tt, ct;
    } values[5] = {
        {"b.c", "f", "b.c:10(f)", 10, 5, 5, 1.0, 3.0}, {"a.c", "g", "a.c:9(g)", 9, 1, 9, 2.0, 2.0},
        {"a.c", "f", "a.c:10(f)", 10, 5, 5, 1.0, 9.0}, {"~", "<h>", "{h}", 0, 7, 7, NAN, 0.5},
        {"a.c", "f", "a.c:2(f)", 2, 5, 5, 0.5, 2.0},
    };
    size_t i;

    for (i = 0; i < 5; i++)
        rows[i] = (struct row){.file = text(values[i].file),
                               .name = text(values[i].name),
                               .standard_name = text(values[i].standard_name),
                               .line = values[i].line,
                               .cc = values[i].cc,
                               .nc = values[i].nc,
                               .tt = values[i].tt,
                               .ct = values[i].ct};
}

static const struct {
    const char *keys;
    bool reverse;
    const char *order; /* indices of the rows */
} orders[] = {
    {"calls", false, "13024"},
    {"calls", true, "42031"},
    {"pcalls", false, "30241"},
    {"tottime", false, "10243"},
    {"tottime", true, "34201"},
    {"cumulative", false, "20143"},
    {"cumulative,line", false, "20413"},
    {"filename", false, "12403"},
    {"filename,line", false, "41203"},
    {"line", false, "34102"},
    {"name", false, "30241"},
    {"nfl", false, "34201"},
    {"nfl", true, "10243"},
    {"stdname", false, "24103"},
    {"calls,stdname", false, "13240"},
};

START_TEST(rows_are_ordered)
{
    struct row rows[5];
    const struct row *list[5] = {&rows[3], &rows[0], &rows[4], &rows[2], &rows[1]};
    struct sort sort = {.reverse = orders[_i].reverse};
    struct profile_error error;
    char order[6] = "";
    size_t i;

    make_rows(rows);
    ck_assert_int_eq(sort_parse(orders[_i].keys, &sort, &error), 0);
    sort_rows(&sort, list, 5);
    for (i = 0; i < 5; i++)
        order[i] = (char)('0' + (list[i] - rows));
    ck_assert_str_eq(order, orders[_i].order);
}
END_TEST

/* ---- adding and stripping, as far as the differential test does not see it ---- */

START_TEST(rows_of_callers_only_are_no_rows)
{
    struct profile_function functions[2] = {
        {.file = text("a.c"), .name = text("f"), .is_row = true, .cc = 1, .nc = 2, .tt = 1},
        {.file = text("a.c"), .name = text("g"), .is_row = false, .cc = 4, .nc = 8, .tt = 16},
    };
    struct profile p = {.functions = functions, .nfunctions = 2};
    struct model m = {0};

    ck_assert_int_eq(model_add(&m, &p), 0);
    ck_assert_int_eq(model_add(&m, &p), 0);
    ck_assert_uint_eq(m.nrows, 1);
    ck_assert(m.total_calls == 4 && m.primitive_calls == 2);
    ck_assert_double_eq(m.total_tt, 2);
    ck_assert(m.rows[0].nc == 4 && m.rows[0].cc == 2);
    model_free(&m);
}
END_TEST

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

int main(void)
{
    Suite *suite = suite_create("sort");
    TCase *tests = tcase_create("sorting");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tests);
    tcase_add_loop_test(tests, words_that_are_taken, 0, COUNT(accepted));
    tcase_add_loop_test(tests, words_that_are_refused, 0, COUNT(refused));
    tcase_add_test(tests, no_other_prefix_is_taken);
    tcase_add_loop_test(tests, rows_are_ordered, 0, COUNT(orders));
    tcase_add_test(tests, rows_of_callers_only_are_no_rows);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
