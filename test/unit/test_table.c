/* How times are written in a table, and how foreign names are. */
#include "report/table.h"
#include "report/terminal.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    double seconds;
    const char *cell;
} automatic[] = {
    {0, "   0.000"},
    {1, "   1.000"},
    {1.2044, "   1.204"},
    {12345.6789, "12345.679"},
    {0.3124, " 312.4ms"},
    {0.0312449, " 31.24ms"},
    {0.00312, " 3.120ms"},
    {0.00001235, " 12.35us"},
    {1.876e-7, " 187.6ns"},
    {5e-9, " 5.000ns"},
    {1e-9, " 1.000ns"},
    {2.5e-10, " 0.250ns"},
    {1e-15, " 0.000ns"},
    {0.99994, " 999.9ms"},
    {0.99996, "   1.000"},
    {0.00099994, " 999.9us"},
    {0.00099996, " 1.000ms"},
    {0.00000099994, " 999.9ns"},
    {0.00000099996, " 1.000us"},
    {0.0999996, " 100.0ms"},
    {0.00999996, " 10.00ms"},
    {9.99996e-10, " 1.000ns"},
    {-0.3124, "-312.4ms"},
    {-2.5, "  -2.500"},
    {INFINITY, "     inf"},
};

START_TEST(auto_chooses_unit_after_rounding)
{
    char cell[UNIT_CELL_SIZE];

    unit_cell(unit_find("auto"), automatic[_i].seconds, cell);
    ck_assert_str_eq(cell, automatic[_i].cell);
}
END_TEST

START_TEST(fixed_units)
{
    char cell[UNIT_CELL_SIZE];

    unit_cell(unit_find("s"), 0.0015, cell);
    ck_assert_str_eq(cell, "   0.002");
    unit_cell(unit_find("ms"), 1.2045, cell);
    ck_assert_str_eq(cell, "  1204.500ms");
    unit_cell(unit_find("us"), 1.2045, cell);
    ck_assert_str_eq(cell, "  1204500.000us");
    unit_cell(unit_find("ns"), 187.6e-9, cell);
    ck_assert_str_eq(cell, "         187.600ns");
    unit_cell(unit_find("ns"), -HUGE_VAL, cell);
    ck_assert_str_eq(cell, "            -infns");
    unit_cell(unit_find("s"), 1.7e308, cell);
    ck_assert_uint_eq(strlen(cell), 309 + 4);
    ck_assert_ptr_null(unit_find("min"));
    ck_assert_ptr_null(unit_find(""));
}
END_TEST

static const struct {
    const char *text;
    const char *shown;
} names[] = {
    {"plain (int, char&&)", "plain (int, char&&)"},
    {"\x1b]0;title\x07", "\\x1b]0;title\\x07"},
    {"new\nline\ttab\r", "new\\x0aline\\x09tab\\x0d"},
    {"gr\xc3\xb6\xc3\x9f"
     "e \xe6\x97\xa5 \xf0\x9d\x92\xb3",
     "gr\xc3\xb6\xc3\x9f"
     "e \xe6\x97\xa5 \xf0\x9d\x92\xb3"},
    {"\x7f\xc2\x9b", "\\x7f\\xc2\\x9b"},
    {"\xff ok \xc3", "\\xff ok \\xc3"},
    {"\xed\xa0\x80", "\\xed\\xa0\\x80"},
};

START_TEST(names_are_escaped)
{
    char *shown;
    size_t size;
    FILE *to = open_memstream(&shown, &size);

    terminal_puts(to, names[_i].text);
    fclose(to);
    ck_assert_str_eq(shown, names[_i].shown);
    free(shown);
}
END_TEST

START_TEST(zero_bytes_are_escaped)
{
    char *shown;
    size_t size;
    FILE *to = open_memstream(&shown, &size);

    terminal_put(to, "a\0b", 3);
    fclose(to);
    ck_assert_str_eq(shown, "a\\x00b");
    free(shown);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("table");
    TCase *tests = tcase_create("cells and names");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tests);
    tcase_add_loop_test(tests, auto_chooses_unit_after_rounding, 0,
                        sizeof(automatic) / sizeof(automatic[0]));
    tcase_add_test(tests, fixed_units);
    tcase_add_loop_test(tests, names_are_escaped, 0, sizeof(names) / sizeof(names[0]));
    tcase_add_test(tests, zero_bytes_are_escaped);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
