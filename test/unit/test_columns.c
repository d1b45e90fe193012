/* Columns beyond pstats' own, what stands in them, and the order by them. */
#include "report/columns.h"
#include "report/figures.h"
#include "report/sort.h"
#include "report/table.h"
#include "test/unit/profiles.h"

/* full_profile, whose function f a signal handler in thread OWNER calls, too. */
static struct model model_with_handler(uint32_t owner)
{
    struct model m = {0};
    struct profile p = full_profile();
    struct profile_tail *t = p.tail;

    t->nodes = reallocarray(t->nodes, 6, sizeof(*t->nodes));
    t->nodes[5] = (struct profile_node){0, 4, 5, 0, 2, 0, 0, .03125, .5, 1};
    t->nnodes = 6;
    t->threads[2].nodes = 2;
    t->threads[2].interrupts = owner;
    ck_assert_int_eq(model_add(&m, &p), 0);
    profile_free(&p);
    ck_assert_int_eq(figures_fill(&m), 0);
    return m;
}

START_TEST(figures_of_all_contexts)
{
    struct model m = model_with_handler(1);
    const struct row_figures *f = &m.rows[0].figures;

    ck_assert(f->known && !m.rows[1].figures.known);
    ck_assert(f->inlined == (profile_count)UINT64_MAX + 5 + 1);
    ck_assert_double_eq(f->min, .03125);
    ck_assert_double_eq(f->max, DBL_MAX);
    ck_assert_uint_eq(f->threads, 2);
    model_free(&m);
    m = model_with_handler(0); /* the thread has called f itself */
    ck_assert_uint_eq(m.rows[0].figures.threads, 1);
    model_free(&m);
}
END_TEST

/* Two handlers that interrupt each other say nothing; the search for their thread must end. */
START_TEST(handlers_in_a_circle)
{
    struct model m = model_with_handler(2);

    ck_assert_uint_eq(m.rows[0].figures.threads, 2);
    model_free(&m);
}
END_TEST

static void expect_titles(const char *list, const char *expected)
{
    struct columns columns = {.n = 0};
    const struct columns_style style = {.unit = unit_find("auto")};
    struct profile_error why;
    char *text;
    size_t size;
    FILE *to = open_memstream(&text, &size);

    if (list)
        ck_assert_int_eq(columns_parse(list, &columns, &why), 0);
    columns_put_titles(&columns, &style, to);
    fclose(to);
    ck_assert_str_eq(text, expected);
    free(text);
}

START_TEST(titles)
{
    expect_titles(NULL, "   ncalls  tottime  percall  cumtime  percall");
    expect_titles("file:line,percall_cum,pcalls", " percall    pcalls");
    expect_titles("min,max,%cumtime,threads,inlined,min",
                  "     min      max  %cumtime   threads   inlined      min");
}
END_TEST

START_TEST(no_columns)
{
    static const char *const lists[] = {"",          "ncalls,", "tot",
                                        "file:line", "NCALLS",  "ncalls tottime"};
    struct columns columns;
    struct profile_error why;
    char many[33 * 4 + 1] = "";

    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
        ck_assert_int_eq(columns_parse(lists[i], &columns, &why), -1);
    ck_assert_int_eq(columns_parse("min,bar", &columns, &why), -1);
    ck_assert_str_eq(why.text,
                     "'bar' is no column; the columns are: ncalls pcalls tottime %tottime "
                     "percall cumtime %cumtime percall_cum min max threads inlined "
                     "file:line");
    for (int i = 0; i < 33; i++)
        strcat(many, i ? ",min" : "min");
    ck_assert_int_eq(columns_parse(many, &columns, &why), -1);
    many[32 * 4 - 1] = '\0';
    ck_assert_int_eq(columns_parse(many, &columns, &why), 0);
    ck_assert_uint_eq(columns.n, 32);
}
END_TEST

static struct row some_row(void)
{
    return (struct row){
        .nc = 1234567, .cc = 1000, .tt = .25, .ct = 1, .figures = {true, .0125, .5, 3, 1234000}};
}

static void expect_cells(const char *list, const struct row *row, bool grouped, double total,
                         const char *expected)
{
    struct columns columns;
    const struct columns_style style = {unit_find("auto"), grouped, false, total};
    struct profile_error why;
    char *text;
    size_t size;
    FILE *to = open_memstream(&text, &size);

    ck_assert_int_eq(columns_parse(list, &columns, &why), 0);
    columns_put_cells(&columns, &style, row, to);
    fclose(to);
    ck_assert_str_eq(text, expected);
    free(text);
}

START_TEST(cells)
{
    struct row row = some_row();

    expect_cells("ncalls,pcalls,threads,inlined", &row, false, 2,
                 "1234567/1000      1000         3   1234000");
    expect_cells("ncalls,pcalls,inlined", &row, true, 2, "1,234,567/1,000     1,000 1,234,000");
    expect_cells("%tottime,%cumtime", &row, false, 2, "    12.5%     50.0%");
    expect_cells("%tottime,pcalls", &row, false, 0, "               1000");
    expect_cells("min,max,percall,percall_cum", &row, false, 2,
                 " 12.50ms  500.0ms  202.5ns  1.000ms");
    row.nc = row.cc = 0;
    row.figures.max = 0;
    expect_cells("min,max,percall,percall_cum,threads", &row, false, 2,
                 "                                            3");
    row.figures.known = false;
    expect_cells("threads,inlined,pcalls", &row, false, 2, "                            0");
}
END_TEST

/* The rows of a table in the order of KEYS, by number. */
static void expect_order(const struct row *rows, size_t n, const char *keys, const char *expected)
{
    const struct row *order[8];
    struct sort sort = {.nkeys = 0};
    struct profile_error why;
    char found[9] = "";

    for (size_t i = 0; i < n; i++)
        order[i] = &rows[i];
    ck_assert_int_eq(sort_parse_more(keys, &sort, &why), 0);
    sort_rows(&sort, order, n);
    for (size_t i = 0; i < n; i++)
        found[i] = (char)('0' + (order[i] - rows));
    ck_assert_str_eq(found, expected);
}

START_TEST(order)
{
    struct row rows[5];
    struct sort sort = {.nkeys = 0};
    struct profile_error why;

    for (int i = 0; i < 5; i++)
        rows[i] = some_row();
    rows[0].figures.known = false;
    rows[1].figures = (struct row_figures){true, 1, 0, 9, 0};
    rows[2].figures = (struct row_figures){true, .5, .5, 1, 7};
    rows[3].figures.min = .25;
    rows[3].tt = 3;
    rows[4].ct = 9;
    expect_order(rows, 5, "min", "23401");
    expect_order(rows, 5, "max", "23401");
    expect_order(rows, 5, "threads", "13420");
    expect_order(rows, 5, "inlined,%cumtime", "43210");
    expect_order(rows, 5, "%tottime", "30124");
    ck_assert_int_eq(sort_parse_more("mi", &sort, &why), -1);
    ck_assert_int_eq(sort_parse_more("thread", &sort, &why), -1);
    ck_assert_int_eq(sort_parse("min", &sort, &why), -1);
    ck_assert_int_eq(sort_parse("%tottime", &sort, &why), -1);
    ck_assert_int_eq(sort_parse_more("m", &sort, &why), 0); /* module, as ever */
}
END_TEST

static void expect_count(profile_count count, const char *plain, const char *grouped)
{
    char text[CELL_COUNT_SIZE];

    ck_assert_str_eq(cell_count(count, false, text), plain);
    ck_assert_str_eq(cell_count(count, true, text), grouped);
}

START_TEST(thousands)
{
    const profile_count most = (profile_count)(~(unsigned __int128)0 >> 1);

    expect_count(0, "0", "0");
    expect_count(999, "999", "999");
    expect_count(1000, "1000", "1,000");
    expect_count(8115038, "8115038", "8,115,038");
    expect_count(-1234, "-1234", "-1,234");
    expect_count(-most - 1, "-170141183460469231731687303715884105728",
                 "-170,141,183,460,469,231,731,687,303,715,884,105,728");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("columns");
    TCase *tests = tcase_create("columns");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tests);
    tcase_add_test(tests, figures_of_all_contexts);
    tcase_add_test(tests, handlers_in_a_circle);
    tcase_add_test(tests, titles);
    tcase_add_test(tests, no_columns);
    tcase_add_test(tests, cells);
    tcase_add_test(tests, order);
    tcase_add_test(tests, thousands);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
