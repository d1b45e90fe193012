#include "test/fuzz/fuzz.h"

#include "report/call_tree_print.h"
#include "report/diff_print.h"
#include "report/dump.h"
#include "report/error.h"
#include "report/figures.h"
#include "report/names.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define MOST_SECONDS 1.0

void fuzz_fail(const char *what, const char *why)
{
    dprintf(STDERR_FILENO, "fuzz: %s: %s\n", what, why);
    abort();
}

uint32_t fuzz_choice(const uint8_t *data, size_t size)
{
    uint32_t hash = 2166136261u;

    for (size_t i = 0; i < size; i++)
        hash = (hash ^ data[i]) * 16777619u;
    return hash ^ hash >> 15;
}

double fuzz_clock(void)
{
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

void fuzz_check_time(double start)
{
    if (fuzz_clock() - start > MOST_SECONDS)
        fuzz_fail("time", "the input took more than a second");
}

/* ---- what is printed ---- */

/* Whether the bytes so far end in what no output may have: a control character but the line feed,
   or one that turns the direction of text or ends a line elsewhere (U+0080 to U+009F, U+200E,
   U+200F, U+2028 to U+202E, U+2066 to U+2069). */
static bool has_colors; /* \033 may be there */

static bool is_harmful(const uint8_t last[3])
{
    uint8_t c = last[2];

    if ((c < ' ' && c != '\n' && !(has_colors && c == '\033')) || c == 0x7f)
        return true;
    if (last[1] == 0xc2)
        return c >= 0x80 && c < 0xa0;
    if (last[0] != 0xe2)
        return false;
    return (last[1] == 0x80 && (c == 0x8e || c == 0x8f || (c >= 0xa8 && c <= 0xae))) ||
           (last[1] == 0x81 && c >= 0xa6 && c <= 0xa9);
}

static ssize_t look_at_output(void *cookie, const char *bytes, size_t size)
{
    static uint8_t last[3];

    (void)cookie;
    for (size_t i = 0; i < size; i++) {
        last[0] = last[1];
        last[1] = last[2];
        last[2] = (uint8_t)bytes[i];
        if (is_harmful(last))
            fuzz_fail("output", "a character that works on terminals");
    }
    return (ssize_t)size;
}

FILE *fuzz_sink(void)
{
    static FILE *sink;

    if (!sink)
        sink = fopencookie(NULL, "w", (cookie_io_functions_t){.write = look_at_output});
    return sink;
}

/* ---- writing ---- */

void fuzz_write_and_read(const struct profile *p, bool is_sound)
{
    static int fd = -1;
    struct profile again;
    struct profile_error error = {.text = ""};
    off_t size;
    void *bytes;

    if (fd < 0)
        fd = memfd_create("fuzz", MFD_CLOEXEC);
    if (ftruncate(fd, 0) < 0 || lseek(fd, 0, SEEK_SET) < 0)
        fuzz_fail("memfd", "cannot be emptied");
    if (profile_write(fd, p, &error) < 0) {
        if (is_sound || !error.text[0])
            fuzz_fail("cannot be written", error.text);
        return;
    }
    size = lseek(fd, 0, SEEK_CUR);
    bytes = malloc((size_t)size);
    if (pread(fd, bytes, (size_t)size, 0) != size)
        fuzz_fail("memfd", "cannot be read");
    if (profile_parse(bytes, (size_t)size, &again, &error) < 0)
        fuzz_fail("what was written cannot be read", error.text);
    if (!again.tail != !p->tail || (p->tail && (again.tail->nnodes != p->tail->nnodes ||
                                                again.tail->nsymbols != p->tail->nsymbols ||
                                                again.tail->nthreads != p->tail->nthreads)))
        fuzz_fail("what was written", "is read as another tail");
    profile_free(&again);
    free(bytes);
}

/* ---- showing ---- */

static void hide_some(struct stats *s, uint32_t choice)
{
    struct profile_error error;
    struct pattern *pattern = pattern_new(choice & 1 ? "a" : "^.{0,3}$", &error);
    struct hide h = {.inlined = choice & 2};

    if (choice & 4)
        h.filters = &pattern, h.nfilters = 1;
    else
        h.excludes = &pattern, h.nexcludes = 1;
    if (stats_hide(s, &h, &error) < 0) {
        pattern_free(pattern);
        return;
    }
    pattern_free(pattern);
    stats_print(s, STATS_TABLE, NULL, 0, fuzz_sink(), &error);
    stats_print(s, STATS_CALLERS, NULL, 0, fuzz_sink(), &error);
}

/* From one run to the same: nothing changed. Then from it to nothing much. */
static void print_difference(struct stats *s)
{
    struct stats other = stats_empty(s);
    struct diff_side old = {s, 1}, new = {s, 1};
    struct profile_error error;
    struct diff d;

    s->sort = (struct sort){0};
    for (int i = 0; i < 2; i++, new.runs = &other) {
        if (diff_make(&old, &new, &d) < 0)
            fuzz_fail("diff", "out of memory");
        diff_print_findings(&d, s, fuzz_sink());
        diff_print_summary(&d, s, 1, 1, fuzz_sink());
        diff_print_table(&d, s, NULL, 0, fuzz_sink(), &error);
        diff_free(&d);
    }
}

static void dump_again(struct stats *s)
{
    struct profile p;

    if (dump_take(&s->model, &p) < 0)
        fuzz_fail("dump", "out of memory");
    fuzz_write_and_read(&p, false);
    dump_release(&p);
}

static void sort_by(struct stats *s, uint32_t choice)
{
    static const char *const keys[] = {"tottime", "cumtime", "ncalls",  "nfl",     "pcalls",
                                       "min",     "max",     "inlined", "stdname", "threads"};
    struct profile_error error;

    if (sort_parse_more(keys[choice % (sizeof(keys) / sizeof(keys[0]))], &s->sort, &error) < 0)
        fuzz_fail("sort", error.text);
    s->sort.reverse = choice & 32;
}

#define EVERY_COLUMN                                                                               \
    "ncalls,pcalls,tottime,%tottime,percall,cumtime,%cumtime,percall_cum,min,max,threads,inlined"

static void set_up(struct stats *s, uint32_t choice)
{
    static const char *const units[] = {"auto", "s", "ms", "ns"};
    struct profile_error error;

    s->unit = unit_find(units[choice % 4]);
    s->verbatim = choice % 4 == 1;
    s->grouped = choice & 4;
    s->color = has_colors = choice & 16 && !s->verbatim;
    if (choice & 8 && columns_parse(EVERY_COLUMN, &s->columns, &error) < 0)
        fuzz_fail("columns", error.text);
}

void fuzz_show(struct stats *s, uint32_t choice)
{
    static const char *const words[] = {"2", ".5", "[a-m]+"};
    struct profile_error error;
    FILE *sink = fuzz_sink();

    set_up(s, choice >> 8);
    if (choice >> 16 & 1 && stats_strip_dirs(s, &error) < 0)
        fuzz_fail("strip", error.text);
    if (figures_fill(&s->model) < 0 || names_apply(&s->model, (choice >> 17) % 3) < 0)
        fuzz_fail("figures", "out of memory");
    sort_by(s, choice >> 20);
    switch (choice % 10) {
    case 0:
        stats_print(s, STATS_TABLE, NULL, 0, sink, &error);
        break;
    case 1:
        stats_print(s, STATS_TABLE, words, 3, sink, &error);
        break;
    case 2:
        stats_print(s, STATS_CALLERS, words, 1, sink, &error);
        break;
    case 3:
        stats_print(s, STATS_CALLEES, words + 2, 1, sink, &error);
        break;
    case 4:
        stats_print(s, STATS_JSON, NULL, 0, sink, &error);
        break;
    case 5:
        stats_print_threads(s, choice & 64, words, choice & 128 ? 2 : 0, sink, &error);
        break;
    case 6:
        hide_some(s, choice >> 6);
        break;
    case 7:
        tree_print(s, &(struct tree_view){choice & 64, choice & 128, choice & 256 ? 10 : 0},
                   words + 2, choice >> 9 & 1, sink, &error);
        break;
    case 8:
        print_difference(s);
        break;
    default:
        dump_again(s);
    }
    fflush(sink);
    has_colors = false;
}
