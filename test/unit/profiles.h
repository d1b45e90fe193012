/*
 * profiles.h - profiles to test with, and what is often done to them.
 */
#ifndef CPROF_TEST_PROFILES_H
#define CPROF_TEST_PROFILES_H

#include "format/profile.h"

#include <check.h>
#include <float.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct profile_error error;

static inline struct profile_string string_of(const char *bytes, size_t size)
{
    struct profile_string s = {malloc(size + 1), size};
    memcpy(s.bytes, bytes, size);
    s.bytes[size] = 0;
    return s;
}

#define STRING(literal) string_of(literal, sizeof(literal) - 1)

static inline void *copy_of(const void *bytes, size_t size)
{
    return memcpy(malloc(size ? size : 1), bytes, size);
}

/* The written form of P; free it. */
static inline char *written(const struct profile *p, size_t *size)
{
    FILE *f = tmpfile();
    int status = profile_write(fileno(f), p, &error);
    ck_assert_msg(status == 0, "%s", error.text);
    *size = (size_t)lseek(fileno(f), 0, SEEK_END);
    char *bytes = malloc(*size);
    ck_assert_int_eq(pread(fileno(f), bytes, *size, 0), (ssize_t)*size);
    fclose(f);
    return bytes;
}

/* Parses an exact copy, so that AddressSanitizer sees what is read past its end. */
static inline int parse(const char *bytes, size_t size, struct profile *out)
{
    char *copy = copy_of(bytes, size);
    int status = profile_parse(copy, size, out, &error);
    free(copy);
    if (status)
        ck_assert_uint_ne(strlen(error.text), 0);
    return status;
}

static inline void expect_refused(const char *bytes, size_t size, const char *text)
{
    struct profile p;
    ck_assert_int_eq(parse(bytes, size, &p), -1);
    ck_assert_str_eq(error.text, text);
    ck_assert_ptr_null(p.functions);
}

#define EXPECT_REFUSED(literal, text) expect_refused(literal, sizeof(literal) - 1, text)

/* ---- a profile with everything in it ---- */

static inline void fill_functions(struct profile *p)
{
    p->nfunctions = 3;
    p->functions = calloc(3, sizeof *p->functions);
    struct profile_function *f = p->functions;
    f[0] = (struct profile_function){STRING("/a.c"), 3, STRING("f"), true, 2, 5, .5, 1.5, 0, 0};
    f[1] = (struct profile_function){STRING("/a.c"), 0, STRING("main"), true, 1, 1, .25, 2, 0, 0};
    f[2] = (struct profile_function){
        STRING("~"), 0, STRING("<libc.so.6 \xc3\xa4>"), true, 0, 0, 0, 0, 0, 0};
    f[2].cc = f[2].nc = (profile_count)1 << 64;
    struct profile_caller callers[] = {{1, 1, 1, .25, 1.25, false}, {0, 4, 1, .25, .25, false}};
    f[0].callers = copy_of(callers, sizeof callers);
    f[0].ncallers = 2;
}

static inline void fill_process(struct profile_process *p)
{
    *p = (struct profile_process){
        .pid = 4711,
        .parent_pid = 1,
        .end = PROFILE_END_GONE,
        .clock = 2,
        .ticks_per_second = 1e9,
        .realtime_ns = 1700000000123456789,
        .elapsed = 2.25,
        .overhead_inner = 1e-9,
        .overhead_outer = 2e-9,
        .measured = 0.875,
        .removed = 0.125,
        .command = STRING("./a\0--b\xff"),
    };
}

#define NO_LACK                                                                                    \
    {                                                                                              \
        0, 0,                                                                                      \
        {                                                                                          \
            NULL, 0                                                                                \
        }                                                                                          \
    }
#define NOT_ABOVE                                                                                  \
    {                                                                                              \
        {NULL, 0}, {NULL, 0}, 0                                                                    \
    }

static inline void fill_tail(struct profile_tail *t)
{
    fill_process(&t->process);
    t->nmodules = 2;
    t->modules = calloc(2, sizeof *t->modules);
    t->modules[0] = (struct profile_module){STRING("/bin/a"), {1, 2, 3, 255}, 20, 1, NO_LACK};
    t->modules[1] = (struct profile_module){
        STRING("/lib/\xff\n.so"), {9}, 0, 5, {2, 1ull << 40, STRING("\xfe.dwo")}};
    struct profile_symbol symbols[] = {{0, 0, 0x1139, STRING("_Z1fv"), NOT_ABOVE},
                                       {0, UINT32_MAX, 0x1200, STRING(""), NOT_ABOVE},
                                       {2, 1, UINT64_MAX, STRING("memcpy"), NOT_ABOVE},
                                       {PROFILE_NO_FUNCTION,
                                        0,
                                        0x1000,
                                        STRING("main"),
                                        {STRING("/src/main.c"), STRING("main(int)"), -1}}};
    t->nsymbols = 4;
    t->symbols = copy_of(symbols, sizeof symbols);
    struct profile_thread threads[] = {
        {10, PROFILE_THREAD_ENDED, 0, 0, 4, STRING("main"), 1, 2, 3, 4, 5, 6, 7, 8, 9, 10,
         STRING("worker")},
        {11, 0, 0, 4, 0, STRING(""), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, {NULL, 0}},
        {12,
         PROFILE_THREAD_SIGNAL,
         1,
         4,
         1,
         STRING("w"),
         1,
         0,
         0,
         0,
         0,
         0,
         UINT64_MAX,
         0,
         UINT64_MAX,
         0,
         {NULL, 0}},
    };
    t->nthreads = 3;
    t->threads = copy_of(threads, sizeof threads);
    struct profile_node nodes[] = {
        {PROFILE_NO_FUNCTION, 0, 0, 0, 0, .5, .25, 1, 0, 0},
        {0, 0, 1, PROFILE_NODE_SHARED, 7, .125, 0, .0625, DBL_MAX, 5},
        {1, 1, 2, 0, UINT64_MAX, 1, 2, 3, 4, UINT64_MAX},
        {0, 2, 1, PROFILE_NODE_LINK | PROFILE_NODE_SHARED, 1, 1, 1, 1, 1, 0},
        {PROFILE_NO_FUNCTION, 4, 4, 0, 0, 0, 0, 0, 0, 0},
    };
    t->nnodes = 5;
    t->nodes = copy_of(nodes, sizeof nodes);
    struct profile_thread_row rows[] = {{0, 2, UINT64_MAX, .5}, {0, 0, 1, 1.5}, {2, 0, 1, .25}};
    t->nthread_rows = 3;
    t->thread_rows = copy_of(rows, sizeof rows);
    struct profile_counted_note notes[] = {{PROFILE_NOTE_DAMAGED, 3}, {99, UINT64_MAX}};
    t->nnotes = 2;
    t->notes = copy_of(notes, sizeof notes);
}

static inline struct profile full_profile(void)
{
    struct profile p = {0};
    fill_functions(&p);
    p.tail = calloc(1, sizeof *p.tail);
    fill_tail(p.tail);
    return p;
}

static inline void expect_same_string(const struct profile_string *a,
                                      const struct profile_string *b)
{
    ck_assert_uint_eq(a->size, b->size);
    ck_assert(!a->bytes == !b->bytes);
    ck_assert(!a->bytes || memcmp(a->bytes, b->bytes, a->size + 1) == 0);
}

static inline void expect_same_function(const struct profile_function *a,
                                        const struct profile_function *b)
{
    expect_same_string(&a->file, &b->file);
    expect_same_string(&a->name, &b->name);
    ck_assert_int_eq(a->line, b->line);
    ck_assert_int_eq(a->is_row, b->is_row);
    ck_assert(a->cc == b->cc && a->nc == b->nc);
    ck_assert_double_eq(a->tt, b->tt);
    ck_assert_double_eq(a->ct, b->ct);
    ck_assert_uint_eq(a->ncallers, b->ncallers);
    for (size_t i = 0; i < a->ncallers; i++) {
        const struct profile_caller *c = &a->callers[i], *d = &b->callers[i];
        ck_assert_uint_eq(c->function, d->function);
        ck_assert(c->nc == d->nc && c->cc == d->cc);
        ck_assert_double_eq(c->tt, d->tt);
        ck_assert_double_eq(c->ct, d->ct);
    }
}

static inline void expect_same_process(const struct profile_process *a,
                                       const struct profile_process *b)
{
    ck_assert_uint_eq(a->pid, b->pid);
    ck_assert_uint_eq(a->parent_pid, b->parent_pid);
    ck_assert_uint_eq(a->end, b->end);
    ck_assert_uint_eq(a->clock, b->clock);
    ck_assert_double_eq(a->ticks_per_second, b->ticks_per_second);
    ck_assert_uint_eq(a->realtime_ns, b->realtime_ns);
    ck_assert_double_eq(a->elapsed, b->elapsed);
    ck_assert_double_eq(a->overhead_inner, b->overhead_inner);
    ck_assert_double_eq(a->overhead_outer, b->overhead_outer);
    ck_assert_double_eq(a->measured, b->measured);
    ck_assert_double_eq(a->removed, b->removed);
    expect_same_string(&a->command, &b->command);
}

static inline void expect_same_thread(const struct profile_thread *a,
                                      const struct profile_thread *b)
{
    ck_assert_uint_eq(a->tid, b->tid);
    ck_assert_uint_eq(a->flags, b->flags);
    ck_assert_uint_eq(a->interrupts, b->interrupts);
    ck_assert_uint_eq(a->first_node, b->first_node);
    ck_assert_uint_eq(a->nodes, b->nodes);
    expect_same_string(&a->name, &b->name);
    const size_t counts = offsetof(struct profile_thread, enters);
    const size_t end = offsetof(struct profile_thread, start);
    ck_assert_mem_eq((const char *)a + counts, (const char *)b + counts, end - counts);
    expect_same_string(&a->start, &b->start);
}

static inline void expect_same_tail(const struct profile_tail *a, const struct profile_tail *b)
{
    expect_same_process(&a->process, &b->process);
    ck_assert_uint_eq(a->nmodules, b->nmodules);
    for (size_t i = 0; i < a->nmodules; i++) {
        expect_same_string(&a->modules[i].path, &b->modules[i].path);
        ck_assert_mem_eq(a->modules[i].id, b->modules[i].id, sizeof a->modules[i].id);
        ck_assert_uint_eq(a->modules[i].id_size, b->modules[i].id_size);
        ck_assert_uint_eq(a->modules[i].state, b->modules[i].state);
        ck_assert_uint_eq(a->modules[i].lack.kind, b->modules[i].lack.kind);
        ck_assert_uint_eq(a->modules[i].lack.value, b->modules[i].lack.value);
        ck_assert_uint_eq(a->modules[i].lack.name.size, b->modules[i].lack.name.size);
        if (a->modules[i].lack.name.size)
            expect_same_string(&a->modules[i].lack.name, &b->modules[i].lack.name);
    }
    ck_assert_uint_eq(a->nsymbols, b->nsymbols);
    for (size_t i = 0; i < a->nsymbols; i++) {
        expect_same_string(&a->symbols[i].name, &b->symbols[i].name);
        ck_assert_uint_eq(a->symbols[i].function, b->symbols[i].function);
        ck_assert_uint_eq(a->symbols[i].module, b->symbols[i].module);
        ck_assert_uint_eq(a->symbols[i].offset, b->symbols[i].offset);
        expect_same_string(&a->symbols[i].above.file, &b->symbols[i].above.file);
        expect_same_string(&a->symbols[i].above.name, &b->symbols[i].above.name);
        ck_assert_int_eq(a->symbols[i].above.line, b->symbols[i].above.line);
    }
    ck_assert_uint_eq(a->nthreads, b->nthreads);
    for (size_t i = 0; i < a->nthreads; i++)
        expect_same_thread(&a->threads[i], &b->threads[i]);
    ck_assert_uint_eq(a->nnodes, b->nnodes);
    ck_assert_mem_eq(a->nodes, b->nodes, a->nnodes * sizeof *a->nodes);
    ck_assert_uint_eq(a->nthread_rows, b->nthread_rows);
    for (size_t i = 0; i < a->nthread_rows; i++)
        ck_assert_mem_eq(&a->thread_rows[i], &b->thread_rows[i], sizeof *a->thread_rows);
    ck_assert_uint_eq(a->nnotes, b->nnotes);
    for (size_t i = 0; i < a->nnotes; i++) {
        ck_assert_uint_eq(a->notes[i].note, b->notes[i].note);
        ck_assert_uint_eq(a->notes[i].value, b->notes[i].value);
    }
}

/* ---- golden bytes ---- */

/* {("a.c", 3, "f"): (1, 1, 0.5, 0.5, {("a.c", 1, "main"): (1, 1, 0.5, 0.5)}),
    ("a.c", 1, "main"): (1, 1, 0.25, 0.75, {})}
   References: 0 the dict, 1 the key of f, 2 "a.c", 3 the key of main. docs/FORMAT.md explains it.
 */
#define ONE     "i\x01\x00\x00\x00"
#define QUARTER "g\x00\x00\x00\x00\x00\x00\xd0\x3f"
#define HALF    "g\x00\x00\x00\x00\x00\x00\xe0\x3f"
#define MOST    "g\x00\x00\x00\x00\x00\x00\xe8\x3f"
/* clang-format off */
static const char golden[] =
    "\xfb"
    "\xa8\x03\x00\x00\x00" "\xf4\x03\x00\x00\x00" "a.c" "i\x03\x00\x00\x00" "t\x01\x00\x00\x00" "f"
    "(\x05\x00\x00\x00" ONE ONE HALF HALF
    "{"
    "\xa8\x03\x00\x00\x00" "r\x02\x00\x00\x00" ONE "t\x04\x00\x00\x00" "main"
    "(\x04\x00\x00\x00" ONE ONE HALF HALF
    "0"
    "r\x03\x00\x00\x00"
    "(\x05\x00\x00\x00" ONE ONE QUARTER MOST "{0"
    "0";
/* clang-format on */

static inline struct profile golden_profile(void)
{
    struct profile p = {.nfunctions = 2, .functions = calloc(2, sizeof *p.functions)};
    struct profile_caller main_calls_f = {1, 1, 1, .5, .5, false};
    p.functions[0] =
        (struct profile_function){STRING("a.c"), 3, STRING("f"), true, 1, 1, .5, .5, NULL, 1};
    p.functions[0].callers = copy_of(&main_calls_f, sizeof main_calls_f);
    p.functions[1] =
        (struct profile_function){STRING("a.c"), 1, STRING("main"), true, 1, 1, .25, .75, NULL, 0};
    return p;
}

#endif
