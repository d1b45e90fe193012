/* Restrictions: reading words as Python does, choosing rows, and what is said about it. */
#include "report/literal.h"
#include "report/restrict.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *word;
    int64_t value;
} integers[] = {
    {"0", 0},
    {"007", 7},
    {"+4", 4},
    {"-1", -1},
    {" 12\n", 12},
    {"1_000", 1000},
    {"-0", 0},
    {"9223372036854775807", INT64_MAX},
    {"99999999999999999999", INT64_MAX},
    {"-99999999999999999999", INT64_MIN},
};

START_TEST(integers_as_python_reads_them)
{
    int64_t value = 42;

    ck_assert(literal_int(integers[_i].word, &value));
    ck_assert_int_eq(value, integers[_i].value);
}
END_TEST

static const struct {
    const char *word;
    double value;
} floats[] = {
    {"0.5", 0.5},     {".5", 0.5},         {"5.", 5},
    {"1e-1", 0.1},    {"1_0.2_5", 10.25},  {"1", 1},
    {" -2.5 ", -2.5}, {"inf", INFINITY},   {"-Infinity", -INFINITY},
    {"1E+2", 100},    {"1e400", INFINITY},
};

START_TEST(floats_as_python_reads_them)
{
    double value = 42;

    ck_assert(literal_float(floats[_i].word, &value));
    ck_assert_double_eq(value, floats[_i].value);
}
END_TEST

static const char *const no_numbers[] = {
    "",    "-",     "_1",     "1_",    "1__0", "0x10", "1 0", "e5",   ".",  "1e",
    "1e+", "0x1p3", "nan(1)", "infin", "1._5", "1_.5", "--1", "main", "1f", "\xd9\xa3x",
};

START_TEST(words_that_are_no_numbers)
{
    int64_t integer;
    double value;

    ck_assert(!literal_int(no_numbers[_i], &integer));
    ck_assert(!literal_float(no_numbers[_i], &value));
}
END_TEST

START_TEST(nan_is_a_number)
{
    double value = 0;

    ck_assert(literal_float("NaN", &value));
    ck_assert(isnan(value));
}
END_TEST

static const struct {
    const char *text;
    const char *shown;
} strings[] = {
    {"app", "'app'"},
    {"it's", "\"it's\""},
    {"'\"", "'\\'\"'"},
    {"\"", "'\"'"},
    {"a\\d", "'a\\\\d'"},
    {"\n\r\t\x01\x7f", "'\\n\\r\\t\\x01\\x7f'"},
    {"\xc3\xa9", "'\xc3\xa9'"},            /* e acute: printable */
    {"\xc2\xa0\xc2\xad", "'\\xa0\\xad'"},  /* no-break space, soft hyphen */
    {"\xe2\x80\x8b", "'\\u200b'"},         /* zero width space */
    {"\xf3\xa0\x80\x81", "'\\U000e0001'"}, /* a tag character */
    {"\xff", "'\\udcff'"},                 /* no UTF-8 */
};

START_TEST(strings_as_python_shows_them)
{
    char *shown;
    size_t size;
    FILE *to = open_memstream(&shown, &size);

    literal_show_string(to, strings[_i].text);
    fclose(to);
    ck_assert_str_eq(shown, strings[_i].shown);
    free(shown);
}
END_TEST

static const struct {
    double value;
    const char *shown;
} shown_floats[] = {
    {0.5, "0.5"},     {0.1, "0.1"},       {0.30000000000000004, "0.30000000000000004"},
    {1e-05, "1e-05"}, {0.0001, "0.0001"}, {5e-324, "5e-324"},
    {0, "0.0"},
};

START_TEST(floats_as_python_shows_them)
{
    char *shown;
    size_t size;
    FILE *to = open_memstream(&shown, &size);

    literal_show_float(to, shown_floats[_i].value);
    fclose(to);
    ck_assert_str_eq(shown, shown_floats[_i].shown);
    free(shown);
}
END_TEST

/* ---- choosing among ten rows: f0 to f9 ---- */

static const struct {
    const char *words[3];
    size_t left;
    const char *first; /* standard name of the first row left */
    const char *message;
    const char *unmatched;
} choices[] = {
    {{"3"}, 3, "a.c:1(f0)", "   List reduced from 10 to 3 due to restriction <3>\n", NULL},
    {{"0"}, 0, NULL, "   List reduced from 10 to 0 due to restriction <0>\n", NULL},
    {{"10"}, 10, "a.c:1(f0)", "", NULL},
    {{"-1"}, 10, "a.c:1(f0)", "", NULL},
    {{"1.0"}, 10, "a.c:1(f0)", "", NULL},
    {{"nan"}, 10, "a.c:1(f0)", "", NULL},
    {{".25"}, 3, "a.c:1(f0)", "   List reduced from 10 to 3 due to restriction <0.25>\n", NULL},
    {{".24"}, 2, "a.c:1(f0)", "   List reduced from 10 to 2 due to restriction <0.24>\n", NULL},
    {{".999"}, 10, "a.c:1(f0)", "", NULL},
    {{"f[3-5]"},
     3,
     "a.c:1(f3)",
     "   List reduced from 10 to 3 due to restriction <'f[3-5]'>\n",
     NULL},
    {{"^a.*7.$"},
     1,
     "a.c:1(f7)",
     "   List reduced from 10 to 1 due to restriction <'^a.*7.$'>\n",
     NULL},
    {{"F"}, 0, NULL, "   List reduced from 10 to 0 due to restriction <'F'>\n", "F"},
    {{"["}, 10, "a.c:1(f0)", "   <Invalid regular expression '['>\n", NULL},
    {{"f[2468]", "2"},
     2,
     "a.c:1(f2)",
     "   List reduced from 10 to 4 due to restriction <'f[2468]'>\n"
     "   List reduced from 4 to 2 due to restriction <2>\n",
     NULL},
    {{"2", "f[2468]"},
     0,
     NULL,
     "   List reduced from 10 to 2 due to restriction <2>\n"
     "   List reduced from 2 to 0 due to restriction <'f[2468]'>\n",
     "f[2468]"},
    {{"0", "x"}, 0, NULL, "   List reduced from 10 to 0 due to restriction <0>\n", NULL},
};

static void make_model(struct model *m)
{
    struct profile_function functions[10] = {0};
    char file[] = "a.c", names[10][3];
    struct profile p = {.functions = functions, .nfunctions = 10};
    size_t i;

    for (i = 0; i < 10; i++) {
        snprintf(names[i], sizeof(names[i]), "f%zu", i);
        functions[i].file = (struct profile_string){file, 3};
        functions[i].line = 1;
        functions[i].name = (struct profile_string){names[i], 2};
        functions[i].is_row = true;
    }
    ck_assert_int_eq(model_add(m, &p), 0);
}

START_TEST(rows_are_chosen)
{
    struct model m = {0};
    const struct row *rows[10];
    struct selection s = {rows, 10, NULL};
    struct profile_error error;
    char *message;
    size_t size, i;
    FILE *to = open_memstream(&message, &size);

    make_model(&m);
    for (i = 0; i < 10; i++)
        rows[i] = &m.rows[i];
    for (i = 0; i < 3 && choices[_i].words[i]; i++)
        ck_assert_int_eq(restrict_rows(&s, choices[_i].words[i], to, &error), 0);
    fclose(to);
    ck_assert_str_eq(message, choices[_i].message);
    ck_assert_uint_eq(s.nrows, choices[_i].left);
    if (choices[_i].first)
        ck_assert_str_eq(s.rows[0]->standard_name.bytes, choices[_i].first);
    ck_assert_pstr_eq(s.unmatched, choices[_i].unmatched);
    free(message);
    model_free(&m);
}
END_TEST

/* What Python's re.search finds in a string. */
static const struct {
    const char *pattern, *name;
    size_t size;
    bool found;
} searches[] = {
    {"^\\w+$",
     "gr\xc3\xb6\xc3\x9f"
     "e",
     7, true}, /* letters of all languages are letters */
    {"^\\d$", "\xd9\xa3", 2, true},
    {"^.$", "\xc3\xa9", 2, true}, /* a character, not a byte */
    {"a.b", "a\nb", 3, false},
    {"a.b", "a\rb", 3, true}, /* only a line feed ends a line */
    {"a$", "a\n", 2, true},
    {"^b", "a\nb", 3, false},
    {"b", "a\0b", 3, true},
    {"b",
     "\xff"
     "b",
     2, true}, /* a name that is no UTF-8 can still be found */
    {"", "", 0, true},
};

START_TEST(patterns_find_what_python_finds)
{
    char name[8] = "";
    struct row row = {.standard_name = {name, searches[_i].size}};
    const struct row *rows[] = {&row};
    struct selection s = {rows, 1, NULL};
    struct profile_error error;
    char *message;
    size_t size;
    FILE *to = open_memstream(&message, &size);

    memcpy(name, searches[_i].name, searches[_i].size);
    ck_assert_int_eq(restrict_rows(&s, searches[_i].pattern, to, &error), 0);
    fclose(to);
    ck_assert_uint_eq(s.nrows, searches[_i].found);
    free(message);
}
END_TEST

START_TEST(hopeless_pattern_is_given_up)
{
    char name[60];
    struct row row = {.standard_name = {name, sizeof(name) - 1}};
    const struct row *rows[] = {&row};
    struct selection s = {rows, 1, NULL};
    struct profile_error error;

    memset(name, 'a', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    ck_assert_int_eq(restrict_rows(&s, "(a|aa)+b\\b(?<!c)|(a+)+\\1$.", stderr, &error), -1);
    ck_assert_ptr_nonnull(strstr(error.text, "too many steps"));
}
END_TEST

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

int main(void)
{
    Suite *suite = suite_create("restrict");
    TCase *tests = tcase_create("restrictions");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tests);
    tcase_add_loop_test(tests, integers_as_python_reads_them, 0, COUNT(integers));
    tcase_add_loop_test(tests, floats_as_python_reads_them, 0, COUNT(floats));
    tcase_add_loop_test(tests, words_that_are_no_numbers, 0, COUNT(no_numbers));
    tcase_add_test(tests, nan_is_a_number);
    tcase_add_loop_test(tests, strings_as_python_shows_them, 0, COUNT(strings));
    tcase_add_loop_test(tests, floats_as_python_shows_them, 0, COUNT(shown_floats));
    tcase_add_loop_test(tests, rows_are_chosen, 0, COUNT(choices));
    tcase_add_loop_test(tests, patterns_find_what_python_finds, 0, COUNT(searches));
    tcase_add_test(tests, hopeless_pattern_is_given_up);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
