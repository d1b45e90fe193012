/* Which function of an old profile is which of a new one. */
#include "report/match.h"
#include "test/unit/profiles.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct place {
    const char *file;
    int64_t line;
    const char *name;
};

static void fill(const struct place *places, size_t n, struct row *rows, const struct row **to)
{
    for (size_t i = 0; i < n; i++) {
        rows[i] = (struct row){.file = string_of(places[i].file, strlen(places[i].file)),
                               .name = string_of(places[i].name, strlen(places[i].name)),
                               .line = places[i].line};
        to[i] = &rows[i];
    }
}

static void release(struct row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        free(rows[i].file.bytes);
        free(rows[i].name.bytes);
    }
}

/* EXPECTED: of each old function, its partner's index or -1. */
static void expect(const struct place *old, size_t nold, const struct place *new, size_t nnew,
                   const int *expected)
{
    struct row rows[2][8];
    const struct row *pointers[2][8];
    size_t partners[8];

    fill(old, nold, rows[0], pointers[0]);
    fill(new, nnew, rows[1], pointers[1]);
    ck_assert_int_eq(match_functions(pointers[0], nold, pointers[1], nnew, partners), 0);
    for (size_t i = 0; i < nold; i++)
        ck_assert_msg(partners[i] == (expected[i] < 0 ? MATCH_NONE : (size_t)expected[i]),
                      "%s: %zd", old[i].name, (ssize_t)partners[i]);
    release(rows[0], nold);
    release(rows[1], nnew);
}

#define EXPECT(old, new, ...) expect(old, COUNT(old), new, COUNT(new), (const int[]){__VA_ARGS__})

START_TEST(same_build)
{
    static const struct place old[] = {{"/a.c", 1, "f"}, {"/a.c", 9, "f"}, {"~", 0, "<x>"}};
    static const struct place new[] = {{"~", 0, "<x>"}, {"/a.c", 9, "f"}, {"/a.c", 1, "f"}};
    EXPECT(old, new, 2, 1, 0);
}
END_TEST

/* Lambdas and statics of one name: the nearest lines. A function between them is new. */
START_TEST(lines_shifted)
{
    static const struct place old[] = {{"/a.c", 10, "f"}, {"/a.c", 100, "f"}, {"/a.c", 50, "gone"}};
    static const struct place new[] = {{"/a.c", 12, "f"}, {"/a.c", 60, "f"}, {"/a.c", 103, "f"}};
    EXPECT(old, new, 0, 2, -1);
}
END_TEST

START_TEST(checkout_moved)
{
    static const struct place old[] = {{"/home/a/src/net/util.c", 3, "init"},
                                       {"/home/a/src/disk/util.c", 4, "init"},
                                       {"/usr/include/c++/12/vector", 99, "push"}};
    static const struct place new[] = {{"/tmp/b/src/disk/util.c", 3, "init"},
                                       {"/usr/include/c++/13/vector", 123, "push"},
                                       {"/tmp/b/src/net/util.c", 4, "init"}};
    EXPECT(old, new, 2, 0, 1);
}
END_TEST

START_TEST(clones)
{
    static const struct place old[] = {
        {"~", 0, "f.part.0"}, {"~", 0, "g"}, {"~", 0, "h<1.5>(...)"}, {"~", 0, ".L"}};
    static const struct place new[] = {
        {"~", 0, "g.constprop.1"}, {"~", 0, "f"}, {"~", 0, "h<1.6>(...)"}, {"~", 0, ".M"}};
    EXPECT(old, new, 1, 0, -1, -1);
}
END_TEST

START_TEST(moved_to_another_file)
{
    static const struct place old[] = {{"/a.c", 1, "f"}, {"/a.c", 5, "g"}};
    static const struct place new[] = {{"/b.c", 1, "f"}, {"/a.c", 1, "g"}};
    EXPECT(old, new, 0, 1);
}
END_TEST

START_TEST(nothing)
{
    static const struct place some[] = {{"/a.c", 1, "f"}};
    EXPECT(some, some, 0);
    expect(some, 1, some, 0, (const int[]){-1});
    expect(some, 0, some, 1, NULL);
}
END_TEST

/* More of one name than are compared with each other: in their order. */
START_TEST(very_many)
{
    enum { N = 300 };
    static struct row rows[2][N];
    static const struct row *pointers[2][N];
    static size_t partners[N];
    static char file[] = "/l.h", name[] = "l";

    for (int side = 0; side < 2; side++)
        for (int i = 0; i < N; i++) {
            rows[side][i] =
                (struct row){.file = {file, 4}, .name = {name, 1}, .line = 2 * i + side};
            pointers[side][i] = &rows[side][i];
        }
    ck_assert_int_eq(match_functions(pointers[0], N, pointers[1], N, partners), 0);
    for (size_t i = 0; i < N; i++)
        ck_assert_uint_eq(partners[i], i);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("match");
    TCase *tests = tcase_create("match");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tests);
    tcase_add_test(tests, same_build);
    tcase_add_test(tests, lines_shifted);
    tcase_add_test(tests, checkout_moved);
    tcase_add_test(tests, clones);
    tcase_add_test(tests, moved_to_another_file);
    tcase_add_test(tests, nothing);
    tcase_add_test(tests, very_many);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
