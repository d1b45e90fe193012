/* Names and paths; and the resolver, asked about functions of this program itself. */
#include <check.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "symbolize/files.h"
#include "symbolize/names.h"
#include "symbolize/resolve.h"

extern const char __ehdr_start[]; /* the linker's */

START_TEST(full_paths)
{
    static const struct {
        const char *folder, *file, *expected;
    } cases[] = {
        {"/src", "a.c", "/src/a.c"},
        {"/src", "/usr/include/a.h", "/usr/include/a.h"},
        {"/src/build", "../lib/./a.c", "/src/lib/a.c"},
        {"/src/build", "../../../../a.c", "/a.c"},
        {"/", "a.c", "/a.c"},
        {"/src//x/", "y//a.c", "/src/x/y/a.c"},
        {"/src/...", ".a/..b/a.c", "/src/.../.a/..b/a.c"},
        {NULL, "a.c", "a.c"},
        {"", "./a.c", "a.c"},
        {"ctype", "ctype/ctype.c", "ctype/ctype.c"},
        {NULL, "x/../../a.c", "../a.c"},
        {NULL, "../../a.c", "../../a.c"},
        {"/", "..", "/"},
        {"/a", "b/..", "/a"},
        {"/a", "/b/../..", "/"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *path = names_full_path(cases[i].folder, cases[i].file);
        ck_assert_str_eq(path, cases[i].expected);
        free(path);
    }
}
END_TEST

START_TEST(demangled_names)
{
    static const struct {
        const char *symbol, *expected;
    } cases[] = {
        {"_Z3fooi", "foo(int)"},
        {"_ZN12_GLOBAL__N_16hiddenEv", "(anonymous namespace)::hidden()"},
        {"_ZZ4mainENKUliE_clEi", "main::{lambda(int)#1}::operator()(int) const"},
        {"_Z5twiceIdET_S0_", "double twice<double>(double)"},
        {"_Z3fooi.constprop.0", "foo(int) [clone .constprop.0]"},
        {"_ZN4core3fmt9Formatter3pad17h0123456789abcdefE", "core::fmt::Formatter::pad"},
        {"_RNvC6_123foo3bar", "123foo::bar"},
        {"_D4main3addFiiZi", "main.add(int, int)"},
        {"__shapes_MOD_area", "shapes::area"},
        {"main", NULL},
        {"_Zfoo", NULL},
        {"__x_MOD_", NULL},
        {"", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *name = names_demangle(cases[i].symbol);
        if (cases[i].expected)
            ck_assert_str_eq(name, cases[i].expected);
        else
            ck_assert_ptr_null(name);
        free(name);
    }
}
END_TEST

START_TEST(clean_names)
{
    char *name = names_clean("a\n\x1b[31m\xff\xc3\xa4</b>");
    ck_assert_str_eq(name, "a\\x0a\\x1b[31m\\xff\xc3\xa4</b>");
    free(name);
}
END_TEST

/* This program's record, as the profiled process would have written it. */
static struct raw_module *record_of_this_program(void)
{
    struct raw_module *m = calloc(1, sizeof *m + PATH_MAX);
    ssize_t size = readlink("/proc/self/exe", m->path, PATH_MAX);
    ck_assert_int_gt(size, 0);
    m->path_size = (uint32_t)size;
    m->bias = _r_debug.r_map->l_addr;
    m->start = (uintptr_t)__ehdr_start;
    m->end = m->start + (64u << 20);
    return m;
}

/* The build-id note of this program, through its program headers. */
static int copy_build_id(struct dl_phdr_info *info, size_t size, void *data)
{
    struct raw_module *m = data;
    (void)size;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
        if (segment->p_type != PT_NOTE)
            continue;
        const char *at = (const char *)(info->dlpi_addr + segment->p_vaddr);
        for (const char *end = at + segment->p_memsz; at < end;) {
            const ElfW(Nhdr) *note = (const void *)at;
            const char *id = at + sizeof *note + (note->n_namesz + 3) / 4 * 4;
            if (note->n_type == NT_GNU_BUILD_ID) {
                m->id_size = note->n_descsz;
                memcpy(m->id, id, note->n_descsz);
                return 1;
            }
            at = id + (note->n_descsz + 3) / 4 * 4;
        }
    }
    return 1; /* the executable comes first */
}

enum { LINE_OF_WELL_KNOWN = __LINE__ + 1 };
__attribute__((noinline)) static void well_known(void)
{
    __asm__ volatile("");
}

static struct symbol resolved(struct resolver *r, const struct raw_module *m, uintptr_t address)
{
    struct symbol s = {.address = address};
    resolver_fill(r, &m, m != NULL, &s, 1);
    return s;
}

/* State of the only module that S refers to. */
static uint32_t state_of(const struct resolver *r, const struct symbol *s)
{
    struct profile_symbol symbol = {.module = s->module};
    struct profile_tail tail = {.symbols = &symbol, .nsymbols = 1};
    resolver_give_modules(r, &tail);
    ck_assert_uint_eq(tail.nmodules, 1);
    ck_assert_uint_eq(symbol.module, 0);
    uint32_t state = tail.modules[0].state;
    free(tail.modules[0].path.bytes);
    free(tail.modules);
    return state;
}

START_TEST(function_of_this_program)
{
    struct raw_module *m = record_of_this_program();
    dl_iterate_phdr(copy_build_id, m);
    struct resolver *r = resolver_new(NULL);
    struct symbol s = resolved(r, m, (uintptr_t)well_known);
    ck_assert_str_eq(s.name, "well_known");
    ck_assert_str_eq(s.linkage, "well_known");
    ck_assert_str_eq(strrchr(s.file, '/'), "/test_resolve.c");
    ck_assert_int_eq(*s.file, '/');
    ck_assert_int_eq(s.line, LINE_OF_WELL_KNOWN);
    ck_assert_uint_eq(s.offset, (uintptr_t)well_known - m->bias);
    ck_assert_uint_eq(state_of(r, &s), PROFILE_MODULE_DWARF);
    well_known();
    struct symbol inside = resolved(r, m, (uintptr_t)well_known + 1);
    ck_assert_str_ne(inside.name, "well_known"); /* no function's entry */
    resolver_free(r);
    free(m);
}
END_TEST

START_TEST(module_with_another_build_id)
{
    struct raw_module *m = record_of_this_program();
    char name[64];
    m->id_size = 20;
    memset(m->id, 0x5a, 20);
    struct resolver *r = resolver_new(NULL);
    struct symbol s = resolved(r, m, m->bias + 0x1234);
    snprintf(name, sizeof name, "%s+0x1234", strrchr(m->path, '/') + 1);
    ck_assert_str_eq(s.name, name);
    ck_assert_str_eq(s.file, m->path);
    ck_assert_int_eq(s.line, 0);
    ck_assert_uint_eq(state_of(r, &s), PROFILE_MODULE_CHANGED);
    resolver_free(r);
    free(m);
}
END_TEST

static struct raw_module *record(uint64_t start, uint64_t end, const char *path)
{
    struct raw_module *m = calloc(1, sizeof *m + strlen(path) + 1);
    m->start = m->bias = start;
    m->end = end;
    m->path_size = (uint32_t)strlen(path);
    strcpy(m->path, path);
    return m;
}

/* A pipe would block its reader for ever. */
START_TEST(modules_that_are_no_files)
{
    static const char *const paths[] = {"/nowhere/lib.so", "/tmp", "/dev/zero", "[vdso]", ""};
    struct resolver *r = resolver_new(NULL);
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        struct raw_module *m = record(0x1000, 0x2000, paths[i]);
        struct symbol s = resolved(r, m, 0x1040);
        ck_assert_ptr_nonnull(strstr(s.name, "+0x40"));
        ck_assert_str_eq(s.file, paths[i]);
        ck_assert_uint_eq(state_of(r, &s), PROFILE_MODULE_MISSING);
        free(m);
    }
    struct symbol none = resolved(r, NULL, 0x1040);
    ck_assert_str_eq(none.name, "<0x1040>");
    ck_assert_str_eq(none.file, "~");
    ck_assert_uint_eq(none.module, SYMBOL_NO_MODULE);
    resolver_free(r);
}
END_TEST

/* Whoever opens a pipe waits for the other end. */
START_TEST(pipes_are_not_opened)
{
    static const struct worker_limits limits = {.first_cpu = 1, .cpu = 1, .all = 10, .workers = 1};
    char folder[] = "/tmp/test_resolve.XXXXXX", path[64];
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/pipe", folder);
    ck_assert_int_eq(mkfifo(path, 0600), 0);
    const char *const folders[] = {NULL, "/nowhere", folder};
    ck_assert(!files_may_be_opened(path, NULL, 0));
    ck_assert(!files_may_be_opened("pipe", folders, 3));
    ck_assert(files_may_be_opened("pipe", folders, 2));
    ck_assert(files_may_be_opened("/proc/self/exe", folders, 3));
    ck_assert(!files_may_be_opened("/dev/zero", folders, 3));
    struct resolver *r = resolver_new(&limits);
    struct raw_module *m = record(0x1000, 0x2000, path);
    struct symbol s = resolved(r, m, 0x1040);
    ck_assert_str_eq(s.name, "pipe+0x40");
    ck_assert_uint_eq(state_of(r, &s), PROFILE_MODULE_MISSING);
    resolver_free(r);
    free(m);
    unlink(path);
    rmdir(folder);
}
END_TEST

START_TEST(names_without_what_compilers_add)
{
    static const struct {
        const char *symbol, *expected;
    } cases[] = {
        {"f.constprop.0", "f"},
        {"f.isra.0.part.12.cold", "f"},
        {"f.cold", "f"},
        {"f.lto_priv.3", "f"},
        {"f.llvm.123", "f"},
        {"f.localalias", "f"},
        {"f.__uniq.77", "f"},
        {"f._omp_fn.0", "f._omp_fn.0"},
        {"f.0", "f.0"},
        {"f.", "f."},
        {".cold", ".cold"},
        {".constprop.0", ".constprop.0"},
        {"f.coldly", "f.coldly"},
        {"f.constprop.0x", "f.constprop.0x"},
        {"f..constprop.0", "f."},
        {"", ""},
        {".", "."},
        {"...", "..."},
        {"0.0.0", "0.0.0"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *copy = strdup(cases[i].symbol); /* AddressSanitizer sees what is read around it */
        size_t size = names_without_clone(copy);
        ck_assert_uint_eq(size, strlen(cases[i].expected));
        ck_assert_mem_eq(copy, cases[i].expected, size);
        free(copy);
    }
}
END_TEST

/* A library that was unloaded, and another one loaded over a part of it. */
START_TEST(the_module_loaded_last_is_meant)
{
    struct raw_module *old = record(0x1000, 0x9000, "/nowhere/old.so");
    struct raw_module *new = record(0x2000, 0x3000, "/nowhere/new.so");
    const struct raw_module *modules[] = {old, new};
    static const struct {
        uint64_t address;
        const char *name;
    } cases[] = {{0xfff, "<0xfff>"},        {0x1000, "old.so+0x0"},   {0x1fff, "old.so+0xfff"},
                 {0x2000, "new.so+0x0"},    {0x2fff, "new.so+0xfff"}, {0x3000, "old.so+0x2000"},
                 {0x8fff, "old.so+0x7fff"}, {0x9000, "<0x9000>"}};
    struct resolver *r = resolver_new(NULL);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct symbol s = {.address = cases[i].address};
        resolver_fill(r, modules, 2, &s, 1);
        ck_assert_str_eq(s.name, cases[i].name);
    }
    resolver_free(r);
    free(old);
    free(new);
}
END_TEST

/* Two libraries at one place, one after the other: nodes say which is meant by the epoch. The third
   is loaded; of it a node may have the epoch still, or already. */
START_TEST(the_epoch_tells_modules_apart)
{
    struct raw_module *first = record(0x1000, 0x9000, "/nowhere/first.so");
    struct raw_module *second = record(0x2000, 0x9000, "/nowhere/second.so");
    struct raw_module *third = record(0x2000, 0x3000, "/nowhere/third.so");
    const struct raw_module *modules[] = {first, second, third};
    static const struct {
        uint64_t address;
        const char *name;
    } cases[] = {{0x1000000002800, "first.so+0x1800"}, {0x2000000002800, "second.so+0x800"},
                 {0x3000000002800, "third.so+0x800"},  {0x2800, "third.so+0x800"},
                 {0x5000, "first.so+0x4000"},          {0x2000000001000, "<0x1000>"},
                 {0x4000000002800, "<0x2800>"},        {0xffff000000002800, "<0x2800>"}};
    first->epoch = 1;
    second->epoch = 2;
    third->epoch = 3;
    first->unloaded = second->unloaded = 1;
    struct resolver *r = resolver_new(NULL);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct symbol s = {.address = cases[i].address};
        resolver_fill(r, modules, 3, &s, 1);
        ck_assert_str_eq(s.name, cases[i].name);
    }
    resolver_free(r);
    free(first);
    free(second);
    free(third);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("resolve");
    TCase *c = tcase_create("resolve");
    tcase_add_test(c, full_paths);
    tcase_add_test(c, demangled_names);
    tcase_add_test(c, clean_names);
    tcase_add_test(c, function_of_this_program);
    tcase_add_test(c, module_with_another_build_id);
    tcase_add_test(c, modules_that_are_no_files);
    tcase_add_test(c, pipes_are_not_opened);
    tcase_add_test(c, names_without_what_compilers_add);
    tcase_set_timeout(c, 60);
    tcase_add_test(c, the_module_loaded_last_is_meant);
    tcase_add_test(c, the_epoch_tells_modules_apart);
    suite_add_tcase(s, c);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed != 0;
}
