/* What a report says about the profiles behind it. */
#include "report/notes.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static struct profile_string text(const char *s)
{
    return (struct profile_string){(char *)(size_t)s, strlen(s)};
}

/* Checks what the notes print. */
static void expect(const struct notes *n, const char *expected)
{
    char *printed;
    size_t size;
    FILE *to = open_memstream(&printed, &size);

    notes_print(n, to, "  ");
    fclose(to);
    ck_assert_str_eq(printed, expected);
    free(printed);
}

static const struct {
    uint32_t end;
    const char *raw;
    const char *line;
} ends[] = {
    {PROFILE_END_EXIT, NULL, ""},
    {PROFILE_END_EXIT, "x.raw", "  out.prof: converted from x.raw\n"},
    {PROFILE_END_GONE, NULL,
     "  out.prof: the process 4711 was killed or crashed; counts are complete, open calls end at "
     "the last event\n"},
    {PROFILE_END_GONE, "x.raw",
     "  out.prof: the process 4711 was killed or crashed; counts are complete, open calls end at "
     "the last event (x.raw, converted)\n"},
    {PROFILE_END_EXEC, "x.raw",
     "  out.prof: the process 4711 ran another program (exec); open calls end at the last event "
     "(x.raw, converted)\n"},
    {PROFILE_END_LIVE, NULL,
     "  out.prof: the process 4711 was still running; open calls end at the last event\n"},
    {PROFILE_END_LIVE, "x.raw",
     "  out.prof: the process 4711 was still running; open calls end at the last event (x.raw, a "
     "snapshot)\n"},
};

START_TEST(the_end_of_the_process)
{
    struct profile_tail tail = {.process = {.pid = 4711, .end = ends[_i].end}};
    struct profile p = {.tail = &tail};
    struct notes n = {0};

    notes_take(&n, &p, "out.prof", ends[_i].raw);
    expect(&n, ends[_i].line);
    notes_free(&n);
}
END_TEST

START_TEST(files_without_tail_say_nothing)
{
    struct profile p = {0};
    struct notes n = {0};

    notes_take(&n, &p, "out.prof", NULL);
    expect(&n, "");
}
END_TEST

START_TEST(numbers_are_added_up)
{
    struct profile_thread threads[3] = {
        {.dropped = 1, .orphans = 10, .unknown_slots = 100, .torn = 1000},
        {.dropped = 2, .orphans = 20, .unknown_slots = 200},
        {.flags = PROFILE_THREAD_SIGNAL, .dropped = 4},
    };
    struct profile_counted_note counted[] = {
        {PROFILE_NOTE_EARLY, 3},          {PROFILE_NOTE_LOST_THREADS, 4},
        {PROFILE_NOTE_LOST_MODULES, 5},   {PROFILE_NOTE_DAMAGED, 6},
        {PROFILE_NOTE_SHARED_NODES, 7},   {99, 8},
        {PROFILE_NOTE_GUESSED_STACKS, 9}, {PROFILE_NOTE_HANDLER, 10},
    };
    struct profile_tail tail = {
        .process = {.end = PROFILE_END_EXIT, .measured = 2.75, .removed = 0.0125},
        .threads = threads,
        .nthreads = 3,
        .notes = counted,
        .nnotes = 8,
    };
    struct profile p = {.tail = &tail};
    struct notes n = {0};

    notes_take(&n, &p, "a.prof", NULL);
    notes_take(&n, &p, "b.prof", NULL);
    expect(&n,
           "  overhead removed: 25.0 ms of 5.5 s measured; 4 threads\n"
           "  14 calls were not recorded: no memory or disk space\n"
           "  60 returns without a call were ignored\n"
           "  600 calls after which jumps out of functions are noticed late\n"
           "  2000 calls or returns were interrupted by a signal handler that jumped away: each "
           "may be missing\n"
           "  6 calls and returns were not recorded: before the start of the C library\n"
           "  20 calls and returns were not recorded: of signal handlers that forked, in the "
           "child\n"
           "  8 threads were not recorded: no memory or disk space\n"
           "  10 modules were not recorded: their functions are shown as addresses\n"
           "  7 contexts is the limit and was reached: the table is exact, the tree is coarser "
           "(CPROF_MAX_NODES raises it)\n"
           "  18 switches to coroutines whose stacks' ends are not known: their callers may be "
           "mixed\n"
           "  12 damaged records of the raw file were skipped\n");
    notes_free(&n);
}
END_TEST

START_TEST(modules_that_are_not_what_they_were)
{
    struct profile_module modules[] = {
        {.path = text("/path/app"), .state = PROFILE_MODULE_CHANGED},
        {.path = text("/lib/\x1b[1mx.so"), .state = PROFILE_MODULE_MISSING},
        {.path = text("/lib/libc.so.6"), .state = PROFILE_MODULE_SYMBOLS},
        {.path = text("/path/app"), .state = PROFILE_MODULE_CHANGED},
    };
    struct profile_tail tail = {
        .process = {.end = PROFILE_END_EXIT}, .modules = modules, .nmodules = 4};
    struct profile p = {.tail = &tail};
    struct notes n = {0};

    notes_take(&n, &p, "out.prof", NULL);
    expect(&n, "  /path/app was rebuilt since the run: its functions are shown as module+offset\n"
               "  /lib/\\x1b[1mx.so cannot be read any more: its functions are shown as "
               "module+offset\n");
    notes_free(&n);
}
END_TEST

START_TEST(why_functions_have_no_file_and_line)
{
    struct profile_module modules[] = {
        {.path = text("/a"), .state = 2, .lack = {PROFILE_LACK_DEBUG, 3, {NULL, 0}}},
        {.path = text("/b"), .state = 3, .lack = {PROFILE_LACK_DEBUG, 3, {NULL, 0}}},
        {.path = text("/c"), .state = 1, .lack = {PROFILE_LACK_DEBUG, 1, {NULL, 0}}},
        {.path = text("/d"), .state = 2, .lack = {PROFILE_LACK_FILE, 3, text("d.\x1b[m")}},
        {.path = text("/e"), .state = 1, .lack = {PROFILE_LACK_FILE, 3, text("e.dwo")}},
        {.path = text("/f"), .state = 2, .lack = {PROFILE_LACK_FORMAT, 3, text("why")}},
        {.path = text("/g"), .state = 2, .lack = {PROFILE_LACK_SIGNAL, 11, {NULL, 0}}},
        {.path = text("/h"), .state = 3, .lack = {PROFILE_LACK_TIME, 60, {NULL, 0}}},
        {.path = text("/i"), .state = 2, .lack = {PROFILE_LACK_MEMORY, 0, {NULL, 0}}},
        {.path = text("/j"), .state = 2, .lack = {PROFILE_LACK_ANSWER, 1, {NULL, 0}}},
        {.path = text("/k"), .state = 2, .lack = {99, 1, {NULL, 0}}},
    };
    struct profile_tail tail = {
        .process = {.end = PROFILE_END_EXIT}, .modules = modules, .nmodules = 11};
    struct profile p = {.tail = &tail};
    struct notes n = {0};

    notes_take(&n, &p, "out.prof", NULL);
    expect(
        &n,
        "  /a: no debug information (-g): its functions have no file and line\n"
        "  /b: no debug information (-g), no symbols: its functions are shown as module+offset\n"
        "  /c: no debug information (-g) of 1 of its functions\n"
        "  /d: debug information in d.\\x1b[m, which was not found: its functions have no file "
        "and line\n"
        "  /e: debug information in e.dwo, which was not found: lines are where the code begins\n"
        "  /f: debug information that cannot be read: why: its functions have no file and line\n"
        "  /g: reading its debug information died of signal 11: its functions have no file and "
        "line\n"
        "  /h: reading its debug information took longer than 60 s, no symbols: its functions "
        "are shown as module+offset\n"
        "  /i: reading its debug information took too much memory: its functions have no file "
        "and line\n"
        "  /j: reading its debug information failed: its functions have no file and line\n");
    notes_free(&n);
}
END_TEST

START_TEST(lines_are_limited)
{
    struct notes n = {0};
    char *printed;
    size_t size, lines = 0;
    FILE *to = open_memstream(&printed, &size);
    int i;

    for (i = 0; i < NOTES_MAX + 12; i++)
        notes_add(&n, "line %d", i);
    notes_add(&n, "line 3");
    notes_print(&n, to, "");
    fclose(to);
    for (i = 0; printed[i]; i++)
        lines += printed[i] == '\n';
    ck_assert_uint_eq(lines, NOTES_MAX + 1);
    ck_assert_ptr_nonnull(strstr(printed, "line 19\n12 more notes"));
    free(printed);
    notes_free(&n);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("notes");
    TCase *tests = tcase_create("notes");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tests);
    tcase_add_loop_test(tests, the_end_of_the_process, 0, sizeof(ends) / sizeof(ends[0]));
    tcase_add_test(tests, files_without_tail_say_nothing);
    tcase_add_test(tests, numbers_are_added_up);
    tcase_add_test(tests, modules_that_are_not_what_they_were);
    tcase_add_test(tests, why_functions_have_no_file_and_line);
    tcase_add_test(tests, lines_are_limited);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
