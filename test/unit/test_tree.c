/*
 * The calling-context tree and the shadow stack under a scripted run: enters and exits at literal
 * addresses and ticks. The expected numbers are cProfile's, worked out by hand.
 */
#include "preload/clock.h"
#include "preload/frames.h"
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* The clock of the tests: frames_resync asks it when frames were left without an exit. */
static uint64_t now;
bool clock_is_tsc;

uint64_t clock_slow_ticks(void)
{
    return now;
}

/* Addresses of functions, and of where they are called from; what they are does not matter. */
enum { MAIN = 0x1000, F = 0x2000, G = 0x3000, H = 0x4000 };

static struct thread thread;
static struct raw_thread raw;

/* The thread's own stack, as stacks_begin finds it. */
static void own_stack(uintptr_t low, uintptr_t high)
{
    thread.stacks.current = &thread.stacks.own;
    thread.stacks.own.low = thread.stack_low = low;
    thread.stacks.own.high = thread.stack_high = high;
    thread.base->slot = high;
}

static void make_arena(uint64_t max_nodes, size_t size)
{
    char name[] = "/tmp/cprof-test-XXXXXX";
    int fd = mkstemp(name);
    ck_assert_int_ge(fd, 0);
    unlink(name);
    ck_assert(arena_map(fd, size));
    close(fd);
    arena_header()->max_nodes = max_nodes;
    memset(&thread, 0, sizeof thread);
    memset(&raw, 0, sizeof raw);
    thread.raw = &raw;
    ck_assert(tree_init(&thread.tree, 0));
    ck_assert(frames_init(&thread));
    own_stack(0, UINTPTR_MAX);
    now = 0;
    raw.last = 0;
}

static void setup(void)
{
    make_arena(1000, 4 << 20);
}

static void teardown(void)
{
    frames_free(&thread);
    tree_free(&thread.tree);
    munmap(arena_base, arena_size);
}

/* What the enter hook does, with the slot given; its bit 0 as slots_find sets it. */
static void enter_at(uint64_t fn, uintptr_t slot, uintptr_t site, uintptr_t call_site)
{
    struct hook_call call = {.fn = fn, .site = site, .sp = slot - 64, .call_site = call_site};
    raw.enters++;
    struct frame *parent = frames_parent(&thread, slot, &call);
    struct frame *frame = parent + 1;
    if (parent >= thread.limit) {
        frame = frames_more(&thread, parent, slot);
        if (frame == NULL)
            return;
        parent = frame - 1;
    }
    struct raw_node *node = tree_try_child(&thread.tree, parent->home, fn);
    if (node == NULL) {
        node = frames_child(&thread, &parent, slot, &call);
        frame = parent + 1;
    }
    node->calls++;
    node->inlined += frames_is_inlined(parent, slot);
    frames_open(&thread, frame, node, slot, &call);
    frames_charge(&thread, parent, now);
    frame->start = now;
    tree_open(node, now, raw.enters);
    frames_set_current(&thread, frame);
}

/* A call one level deeper on the machine's stack. */
static uintptr_t stack = 0x7fff0000;

static void enter(uint64_t fn)
{
    stack -= 0x100;
    enter_at(fn, stack, fn + 8, thread.top->node->fn + 16);
}

static void leave(uint64_t fn)
{
    const struct frame *top = thread.top;
    if (top->node->fn == fn && frames_is_live(top, top->call_site, stack - 64))
        frames_close(&thread, now);
    else
        frames_exit(&thread, fn, top->call_site, stack - 64, now);
    stack += 0x100;
}

/* Totals as cprof-symbolize adds them up: of all nodes of FN, called by CALLER or (0) by anyone. */
struct totals {
    uint64_t calls, primitive, self, total, inside;
};

static void add(struct totals *sum, const struct raw_node *node, uint32_t level, uint32_t *seen)
{
    sum->calls += node->calls;
    sum->primitive += node->calls;
    sum->self += node->self;
    if (level == *seen)
        return;
    ck_assert_uint_eq(*seen, 0); /* one function, and one edge, has one level */
    *seen = level;
    ck_assert_uint_eq(tree_level(level)->level, 0);
    sum->primitive -= (uint64_t)tree_level(level)->recursive;
    sum->total = tree_level(level)->total;
    sum->inside = tree_level(level)->inside;
}

static struct totals totals(uint64_t fn, uint64_t caller)
{
    struct totals sum = {0};
    uint32_t seen = 0;
    for (uint32_t i = tree_number(thread.tree.root); i < thread.tree.node_pool.next; i++) {
        const struct raw_node *node = tree_node(i);
        if (node->fn != fn)
            continue;
        if (caller == 0)
            add(&sum, node, node->fn_level, &seen);
        else if (tree_parent(node)->fn == caller)
            add(&sum, node, node->edge_level, &seen);
    }
    ck_assert(tree_is_valid(&thread.tree));
    return sum;
}

static uint64_t inlined_calls(uint64_t fn)
{
    uint64_t sum = 0;
    for (uint32_t i = tree_number(thread.tree.root); i < thread.tree.node_pool.next; i++)
        sum += tree_node(i)->fn == fn ? tree_node(i)->inlined : 0;
    return sum;
}

#define expect(fn, caller, cc, nc, tt, ct)                                                         \
    do {                                                                                           \
        struct totals t = totals(fn, caller);                                                      \
        ck_assert_uint_eq(t.calls, nc);                                                            \
        ck_assert_uint_eq(t.primitive, cc);                                                        \
        ck_assert_uint_eq(t.self, tt);                                                             \
        ck_assert_uint_eq(t.total, ct);                                                            \
    } while (0)

START_TEST(direct_recursion)
{
    enter(MAIN);
    for (int i = 0; i < 3; i++) {
        enter(F);
        now += 11;
    }
    for (int i = 0; i < 3; i++)
        leave(F);
    leave(MAIN);
    expect(F, 0, 1, 3, 33, 33);
    expect(F, MAIN, 1, 1, 11, 33);
    expect(F, F, 1, 2, 22, 22);
    ck_assert_uint_eq(totals(F, 0).inside, 2);
    ck_assert_uint_eq(totals(MAIN, 0).inside, 3);
}
END_TEST

START_TEST(mutual_recursion)
{
    enter(MAIN);
    enter(F);
    now += 1;
    enter(G);
    now += 10;
    enter(F);
    now += 1;
    enter(G);
    now += 10;
    leave(G);
    leave(F);
    leave(G);
    leave(F);
    leave(MAIN);
    expect(F, 0, 1, 2, 2, 22);
    expect(F, MAIN, 1, 1, 1, 22);
    expect(F, G, 1, 1, 1, 11);
    expect(G, 0, 1, 2, 20, 21);
    expect(G, F, 1, 2, 20, 21);
}
END_TEST

static void g_and_h(int depth)
{
    enter(G);
    now += 10;
    if (depth > 0) {
        enter(H);
        now += 100;
        g_and_h(depth - 1);
        leave(H);
    }
    leave(G);
}

START_TEST(three_functions)
{
    enter(MAIN);
    enter(F);
    now += 1;
    g_and_h(2);
    leave(F);
    enter(F);
    g_and_h(0);
    leave(F);
    leave(MAIN);
    expect(G, 0, 2, 4, 40, 240);
    expect(G, F, 2, 2, 20, 240);
    expect(G, H, 1, 2, 20, 120);
    expect(H, 0, 1, 2, 200, 220);
    expect(H, G, 1, 2, 200, 220);
}
END_TEST

START_TEST(recursion_is_folded)
{
    enter(MAIN);
    for (int i = 0; i < 500; i++) {
        enter(F);
        enter(G);
    }
    for (int i = 0; i < 500; i++) {
        leave(G);
        leave(F);
    }
    leave(MAIN);
    /* main, main>f, f>g, g>f (a link home to f); g under that link is g under f */
    ck_assert_uint_eq(arena_header()->nodes, 4);
    ck_assert_uint_eq(totals(F, 0).calls, 500);
    ck_assert_uint_eq(totals(F, 0).primitive, 1);
}
END_TEST

/* setjmp in MAIN; F calls G, which jumps back; then MAIN goes on with H. */
static void jump_then_enter(uintptr_t slot, uintptr_t call_site)
{
    enter_at(MAIN, 0x9000, 1, 2);
    enter_at(F, 0x8000, 3, 4);
    enter_at(G, 0x7000, 5, 6);
    now = 50;
    enter_at(H, slot, 7, call_site);
    now = 60;
    frames_exit(&thread, H, call_site, slot - 64, now);
    frames_exit(&thread, MAIN, 2, 0x9000 - 64, now);
    expect(H, MAIN, 1, 1, 10, 10);
    expect(F, 0, 1, 1, 0, 50);
    expect(G, 0, 1, 1, 50, 50);
    ck_assert_uint_eq(raw.popped, 2);
    ck_assert_uint_eq(raw.orphans, 0);
    ck_assert_ptr_eq(thread.top, thread.base);
}

START_TEST(jump_larger_sibling)
{
    jump_then_enter(0x8100, 4);
}
END_TEST

START_TEST(jump_equal_slot)
{
    jump_then_enter(0x8000, 8);
}
END_TEST

/* The sibling's frame is larger than the stale one, so that its stack pointer lies below; only the
   slot tells. */
START_TEST(jump_by_slot_not_by_stack_pointer)
{
    enter_at(MAIN, 0x9000, 1, 2);
    struct hook_call small = {.site = 3, .sp = 0x7ff0, .call_site = 4};
    enter_at(F, 0x8000, small.site, small.call_site);
    enter_at(H, 0x8000, 7, 8);
    ck_assert_uint_eq(totals(F, MAIN).calls, 1);
    ck_assert_uint_eq(raw.popped, 1);
    ck_assert_ptr_eq(tree_node(thread.top->node->parent)->fn == MAIN ? thread.top : NULL,
                     thread.base + 2);
}
END_TEST

START_TEST(inlined_functions_share_a_slot)
{
    enter_at(MAIN, 0x9000, 1, 2);
    enter_at(F, 0x9000, 3, 2); /* inlined into main: same slot and call site */
    enter_at(G, 0x9000, 5, 2); /* inlined into that */
    ck_assert_uint_eq(raw.popped, 0);
    ck_assert_int_eq(thread.top - thread.base, 3);
    /* left without exits, and the loop comes round: the copies of f and g are entered anew */
    enter_at(F, 0x9000, 3, 2);
    ck_assert_uint_eq(raw.popped, 2);
    ck_assert_int_eq(thread.top - thread.base, 2);
    enter_at(G, 0x9000, 5, 2);
    enter_at(G, 0x9000, 5, 2);
    ck_assert_uint_eq(raw.popped, 3);
    frames_pop(&thread, thread.base, now);
    ck_assert_uint_eq(totals(G, 0).calls, 3);
    ck_assert_uint_eq(totals(G, F).calls, 3);
    ck_assert_uint_eq(inlined_calls(G), 3);
    ck_assert_uint_eq(inlined_calls(F), 2);
    ck_assert_uint_eq(inlined_calls(MAIN), 0);
}
END_TEST

/* One function in one context: at times a call, at times a copy. A call without unwind tables has
   the stack pointer as its slot, and so have the copies in it. */
START_TEST(inlined_calls_are_counted)
{
    enter_at(MAIN, 0x9001, 1, 2);
    enter_at(F, 0x8001, 3, 4);
    enter_at(G, 0x8000, 5, 4); /* inlined into f */
    frames_pop(&thread, thread.base + 1, now);
    enter_at(F, 0x8001, 3, 6);
    enter_at(F, 0x7001, 3, 8); /* recursion is a call */
    enter_at(G, 0x6fc0, 7, 9); /* the slot is not known */
    enter_at(H, 0x6fc0, 8, 9); /* inlined into that */
    enter_at(G, 0x6001, 9, 10);
    frames_pop(&thread, thread.base + 1, now);
    enter_at(F, 0x9000, 11, 2); /* inlined into main */
    frames_pop(&thread, thread.base, now);
    ck_assert_uint_eq(raw.popped, 9);
    ck_assert_uint_eq(inlined_calls(MAIN), 0);
    ck_assert_uint_eq(inlined_calls(F), 1);
    ck_assert_uint_eq(totals(F, 0).calls, 4);
    ck_assert_uint_eq(inlined_calls(G), 1);
    ck_assert_uint_eq(totals(G, 0).calls, 3);
    ck_assert_uint_eq(inlined_calls(H), 1);
}
END_TEST

START_TEST(exit_of_a_deeper_frame)
{
    enter_at(MAIN, 0x9000, 1, 2);
    enter_at(F, 0x8000, 3, 4);
    enter_at(F, 0x7000, 3, 6); /* recursive, and left by a jump into the outer f */
    enter_at(G, 0x6000, 5, 6);
    now = 7;
    frames_exit(&thread, F, 4, 0x7f00, now);
    ck_assert_uint_eq(raw.popped, 2);
    ck_assert_ptr_eq(thread.top, thread.base + 1);
    frames_exit(&thread, H, 9, 0x7f00, now);
    ck_assert_uint_eq(raw.orphans, 1);
    ck_assert_ptr_eq(thread.top, thread.base + 1);
}
END_TEST

/* A recursive function whose inner call was left by an exception: its slot is the word below what
   the outer one's exit hook has as stack pointer. Unless that hook was tail-called, which its call
   site tells, the inner call is not the one that exits. */
START_TEST(exit_directly_above_a_stale_call)
{
    enter_at(F, 0x9000, 3, 2);
    enter_at(F, 0x8000, 3, 6);
    now = 40;
    ck_assert(!frames_is_live(thread.top, 2, 0x8008));
    ck_assert(frames_is_live(thread.top, 6, 0x8008));
    frames_exit(&thread, F, 2, 0x8008, now);
    ck_assert_uint_eq(raw.popped, 1);
    ck_assert_ptr_eq(thread.top, thread.base);
}
END_TEST

/* Called through one pointer from one place: same slot, same call site, another site. */
START_TEST(site_in_own_code_is_no_inlined_copy)
{
    enter_at(MAIN, 0x9000, 1, 2);
    enter_at(F, 0x8001, 3, 4);
    enter_at(G, 0x8001, 5, 4); /* after f was left by longjmp */
    ck_assert_uint_eq(raw.popped, 1);
    ck_assert_int_eq(thread.top - thread.base, 2);
    enter_at(H, 0x8000, 7, 4); /* inlined into g */
    ck_assert_uint_eq(raw.popped, 1);
    ck_assert_int_eq(thread.top - thread.base, 3);
    ck_assert_uint_eq(thread.top->slot, thread.top[-1].slot);
}
END_TEST

START_TEST(recursive_function_inlined_into_itself)
{
    enter_at(F, 0x9001, 3, 2);
    enter_at(G, 0x9000, 5, 2); /* inlined into f */
    enter_at(F, 0x9001, 7, 2); /* and f into that */
    ck_assert_uint_eq(raw.popped, 0);
    ck_assert_int_eq(thread.top - thread.base, 3);
    ck_assert_uint_eq(inlined_calls(F), 1);
    enter_at(F, 0x9001, 3, 2); /* left without exits, and called again from the same place */
    ck_assert_uint_eq(raw.popped, 3);
    ck_assert_int_eq(thread.top - thread.base, 1);
}
END_TEST

START_TEST(deep_recursion_grows_the_shadow_stack)
{
    for (int i = 0; i < 10000; i++)
        enter(F);
    ck_assert_int_eq(thread.top - thread.base, 10000);
    for (int i = 0; i < 10000; i++)
        leave(F);
    ck_assert_ptr_eq(thread.top, thread.base);
    ck_assert_uint_eq(raw.popped + raw.orphans + raw.dropped, 0);
    ck_assert_uint_eq(totals(F, 0).primitive, 1);
}
END_TEST

/* Past the cap every edge has one node more at most, whatever the context; the table stays exact.
 */
START_TEST(contexts_past_the_cap_share_nodes)
{
    teardown();
    make_arena(3, 4 << 20);
    for (uint64_t i = 0; i < 20; i++) {
        enter(MAIN + i * 0x10000); /* 20 contexts of f, each calling g */
        enter(F);
        now += 2;
        enter(G);
        now += 3;
        leave(G);
        leave(F);
        leave(MAIN + i * 0x10000);
    }
    ck_assert_uint_eq(arena_header()->nodes, 3);
    /* 19 edges to the callers of f, 19 from them to f, one from f to g */
    ck_assert_uint_eq(arena_header()->shared_nodes, 19 + 19 + 1);
    expect(F, 0, 20, 20, 40, 100);
    expect(G, 0, 20, 20, 60, 60);
    expect(G, F, 20, 20, 60, 60);
    expect(F, MAIN + 0x50000, 1, 1, 2, 5);
}
END_TEST

START_TEST(without_memory_calls_are_counted)
{
    uint64_t enters = 0;
    arena_header()->size = arena_header()->used; /* no further block */
    for (uint64_t fn = F; fn < F + 200 * 64; fn += 64) {
        enter(fn);
        enter(MAIN);
        enters += 2;
        now += 1;
        leave(MAIN);
        leave(fn);
    }
    uint64_t recorded = 0;
    for (uint32_t i = tree_number(thread.tree.root); i < thread.tree.node_pool.next; i++)
        recorded += tree_node(i)->calls;
    ck_assert_uint_eq(recorded, enters);
    ck_assert_uint_gt(thread.tree.lost->calls, 0);
    ck_assert_ptr_eq(thread.top, thread.base);
    ck_assert_uint_eq(raw.orphans + raw.popped, 0);
}
END_TEST

/* No room for frames: exits of skipped calls are skipped, and what follows is in step again. */
START_TEST(overflow_of_the_shadow_stack_is_skipped)
{
    while (thread.top < thread.limit)
        enter(F);
    int depth = (int)(thread.top - thread.base);
    thread.skipped = 1; /* as after a failed attempt to grow */
    thread.top[1] =
        (struct frame){.slot = stack - 0x100, .node = thread.tree.lost, .home = thread.tree.lost};
    thread.top++;
    stack -= 0x100;
    for (int i = 0; i < 5; i++)
        enter(G);
    ck_assert_uint_eq(raw.dropped, 5);
    for (int i = 0; i < 6; i++)
        leave(G);
    ck_assert_int_eq(thread.top - thread.base, depth);
    for (int i = 0; i < depth; i++)
        leave(F);
    ck_assert_ptr_eq(thread.top, thread.base);
    ck_assert_uint_eq(raw.orphans, 0);
}
END_TEST

START_TEST(frames_carried_over_a_fork)
{
    enter(MAIN);
    enter(F);
    enter(F);
    struct thread old = thread;
    struct raw_thread new_raw = {.last = 100};
    memset(&thread, 0, sizeof thread);
    raw = new_raw;
    thread.raw = &raw;
    ck_assert(tree_init(&thread.tree, 0));
    ck_assert(frames_init(&thread));
    own_stack(0, UINTPTR_MAX);
    now = 100;
    frames_carry(&thread, old.base, old.top, old.limit, now);
    ck_assert_uint_eq(raw.carried, 3);
    now = 130;
    enter(G);
    now = 140;
    leave(G);
    leave(F);
    leave(F);
    leave(MAIN);
    ck_assert_uint_eq(raw.orphans + raw.popped, 0);
    expect(F, 0, 0, 0, 30, 40);
    expect(F, MAIN, 0, 0, 0, 40);
    expect(F, F, 0, 0, 30, 40);
    expect(G, F, 1, 1, 10, 10);
    frames_free(&old);
    tree_free(&old.tree);
}
END_TEST

START_TEST(clearing_leaves_an_empty_tree)
{
    enter(MAIN);
    leave(MAIN);
    uint32_t root = tree_number(thread.tree.root);
    tree_clear(&thread.tree);
    ck_assert_uint_eq(arena_header()->nodes, 0);
    ck_assert_uint_eq(tree_number(thread.tree.root), root);
    ck_assert_ptr_null(tree_find_child(&thread.tree, thread.tree.root, MAIN));
    ck_assert(tree_is_valid(&thread.tree));
    enter(MAIN);
    now += 5;
    leave(MAIN);
    expect(MAIN, 0, 1, 1, 5, 5);
}
END_TEST

/* What was cleared is used again, all of it, and in such an order that a node lies behind its
   parent, which readers rely on. */
START_TEST(cleared_blocks_are_used_again)
{
    uint64_t used = 0;
    for (int round = 0; round < 3; round++) {
        for (uint64_t i = 0; i < 400; i++) {
            enter(F + i * 16);
            enter(G + i * 16);
            leave(G + i * 16);
            leave(F + i * 16);
        }
        ck_assert(tree_is_valid(&thread.tree));
        for (uint64_t i = 0; i < 400; i++) {
            const struct raw_node *f = tree_find_child(&thread.tree, thread.tree.root, F + i * 16);
            const struct raw_node *g = tree_find_child(&thread.tree, f, G + i * 16);
            ck_assert_uint_eq(g->calls, 1);
            ck_assert(thread.tree.root < f && f < g);
        }
        if (round == 0)
            used = arena_header()->used;
        ck_assert_uint_eq(arena_header()->used, used);
        ck_assert_uint_eq(arena_header()->nodes, 800);
        tree_clear(&thread.tree);
        frames_clear(&thread);
        ck_assert_uint_eq(arena_header()->nodes, 0);
    }
}
END_TEST

/* ---- profiles that are switched on in the middle ---- */

static const struct frames_open_call open_calls[] = {{MAIN, 0x7fff1000, 0, MAIN + 16},
                                                     {F, 0x7fff0800, 0, F + 16}};

static const struct raw_node *node_of_top(void)
{
    return thread.top->node;
}

START_TEST(callers_above_have_no_calls)
{
    stack = 0x7fff0800;
    frames_begin(&thread, open_calls, 2, FRAMES_UNBOUND);
    const struct raw_node *f = node_of_top(), *above = tree_parent(f);
    ck_assert_uint_eq(f->fn, F);
    ck_assert_uint_eq(above->fn, MAIN);
    ck_assert_ptr_eq(tree_parent(above), thread.tree.root);
    ck_assert_uint_eq(f->fn_level, thread.tree.root->fn_level);
    enter(G);
    now += 3;
    ck_assert_ptr_eq(tree_parent(node_of_top()), f);
    enter(F); /* is none of the open one's: not recursive, and not folded into it */
    now += 5;
    ck_assert_uint_eq(node_of_top()->home, tree_number(node_of_top()));
    leave(F);
    leave(G);
    leave(F); /* the one above */
    enter_at(H, 0x7fff0800, H + 8, MAIN + 32);
    ck_assert_ptr_eq(tree_parent(node_of_top()), above);
    now += 7;
    frames_pop(&thread, thread.base, now);
    expect(G, 0, 1, 1, 3, 8);
    expect(H, 0, 1, 1, 7, 7);
    ck_assert_uint_eq(f->calls + above->calls, 0);
    ck_assert_uint_eq(raw.enters, 3);
    ck_assert_uint_eq(raw.carried, 2);
    ck_assert_uint_eq(raw.orphans, 0);
    frames_clear(&thread); /* once more, the callers are the same nodes */
    frames_begin(&thread, open_calls, 2, FRAMES_UNBOUND);
    ck_assert_ptr_eq(node_of_top(), f);
}
END_TEST

/* Whether a call at SLOT is taken for one from outside of the scope. */
static bool is_left_by(uint64_t fn, uintptr_t slot)
{
    struct hook_call call = {.fn = fn, .site = fn + 8, .sp = slot - 64, .call_site = MAIN + 48};
    raw.enters++;
    struct frame *parent = frames_parent(&thread, slot, &call);
    return tree_try_child(&thread.tree, parent->home, fn) == NULL &&
           frames_child(&thread, &parent, slot, &call) == NULL;
}

START_TEST(a_scope_is_left_by_a_jump)
{
    stack = 0x7fff0800;
    now = 100;
    frames_begin(&thread, open_calls, 2, FRAMES_CALL);
    enter(G);
    now += 2;
    ck_assert(!frames_left_scope(&thread, G + 16, stack - 64));
    leave(G);
    now += 1;
    ck_assert(!frames_left_scope(&thread, F + 16, 0x7fff0700));
    ck_assert(frames_left_scope(&thread, MAIN + 16, 0x7fff0900));
    ck_assert(is_left_by(H, 0x7fff0900));
    ck_assert_uint_eq(raw.enters, 2); /* F and G: H is none of the scope's */
    ck_assert_ptr_eq(thread.top, thread.base);
    expect(F, 0, 1, 1, 1, 3);
    expect(G, F, 1, 1, 2, 2);
    frames_clear(&thread);
    frames_begin(&thread, open_calls, 2, FRAMES_SCOPE);
    ck_assert_uint_eq(node_of_top()->calls, 0);
    enter(G);
    leave(G);
    ck_assert(is_left_by(G, 0x7fff0900));
    ck_assert_uint_eq(raw.enters, 3);
}
END_TEST

/* Any sequence of calls: the tree's totals are those of cProfile's rule, applied to a plain stack.
 */
START_TEST(random_calls_as_cprofile_counts_them)
{
    enum { FUNCTIONS = 6, STEPS = 4000 };
    uint64_t fns[FUNCTIONS] = {MAIN, F, G, H, 0x5000, 0x6000};
    int open[STEPS], level[FUNCTIONS] = {0}, depth = 0;
    uint64_t start[STEPS], calls[FUNCTIONS] = {0}, primitive[FUNCTIONS] = {0};
    uint64_t total[FUNCTIONS] = {0}, self[FUNCTIONS] = {0};
    srand((unsigned)_i);
    for (int i = 0; i < STEPS; i++) {
        uint64_t step = (uint64_t)(rand() % 10);
        if (depth > 0)
            self[open[depth - 1]] += step;
        now += step;
        if (depth > 0 && rand() % 100 < 49 + depth) {
            int f = open[--depth];
            leave(fns[f]);
            calls[f]++;
            if (--level[f] == 0) {
                primitive[f]++;
                total[f] += now - start[depth];
            }
        } else {
            int f = rand() % FUNCTIONS;
            enter(fns[f]);
            open[depth] = f;
            start[depth++] = now;
            level[f]++;
        }
    }
    while (depth > 0) {
        int f = open[--depth];
        leave(fns[f]);
        calls[f]++;
        if (--level[f] == 0) {
            primitive[f]++;
            total[f] += now - start[depth];
        }
    }
    for (int f = 0; f < FUNCTIONS; f++)
        expect(fns[f], 0, primitive[f], calls[f], self[f], total[f]);
}
END_TEST

int main(void)
{
    TCase *tests = tcase_create("tree");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, direct_recursion);
    tcase_add_test(tests, mutual_recursion);
    tcase_add_test(tests, three_functions);
    tcase_add_test(tests, recursion_is_folded);
    tcase_add_test(tests, jump_larger_sibling);
    tcase_add_test(tests, jump_equal_slot);
    tcase_add_test(tests, jump_by_slot_not_by_stack_pointer);
    tcase_add_test(tests, inlined_functions_share_a_slot);
    tcase_add_test(tests, inlined_calls_are_counted);
    tcase_add_test(tests, exit_of_a_deeper_frame);
    tcase_add_test(tests, exit_directly_above_a_stale_call);
    tcase_add_test(tests, site_in_own_code_is_no_inlined_copy);
    tcase_add_test(tests, recursive_function_inlined_into_itself);
    tcase_add_test(tests, deep_recursion_grows_the_shadow_stack);
    tcase_add_test(tests, contexts_past_the_cap_share_nodes);
    tcase_add_test(tests, without_memory_calls_are_counted);
    tcase_add_test(tests, overflow_of_the_shadow_stack_is_skipped);
    tcase_add_test(tests, frames_carried_over_a_fork);
    tcase_add_test(tests, clearing_leaves_an_empty_tree);
    tcase_add_test(tests, cleared_blocks_are_used_again);
    tcase_add_test(tests, callers_above_have_no_calls);
    tcase_add_test(tests, a_scope_is_left_by_a_jump);
    tcase_add_loop_test(tests, random_calls_as_cprofile_counts_them, 0, 20);
    Suite *suite = suite_create("tree");
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
