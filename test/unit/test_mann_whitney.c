/* Mann and Whitney's test, Holm's correction. Expected values: orders counted by hand, and examples
   that statistics packages document. */
#include "report/mann_whitney.h"

#include <check.h>
#include <stdlib.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define EXPECT(p, ...)                                                                             \
    do {                                                                                           \
        double values[2][30] = {__VA_ARGS__};                                                      \
        ck_assert_double_eq_tol(mann_whitney(values[0], na, values[1], nb), p, 1e-9);              \
    } while (0)

START_TEST(exact)
{
    size_t na = 5, nb = 5;
    EXPECT(2 / 252.0, {5, 1, 2, 4, 3}, {10, 9, 8, 7, 6});
    EXPECT(2 / 252.0, {10, 9, 8, 7, 6}, {5, 1, 2, 4, 3});
    EXPECT(8 / 252.0, {1, 2, 3, 4, 7}, {5, 6, 8, 9, 10}); /* u = 2, of 1 + 1 + 2 orders */
    na = 3, nb = 4;
    EXPECT(4 / 35.0, {1, 2, 4}, {3, 5, 6, 7});
    na = 5, nb = 4; /* of SciPy's documentation */
    EXPECT(1 / 9.0, {19, 22, 16, 29, 24}, {20, 11, 17, 12});
    na = nb = 1;
    EXPECT(1, {1}, {2});
}
END_TEST

START_TEST(approximate)
{
    double low[30], high[30];
    size_t i, na = 4, nb = 4;

    for (i = 0; i < 30; i++) {
        low[i] = (double)i;
        high[i] = (double)i + 100;
    }
    /* z = (450 - .5) / sqrt(30 * 30 * 61 / 12) */
    ck_assert_double_eq_tol(mann_whitney(low, 30, high, 30), 3.02e-11, 1e-13);
    /* ties of 3, 2 and 2: u = 2.5, z = (8 - 2.5 - .5) / sqrt(16 / 12.0 * (9 - 36 / 56.0)) */
    EXPECT(0.134169180, {1, 2, 2, 3}, {2, 3, 4, 4});
    EXPECT(1, {2, 2, 2, 2}, {2, 2, 2, 2});
    na = 0;
    EXPECT(1, {0}, {2});
}
END_TEST

START_TEST(holm)
{
    double p[] = {0.01, 0.04, 0.03, 0.005}, expected[] = {0.03, 0.06, 0.06, 0.02};
    double large[] = {0.6, 0.7};
    size_t i;

    ck_assert_int_eq(mann_whitney_holm(p, COUNT(p)), 0);
    for (i = 0; i < COUNT(p); i++)
        ck_assert_double_eq_tol(p[i], expected[i], 1e-12);
    ck_assert_int_eq(mann_whitney_holm(large, 2), 0);
    ck_assert_double_eq_tol(large[0], 1, 1e-12);
    ck_assert_int_eq(mann_whitney_holm(NULL, 0), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("mann_whitney");
    TCase *cases = tcase_create("mann_whitney");
    tcase_add_test(cases, exact);
    tcase_add_test(cases, approximate);
    tcase_add_test(cases, holm);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
