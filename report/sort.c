#include "report/sort.h"

#include "report/error.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- comparing; counts and times from the largest down, the rest upwards ---- */

#define ORDER(a, b) (((a) > (b)) - ((a) < (b)))

/* A time that is no number comes last: the order must be one, or sorting has no meaning. */
static int compare_times(double a, double b)
{
    if (isnan(a) || isnan(b))
        return ORDER(isnan(a) != 0, isnan(b) != 0);
    return ORDER(b, a);
}

static int compare_strings(const struct profile_string *a, const struct profile_string *b)
{
    int order = memcmp(a->bytes, b->bytes, a->size < b->size ? a->size : b->size);

    return order ? order : ORDER(a->size, b->size);
}

static int by_calls(const struct row *a, const struct row *b)
{
    return ORDER(b->nc, a->nc);
}

static int by_primitive_calls(const struct row *a, const struct row *b)
{
    return ORDER(b->cc, a->cc);
}

static int by_cumulative(const struct row *a, const struct row *b)
{
    return compare_times(a->ct, b->ct);
}

static int by_internal(const struct row *a, const struct row *b)
{
    return compare_times(a->tt, b->tt);
}

static int by_file(const struct row *a, const struct row *b)
{
    return compare_strings(&a->file, &b->file);
}

static int by_line(const struct row *a, const struct row *b)
{
    return ORDER(a->line, b->line);
}

static int by_name(const struct row *a, const struct row *b)
{
    return compare_strings(&a->name, &b->name);
}

static int by_name_file_line(const struct row *a, const struct row *b)
{
    int order = by_name(a, b);

    if (order == 0)
        order = by_file(a, b);
    return order ? order : by_line(a, b);
}

int sort_compare_keys(const struct row *a, const struct row *b)
{
    int order = by_file(a, b);

    if (order == 0)
        order = by_line(a, b);
    return order ? order : by_name(a, b);
}

static int by_standard_name(const struct row *a, const struct row *b)
{
    return compare_strings(&a->standard_name, &b->standard_name);
}

/* Functions without figures come last, and those of which no call has finished. */

static int by_known(const struct row *a, const struct row *b)
{
    return ORDER(b->figures.known, a->figures.known);
}

static int by_extreme(const struct row *a, const struct row *b, double left, double right)
{
    bool a_has = a->figures.known && a->figures.min <= a->figures.max;
    bool b_has = b->figures.known && b->figures.min <= b->figures.max;

    return a_has && b_has ? compare_times(left, right) : ORDER(b_has, a_has);
}

static int by_min(const struct row *a, const struct row *b)
{
    return by_extreme(a, b, a->figures.min, b->figures.min);
}

static int by_max(const struct row *a, const struct row *b)
{
    return by_extreme(a, b, a->figures.max, b->figures.max);
}

static int by_threads(const struct row *a, const struct row *b)
{
    int order = by_known(a, b);

    return order ? order : ORDER(b->figures.threads, a->figures.threads);
}

static int by_inlined(const struct row *a, const struct row *b)
{
    int order = by_known(a, b);

    return order ? order : ORDER(b->figures.inlined, a->figures.inlined);
}

/* ---- keys ---- */

struct sort_key {
    const char *word;
    int (*compare)(const struct row *a, const struct row *b);
    const char *description;
};

/* In this order: an abbreviation stands for the first key that begins with it. */
static const struct sort_key keys[] = {
    {"calls", by_calls, "call count"},
    {"ncalls", by_calls, "call count"},
    {"cumtime", by_cumulative, "cumulative time"},
    {"cumulative", by_cumulative, "cumulative time"},
    {"filename", by_file, "file name"},
    {"line", by_line, "line number"},
    {"module", by_file, "file name"},
    {"name", by_name, "function name"},
    {"nfl", by_name_file_line, "name/file/line"},
    {"pcalls", by_primitive_calls, "primitive call count"},
    {"stdname", by_standard_name, "standard name"},
    {"time", by_internal, "internal time"},
    {"tottime", by_internal, "internal time"},
};
#define NKEYS (sizeof(keys) / sizeof(keys[0]))

/* cprof's own. */
static const struct sort_key more_keys[] = {
    {"%tottime", by_internal, "internal time"},
    {"%cumtime", by_cumulative, "cumulative time"},
    {"min", by_min, "shortest call"},
    {"max", by_max, "longest call"},
    {"threads", by_threads, "threads that called it"},
    {"inlined", by_inlined, "inlined calls"},
};
#define NMORE (sizeof(more_keys) / sizeof(more_keys[0]))

/* Prefixes that pstats refuses, because the keys they begin are about different things. */
static const char *const ambiguous[] = {"", "c", "cum", "n", "t"};

/* Old numbers of keys, from -1 on. */
static const struct {
    const char *number, *word;
} numbered[] = {{"-1", "stdname"}, {"0", "calls"}, {"1", "time"}, {"2", "cumulative"}};

static const struct sort_key *find_key(const char *word, size_t size)
{
    size_t i;

    for (i = 0; i < sizeof(ambiguous) / sizeof(ambiguous[0]); i++)
        if (strlen(ambiguous[i]) == size && memcmp(ambiguous[i], word, size) == 0)
            return NULL;
    for (i = 0; i < NKEYS; i++)
        if (strncmp(keys[i].word, word, size) == 0)
            return &keys[i];
    return NULL;
}

static const struct sort_key *find_more(const char *word, size_t size)
{
    size_t i;

    for (i = 0; i < NMORE; i++)
        if (strlen(more_keys[i].word) == size && memcmp(more_keys[i].word, word, size) == 0)
            return &more_keys[i];
    return find_key(word, size);
}

static int unknown_key(const char *word, size_t size, struct profile_error *error)
{
    char list[160] = "";
    size_t i, used = 0;

    for (i = 0; i < NKEYS; i++)
        used += (size_t)snprintf(list + used, sizeof(list) - used, " %s", keys[i].word);
    return error_set(error, "'%.*s' is no sort key; the keys are:%s", size > 40 ? 40 : (int)size,
                     word, list);
}

static int add_key(struct sort *sort, const struct sort_key *key)
{
    if (!key || sort->nkeys == SORT_MAX)
        return -1;
    sort->keys[sort->nkeys++] = key;
    return 0;
}

int sort_add(struct sort *sort, const char *word, size_t size)
{
    return add_key(sort, find_key(word, size));
}

const char *sort_word(size_t i)
{
    return i < NKEYS ? keys[i].word : NULL;
}

static int parse(const char *text, struct sort *sort,
                 const struct sort_key *(*find)(const char *word, size_t size),
                 struct profile_error *error)
{
    size_t i;

    for (i = 0; i < sizeof(numbered) / sizeof(numbered[0]); i++)
        if (strcmp(text, numbered[i].number) == 0)
            text = numbered[i].word;
    for (sort->nkeys = 0;; text++) {
        size_t size = strcspn(text, ",");

        if (sort->nkeys == SORT_MAX)
            return error_set(error, "more than %d sort keys", SORT_MAX);
        if (add_key(sort, find(text, size)) < 0)
            return unknown_key(text, size, error);
        text += size;
        if (*text == '\0')
            return 0;
    }
}

int sort_parse(const char *text, struct sort *sort, struct profile_error *error)
{
    return parse(text, sort, find_key, error);
}

int sort_parse_more(const char *text, struct sort *sort, struct profile_error *error)
{
    return parse(text, sort, find_more, error);
}

/* ---- sorting ---- */

static int compare_rows(const void *left, const void *right, void *context)
{
    const struct row *a = *(const struct row *const *)left;
    const struct row *b = *(const struct row *const *)right;
    const struct sort *sort = context;
    int order = 0;
    size_t i;

    for (i = 0; i < sort->nkeys && order == 0; i++)
        order = sort->keys[i]->compare(a, b);
    if (order == 0)
        order = ORDER(a, b);
    return sort->reverse ? -order : order;
}

void sort_rows(const struct sort *sort, const struct row **rows, size_t n)
{
    struct sort context = *sort;

    qsort_r(rows, n, sizeof(const struct row *), compare_rows, &context);
}

void sort_describe(const struct sort *sort, FILE *to)
{
    size_t i;

    for (i = 0; i < sort->nkeys; i++)
        fprintf(to, "%s%s", i ? ", " : "", sort->keys[i]->description);
}

void sort_help(FILE *to)
{
    size_t i;

    for (i = 0; i < NKEYS; i++)
        fprintf(to, "  %-12s %s\n", keys[i].word, keys[i].description);
    for (i = 0; i < NMORE; i++)
        fprintf(to, "  %-12s %s\n", more_keys[i].word, more_keys[i].description);
}

void sort_list(FILE *to)
{
    size_t i;

    for (i = 0; i < NKEYS; i++)
        fprintf(to, "%s -- %s\n", keys[i].word, keys[i].description);
}
