/* Memory that cannot be had, at every allocation in turn: an error, no crash, nothing kept. */
#include "test/unit/profiles.h"

#include "report/call_tree_print.h"
#include "report/diff_print.h"
#include "report/dump.h"
#include "report/figures.h"
#include "report/names.h"
#include "report/stats.h"

#include <errno.h>
#include <fcntl.h>

#ifdef __SANITIZE_ADDRESS__
#    define HAS_ALLOCATOR 0 /* the sanitizer's own is in the way */
#else
#    define HAS_ALLOCATOR 1
#endif

static long left = -1; /* allocations until one fails; negative: none does */
static bool all_fail;  /* from that one on */
static bool has_failed;
static long kept; /* blocks that were not freed */

/* Whether this allocation is to fail. */
static inline bool fails(void)
{
    if (left < 0 || (left > 0 && left-- > 0))
        return false;
    if (!all_fail)
        left = -1;
    has_failed = true;
    errno = ENOMEM;
    return true;
}

#if HAS_ALLOCATOR
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *old, size_t size);
extern void __libc_free(void *old);

void *malloc(size_t size)
{
    void *p = fails() ? NULL : __libc_malloc(size);
    kept += p != NULL;
    return p;
}

void *calloc(size_t n, size_t size)
{
    void *p = fails() ? NULL : __libc_calloc(n, size);
    kept += p != NULL;
    return p;
}

void *realloc(void *old, size_t size)
{
    void *p = fails() ? NULL : __libc_realloc(old, size);
    kept += !old && p;
    return p;
}

void *reallocarray(void *old, size_t n, size_t size)
{
    size_t bytes;
    if (!__builtin_mul_overflow(n, size, &bytes))
        return realloc(old, bytes);
    errno = ENOMEM;
    return NULL;
}

void free(void *old)
{
    kept -= old != NULL;
    __libc_free(old);
}
#endif

/* Check allocates, too. */
static void expect(bool holds)
{
    long was = left;
    left = -1;
    ck_assert(holds);
    left = was;
}

static char *file;
static size_t file_size;
static FILE *null;

static int read_it(struct profile *out)
{
    struct profile_error why = {.text = ""};
    int result = profile_parse(file, file_size, out, &why);
    expect(result == 0 || strstr(why.text, "out of memory"));
    return result;
}

static int reads(void)
{
    struct profile p;
    int result = read_it(&p);
    profile_free(&p);
    return result;
}

static struct profile known;

static int writes(void)
{
    struct profile_error why = {.text = ""};
    int result = profile_write(fileno(null), &known, &why);
    expect(result == 0 || strstr(why.text, "memory"));
    return result;
}

static int saves(void)
{
    struct profile_error why = {.text = ""};
    char path[] = "/tmp/cprof-test-memory.XXXXXX";
    int fd = mkstemp(path);
    close(fd);
    int result = profile_save(path, &known, &why);
    unlink(path);
    expect(result == 0 || why.text[0]);
    return result;
}

/* A model of two profiles; then what USE does with it. */
static int with_stats(int (*use)(struct stats *s, struct profile_error *why))
{
    struct stats s = {.unit = unit_find("auto")};
    struct profile_error why = {.text = ""};
    int result = 0;
    for (int i = 0; i < 2 && result == 0; i++) {
        struct profile p = {0};
        result = read_it(&p);
        if (result == 0)
            result = model_add(&s.model, &p);
        profile_free(&p);
    }
    if (result == 0)
        result = use(&s, &why);
    stats_free(&s);
    return result;
}

static int print_everything(struct stats *s, struct profile_error *why)
{
    static const char *const words[] = {".5", "[a-f]+"};
    if (figures_fill(&s->model) < 0 || sort_parse_more("cumtime,min", &s->sort, why) < 0)
        return -1;
    for (enum stats_view view = 0; view < STATS_VIEWS; view++)
        if (stats_print(s, view, words, 2, null, why) < 0)
            return -1;
    return 0;
}

static int print_threads(struct stats *s, struct profile_error *why)
{
    return stats_print_threads(s, false, NULL, 0, null, why) < 0 ||
                   stats_print_threads(s, true, NULL, 0, null, why) < 0
               ? -1
               : 0;
}

static int print_tree(struct stats *s, struct profile_error *why)
{
    return tree_print(s, &(struct tree_view){.inverted = true}, NULL, 0, null, why);
}

static int print_difference(struct stats *s, struct profile_error *why)
{
    struct diff_side side = {s, 1};
    struct diff d;
    if (diff_make(&side, &side, &d) < 0)
        return -1;
    diff_print_findings(&d, s, null);
    int result = diff_print_table(&d, s, NULL, 0, null, why);
    diff_free(&d);
    return result;
}

static int hide_some(struct stats *s, struct profile_error *why)
{
    struct pattern *pattern = pattern_new("~", why);
    struct hide h = {.excludes = &pattern, .nexcludes = 1, .inlined = true};
    int result = pattern ? stats_hide(s, &h, why) : -1;
    pattern_free(pattern);
    return result;
}

static int strip_and_shorten(struct stats *s, struct profile_error *why)
{
    return stats_strip_dirs(s, why) < 0 || names_apply(&s->model, NAMES_SHORT) < 0 ? -1 : 0;
}

static int dump_it(struct stats *s, struct profile_error *why)
{
    struct profile p;
    if (dump_take(&s->model, &p) < 0)
        return -1;
    int result = profile_write(fileno(null), &p, why);
    dump_release(&p);
    return result;
}

static int (*const uses[])(struct stats *, struct profile_error *) = {
    print_everything, print_threads,     print_tree, print_difference,
    hide_some,        strip_and_shorten, dump_it};

/* Does DO with each of its allocations failing, until there are no more. Without an error, nothing
   but notes may have been lost. */
static void fail_each(int (*act)(void))
{
    if (!HAS_ALLOCATOR)
        return;
    for (int mode = 0; mode < 2; mode++) {
        ck_assert_int_eq(act(), 0); /* what is allocated once for all */
        for (long i = 0;; i++) {
            long before = kept;
            has_failed = false;
            all_fail = mode;
            left = i;
            int result = act();
            left = -1;
            ck_assert_msg(kept == before, "allocation %ld: %ld blocks are kept", i, kept - before);
            ck_assert(has_failed || result == 0);
            if (!has_failed)
                break;
        }
    }
}

START_TEST(reading)
{
    fail_each(reads);
}
END_TEST

START_TEST(writing)
{
    fail_each(writes);
    fail_each(saves);
}
END_TEST

static int used;

static int use_it(void)
{
    return with_stats(uses[used]);
}

START_TEST(showing)
{
    used = _i;
    fail_each(use_it);
}
END_TEST

static void set_up(void)
{
    null = fopen("/dev/null", "w");
    setvbuf(null, NULL, _IONBF, 0);
    known = full_profile();
    file = written(&known, &file_size);
}

static void tear_down(void)
{
    fclose(null);
    free(file);
    profile_free(&known);
}

int main(void)
{
    Suite *s = suite_create("memory");
    TCase *t = tcase_create("memory");
    tcase_set_timeout(t, 0);
    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_test(t, reading);
    tcase_add_test(t, writing);
    tcase_add_loop_test(t, showing, 0, sizeof uses / sizeof *uses);
    suite_add_tcase(s, t);
    SRunner *runner = srunner_create(s);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
