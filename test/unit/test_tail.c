#include "test/unit/profiles.h"

#include <math.h>

START_TEST(everything_survives_a_round_trip)
{
    struct profile p = full_profile(), q;
    size_t size;
    char *bytes = written(&p, &size);
    ck_assert_msg(parse(bytes, size, &q) == 0, "%s", error.text);
    ck_assert_uint_eq(q.nfunctions, p.nfunctions);
    for (size_t i = 0; i < p.nfunctions; i++)
        expect_same_function(&p.functions[i], &q.functions[i]);
    ck_assert_ptr_nonnull(q.tail);
    expect_same_tail(p.tail, q.tail);
    ck_assert(!q.sampled);
    free(bytes);
    profile_free(&p);
    profile_free(&q);
}
END_TEST

/* clang-format off */
#define ZERO8 "\0\0\0\0\0\0\0\0"
static const char golden_tail[] =
    "\x89" "CPROF\r\n" "\x01\0\0\0" "\x09\0\0\0"
    /* process: pid 2, parent 1, end 1, clock 2, 1 tick a second, start 3 ns, elapsed 0.75,
       overhead 0 and 0, measured 0.5, removed 0.25, command "x" */
    "\x01\0\0\0" "\x4c\0\0\0" "\x01\0\0\0\0\0\0\0" "\x4d\0\0\0\0\0\0\0"
    "\x02\0\0\0" "\x01\0\0\0" "\x01\0\0\0" "\x02\0\0\0" "\0\0\0\0\0\0\xf0\x3f"
    "\x03\0\0\0\0\0\0\0" "\0\0\0\0\0\0\xe8\x3f" ZERO8 ZERO8
    "\0\0\0\0\0\0\xe0\x3f" "\0\0\0\0\0\0\xd0\x3f" "\x01\0\0\0" "x"
    /* modules: "/x", state 2, build-id ab cd */
    "\x02\0\0\0" "\x2c\0\0\0" "\x01\0\0\0\0\0\0\0" "\x2e\0\0\0\0\0\0\0"
    "\x02\0\0\0" "\x02\0\0\0" "\xab\xcd\0\0\0\0\0\0" ZERO8 ZERO8 ZERO8 "\x02\0\0\0" "/x"
    /* symbols: main (row 1) in module 0 at 0x40 */
    "\x03\0\0\0" "\x14\0\0\0" "\x01\0\0\0\0\0\0\0" "\x18\0\0\0\0\0\0\0"
    "\x01\0\0\0" "\0\0\0\0" "\x40\0\0\0\0\0\0\0" "\x04\0\0\0" "main"
    /* threads: tid 2, flags 1, interrupts 0, 3 nodes, enters 5 ... open 11, exits 12, torn 13 */
    "\x04\0\0\0" "\x5c\0\0\0" "\x01\0\0\0\0\0\0\0" "\x5d\0\0\0\0\0\0\0"
    "\x02\0\0\0" "\x01\0\0\0" "\0\0\0\0" "\x03\0\0\0"
    "\x05\0\0\0\0\0\0\0" "\x06\0\0\0\0\0\0\0" "\x07\0\0\0\0\0\0\0" "\x08\0\0\0\0\0\0\0"
    "\x09\0\0\0\0\0\0\0" "\x0a\0\0\0\0\0\0\0" "\x0b\0\0\0\0\0\0\0" "\x01\0\0\0"
    "\x0c\0\0\0\0\0\0\0" "\x0d\0\0\0\0\0\0\0" "t"
    /* nodes: the root; main under it; main under main, a link home */
    "\x05\0\0\0" "\x30\0\0\0" "\x03\0\0\0\0\0\0\0" "\x90\0\0\0\0\0\0\0"
    "\xff\xff\xff\xff" "\0\0\0\0" ZERO8 ZERO8 ZERO8 ZERO8 ZERO8
    "\0\0\0\0" "\0\0\0\0" "\x01\0\0\0\0\0\0\0"
    "\0\0\0\0\0\0\xd0\x3f" "\0\0\0\0\0\0\xe0\x3f" "\0\0\0\0\0\0\xe8\x3f" "\0\0\0\0\0\0\xf0\x3f"
    "\0\0\0\0" "\x01\0\0\0" "\x02\0\0\0\0\0\0\0" ZERO8 ZERO8 ZERO8 ZERO8
    /* marks: node 2 is a link, its home node 1 */
    "\x06\0\0\0" "\x0c\0\0\0" "\x01\0\0\0\0\0\0\0" "\x0c\0\0\0\0\0\0\0"
    "\x02\0\0\0" "\x01\0\0\0" "\x01\0\0\0"
    /* notes: 1 early event */
    "\x07\0\0\0" "\x0c\0\0\0" "\x01\0\0\0\0\0\0\0" "\x0c\0\0\0\0\0\0\0"
    "\x01\0\0\0" "\x01\0\0\0\0\0\0\0"
    /* inlined: 1 call of node 2 */
    "\x08\0\0\0" "\x0c\0\0\0" "\x01\0\0\0\0\0\0\0" "\x0c\0\0\0\0\0\0\0"
    "\x02\0\0\0" "\x01\0\0\0\0\0\0\0"
    /* rows of threads: thread 0, row 1, 3 primitive calls, 0.5 s */
    "\x09\0\0\0" "\x18\0\0\0" "\x01\0\0\0\0\0\0\0" "\x18\0\0\0\0\0\0\0"
    "\0\0\0\0" "\x01\0\0\0" "\x03\0\0\0\0\0\0\0" "\0\0\0\0\0\0\xe0\x3f"
    /* footer: the tail begins where the dict ends */
    "\x9e\0\0\0\0\0\0\0" "CPROFEND";
/* clang-format on */

static struct profile_tail *small_tail(void)
{
    struct profile_tail *t = calloc(1, sizeof *t);
    t->process = (struct profile_process){2, 1, 1, 2, 1, 3, .75, 0, 0, .5, .25, STRING("x")};
    struct profile_module module = {STRING("/x"), {0xab, 0xcd}, 2, PROFILE_MODULE_SYMBOLS, NO_LACK};
    struct profile_symbol symbol = {1, 0, 0x40, STRING("main"), NOT_ABOVE};
    struct profile_thread thread = {2, 1, 0,  0,  3,  STRING("t"), 5, 6,        7,
                                    8, 9, 10, 11, 12, 13,          0, {NULL, 0}};
    struct profile_node nodes[] = {{PROFILE_NO_FUNCTION, 0, 0, 0, 0, 0, 0, 0, 0, 0},
                                   {0, 0, 1, 0, 1, .25, .5, .75, 1, 0},
                                   {0, 1, 1, PROFILE_NODE_LINK, 2, 0, 0, 0, 0, 1}};
    struct profile_thread_row row = {0, 1, 3, .5};
    struct profile_counted_note note = {PROFILE_NOTE_EARLY, 1};
    t->modules = copy_of(&module, sizeof module);
    t->symbols = copy_of(&symbol, sizeof symbol);
    t->threads = copy_of(&thread, sizeof thread);
    t->nodes = copy_of(nodes, sizeof nodes);
    t->notes = copy_of(&note, sizeof note);
    t->thread_rows = copy_of(&row, sizeof row);
    t->nmodules = t->nsymbols = t->nthreads = t->nnotes = t->nthread_rows = 1;
    t->nnodes = 3;
    return t;
}

START_TEST(golden_tail_bytes)
{
    struct profile p = golden_profile(), q;
    p.tail = small_tail();
    size_t size;
    char *bytes = written(&p, &size);
    const size_t dict = sizeof golden - 1;
    ck_assert_uint_eq(size, dict + sizeof golden_tail - 1);
    for (size_t i = dict; i < size; i++)
        ck_assert_msg(bytes[i] == golden_tail[i - dict], "byte %zu of the tail", i - dict);
    char *expected = malloc(size);
    memcpy(expected, golden, dict);
    memcpy(expected + dict, golden_tail, size - dict);
    ck_assert_int_eq(parse(expected, size, &q), 0);
    expect_same_tail(p.tail, q.tail);
    free(bytes);
    free(expected);
    profile_free(&p);
    profile_free(&q);
}
END_TEST
/* ---- damage ---- */

START_TEST(a_file_that_was_cut_is_refused_wherever_it_was)
{
    struct profile p = full_profile(), q;
    size_t size, whole = 0;
    char *bytes = written(&p, &size);
    for (size_t cut = 0; cut < size; cut++) {
        if (parse(bytes, cut, &q) == 0) {
            ck_assert_ptr_null(q.tail);
            whole++;
        }
        profile_free(&q);
    }
    ck_assert_msg(whole == 1, "only the dict alone is a whole profile, but %zu cuts were", whole);
    free(bytes);
    profile_free(&p);
}
END_TEST

/* Sanitizers and check's time limit judge; what can be read may also be written, or is refused. */
START_TEST(any_byte_changed_does_no_harm)
{
    struct profile p = full_profile(), q;
    size_t size, refused = 0;
    char *bytes = written(&p, &size);
    FILE *null = fopen("/dev/null", "w");
    for (size_t i = 0; i < size; i++) {
        for (int flip = 0; flip < 9; flip++) {
            const char change = (char)(flip < 8 ? 1 << flip : 0xff);
            bytes[i] ^= change;
            if (parse(bytes, size, &q))
                refused++;
            else
                (void)profile_write(fileno(null), &q, &error);
            profile_free(&q);
            bytes[i] ^= change;
        }
    }
    ck_assert_uint_gt(refused, size);
    fclose(null);
    free(bytes);
    profile_free(&p);
}
END_TEST

/* Where things are in the golden tail. */
enum {
    DICT = sizeof golden - 1,
    VERSION = DICT + 8,
    SECTIONS = DICT + 12,
    PROCESS = DICT + 16,
    SIZE = DICT + sizeof golden_tail - 1,
    FOOTER = SIZE - 16,
};

static char *golden_file(size_t spare)
{
    char *bytes = malloc(SIZE + spare);
    memcpy(bytes, golden, DICT);
    memcpy(bytes + DICT, golden_tail, SIZE - DICT);
    return bytes;
}

static void expect_damage(size_t at, char byte, const char *text)
{
    char *bytes = golden_file(0);
    bytes[at] = byte;
    expect_refused(bytes, SIZE, text);
    free(bytes);
}

START_TEST(damage_is_described)
{
    expect_damage(DICT, 'x',
                  "damaged behind the rows (footer that points elsewhere at offset 834)");
    expect_damage(FOOTER, 0,
                  "damaged behind the rows (footer that points elsewhere at offset 834)");
    expect_damage(SIZE - 1, 0, "damaged behind the rows (truncated at offset 850)");
    expect_damage(VERSION, 2,
                  "damaged behind the rows (version 2, which needs another cprof; "
                  "this one reads 1 at offset 158)");
    expect_damage(SECTIONS, 8,
                  "damaged behind the rows (bytes that belong to no section "
                  "at offset 786)");
    expect_damage(PROCESS, 2, "damaged behind the rows (second section 2 at offset 275)");
    expect_damage(PROCESS, 10, "damaged behind the rows (no process section at offset 834)");
    expect_damage(PROCESS + 4, 0x4b,
                  "damaged behind the rows (section 1: records too short "
                  "at offset 174)");
    expect_damage(PROCESS + 8, 2,
                  "damaged behind the rows (section with more records than bytes "
                  "at offset 174)");
    expect_damage(PROCESS + 23, 1,
                  "damaged behind the rows (section longer than the file "
                  "at offset 174)");
    expect_damage(PROCESS + 24 + 72, 2,
                  "damaged behind the rows (string longer than its section "
                  "at offset 270)");
}
END_TEST

/* A later cprof may add sections, and fields at the end of records. */
START_TEST(later_files_are_read_as_far_as_they_are_understood)
{
    static const char section[] = "\x63\0\0\0"
                                  "\x05\0\0\0"
                                  "\x01\0\0\0\0\0\0\0"
                                  "\x05\0\0\0\0\0\0\0"
                                  "new!!";
    char *bytes = golden_file(sizeof section);
    size_t extra = sizeof section - 1;
    memmove(bytes + FOOTER + extra, bytes + FOOTER, SIZE - FOOTER);
    memcpy(bytes + FOOTER, section, extra);
    bytes[SECTIONS] = 10;
    struct profile p;
    ck_assert_msg(parse(bytes, SIZE + extra, &p) == 0, "%s", error.text);
    struct profile_tail *tail = small_tail();
    expect_same_tail(tail, p.tail);
    profile_free(&p);
    free(bytes);

    bytes = golden_file(4);
    const size_t rows_end = FOOTER, rows = FOOTER - 24 - 24;
    memmove(bytes + rows_end + 4, bytes + rows_end, SIZE - rows_end);
    memcpy(bytes + rows_end, "more", 4);
    bytes[rows + 4] = bytes[rows + 16] = 28;
    ck_assert_msg(parse(bytes, SIZE + 4, &p) == 0, "%s", error.text);
    expect_same_tail(tail, p.tail);
    profile_free(&p);
    free(bytes);
    p = (struct profile){.tail = tail};
    profile_free(&p);
}
END_TEST

/* ---- what makes no sense is neither written nor read ---- */

static void expect_senseless(struct profile *p, const char *text)
{
    FILE *null = fopen("/dev/null", "w");
    ck_assert_int_eq(profile_write(fileno(null), p, &error), -1);
    ck_assert_str_eq(error.text, text);
    fclose(null);
    profile_free(p);
    *p = full_profile();
}

START_TEST(indices_are_checked)
{
    struct profile p = full_profile();
    p.tail->symbols[1].function = 3;
    expect_senseless(&p, "symbol 1: no such function");
    p.tail->symbols[1].function = PROFILE_NO_FUNCTION;
    expect_senseless(&p, "symbol 1: no such function");
    p.tail->symbols[3].function = 0;
    expect_senseless(&p, "symbol 3: no such function");
    p.tail->symbols[1].module = 2;
    expect_senseless(&p, "symbol 1: no such module");
    p.functions[2].is_row = false;
    expect_senseless(&p, "symbol 2: its function has no row");
    p.functions[2].is_row = false;
    p.tail->symbols[2].function = 0;
    expect_senseless(&p, "thread's row 0: its function has no row");
    p.tail->modules[0].id_size = 33;
    expect_senseless(&p, "module 0: build-id too long");
    p.tail->threads[2].interrupts = 3;
    expect_senseless(&p, "thread 2: interrupts no thread");
    p.tail->threads[2].first_node = 3;
    expect_senseless(&p, "thread 2: its nodes do not follow the previous thread's");
    p.tail->threads[2].nodes = 2;
    expect_senseless(&p, "thread 2: its nodes do not follow the previous thread's");
    p.tail->threads[2].nodes = 0;
    expect_senseless(&p, "node 4: belongs to no thread");
    p.tail->nodes[1].symbol = 4;
    expect_senseless(&p, "node 1: no such symbol");
    p.tail->nodes[1].parent = 2;
    expect_senseless(&p, "node 1: its parent does not stand before it in its thread");
    p.tail->nodes[4].parent = 3;
    expect_senseless(&p, "node 4: its parent does not stand before it in its thread");
    p.tail->nodes[1].parent = 1;
    expect_senseless(&p, "node 1: is its own parent and no root, or the other way round");
    p.tail->nodes[1].symbol = PROFILE_NO_FUNCTION;
    expect_senseless(&p, "node 1: is its own parent and no root, or the other way round");
    p.tail->nodes[3].home = 3;
    expect_senseless(&p, "node 3: its home does not stand before it in its thread");
    p.tail->nodes[3].flags = 0;
    expect_senseless(&p, "node 3: has a home, but is no link");
    p.tail->nodes[1].flags = PROFILE_NODE_LINK;
    p.tail->nodes[1].home = 0;
    expect_senseless(&p, "node 3: its home is itself a link");
    p.tail->nodes[2].removed = NAN;
    expect_senseless(&p, "node 2: time that is not finite");
    p.tail->nodes[1].inlined = 8;
    expect_senseless(&p, "node 1: more inlined calls than calls");
    p.tail->thread_rows[2].thread = 3;
    expect_senseless(&p, "thread's row 2: no such thread");
    p.tail->thread_rows[0].thread = 1;
    expect_senseless(&p, "thread's row 1: stands behind a later thread's");
    p.tail->thread_rows[1].function = 3;
    expect_senseless(&p, "thread's row 1: no such function");
    p.tail->thread_rows[1].ct = NAN;
    expect_senseless(&p, "thread's row 1: time that is not finite");
    p.tail->process.elapsed = INFINITY;
    expect_senseless(&p, "process 0: time that is not finite");
    profile_free(&p);
}
END_TEST

/* The parent of node 2 becomes 3; the mark's node becomes 3. */
START_TEST(indices_are_checked_in_files_too)
{
    const size_t inlined = FOOTER - 48 - 36, marks = inlined - 36 - 36, nodes = marks - 3 * 48;
    expect_damage(nodes + 2 * 48 + 4, 3,
                  "damaged behind the rows (node 2: its parent does not "
                  "stand before it in its thread at offset 158)");
    expect_damage(marks + 24, 3,
                  "damaged behind the rows (mark on a node that is not there "
                  "at offset 702)");
    expect_damage(inlined + 24, 3,
                  "damaged behind the rows (inlined calls of a node that is not there "
                  "at offset 774)");
    expect_damage(inlined + 28, 3,
                  "damaged behind the rows (node 2: more inlined calls than calls at offset 158)");
    expect_damage(FOOTER - 24, 1,
                  "damaged behind the rows (thread's row 0: no such thread at offset 158)");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("tail");
    TCase *tests = tcase_create("all");
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, everything_survives_a_round_trip);
    tcase_add_test(tests, golden_tail_bytes);
    tcase_add_test(tests, a_file_that_was_cut_is_refused_wherever_it_was);
    tcase_add_test(tests, any_byte_changed_does_no_harm);
    tcase_add_test(tests, damage_is_described);
    tcase_add_test(tests, later_files_are_read_as_far_as_they_are_understood);
    tcase_add_test(tests, indices_are_checked);
    tcase_add_test(tests, indices_are_checked_in_files_too);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
