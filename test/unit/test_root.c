/* The row that stands for the process, where nothing else is a root. One tick is one second. */
#include <check.h>
#include <stdlib.h>

#include "test/unit/raw_build.h"

#define F       "<0xf0>"
#define G       "<0xf1>"
#define PROCESS "<process>"

static struct raw_build b;
static struct profile profile;

static void convert(void)
{
    struct profile_error error = {.text = ""};
    int status = raw_build_convert(&b, b.used, &profile, &error);
    ck_assert_msg(status == 0, "%s", error.text);
}

static uint32_t level(uint32_t thread, uint64_t total, int64_t recursive)
{
    return raw_build_level(&b, thread, (struct raw_level){.total = total, .recursive = recursive});
}

/* In thread T, FN, called once from outside, calls itself twice; each call has SELF. Returns the
   outer call's node. */
static uint32_t add_recursive(uint32_t t, uint64_t fn, uint64_t self)
{
    uint32_t fn_level = level(t, 3 * self, 2);
    uint32_t f = raw_build_node(
        &b, t, (struct raw_node){.fn = fn, .calls = 1, .self = self, .fn_level = fn_level});
    raw_build_node(&b, t,
                   (struct raw_node){.fn = fn,
                                     .calls = 2,
                                     .self = 2 * self,
                                     .parent = f,
                                     .home = f,
                                     .fn_level = fn_level,
                                     .edge_level = level(t, 2 * self, 1)});
    return f;
}

static void check_called_by_process(const char *name, int nc, double tt, double ct)
{
    const struct profile_caller *c = raw_build_caller(&profile, name, PROCESS);
    ck_assert_msg(c != NULL, "the process does not call %s", name);
    ck_assert_int_eq((int)c->nc, nc);
    ck_assert_int_eq((int)c->cc, nc);
    ck_assert_double_eq_tol(c->tt, tt, 1e-9);
    ck_assert_double_eq_tol(c->ct, ct, 1e-9);
}

START_TEST(the_process_is_the_root_of_recursive_functions)
{
    raw_build_start(&b);
    add_recursive(raw_build_thread(&b), 0xf0, 11);
    add_recursive(raw_build_thread(&b), 0xf1, 5);
    convert();
    const struct profile_function *process = raw_build_function(&profile, PROCESS);
    ck_assert_ptr_nonnull(process);
    ck_assert_str_eq(process->file.bytes, "~");
    ck_assert_int_eq((int)process->line, 0);
    ck_assert_uint_eq(process->ncallers, 0);
    ck_assert(process->is_row && process->nc == 0 && process->cc == 0 && process->tt == 0);
    ck_assert_double_eq_tol(process->ct, 48, 1e-9);
    check_called_by_process(F, 1, 11, 33);
    check_called_by_process(G, 1, 5, 15);
    ck_assert_uint_eq(raw_build_function(&profile, F)->ncallers, 2);
    profile_free(&profile);
}
END_TEST

/* It calls g, which it does not call from outside. */
START_TEST(what_others_call_is_not_called_by_the_process)
{
    raw_build_start(&b);
    uint32_t t = raw_build_thread(&b), f = add_recursive(t, 0xf0, 11);
    raw_build_node(&b, t,
                   (struct raw_node){.fn = 0xf1,
                                     .calls = 4,
                                     .self = 2,
                                     .parent = f,
                                     .fn_level = level(t, 2, 0),
                                     .edge_level = level(t, 2, 0)});
    convert();
    check_called_by_process(F, 1, 11, 35);
    ck_assert_ptr_null(raw_build_caller(&profile, G, PROCESS));
    profile_free(&profile);
}
END_TEST

START_TEST(a_root_is_enough)
{
    raw_build_start(&b);
    add_recursive(raw_build_thread(&b), 0xf0, 11);
    uint32_t t = raw_build_thread(&b);
    raw_build_node(
        &b, t, (struct raw_node){.fn = 0xf1, .calls = 1, .self = 1, .fn_level = level(t, 1, 0)});
    convert();
    ck_assert_ptr_null(raw_build_function(&profile, PROCESS));
    ck_assert_uint_eq(profile.nfunctions, 2);
    profile_free(&profile);
}
END_TEST

START_TEST(a_root_without_time_would_help_nobody)
{
    raw_build_start(&b);
    add_recursive(raw_build_thread(&b), 0xf0, 0);
    convert();
    ck_assert_ptr_null(raw_build_function(&profile, PROCESS));
    profile_free(&profile);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("root");
    TCase *c = tcase_create("root");
    tcase_add_test(c, the_process_is_the_root_of_recursive_functions);
    tcase_add_test(c, what_others_call_is_not_called_by_the_process);
    tcase_add_test(c, a_root_is_enough);
    tcase_add_test(c, a_root_without_time_would_help_nobody);
    suite_add_tcase(s, c);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed != 0;
}
