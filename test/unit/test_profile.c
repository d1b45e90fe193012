#include "test/unit/profiles.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <sys/stat.h>

START_TEST(golden_dict)
{
    struct profile p = golden_profile(), q;
    size_t size;
    char *bytes = written(&p, &size);
    ck_assert_uint_eq(size, sizeof golden - 1);
    ck_assert_mem_eq(bytes, golden, size);
    free(bytes);
    ck_assert_int_eq(parse(golden, sizeof golden - 1, &q), 0);
    ck_assert_uint_eq(q.nfunctions, 2);
    for (size_t i = 0; i < 2; i++)
        expect_same_function(&p.functions[i], &q.functions[i]);
    ck_assert_ptr_null(q.tail);
    profile_free(&p);
    profile_free(&q);
}
END_TEST

/* ---- reading ---- */

/* Pieces of marshalled profiles. */
#define INT(low)        "i" low "\x00\x00\x00"
#define KEY(file, name) ")\x03z\x01" file INT("\x07") "z\x01" name
#define ROW(nc)         ")\x05" INT("\x01") INT(nc) HALF HALF

static void expect_name(const struct profile_function *f, const char *name)
{
    ck_assert_str_eq(f->name.bytes, name);
    ck_assert_uint_eq(f->name.size, strlen(name));
}

START_TEST(rows_keep_their_order_and_callers_without_a_row_come_last)
{
    static const char bytes[] =
        "{" KEY("a", "x") ROW("\x01") "{" KEY("a", "p") "(\x04\x00\x00\x00" INT("\x02") INT("\x03")
            HALF QUARTER KEY("a", "y") "(\x04\x00\x00\x00" INT("\x05") INT("\x04") HALF HALF
        "0" KEY("a", "z") ROW("\x02") "{0" KEY("a", "y") ROW("\x03") "{0"
                                                                     "0";
    struct profile p;
    ck_assert_int_eq(parse(bytes, sizeof bytes - 1, &p), 0);
    ck_assert_uint_eq(p.nfunctions, 4);
    expect_name(&p.functions[0], "x");
    expect_name(&p.functions[1], "z");
    expect_name(&p.functions[2], "y");
    expect_name(&p.functions[3], "p");
    ck_assert(p.functions[2].is_row && !p.functions[3].is_row);
    ck_assert_int_eq(p.functions[3].line, 7);
    ck_assert(p.functions[2].nc == 3 && p.functions[2].cc == 1);
    ck_assert_uint_eq(p.functions[0].ncallers, 2);
    const struct profile_caller *c = p.functions[0].callers;
    ck_assert(c[0].function == 3 && c[0].nc == 2 && c[0].cc == 3);
    ck_assert_double_eq(c[0].tt, .5);
    ck_assert_double_eq(c[0].ct, .25);
    ck_assert(c[1].function == 2 && c[1].nc == 5 && c[1].cc == 4);
    size_t size;
    FILE *null = fopen("/dev/null", "w");
    ck_assert_int_eq(profile_write(fileno(null), &p, &error), -1);
    ck_assert_str_eq(error.text, "function 0: caller 0 has no row");
    fclose(null);
    p.functions[0].ncallers = 0;
    char *again = written(&p, &size);
    struct profile q;
    ck_assert_int_eq(parse(again, size, &q), 0);
    ck_assert_uint_eq(q.nfunctions, 3);
    free(again);
    profile_free(&p);
    profile_free(&q);
}
END_TEST

START_TEST(of_equal_keys_the_later_value_and_the_first_place_hold)
{
    static const char bytes[] = "{" KEY("a", "x") ROW("\x01") "{" KEY(
        "a", "y") "i\x01\0\0\0"
                  "0" KEY("a", "y") ROW("\x02") "{" KEY("a", "x") "i\x01\0\0\0" KEY(
                      "a", "y") "i\x02\0\0\0" KEY("a", "x") "i\x03\0\0\0"
                                                            "0" KEY("a", "x") ROW("\x04") "{0"
                                                                                          "0";
    struct profile p;
    ck_assert_int_eq(parse(bytes, sizeof bytes - 1, &p), 0);
    ck_assert_uint_eq(p.nfunctions, 2);
    expect_name(&p.functions[0], "x");
    ck_assert(p.functions[0].nc == 4);
    ck_assert_uint_eq(p.functions[0].ncallers, 0);
    ck_assert_uint_eq(p.functions[1].ncallers, 2);
    const struct profile_caller *c = p.functions[1].callers;
    ck_assert(c[0].function == 0 && c[0].nc == 3 && c[0].cc == 3);
    ck_assert(c[1].function == 1 && c[1].nc == 2);
    profile_free(&p);
}
END_TEST

START_TEST(python_3_15_sampling_profiles_are_read)
{
    static const char bytes[] = "{"
                                ")\x01z\x0b"
                                "__sampled__"
                                "T" KEY("a", "x") ROW("\x09") "{" KEY("a", "x") "i\x03\x00\x00\x00"
                                                                                "0"
                                                                                "0";
    struct profile p;
    ck_assert_int_eq(parse(bytes, sizeof bytes - 1, &p), 0);
    ck_assert(p.sampled);
    ck_assert_uint_eq(p.nfunctions, 1);
    ck_assert(p.functions[0].callers[0].nc == 3 && p.functions[0].callers[0].cc == 3);
    size_t size;
    char *again = written(&p, &size);
    profile_free(&p);
    ck_assert_int_eq(parse(again, size, &p), 0);
    ck_assert(p.sampled && p.functions[0].callers[0].plain);
    ck_assert(p.functions[0].callers[0].nc == 3);
    profile_free(&p);
    free(again);
    EXPECT_REFUSED("{)\x01z\x0b"
                   "__sampled__"
                   "T0",
                   "not a profile (no rows at offset 0)");
    EXPECT_REFUSED("{)\x01z\x02__T0",
                   "not a profile (key that is not (file, line, name) at offset 1)");
}
END_TEST

START_TEST(what_follows_the_dict_is_left_alone)
{
    static const char bytes[] = "{" KEY("a", "x") ROW("\x01") "{0"
                                                              "0"
                                                              "anything at all, 24 bytes";
    struct profile p;
    ck_assert_int_eq(parse(bytes, sizeof bytes - 1, &p), 0);
    ck_assert_ptr_null(p.tail);
    profile_free(&p);
}
END_TEST

START_TEST(what_is_no_profile_is_refused)
{
    EXPECT_REFUSED("", "not a profile (the file is empty)");
    EXPECT_REFUSED("\x7f"
                   "ELF",
                   "not a profile (unknown type 0x7f at offset 0)");
    EXPECT_REFUSED("i\1\0\0\0", "not a profile (type 0x69 where a dict should be at offset 0)");
    EXPECT_REFUSED("{0", "not a profile (no rows at offset 0)");
    EXPECT_REFUSED("{", "not a profile (truncated at offset 1)");
    EXPECT_REFUSED("{N", "not a profile (key that is not (file, line, name) at offset 1)");
    EXPECT_REFUSED("{)\x03NNN", "not a profile (key that is not (file, line, name) at offset 1)");
    EXPECT_REFUSED("{)\x03z\x01"
                   "al\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0z\x01"
                   "f",
                   "not a profile (line number out of range at offset 1)");
    EXPECT_REFUSED("{" KEY("a", "f") "N", "not a profile (type 0x4e where "
                                          "(cc, nc, tt, ct, callers) should be at offset 14)");
    EXPECT_REFUSED("{" KEY("a", "f") ")\x04", "not a profile (tuple of 4 items where "
                                              "(cc, nc, tt, ct, callers) should be at offset 14)");
    EXPECT_REFUSED("{" KEY("a", "f") ")\x05" HALF,
                   "not a profile (count that is no integer at offset 16)");
    EXPECT_REFUSED("{" KEY("a", "f") ")\x05" ONE ONE "g\0\0\0\0\0\0\xf8\x7f",
                   "not a profile (time that is no finite number at offset 26)");
    EXPECT_REFUSED("{" KEY("a", "f") ")\x05" ONE ONE HALF "z\0",
                   "not a profile (time that is no finite number at offset 35)");
    EXPECT_REFUSED("{" KEY("a", "f") ROW("\1") "{" KEY("a", "f") ")\2NN",
                   "not a profile (count that is no integer at offset 58)");
}
END_TEST

/* 1,000 rows of five bytes each would have a name of 1 MB each. */
START_TEST(names_repeated_beyond_measure_are_refused)
{
    enum { NAME = 1 << 20, ROWS = 1000 };
    char *bytes = malloc(NAME + ROWS * 64);
    size_t size = 0;
    bytes[size++] = '{';
    for (int i = 0; i < ROWS; i++) {
        memcpy(bytes + size, ")\x03", 2);
        size += 2;
        if (i == 0) {
            memcpy(bytes + size, "\xe1\x00\x00\x10\x00", 5);
            memset(bytes + size + 5, 'n', NAME);
            size += 5 + NAME;
        } else {
            memcpy(bytes + size, "r\0\0\0\0", 5);
            size += 5;
        }
        char rest[] = "i\0\0\0\0z\x01"
                      "f" ROW("\x01") "{0";
        memcpy(rest + 1, &i, sizeof i);
        memcpy(bytes + size, rest, sizeof rest - 1);
        size += sizeof rest - 1;
    }
    bytes[size++] = '0';
    struct profile p;
    ck_assert_int_eq(parse(bytes, size, &p), -1);
    ck_assert_ptr_nonnull(strstr(error.text, "names out of all proportion to the file"));
    free(bytes);
}
END_TEST

/* ---- writing ---- */

START_TEST(names_are_written_as_printable_utf8)
{
    struct profile p = golden_profile(), q;
    free(p.functions[0].name.bytes);
    p.functions[0].name = STRING("a\xff\x1b[31m\0\x7f\xc2\x80\xc3\xa4\\");
    size_t size;
    char *bytes = written(&p, &size);
    ck_assert_int_eq(parse(bytes, size, &q), 0);
    ck_assert_str_eq(q.functions[0].name.bytes, "a\\xff\\x1b[31m\\x00\\x7f\\xc2\\x80\xc3\xa4\\");
    free(bytes);
    profile_free(&p);
    profile_free(&q);
}
END_TEST

static void expect_unwritable(const struct profile *p, const char *text)
{
    int ends[2];
    char byte;
    ck_assert_int_eq(pipe(ends), 0);
    ck_assert_int_eq(profile_write(ends[1], p, &error), -1);
    ck_assert_str_eq(error.text, text);
    ck_assert_int_eq(error.offset, -1);
    close(ends[1]);
    ck_assert_int_eq(read(ends[0], &byte, 1), 0);
    close(ends[0]);
}

START_TEST(what_python_or_a_viewer_would_choke_on_is_not_written)
{
    struct profile p = golden_profile();
    struct profile_function *f = p.functions;
    f[1].is_row = false;
    expect_unwritable(&p, "function 0: caller 0 has no row");
    f[0].is_row = false;
    expect_unwritable(&p, "a profile without rows");
    f[0].is_row = f[1].is_row = true;
    f[0].callers[0].function = 2;
    expect_unwritable(&p, "function 0: caller 0 has no row");
    f[0].callers[0].function = 1;
    f[0].callers[0].ct = INFINITY;
    expect_unwritable(&p, "function 0: caller 0: time that is not finite");
    f[0].callers[0].ct = 0;
    f[1].tt = NAN;
    expect_unwritable(&p, "function 1: time that is not finite");
    f[1].tt = 0;
    free(f[1].name.bytes);
    f[1].name = STRING("f");
    f[1].line = 3;
    expect_unwritable(&p, "function 1: a row with the same file, line and name precedes it");
    profile_free(&p);
}
END_TEST

START_TEST(a_full_disk_is_told)
{
    struct profile p = golden_profile();
    int fd = open("/dev/full", O_WRONLY);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(profile_write(fd, &p, &error), -1);
    ck_assert_str_eq(error.text, "cannot write: No space left on device");
    close(fd);
    profile_free(&p);
}
END_TEST

START_TEST(saved_files_replace_regular_files_and_nothing_else)
{
    char folder[] = "/tmp/test_profile.XXXXXX", found[sizeof golden];
    ck_assert_ptr_nonnull(mkdtemp(folder));
    ck_assert_int_eq(chdir(folder), 0);
    struct profile p = golden_profile();
    for (int i = 0; i < 2; i++) {
        ck_assert_msg(profile_save("x.prof", &p, &error) == 0, "%s", error.text);
        struct stat st;
        ck_assert_int_eq(stat("x.prof", &st), 0);
        ck_assert_uint_eq(st.st_mode & 0777, 0600);
        int fd = open("x.prof", O_RDONLY);
        ck_assert_int_eq(read(fd, found, sizeof found), sizeof golden - 1);
        ck_assert_mem_eq(found, golden, sizeof golden - 1);
        close(fd);
    }
    ck_assert_int_eq(symlink("x.prof", "link"), 0);
    ck_assert_int_eq(profile_save("link", &p, &error), -1);
    ck_assert_str_eq(error.text, "cannot write: exists and is not a regular file");
    ck_assert_int_eq(profile_save(".", &p, &error), -1);
    ck_assert_str_eq(error.text, "cannot write: exists and is not a regular file");
    ck_assert_int_eq(profile_save("none/x.prof", &p, &error), -1);
    ck_assert_str_eq(error.text, "cannot write: No such file or directory");
    p.functions[0].tt = NAN;
    ck_assert_int_eq(profile_save("y.prof", &p, &error), -1);
    ck_assert_int_eq(unlink("link") | unlink("x.prof"), 0);
    ck_assert_msg(rmdir(folder) == 0, "a temporary file was left behind");
    profile_free(&p);
}
END_TEST

START_TEST(what_cannot_be_opened_is_told)
{
    struct profile p;
    ck_assert_int_eq(profile_read("/nonexistent", &p, &error), -1);
    ck_assert_str_eq(error.text, "No such file or directory");
    ck_assert_int_eq(profile_read("/", &p, &error), -1);
    ck_assert_str_eq(error.text, "Is a directory");
    ck_assert_int_eq(profile_read("/dev/zero", &p, &error), -1);
    ck_assert_str_eq(error.text, "not a profile (not a regular file)");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("profile");
    TCase *tests = tcase_create("all");
    tcase_add_test(tests, golden_dict);
    tcase_add_test(tests, rows_keep_their_order_and_callers_without_a_row_come_last);
    tcase_add_test(tests, of_equal_keys_the_later_value_and_the_first_place_hold);
    tcase_add_test(tests, python_3_15_sampling_profiles_are_read);
    tcase_add_test(tests, what_follows_the_dict_is_left_alone);
    tcase_add_test(tests, what_is_no_profile_is_refused);
    tcase_add_test(tests, names_repeated_beyond_measure_are_refused);
    tcase_add_test(tests, names_are_written_as_printable_utf8);
    tcase_add_test(tests, what_python_or_a_viewer_would_choke_on_is_not_written);
    tcase_add_test(tests, a_full_disk_is_told);
    tcase_add_test(tests, saved_files_replace_regular_files_and_nothing_else);
    tcase_add_test(tests, what_cannot_be_opened_is_told);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
