/*
 * Several stacks of one thread: events at literal addresses and ticks. Expected numbers are worked
 * out by hand.
 */
#include "preload/clock.h"
#include "preload/repair.h"
#include "preload/stacks.h"
#include <check.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { MAIN = 0x1000, F = 0x2000, G = 0x3000, H = 0x4000 };

/* Where nothing is mapped. The thread's own stack, and coroutines' below and above it. */
#define OWN_LOW    UINT64_C(0x100000)
#define OWN_HIGH   UINT64_C(0x200000)
#define BELOW_LOW  UINT64_C(0x40000)
#define BELOW_HIGH UINT64_C(0x50000)
#define ABOVE_LOW  UINT64_C(0x400000)
#define ABOVE_HIGH UINT64_C(0x410000)

static struct thread thread;
static struct raw_thread raw;

static void make_own(struct thread *t, struct raw_thread *r)
{
    memset(t, 0, sizeof *t);
    memset(r, 0, sizeof *r);
    t->raw = r;
    ck_assert(tree_init(&t->tree, 0));
    ck_assert(frames_init(t));
    stacks_begin(t);
    t->stacks.own.low = t->stack_low = OWN_LOW;
    t->stacks.own.high = t->stack_high = t->base->slot = OWN_HIGH;
}

static void setup(void)
{
    char name[] = "/tmp/cprof-test-XXXXXX";
    int fd = mkstemp(name);
    ck_assert_int_ge(fd, 0);
    unlink(name);
    ck_assert(arena_map(fd, 4 << 20));
    close(fd);
    arena_header()->max_nodes = 1000;
    make_own(&thread, &raw);
}

static void teardown(void)
{
    frames_free(&thread);
    tree_free(&thread.tree);
    munmap(arena_base, arena_size);
}

/* What the hooks do with a call at NOW, whose function's slot is at SLOT, 64 bytes above the stack
   pointer; its call site and its site are made of FN. */
static void enter(uint64_t fn, uintptr_t slot, uint64_t now)
{
    const struct hook_call call = {.fn = fn, .site = fn + 8, .sp = slot - 64, .call_site = fn + 1};
    raw.enters++;
    if (call.sp < thread.stack_low)
        ck_assert(stacks_follow(&thread, call.sp, now));
    struct frame *parent = frames_parent(&thread, slot | 1, &call);
    ck_assert_ptr_nonnull(parent);
    struct raw_node *node = frames_child(&thread, &parent, slot | 1, &call);
    node->calls++;
    frames_open(&thread, parent + 1, node, slot, &call);
    frames_charge(&thread, parent, now);
    parent[1].start = now;
    tree_open(node, now, raw.enters);
}

static void leave(uint64_t fn, uintptr_t slot, uint64_t now)
{
    frames_exit(&thread, fn, fn + 1, slot - 64, now);
}

/* What FN, called by CALLER, has in the tree. */
static const struct raw_node *node_of(uint64_t caller, uint64_t fn)
{
    const struct raw_node *found = NULL;
    for (uint32_t i = tree_number(thread.tree.root); i < thread.tree.node_pool.next; i++)
        if (tree_node(i)->fn == fn && tree_parent(tree_node(i))->fn == caller)
            found = tree_node(i);
    ck_assert_ptr_nonnull(found);
    return found;
}

#define expect(caller, callee, ncalls, ticks)                                                      \
    do {                                                                                           \
        ck_assert_uint_eq(node_of(caller, callee)->calls, ncalls);                                 \
        ck_assert_uint_eq(node_of(caller, callee)->self, ticks);                                   \
    } while (0)

static void all_is_over(uint64_t popped)
{
    ck_assert_ptr_eq(thread.stacks.current, &thread.stacks.own);
    ck_assert_ptr_eq(thread.top, thread.base);
    ck_assert_uint_eq(raw.popped, popped);
    ck_assert_uint_eq(raw.orphans, 0);
    ck_assert(tree_is_valid(&thread.tree));
}

/* main calls f, which resumes g on another stack; that is suspended and resumed in h. */
static void take_turns(uintptr_t high)
{
    enter(MAIN, OWN_HIGH - 0x100, 0);
    enter(F, OWN_HIGH - 0x200, 10);
    enter(G, high - 0x100, 30);
    enter(G, high - 0x200, 40);
    leave(F, OWN_HIGH - 0x200, 45);
    enter(H, OWN_HIGH - 0x200, 55);
    leave(G, high - 0x200, 75);
    leave(G, high - 0x100, 76);
    leave(H, OWN_HIGH - 0x200, 79);
    leave(MAIN, OWN_HIGH - 0x100, 80);
    expect(RAW_ROOT, MAIN, 1, 21);
    expect(MAIN, F, 1, 25);
    expect(F, G, 1, 11);
    expect(G, G, 1, 20);
    expect(MAIN, H, 1, 3);
    all_is_over(0);
}

START_TEST(a_stack_below)
{
    stacks_made(&thread, BELOW_LOW, BELOW_HIGH, 0);
    take_turns(BELOW_HIGH);
    ck_assert_uint_eq(raw.guessed_switches, 0);
}
END_TEST

START_TEST(a_stack_above)
{
    stacks_made(&thread, ABOVE_LOW, ABOVE_HIGH, 0);
    take_turns(ABOVE_HIGH);
}
END_TEST

START_TEST(a_stack_of_which_nothing_is_known)
{
    take_turns(UINT64_C(0x50000000));
    ck_assert_uint_eq(raw.guessed_switches, 2);
}
END_TEST

START_TEST(the_same_function_on_both)
{
    stacks_made(&thread, BELOW_LOW, BELOW_HIGH, 0);
    enter(F, BELOW_HIGH - 0x100, 0); /* suspended */
    enter(F, OWN_HIGH - 0x100, 10);
    leave(F, BELOW_HIGH - 0x100, 20);
    ck_assert_ptr_ne(thread.stacks.current, &thread.stacks.own);
    leave(F, OWN_HIGH - 0x100, 30);
    all_is_over(0);
}
END_TEST

START_TEST(a_switch_that_is_told_of)
{
    stacks_made(&thread, BELOW_LOW, BELOW_HIGH, 0);
    enter(MAIN, OWN_HIGH - 0x100, 0);
    stacks_resume(&thread, BELOW_HIGH - 0x80, 0, 0, 10);
    enter(G, BELOW_HIGH - 0x100, 17); /* 7 of main's: who resumed it */
    stacks_resume(&thread, OWN_HIGH - 0x300, 0, 0, 20);
    enter(F, OWN_HIGH - 0x200, 50);
    stacks_resume(&thread, BELOW_HIGH - 0x180, 0, 0, 60);
    leave(G, BELOW_HIGH - 0x100, 61);
    leave(F, OWN_HIGH - 0x200, 65);
    leave(MAIN, OWN_HIGH - 0x100, 66);
    expect(RAW_ROOT, MAIN, 1, 10 + 7 + 30 + 1);
    expect(MAIN, G, 1, 3 + 1);
    expect(MAIN, F, 1, 10 + 4);
    all_is_over(0);
}
END_TEST

START_TEST(a_stack_that_is_made_anew)
{
    stacks_made(&thread, BELOW_LOW, BELOW_HIGH, 0);
    enter(F, OWN_HIGH - 0x100, 0);
    enter(G, BELOW_HIGH - 0x100, 10);
    stacks_made(&thread, BELOW_LOW, BELOW_HIGH, 30);
    ck_assert_uint_eq(raw.popped, 1);
    ck_assert_uint_eq(node_of(F, G)->max, 20);
    enter(H, BELOW_HIGH - 0x300, 40);
    ck_assert_uint_eq(node_of(F, H)->calls, 1);
}
END_TEST

/* Nobody says so, but the first call shows it. It is the resumer's, not the first one's. */
START_TEST(a_stack_that_is_used_anew)
{
    stacks_made(&thread, BELOW_LOW, BELOW_HIGH, 0);
    enter(F, OWN_HIGH - 0x100, 0);
    enter(G, BELOW_HIGH - 0x100, 10);
    leave(F, OWN_HIGH - 0x100, 20);
    enter(H, OWN_HIGH - 0x100, 30);
    enter(MAIN, BELOW_HIGH - 0x100, 40);
    ck_assert_uint_eq(raw.popped, 1);
    ck_assert_uint_eq(node_of(H, MAIN)->calls, 1);
}
END_TEST

START_TEST(memory_that_has_another_use)
{
    stacks_made(&thread, BELOW_LOW, BELOW_HIGH, 0);
    enter(G, BELOW_HIGH - 0x100, 10);
    stacks_made(&thread, BELOW_LOW + 0x8000, BELOW_HIGH + 0x8000, 20);
    ck_assert_uint_eq(raw.popped, 1);
    ck_assert_uint_eq(thread.stacks.count, 1);
    enter(F, OWN_HIGH - 0x100, 30);
    enter(G, BELOW_HIGH - 0x100, 40);
    ck_assert_uint_eq(node_of(F, G)->calls, 1);
}
END_TEST

/* At first only guessed, then told; what is open stays open. */
START_TEST(a_stack_whose_end_is_told_late)
{
    const uintptr_t high = UINT64_C(0x50000000);
    enter(F, OWN_HIGH - 0x100, 0);
    enter(G, high - 0x100, 10);
    ck_assert_uint_eq(raw.guessed_switches, 1);
    stacks_resume(&thread, OWN_HIGH - 0x200, 0, 0, 20);
    stacks_resume(&thread, high - 0x180, high - 0x20000, high, 30);
    ck_assert_uint_eq(thread.stack_low, high - 0x20000);
    ck_assert_uint_eq(thread.stack_high, high);
    leave(G, high - 0x100, 40);
    leave(F, OWN_HIGH - 0x100, 50);
    all_is_over(0);
}
END_TEST

START_TEST(many_stacks)
{
    for (uintptr_t i = 0; i < 3000; i++) {
        uintptr_t low = UINT64_C(0x10000000) + (i * 7919 % 3000) * 0x1000;
        stacks_made(&thread, low, low + 0x1000, i);
        enter(F, low + 0xf00, i);
        if (i % 2 == 0)
            leave(F, low + 0xf00, i);
    }
    ck_assert_uint_eq(raw.popped, 0);
    ck_assert_uint_eq(raw.orphans, 0);
    ck_assert_uint_le(thread.stacks.count, 3000);
    ck_assert_uint_eq(stacks_close_all(&thread, 3000), 1500);
    all_is_over(1500);
}
END_TEST

/* main > f > g on the other stack, which is suspended; main > h runs when the process forks. */
START_TEST(all_stacks_go_to_a_forked_child)
{
    struct raw_thread parent_raw;
    stacks_made(&thread, BELOW_LOW, BELOW_HIGH, 0);
    enter(MAIN, OWN_HIGH - 0x100, 0);
    enter(F, OWN_HIGH - 0x200, 10);
    enter(G, BELOW_HIGH - 0x100, 30);
    leave(F, OWN_HIGH - 0x200, 45);
    enter(H, OWN_HIGH - 0x200, 55);
    struct thread parent = thread;
    parent.stacks.current = &parent.stacks.own;
    parent_raw = raw;
    parent.raw = &parent_raw;
    make_own(&thread, &raw);
    raw.last = 60;
    stacks_carry(&thread, &parent, 60);
    ck_assert_uint_eq(raw.carried, 3);
    leave(G, BELOW_HIGH - 0x100, 70);
    leave(H, OWN_HIGH - 0x200, 75);
    leave(MAIN, OWN_HIGH - 0x100, 76);
    expect(F, G, 0, 10);
    expect(MAIN, H, 0, 5);
    expect(RAW_ROOT, MAIN, 0, 1);
    all_is_over(0);
    frames_free(&parent);
    tree_free(&parent.tree);
}
END_TEST

/* A handler jumped out of a hook in the middle of an exchange: what the new stack has is in place.
 */
START_TEST(an_exchange_that_was_left)
{
    stacks_made(&thread, BELOW_LOW, BELOW_HIGH, 0);
    enter(F, OWN_HIGH - 0x100, 0);
    enter(G, BELOW_HIGH - 0x100, 10);
    enter(H, OWN_HIGH - 0x200, 20);
    struct stack *below = thread.stacks.all[0];
    thread.stacks.own.shadow =
        (struct shadow){thread.top, thread.limit, thread.base, thread.frames_size, 0};
    thread.stacks.next = below;
    thread.top = below->shadow.top;
    repair(&thread);
    ck_assert_ptr_eq(thread.stacks.current, below);
    ck_assert_ptr_eq(thread.base, below->shadow.base);
    leave(G, BELOW_HIGH - 0x100, 30);
    leave(H, OWN_HIGH - 0x200, 40);
    leave(F, OWN_HIGH - 0x100, 50);
    all_is_over(0);
}
END_TEST

/* ---- an alternate stack ---- */

static char alternate[1 << 16];
static bool was_alternate, was_over;

static void handler(int number)
{
    (void)number;
    uintptr_t here = (uintptr_t)__builtin_frame_address(0) + 64;
    enter(H, here, 20);
    was_alternate = thread.stacks.current->kind == STACK_ALTERNATE;
    was_over = stacks_is_over(&thread, here, here - 64);
}

START_TEST(a_handler_that_is_gone)
{
    stack_t stack = {.ss_sp = alternate, .ss_size = sizeof alternate};
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_ONSTACK};
    ck_assert_int_eq(sigaltstack(&stack, NULL), 0);
    sigaction(SIGUSR1, &action, NULL);
    enter(F, OWN_HIGH - 0x100, 0);
    raise(SIGUSR1);
    ck_assert(was_alternate);
    ck_assert(!was_over); /* asked from the handler */
    ck_assert(stacks_is_over(&thread, (uintptr_t)alternate + 100, OWN_HIGH - 0x400));
    enter(G, OWN_HIGH - 0x200, 30); /* and was left by a jump */
    ck_assert_uint_eq(raw.popped, 1);
    ck_assert_uint_eq(node_of(F, H)->max, 10);
    ck_assert_uint_eq(node_of(F, G)->calls, 1);
    leave(G, OWN_HIGH - 0x200, 40);
    leave(F, OWN_HIGH - 0x100, 50);
    all_is_over(1);
}
END_TEST

START_TEST(hooks_that_are_over)
{
    stacks_made(&thread, ABOVE_LOW, ABOVE_HIGH, 0);
    ck_assert(stacks_is_over(&thread, OWN_HIGH - 0x400, OWN_HIGH - 0x300));
    ck_assert(!stacks_is_over(&thread, OWN_HIGH - 0x300, OWN_HIGH - 0x400));
    ck_assert(!stacks_is_over(&thread, OWN_HIGH - 0x400, ABOVE_HIGH - 0x100));
    ck_assert(!stacks_is_over(&thread, BELOW_HIGH - 0x400, OWN_HIGH - 0x100));
    ck_assert(stacks_is_over(&thread, ABOVE_HIGH - 0x400, ABOVE_HIGH - 0x300));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("stacks");
    TCase *tests = tcase_create("all");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, a_stack_below);
    tcase_add_test(tests, a_stack_above);
    tcase_add_test(tests, a_stack_of_which_nothing_is_known);
    tcase_add_test(tests, the_same_function_on_both);
    tcase_add_test(tests, a_switch_that_is_told_of);
    tcase_add_test(tests, a_stack_that_is_made_anew);
    tcase_add_test(tests, a_stack_that_is_used_anew);
    tcase_add_test(tests, memory_that_has_another_use);
    tcase_add_test(tests, a_stack_whose_end_is_told_late);
    tcase_add_test(tests, many_stacks);
    tcase_add_test(tests, all_stacks_go_to_a_forked_child);
    tcase_add_test(tests, an_exchange_that_was_left);
    tcase_add_test(tests, a_handler_that_is_gone);
    tcase_add_test(tests, hooks_that_are_over);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
