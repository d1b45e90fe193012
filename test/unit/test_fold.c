/* Folding, with tables that are worked out by hand. One tick is one second. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "test/unit/raw_build.h"

static struct raw_build b;
static struct profile profile;

static void convert(void)
{
    struct profile_error error = {.text = ""};
    int status = raw_build_convert(&b, b.used, &profile, &error);
    ck_assert_msg(status == 0, "%s", error.text);
}

static void check_times(double tt, double expected_tt, double ct, double expected_ct)
{
    ck_assert_double_eq_tol(tt, expected_tt, 1e-9);
    ck_assert_double_eq_tol(ct, expected_ct, 1e-9);
}

/* pstats' order: primitive calls, calls, own, cumulative. */
static void check_row(const char *name, int cc, int nc, double tt, double ct)
{
    const struct profile_function *f = raw_build_function(&profile, name);
    ck_assert_msg(f != NULL, "no row %s", name);
    ck_assert_int_eq((int)f->cc, cc);
    ck_assert_int_eq((int)f->nc, nc);
    check_times(f->tt, tt, f->ct, ct);
}

/* pstats' order: calls, primitive calls, own, cumulative. */
static void check_edge(const char *callee, const char *caller, int nc, int cc, double tt, double ct)
{
    const struct profile_caller *c = raw_build_caller(&profile, callee, caller);
    ck_assert_msg(c != NULL, "no caller %s of %s", caller, callee);
    ck_assert_int_eq((int)c->nc, nc);
    ck_assert_int_eq((int)c->cc, cc);
    check_times(c->tt, tt, c->ct, ct);
}

static uint32_t level(uint32_t thread, uint64_t total, int64_t recursive)
{
    return raw_build_level(&b, thread, (struct raw_level){.total = total, .recursive = recursive});
}

/* Addresses outside of all modules are named after their number: <0xa>. */
#define R "<0xa0>"
#define F "<0xf0>"
#define G "<0xf1>"
#define H "<0xf2>"

/* f(2) recursing to f(1), f(0), each with 11 of its own. */
START_TEST(direct_recursion)
{
    raw_build_start(&b);
    uint32_t t = raw_build_thread(&b);
    uint32_t f_level = level(t, 33, 2);
    uint32_t root = raw_build_node(
        &b, t, (struct raw_node){.fn = 0xa0, .calls = 1, .fn_level = level(t, 33, 0)});
    uint32_t f = raw_build_node(&b, t,
                                (struct raw_node){.fn = 0xf0,
                                                  .calls = 1,
                                                  .self = 11,
                                                  .parent = root,
                                                  .fn_level = f_level,
                                                  .edge_level = level(t, 33, 0)});
    raw_build_node(&b, t,
                   (struct raw_node){.fn = 0xf0,
                                     .calls = 2,
                                     .self = 22,
                                     .parent = f,
                                     .home = f,
                                     .fn_level = f_level,
                                     .edge_level = level(t, 22, 1)});
    convert();
    ck_assert_uint_eq(profile.nfunctions, 2);
    check_row(F, 1, 3, 33, 33);
    check_edge(F, R, 1, 1, 11, 33);
    check_edge(F, F, 2, 1, 22, 22);
    check_row(R, 1, 1, 0, 33);
    ck_assert_uint_eq(raw_build_function(&profile, R)->ncallers, 0);
    profile_free(&profile);
}
END_TEST

/* f(3) -> g(2) -> f(1) -> g(0); own f = 1, g = 10. The inner f is a link to the outer one, the
   inner g is looked up at the outer f and so is the outer g itself. */
START_TEST(mutual_recursion)
{
    raw_build_start(&b);
    uint32_t t = raw_build_thread(&b);
    uint32_t f_level = level(t, 22, 1), g_level = level(t, 21, 1);
    uint32_t root = raw_build_node(
        &b, t, (struct raw_node){.fn = 0xa0, .calls = 1, .fn_level = level(t, 22, 0)});
    uint32_t f = raw_build_node(&b, t,
                                (struct raw_node){.fn = 0xf0,
                                                  .calls = 1,
                                                  .self = 1,
                                                  .parent = root,
                                                  .fn_level = f_level,
                                                  .edge_level = level(t, 22, 0)});
    uint32_t g = raw_build_node(&b, t,
                                (struct raw_node){.fn = 0xf1,
                                                  .calls = 2,
                                                  .self = 20,
                                                  .parent = f,
                                                  .fn_level = g_level,
                                                  .edge_level = level(t, 21, 1)});
    raw_build_node(&b, t,
                   (struct raw_node){.fn = 0xf0,
                                     .calls = 1,
                                     .self = 1,
                                     .parent = g,
                                     .home = f,
                                     .fn_level = f_level,
                                     .edge_level = level(t, 11, 0)});
    convert();
    check_row(F, 1, 2, 2, 22);
    check_edge(F, R, 1, 1, 1, 22);
    check_edge(F, G, 1, 1, 1, 11);
    check_row(G, 1, 2, 20, 21);
    check_edge(G, F, 2, 1, 20, 21);
    profile_free(&profile);
}
END_TEST

/* f -> g(2) -> h -> g(1) -> h -> g(0), then f -> g(0); own f = 1, g = 10, h = 100. */
START_TEST(three_way_recursion)
{
    raw_build_start(&b);
    uint32_t t = raw_build_thread(&b);
    uint32_t g_level = level(t, 240, 2);
    uint32_t f = raw_build_node(
        &b, t, (struct raw_node){.fn = 0xf0, .calls = 1, .self = 1, .fn_level = level(t, 241, 0)});
    uint32_t g = raw_build_node(&b, t,
                                (struct raw_node){.fn = 0xf1,
                                                  .calls = 2,
                                                  .self = 20,
                                                  .parent = f,
                                                  .fn_level = g_level,
                                                  .edge_level = level(t, 240, 0)});
    uint32_t h = raw_build_node(&b, t,
                                (struct raw_node){.fn = 0xf2,
                                                  .calls = 2,
                                                  .self = 200,
                                                  .parent = g,
                                                  .fn_level = level(t, 220, 1),
                                                  .edge_level = level(t, 220, 1)});
    raw_build_node(&b, t,
                   (struct raw_node){.fn = 0xf1,
                                     .calls = 2,
                                     .self = 20,
                                     .parent = h,
                                     .home = g,
                                     .fn_level = g_level,
                                     .edge_level = level(t, 120, 1)});
    convert();
    check_row(G, 2, 4, 40, 240);
    check_edge(G, F, 2, 2, 20, 240);
    check_edge(G, H, 2, 1, 20, 120);
    check_row(H, 1, 2, 200, 220);
    check_edge(H, G, 2, 1, 200, 220);
    profile_free(&profile);
}
END_TEST

/* Outer has used 3 and inner 5 when the end comes: at 1008 by the newest event of another thread in
   a killed process, by the header's moment in a finished one. */
static void build_open_calls(void)
{
    raw_build_start(&b);
    uint32_t t = raw_build_thread(&b);
    uint32_t outer = raw_build_node(
        &b, t,
        (struct raw_node){
            .fn = 0xf0,
            .calls = 1,
            .self = 3,
            .fn_level = raw_build_level(&b, t, (struct raw_level){.total = -1000ull, .level = 1})});
    uint32_t inner = raw_build_node(
        &b, t,
        (struct raw_node){
            .fn = 0xf1,
            .calls = 1,
            .self = 0,
            .parent = outer,
            .fn_level = raw_build_level(&b, t, (struct raw_level){.total = -1003ull, .level = 1}),
            .edge_level =
                raw_build_level(&b, t, (struct raw_level){.total = -1003ull, .level = 1})});
    raw_build_thread_at(&b, t)->last = 1003;
    raw_build_thread_at(&b, t)->enters = 2;
    raw_build_thread_at(&b, t)->current = (uint64_t)inner * 64;
}

START_TEST(open_calls_of_a_finished_process)
{
    build_open_calls();
    raw_build_header(&b)->last = (struct raw_anchor){.ticks = 1008, .ns = 8000000005};
    convert();
    check_row(F, 1, 1, 3, 8);
    check_row(G, 1, 1, 5, 5);
    check_edge(G, F, 1, 1, 5, 5);
    ck_assert_uint_eq(profile.tail->threads[0].open, 2);
    ck_assert_uint_eq(profile.tail->process.end, PROFILE_END_EXIT);
    ck_assert_double_eq_tol(profile.tail->process.elapsed, 8, 1e-9);
    profile_free(&profile);
}
END_TEST

START_TEST(open_calls_of_a_killed_process)
{
    build_open_calls();
    uint32_t other = raw_build_thread(&b);
    raw_build_node(
        &b, other,
        (struct raw_node){.fn = 0xf2, .calls = 1, .self = 1, .fn_level = level(other, 1, 0)});
    raw_build_thread_at(&b, other)->last = 1008;
    raw_build_thread_at(&b, other)->flags = RAW_THREAD_ENDED;
    raw_build_header(&b)->state = RAW_LIVE;
    raw_build_header(&b)->pid = 0x7fffffff; /* more than there can be */
    convert();
    check_row(F, 1, 1, 3, 8);
    check_row(G, 1, 1, 5, 5);
    check_row(H, 1, 1, 1, 1);
    ck_assert_uint_eq(profile.tail->process.end, PROFILE_END_GONE);
    ck_assert_uint_eq(profile.tail->threads[1].flags, PROFILE_THREAD_ENDED);
    profile_free(&profile);
}
END_TEST

/* Recursive calls that are open: f called f called f, and none has returned. */
START_TEST(open_recursion)
{
    raw_build_start(&b);
    raw_build_header(&b)->last = (struct raw_anchor){.ticks = 1030, .ns = 30000000005};
    uint32_t t = raw_build_thread(&b);
    uint32_t f_level = raw_build_level(&b, t, (struct raw_level){.total = -1000ull, .level = 3});
    uint32_t f = raw_build_node(
        &b, t, (struct raw_node){.fn = 0xf0, .calls = 1, .self = 10, .fn_level = f_level});
    uint32_t link = raw_build_node(
        &b, t,
        (struct raw_node){.fn = 0xf0,
                          .calls = 2,
                          .self = 10,
                          .parent = f,
                          .home = f,
                          .fn_level = f_level,
                          .edge_level = raw_build_level(
                              &b, t, (struct raw_level){.total = -1010ull, .level = 2})});
    raw_build_thread_at(&b, t)->last = 1020;
    raw_build_thread_at(&b, t)->enters = 3;
    raw_build_thread_at(&b, t)->current = (uint64_t)link * 64;
    convert();
    check_row(F, 1, 3, 30, 30);
    check_edge(F, F, 2, 1, 20, 20);
    ck_assert_uint_eq(profile.tail->threads[0].open, 3);
    profile_free(&profile);
}
END_TEST

/* The same function recursive in one thread and not in the other: levels are each thread's own. */
START_TEST(threads_are_added)
{
    raw_build_start(&b);
    for (int i = 0; i < 2; i++) {
        uint32_t t = raw_build_thread(&b);
        uint32_t f_level = level(t, i ? 7 : 33, i ? 0 : 2);
        uint32_t f = raw_build_node(
            &b, t,
            (struct raw_node){
                .fn = 0xf0, .calls = i ? 4 : 1, .self = i ? 7 : 11, .fn_level = f_level});
        if (i == 0)
            raw_build_node(&b, t,
                           (struct raw_node){.fn = 0xf0,
                                             .calls = 2,
                                             .self = 22,
                                             .parent = f,
                                             .home = f,
                                             .fn_level = f_level,
                                             .edge_level = level(t, 22, 1)});
    }
    convert();
    check_row(F, 5, 7, 40, 40);
    check_edge(F, F, 2, 1, 22, 22);
    ck_assert_uint_eq(profile.tail->nthreads, 2);
    ck_assert_uint_eq(profile.tail->threads[1].first_node, 3);
    ck_assert_uint_eq(profile.tail->threads[1].nodes, 2);
    profile_free(&profile);
}
END_TEST

/* A forked child with main > run open, two frames of run, and what they used before it was cut off.
   They are no calls of the child; the time is the child's. */
START_TEST(frames_carried_over_a_fork)
{
    raw_build_start(&b);
    uint32_t t = raw_build_thread(&b);
    uint32_t main_level = raw_build_level(&b, t, (struct raw_level){.total = 9});
    uint32_t run_level = raw_build_level(&b, t, (struct raw_level){.total = 8, .recursive = 0});
    uint32_t parent =
        raw_build_node(&b, t, (struct raw_node){.fn = 0xa0, .self = 1, .fn_level = main_level});
    uint32_t run = raw_build_node(&b, t,
                                  (struct raw_node){.fn = 0xf0,
                                                    .self = 2,
                                                    .parent = parent,
                                                    .fn_level = run_level,
                                                    .edge_level = level(t, 8, 0)});
    uint32_t link = raw_build_node(&b, t,
                                   (struct raw_node){.fn = 0xf0,
                                                     .self = 0,
                                                     .parent = run,
                                                     .home = run,
                                                     .fn_level = run_level,
                                                     .edge_level = level(t, 6, 0)});
    (void)link;
    raw_build_node(&b, t,
                   (struct raw_node){.fn = 0xf1,
                                     .calls = 3,
                                     .self = 6,
                                     .parent = run,
                                     .fn_level = level(t, 6, 0),
                                     .edge_level = level(t, 6, 0)});
    raw_build_thread_at(&b, t)->carried = 3;
    convert();
    check_row(R, 0, 0, 1, 9);
    check_row(F, 0, 0, 2, 8);
    check_row(G, 3, 3, 6, 6);
    check_edge(G, F, 3, 3, 6, 6);
    ck_assert_uint_eq(profile.tail->threads[0].carried, 3);
    profile_free(&profile);
}
END_TEST

/* Carried frames that were still open at the end: recursive starts below zero (format/raw.h). */
START_TEST(open_frames_carried_over_a_fork)
{
    raw_build_start(&b);
    raw_build_header(&b)->last = (struct raw_anchor){.ticks = 1010, .ns = 10000000005};
    uint32_t t = raw_build_thread(&b);
    uint32_t f_level =
        raw_build_level(&b, t, (struct raw_level){.total = -1000ull, .recursive = -1, .level = 3});
    uint32_t f =
        raw_build_node(&b, t, (struct raw_node){.fn = 0xf0, .self = 0, .fn_level = f_level});
    uint32_t link = raw_build_node(
        &b, t,
        (struct raw_node){.fn = 0xf0,
                          .calls = 1,
                          .self = 4,
                          .parent = f,
                          .home = f,
                          .fn_level = f_level,
                          .edge_level = raw_build_level(
                              &b, t, (struct raw_level){.total = -1000ull, .level = 2})});
    raw_build_thread_at(&b, t)->last = 1004;
    raw_build_thread_at(&b, t)->current = (uint64_t)link * 64;
    convert();
    check_row(F, 0, 1, 10, 10);
    profile_free(&profile);
}
END_TEST

/* A node that neither ran nor called anything that did makes no row. */
START_TEST(empty_nodes_make_no_rows)
{
    raw_build_start(&b);
    uint32_t t = raw_build_thread(&b);
    uint32_t root =
        raw_build_node(&b, t, (struct raw_node){.fn = 0xa0, .fn_level = level(t, 1, 0)});
    raw_build_node(&b, t, (struct raw_node){.fn = 0xf0, .parent = root});
    raw_build_node(
        &b, t,
        (struct raw_node){
            .fn = 0xf1, .calls = 1, .self = 1, .parent = root, .fn_level = level(t, 1, 0)});
    convert();
    ck_assert_uint_eq(profile.nfunctions, 2);
    check_row(R, 0, 0, 0, 1);
    check_row(G, 1, 1, 1, 1);
    ck_assert_uint_eq(profile.tail->nnodes, 3);
    profile_free(&profile);
}
END_TEST

static void check_thread_row(size_t i, uint32_t thread, const char *name, uint64_t cc, double ct)
{
    const struct profile_thread_row *r = &profile.tail->thread_rows[i];
    ck_assert_uint_eq(r->thread, thread);
    ck_assert_str_eq(profile.functions[r->function].name.bytes, name);
    ck_assert_uint_eq(r->cc, cc);
    ck_assert_double_eq_tol(r->ct, ct, 1e-9);
}

/* inner = 1 tick, outer = 2. In one thread main calls f 4 times: 60 and 40, as below. In the other
   main's 30 in itself are more than its total, as after an error of the overhead's estimate: 29;
   f, which calls itself twice, has 20 + 2 - 3 hooks inside and 2 outside: 15. */
START_TEST(rows_of_threads)
{
    raw_build_start(&b);
    raw_build_header(&b)->overhead_inner = 1024;
    raw_build_header(&b)->overhead_outer = 2048;
    uint32_t t = raw_build_thread(&b), other = raw_build_thread(&b);
    struct raw_level main_level = {.total = 73, .inside = 4};
    struct raw_level f_level = {.total = 10, .inside = 2, .recursive = 2};
    struct raw_node root = {.fn = 0xa0, .calls = 1, .self = 29};
    root.fn_level = raw_build_level(&b, t, main_level);
    struct raw_node f = {.fn = 0xf0, .calls = 4, .self = 44, .inlined = 3};
    f.parent = raw_build_node(&b, t, root);
    f.fn_level = level(t, 44, 0);
    raw_build_node(&b, t, f);
    root.self = 30;
    root.inlined = 9; /* more than its calls */
    root.fn_level = level(other, 5, 0);
    raw_build_node(&b, other, root);
    f = (struct raw_node){.fn = 0xf0, .calls = 1, .self = 20};
    f.fn_level = raw_build_level(&b, other, f_level);
    f.parent = f.home = raw_build_node(&b, other, f);
    f.calls = f.self = 2;
    raw_build_node(&b, other, f);
    convert();
    check_row(R, 2, 2, 49, 89);
    check_row(F, 5, 7, 55, 55);
    ck_assert_uint_eq(profile.tail->nthread_rows, 4);
    check_thread_row(0, 0, R, 1, 60);
    check_thread_row(1, 0, F, 4, 40);
    check_thread_row(2, 1, R, 1, 29);
    check_thread_row(3, 1, F, 1, 15);
    ck_assert_uint_eq(profile.tail->nodes[2].inlined, 3);
    ck_assert_uint_eq(profile.tail->nodes[4].inlined, 1);
    ck_assert_uint_eq(profile.tail->nodes[5].inlined, 0);
    profile_free(&profile);
}
END_TEST

/* inner = 1 tick, outer = 2. main calls f 4 times: each f has 10 of its own, main 20 of its own.
   Measured: f has 10 + 1 a call; main 20 + 1 + 4 * 2, and from start to end 44 + 29. */
START_TEST(overhead_is_taken_out)
{
    raw_build_start(&b);
    raw_build_header(&b)->overhead_inner = 1024;
    raw_build_header(&b)->overhead_outer = 2048;
    uint32_t t = raw_build_thread(&b);
    uint32_t root =
        raw_build_node(&b, t,
                       (struct raw_node){.fn = 0xa0,
                                         .calls = 1,
                                         .self = 29,
                                         .fn_level = raw_build_level(
                                             &b, t, (struct raw_level){.total = 73, .inside = 4})});
    raw_build_node(&b, t,
                   (struct raw_node){.fn = 0xf0,
                                     .calls = 4,
                                     .self = 44,
                                     .parent = root,
                                     .min = 11,
                                     .max = 11,
                                     .fn_level = level(t, 44, 0),
                                     .edge_level = level(t, 44, 0)});
    convert();
    check_row(R, 1, 1, 20, 60);
    check_row(F, 4, 4, 40, 40);
    check_edge(F, R, 4, 4, 40, 40);
    ck_assert_double_eq_tol(profile.tail->process.measured, 73, 1e-9);
    ck_assert_uint_eq(profile.tail->nthread_rows, 0); /* one thread: as the table */
    ck_assert_double_eq_tol(profile.tail->process.removed, 13, 1e-9);
    ck_assert_double_eq_tol(profile.tail->nodes[2].min, 11, 1e-9);
    ck_assert_double_eq_tol(profile.tail->nodes[2].removed, 4, 1e-9);
    profile_free(&profile);
}
END_TEST

/* Calls from a recursive call are counted at its home: 3 calls of g cost 6, of which f's first call
   bears a quarter and its recursive ones three, as their self times (8 and 24) say. */
START_TEST(overhead_is_shared_by_links)
{
    raw_build_start(&b);
    raw_build_header(&b)->overhead_outer = 2048;
    uint32_t t = raw_build_thread(&b);
    uint32_t f_level = level(t, 40, 0);
    uint32_t f = raw_build_node(
        &b, t, (struct raw_node){.fn = 0xf0, .calls = 1, .self = 8, .fn_level = f_level});
    raw_build_node(&b, t,
                   (struct raw_node){.fn = 0xf0,
                                     .calls = 1,
                                     .self = 24,
                                     .parent = f,
                                     .home = f,
                                     .fn_level = f_level,
                                     .edge_level = level(t, 30, 0)});
    raw_build_node(&b, t,
                   (struct raw_node){.fn = 0xf1,
                                     .calls = 3,
                                     .self = 3,
                                     .parent = f,
                                     .fn_level = level(t, 3, 0),
                                     .edge_level = level(t, 3, 0)});
    convert();
    const struct profile_function *row = raw_build_function(&profile, F);
    ck_assert_double_eq_tol(row->tt, 32 - 8, 1e-9);
    ck_assert_double_eq_tol(raw_build_caller(&profile, F, F)->tt, 24 - 6, 1e-9);
    profile_free(&profile);
}
END_TEST

/* More overhead than was measured at all leaves zeros, never less. */
START_TEST(overhead_never_makes_less_than_zero)
{
    raw_build_start(&b);
    raw_build_header(&b)->overhead_inner = raw_build_header(&b)->overhead_outer = 1024 * 1000;
    uint32_t t = raw_build_thread(&b);
    uint32_t root =
        raw_build_node(&b, t,
                       (struct raw_node){.fn = 0xa0,
                                         .calls = 1,
                                         .self = 5,
                                         .fn_level = raw_build_level(
                                             &b, t, (struct raw_level){.total = 9, .inside = 1})});
    raw_build_node(&b, t,
                   (struct raw_node){.fn = 0xf0,
                                     .calls = 1,
                                     .self = 4,
                                     .parent = root,
                                     .fn_level = level(t, 4, 0),
                                     .edge_level = level(t, 4, 0)});
    convert();
    check_row(R, 1, 1, 0, 0);
    check_row(F, 1, 1, 0, 0);
    check_edge(F, R, 1, 1, 0, 0);
    profile_free(&profile);
}
END_TEST

/* Calls without memory are no row; what they called has no caller. */
START_TEST(lost_calls_are_counted)
{
    raw_build_start(&b);
    uint32_t t = raw_build_thread(&b);
    uint32_t lost = raw_build_node(&b, t, (struct raw_node){.fn = RAW_LOST, .calls = 7, .self = 9});
    raw_build_node(
        &b, t,
        (struct raw_node){
            .fn = 0xf0, .calls = 2, .self = 3, .parent = lost, .fn_level = level(t, 3, 0)});
    raw_build_thread_at(&b, t)->dropped = 5;
    convert();
    ck_assert_uint_eq(profile.nfunctions, 1);
    check_row(F, 2, 2, 3, 3);
    ck_assert_uint_eq(raw_build_function(&profile, F)->ncallers, 0);
    ck_assert_uint_eq(profile.tail->threads[0].dropped, 12);
    ck_assert_uint_eq(profile.tail->nnotes, 0);
    profile_free(&profile);
}
END_TEST

/* The overhead is taken out of what open calls hold, too: f is open since 1000 and has called g 4
   times, all in all 40, with 3 for each pair of hooks. */
START_TEST(overhead_inside_open_calls)
{
    raw_build_start(&b);
    raw_build_header(&b)->last = (struct raw_anchor){.ticks = 1040, .ns = 40000000005};
    raw_build_header(&b)->overhead_inner = 1024;
    raw_build_header(&b)->overhead_outer = 2048;
    uint32_t t = raw_build_thread(&b);
    uint32_t f = raw_build_node(
        &b, t,
        (struct raw_node){
            .fn = 0xf0,
            .calls = 1,
            .self = 20,
            .fn_level = raw_build_level(
                &b, t, (struct raw_level){.total = -1000ull, .inside = -1ull, .level = 1})});
    raw_build_node(&b, t,
                   (struct raw_node){.fn = 0xf1,
                                     .calls = 4,
                                     .self = 20,
                                     .parent = f,
                                     .fn_level = level(t, 20, 0),
                                     .edge_level = level(t, 20, 0)});
    raw_build_thread_at(&b, t)->last = 1040;
    raw_build_thread_at(&b, t)->enters = 5;
    convert();
    check_row(F, 1, 1, 20 - 1 - 8, 40 - 1 - 12);
    check_row(G, 4, 4, 16, 16);
    profile_free(&profile);
}
END_TEST

/* A link with less self time than overhead takes nothing from its home's. */
START_TEST(overhead_of_a_link_stays_its_own)
{
    raw_build_start(&b);
    raw_build_header(&b)->overhead_inner = 1024;
    uint32_t t = raw_build_thread(&b);
    uint32_t f_level = level(t, 100, 9);
    uint32_t f = raw_build_node(
        &b, t, (struct raw_node){.fn = 0xf0, .calls = 1, .self = 31, .fn_level = f_level});
    raw_build_node(&b, t,
                   (struct raw_node){.fn = 0xf0,
                                     .calls = 9,
                                     .self = 2,
                                     .parent = f,
                                     .home = f,
                                     .fn_level = f_level,
                                     .edge_level = level(t, 2, 8)});
    convert();
    check_edge(F, F, 9, 1, 0, 1);
    check_row(F, 1, 10, 30, 99);
    profile_free(&profile);
}
END_TEST

/* A thread that has ended has closed its calls: nothing runs until the process' end. */
START_TEST(ended_threads_run_no_more)
{
    build_open_calls();
    raw_build_header(&b)->last = (struct raw_anchor){.ticks = 1008, .ns = 8000000005};
    uint32_t t = raw_build_thread(&b);
    uint32_t h = raw_build_node(
        &b, t, (struct raw_node){.fn = 0xf2, .calls = 1, .self = 2, .fn_level = level(t, 2, 0)});
    raw_build_thread_at(&b, t)->last = 1002;
    raw_build_thread_at(&b, t)->flags = RAW_THREAD_ENDED;
    raw_build_thread_at(&b, t)->current = (uint64_t)h * 64;
    convert();
    check_row(H, 1, 1, 2, 2);
    profile_free(&profile);
}
END_TEST

/* An event newer than the moment that the process wrote down as its end. */
START_TEST(threads_that_ran_on_after_the_end)
{
    build_open_calls();
    raw_build_header(&b)->last = (struct raw_anchor){.ticks = 1001, .ns = 1000000005};
    convert();
    check_row(F, 1, 1, 3, 3);
    check_row(G, 1, 1, 0, 0);
    profile_free(&profile);
}
END_TEST

/* More recursive calls than calls. */
START_TEST(counts_that_contradict)
{
    raw_build_start(&b);
    uint32_t t = raw_build_thread(&b);
    raw_build_node(
        &b, t, (struct raw_node){.fn = 0xf0, .calls = 2, .self = 3, .fn_level = level(t, 3, 5)});
    raw_build_node(
        &b, t, (struct raw_node){.fn = 0xf1, .calls = 2, .self = 3, .fn_level = level(t, 3, -5)});
    convert();
    check_row(F, 0, 2, 3, 3);
    check_row(G, 2, 2, 3, 3);
    profile_free(&profile);
}
END_TEST

/* What hangs below a link belongs to its home; a home is kept although it never ran. */
START_TEST(links_of_odd_trees)
{
    raw_build_start(&b);
    uint32_t t = raw_build_thread(&b);
    uint32_t home = raw_build_node(&b, t, (struct raw_node){.fn = 0xf0});
    uint32_t link =
        raw_build_node(&b, t, (struct raw_node){.fn = 0xf0, .calls = 1, .self = 1, .home = home});
    raw_build_node(&b, t, (struct raw_node){.fn = 0xf1, .calls = 1, .self = 1, .parent = link});
    uint32_t idle = raw_build_node(&b, t, (struct raw_node){.fn = 0xf2});
    raw_build_node(&b, t, (struct raw_node){.fn = 0xf2, .calls = 1, .self = 1, .home = idle});
    convert();
    ck_assert_uint_eq(profile.tail->nnodes, 6);
    ck_assert_uint_eq(profile.tail->nodes[2].home, 1);
    ck_assert_uint_eq(profile.tail->nodes[2].flags, PROFILE_NODE_LINK);
    ck_assert_uint_eq(profile.tail->nodes[3].parent, 1);
    ck_assert_uint_eq(profile.tail->nodes[5].home, 4);
    profile_free(&profile);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("fold");
    TCase *c = tcase_create("fold");
    tcase_add_test(c, direct_recursion);
    tcase_add_test(c, mutual_recursion);
    tcase_add_test(c, three_way_recursion);
    tcase_add_test(c, open_calls_of_a_finished_process);
    tcase_add_test(c, open_calls_of_a_killed_process);
    tcase_add_test(c, open_recursion);
    tcase_add_test(c, threads_are_added);
    tcase_add_test(c, frames_carried_over_a_fork);
    tcase_add_test(c, open_frames_carried_over_a_fork);
    tcase_add_test(c, empty_nodes_make_no_rows);
    tcase_add_test(c, rows_of_threads);
    tcase_add_test(c, overhead_is_taken_out);
    tcase_add_test(c, overhead_is_shared_by_links);
    tcase_add_test(c, overhead_never_makes_less_than_zero);
    tcase_add_test(c, lost_calls_are_counted);
    tcase_add_test(c, overhead_inside_open_calls);
    tcase_add_test(c, overhead_of_a_link_stays_its_own);
    tcase_add_test(c, ended_threads_run_no_more);
    tcase_add_test(c, threads_that_ran_on_after_the_end);
    tcase_add_test(c, counts_that_contradict);
    tcase_add_test(c, links_of_odd_trees);
    suite_add_tcase(s, c);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed != 0;
}
