#include "report/match.h"

#include "format/intern.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* In groups of more pairs than this, functions are paired in their order. */
#define MOST_PAIRS 4096u

/* ---- keys ---- */

static struct profile_string base_of(struct profile_string file)
{
    const char *slash = memrchr(file.bytes, '/', file.size);
    size_t folders = slash ? (size_t)(slash + 1 - file.bytes) : 0;

    return (struct profile_string){file.bytes + folders, file.size - folders};
}

/* The name up to what a compiler appends to that of a copy, as ".part.0". C++ names have their
   dots within brackets, if any: they are "...". */
static struct profile_string stem_of(struct profile_string name)
{
    const char *dot = memchr(name.bytes, '.', name.size);

    if (!dot || dot == name.bytes || memchr(name.bytes, '(', name.size) ||
        memchr(name.bytes, '<', name.size))
        return name;
    return (struct profile_string){name.bytes, (size_t)(dot - name.bytes)};
}

static const struct profile_string nothing = {"", 0};

/* What functions have in common that are paired in one round. */
struct likeness {
    struct profile_string file, name;
    int64_t line;
};

static struct likeness same_place(const struct row *row)
{
    return (struct likeness){row->file, row->name, row->line};
}

static struct likeness same_file(const struct row *row)
{
    return (struct likeness){row->file, row->name, 0};
}

static struct likeness same_base(const struct row *row)
{
    return (struct likeness){base_of(row->file), row->name, 0};
}

static struct likeness same_stem(const struct row *row)
{
    return (struct likeness){base_of(row->file), stem_of(row->name), 0};
}

static struct likeness same_name(const struct row *row)
{
    return (struct likeness){nothing, stem_of(row->name), 0};
}

static struct likeness (*const rounds[])(const struct row *row) = {same_place, same_file, same_base,
                                                                   same_stem, same_name};

/* ---- groups ---- */

/* A function that has no partner yet. */
struct candidate {
    uint32_t group; /* equal for functions that may be partners */
    bool is_new;
    size_t index;
    const struct row *row;
};

static int compare_strings(struct profile_string a, struct profile_string b)
{
    int order = memcmp(a.bytes, b.bytes, a.size < b.size ? a.size : b.size);

    return order != 0 ? order : (a.size > b.size) - (a.size < b.size);
}

/* By group, the old ones first, by their place. */
static int compare(const void *x, const void *y)
{
    const struct candidate *a = x, *b = y;
    int order;

    if (a->group != b->group)
        return a->group < b->group ? -1 : 1;
    if (a->is_new != b->is_new)
        return a->is_new ? 1 : -1;
    order = compare_strings(a->row->file, b->row->file);
    if (order == 0)
        order = (a->row->line > b->row->line) - (a->row->line < b->row->line);
    return order ? order : (a->index > b->index) - (a->index < b->index);
}

/* Number of path components at the end that are equal. */
static size_t common_end(struct profile_string a, struct profile_string b)
{
    size_t i, n = 0;

    for (i = 0; i < a.size && i < b.size; i++) {
        char c = a.bytes[a.size - 1 - i];

        if (c != b.bytes[b.size - 1 - i])
            return n;
        n += c == '/';
    }
    return n + (a.size == b.size);
}

struct pairing {
    struct candidate *old, *new;
    size_t end;     /* of their paths that is equal */
    uint64_t lines; /* between them */
};

static int compare_pairings(const void *x, const void *y)
{
    const struct pairing *a = x, *b = y;

    if (a->end != b->end)
        return a->end > b->end ? -1 : 1;
    if (a->lines != b->lines)
        return a->lines < b->lines ? -1 : 1;
    if (a->old != b->old)
        return a->old < b->old ? -1 : 1;
    return (a->new > b->new) - (a->new < b->new);
}

static void pair(struct candidate *old, struct candidate *new, size_t *partners)
{
    if (!old->row || !new->row)
        return;
    partners[old->index] = new->index;
    old->row = new->row = NULL;
}

/* Pairs the functions of one group, the most alike first. PAIRINGS: room for MOST_PAIRS. */
static void pair_group(struct candidate *old, size_t nold, struct candidate *new, size_t nnew,
                       struct pairing *pairings, size_t *partners)
{
    size_t i, n = nold * nnew;

    if (n > MOST_PAIRS) {
        for (i = 0; i < nold && i < nnew; i++)
            pair(&old[i], &new[i], partners);
        return;
    }
    for (i = 0; i < n; i++) {
        struct candidate *o = &old[i / nnew], *w = &new[i % nnew];
        int64_t a = o->row->line, b = w->row->line;

        pairings[i] =
            (struct pairing){o, w, common_end(o->row->file, w->row->file),
                             a > b ? (uint64_t)a - (uint64_t)b : (uint64_t)b - (uint64_t)a};
    }
    qsort(pairings, n, sizeof(*pairings), compare_pairings);
    for (i = 0; i < n; i++)
        pair(pairings[i].old, pairings[i].new, partners);
}

/* ---- rounds ---- */

/* The number of what the round compares; INTERN_FAILED: no memory. */
static uint32_t group_of(struct intern *strings, struct intern *groups, struct likeness l)
{
    struct {
        uint32_t file, name;
        int64_t line;
    } key = {intern_add(strings, l.file.bytes, l.file.size),
             intern_add(strings, l.name.bytes, l.name.size), l.line};

    if (key.file == INTERN_FAILED || key.name == INTERN_FAILED)
        return INTERN_FAILED;
    return intern_add(groups, &key, sizeof(key));
}

static int set_groups(struct candidate *candidates, size_t n, size_t round)
{
    struct intern strings = {0}, groups = {0};
    size_t i;
    int result = 0;

    for (i = 0; i < n && result == 0; i++) {
        candidates[i].group = group_of(&strings, &groups, rounds[round](candidates[i].row));
        result = candidates[i].group == INTERN_FAILED ? -1 : 0;
    }
    intern_free(&strings);
    intern_free(&groups);
    return result;
}

/* Takes out what has a partner. Returns how many are left. */
static size_t keep_single(struct candidate *candidates, size_t n)
{
    size_t i, kept = 0;

    for (i = 0; i < n; i++)
        if (candidates[i].row)
            candidates[kept++] = candidates[i];
    return kept;
}

static size_t pair_round(struct candidate *candidates, size_t n, struct pairing *pairings,
                         size_t *partners)
{
    size_t first, new, end;

    qsort(candidates, n, sizeof(*candidates), compare);
    for (first = 0; first < n; first = end) {
        uint32_t group = candidates[first].group;

        for (new = first; new < n &&candidates[new].group == group && !candidates[new].is_new;)
            new ++;
        for (end = new; end < n &&candidates[end].group == group;)
            end++;
        pair_group(&candidates[first], new - first, &candidates[new], end - new, pairings,
                   partners);
    }
    return keep_single(candidates, n);
}

int match_functions(const struct row *const *old, size_t nold, const struct row *const *new,
                    size_t nnew, size_t *partners)
{
    struct candidate *candidates = calloc(nold + nnew + 1, sizeof(*candidates));
    struct pairing *pairings = calloc(MOST_PAIRS, sizeof(*pairings));
    size_t i, round, n = nold + nnew;
    int result = candidates && pairings ? 0 : -1;

    for (i = 0; i < n && result == 0; i++)
        candidates[i] = i < nold ? (struct candidate){0, false, i, old[i]}
                                 : (struct candidate){0, true, i - nold, new[i - nold]};
    for (i = 0; i < nold; i++)
        partners[i] = MATCH_NONE;
    for (round = 0; round < sizeof(rounds) / sizeof(rounds[0]) && result == 0; round++) {
        result = set_groups(candidates, n, round);
        if (result == 0)
            n = pair_round(candidates, n, pairings, partners);
    }
    free(candidates);
    free(pairings);
    return result;
}
