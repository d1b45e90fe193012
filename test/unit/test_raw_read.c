/* Raw files that are damaged, cut off, unfinished, or not raw files at all. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "symbolize/raw_read.h"
#include "test/unit/raw_build.h"

static struct raw_build b;

/* main calls f, which calls itself and g; a thread calls h; a module that does not exist. */
static void build(void)
{
    raw_build_start(&b);
    uint32_t t = raw_build_thread(&b), level[5];
    for (int i = 0; i < 5; i++)
        level[i] = raw_build_level(&b, t, (struct raw_level){.total = 10, .inside = 1});
    uint32_t root = raw_build_node(
        &b, t, (struct raw_node){.fn = 0xa0, .calls = 1, .self = 4, .fn_level = level[0]});
    uint32_t f = raw_build_node(&b, t,
                                (struct raw_node){.fn = 0xf0,
                                                  .calls = 1,
                                                  .self = 3,
                                                  .parent = root,
                                                  .fn_level = level[1],
                                                  .edge_level = level[2]});
    raw_build_node(&b, t,
                   (struct raw_node){.fn = 0xf0,
                                     .calls = 1,
                                     .self = 2,
                                     .parent = f,
                                     .home = f,
                                     .fn_level = level[1],
                                     .edge_level = level[3]});
    uint32_t g = raw_build_node(
        &b, t,
        (struct raw_node){.fn = 0x1010, .calls = 2, .self = 5, .parent = f, .fn_level = level[4]});
    raw_build_thread_at(&b, t)->current = (uint64_t)g * 64;
    uint32_t other = raw_build_thread(&b);
    raw_build_node(&b, other, (struct raw_node){.fn = 0xf2, .calls = 1, .self = 1});
    raw_build_module(&b, 0x1000, 0x2000, 0x1000, "/nowhere/libgone.so", "\1\2\3\4", 4);
}

static int convert(struct profile *out, struct profile_error *error, size_t size)
{
    error->text[0] = 0;
    return raw_build_convert(&b, size, out, error);
}

static uint64_t damage(const struct profile *p)
{
    for (size_t i = 0; i < p->tail->nnotes; i++)
        if (p->tail->notes[i].note == PROFILE_NOTE_DAMAGED)
            return p->tail->notes[i].value;
    return 0;
}

/* Writes P and reads it again: what comes out of a damaged file must be a sound profile. */
static void check_sound(const struct profile *p, const char *what, size_t at)
{
    struct profile again;
    struct profile_error error = {.text = ""};
    int fd = memfd_create("profile", MFD_CLOEXEC);
    ck_assert_msg(profile_write(fd, p, &error) == 0, "%s %zu: %s", what, at, error.text);
    size_t size = (size_t)lseek(fd, 0, SEEK_END);
    char *bytes = malloc(size);
    ck_assert_int_eq(pread(fd, bytes, size, 0), (ssize_t)size);
    ck_assert_msg(profile_parse(bytes, size, &again, &error) == 0, "%s %zu: %s", what, at,
                  error.text);
    ck_assert_uint_eq(again.nfunctions, p->nfunctions);
    profile_free(&again);
    free(bytes);
    close(fd);
}

START_TEST(whole)
{
    struct profile p;
    struct profile_error error;
    build();
    ck_assert_int_eq(convert(&p, &error, b.used), 0);
    ck_assert_uint_eq(p.nfunctions, 4);
    ck_assert_uint_eq(p.tail->nthreads, 2);
    ck_assert_uint_eq(damage(&p), 0);
    const struct profile_function *g = raw_build_function(&p, "libgone.so+0x10");
    ck_assert_ptr_nonnull(g);
    ck_assert_str_eq(g->file.bytes, "/nowhere/libgone.so");
    ck_assert_int_eq(g->line, 0);
    ck_assert_uint_eq(p.tail->nmodules, 1);
    ck_assert_uint_eq(p.tail->modules[0].state, PROFILE_MODULE_MISSING);
    ck_assert_uint_eq(p.tail->process.command.size, 9);
    check_sound(&p, "whole", 0);
    profile_free(&p);
}
END_TEST

START_TEST(cut_off_anywhere)
{
    int converted = 0;
    build();
    for (size_t size = 0; size < b.used; size += 64) {
        struct profile p;
        struct profile_error error;
        if (convert(&p, &error, size) < 0) {
            ck_assert_msg(error.text[0], "no message for a file of %zu bytes", size);
            continue;
        }
        check_sound(&p, "cut to", size);
        profile_free(&p);
        converted++;
    }
    ck_assert_int_gt(converted, 100);
}
END_TEST

/* Every byte that is not zero, and the one after it, with bits flipped. */
START_TEST(any_byte_wrong)
{
    static const unsigned char flips[] = {0x01, 0x80, 0xff};
    for (size_t at = 0; build(), at < b.used; at++) {
        bool of_interest = b.bytes[at] || (at > 0 && b.bytes[at - 1]);
        for (size_t i = 0; of_interest && i < sizeof flips; i++) {
            struct profile p;
            struct profile_error error;
            build();
            b.bytes[at] = (char)(b.bytes[at] ^ flips[i]);
            if (convert(&p, &error, b.used) == 0) {
                check_sound(&p, "wrong byte at", at);
                profile_free(&p);
            } else {
                ck_assert_msg(error.text[0], "no message for a wrong byte at %zu", at);
            }
        }
    }
}
END_TEST

/* Each reference out of bounds: the node is left out, with those below it, and counted. */
START_TEST(impossible_references_are_counted)
{
    for (int field = 0; field < 4; field++) {
        struct profile p;
        struct profile_error error;
        build();
        uint32_t root = (2 * RAW_PAGE + 64) / 64;
        struct raw_node *f = raw_build_node_at(&b, root + 2);
        ck_assert_uint_eq(f->fn, 0xf0);
        uint32_t *fields[] = {&f->parent, &f->home, &f->fn_level, &f->edge_level};
        *fields[field] = field < 2 ? root + 40 : UINT32_MAX;
        ck_assert_int_eq(convert(&p, &error, b.used), 0);
        ck_assert_uint_eq(damage(&p), 3);
        ck_assert_ptr_null(raw_build_function(&p, "<0xf0>"));
        ck_assert_ptr_nonnull(raw_build_function(&p, "<0xa0>"));
        ck_assert_ptr_nonnull(raw_build_function(&p, "<0xf2>"));
        profile_free(&p);
    }
}
END_TEST

/* A node of one thread must not hang in the tree of another. */
START_TEST(references_into_another_thread)
{
    struct profile p;
    struct profile_error error;
    build();
    uint32_t other_root = (5 * RAW_PAGE + 64) / 64;
    ck_assert_uint_eq(raw_build_node_at(&b, other_root)->fn, RAW_ROOT);
    raw_build_node_at(&b, other_root + 1)->parent = (2 * RAW_PAGE + 64) / 64;
    ck_assert_int_eq(convert(&p, &error, b.used), 0);
    ck_assert_uint_eq(damage(&p), 1);
    ck_assert_ptr_null(raw_build_function(&p, "<0xf2>"));
    profile_free(&p);
}
END_TEST

START_TEST(levels_of_another_thread)
{
    struct profile p;
    struct profile_error error;
    build();
    uint32_t other_node = (5 * RAW_PAGE + 64) / 64 + 1;
    raw_build_node_at(&b, other_node)->fn_level = (3 * RAW_PAGE + 64) / 32;
    ck_assert_int_eq(convert(&p, &error, b.used), 0);
    ck_assert_uint_eq(damage(&p), 1);
    ck_assert_ptr_null(raw_build_function(&p, "<0xf2>"));
    profile_free(&p);
}
END_TEST

/* The process died between taking a block and writing it: no damage, and what follows counts. */
START_TEST(block_that_was_never_written)
{
    struct profile p;
    struct profile_error error;
    build();
    b.used += 3 * RAW_PAGE;
    raw_build_header(&b)->used = b.used;
    uint32_t t = raw_build_thread(&b);
    raw_build_node(&b, t, (struct raw_node){.fn = 0xf3, .calls = 1, .self = 1});
    ck_assert_int_eq(convert(&p, &error, b.used), 0);
    ck_assert_uint_eq(damage(&p), 0);
    ck_assert_ptr_nonnull(raw_build_function(&p, "<0xf3>"));
    profile_free(&p);
}
END_TEST

/* A module whose path reaches behind its block. */
START_TEST(module_that_does_not_fit)
{
    struct profile p;
    struct profile_error error;
    build();
    struct raw_module *m = (struct raw_module *)(b.bytes + b.used - RAW_PAGE + 64);
    ck_assert_uint_eq(m->path_size, strlen("/nowhere/libgone.so"));
    m->path_size = 4090;
    ck_assert_int_eq(convert(&p, &error, b.used), 0);
    ck_assert_uint_eq(damage(&p), 1);
    ck_assert_ptr_nonnull(raw_build_function(&p, "<0x1010>"));
    profile_free(&p);
}
END_TEST

/* used counts on when the mapping is full. */
START_TEST(full_file)
{
    struct profile p;
    struct profile_error error;
    build();
    raw_build_header(&b)->size = b.used;
    raw_build_header(&b)->used = UINT64_MAX;
    ck_assert_int_eq(convert(&p, &error, b.used), 0);
    ck_assert_uint_eq(damage(&p), 0);
    ck_assert_uint_eq(p.nfunctions, 4);
    profile_free(&p);
}
END_TEST

/* More than numbers of nodes and levels can reach: refused before anything is read. */
START_TEST(huge_sparse_file)
{
    struct rawfile raw;
    struct raw_image image;
    struct profile_error error = {.text = ""};
    build();
    raw_build_header(&b)->size = raw_build_header(&b)->used = (uint64_t)1 << 40;
    char *path = raw_build_write(&b, b.used);
    ck_assert_int_eq(truncate(path, (off_t)1 << 40), 0);
    ck_assert_int_eq(rawfile_look(path, &raw, &error), 0);
    ck_assert_int_eq(raw_image_read(&raw, &image, &error), -1);
    ck_assert_int_eq(error.offset, offsetof(struct raw_header, used));
    rawfile_free(&raw);
    unlink(path);
    free(path);
}
END_TEST

static struct rawfile look_at(uint32_t pid, uint64_t start_time)
{
    struct rawfile raw;
    struct profile_error error;
    build();
    raw_build_header(&b)->state = RAW_LIVE;
    raw_build_header(&b)->pid = pid;
    raw_build_header(&b)->start_time = start_time;
    char *path = raw_build_write(&b, b.used);
    ck_assert_int_eq(rawfile_look(path, &raw, &error), 0);
    free(path);
    return raw;
}

/* Field 22 of /proc/PID/stat of a process whose name holds no blank. */
static uint64_t start_time_of(uint32_t pid)
{
    char path[64];
    unsigned long long start = 0;
    snprintf(path, sizeof path, "/proc/%u/stat", pid);
    FILE *f = fopen(path, "re");
    ck_assert_ptr_nonnull(f);
    for (int i = 1; i < 22; i++)
        ck_assert_int_eq(fscanf(f, "%*s"), 0);
    ck_assert_int_eq(fscanf(f, "%llu", &start), 1);
    fclose(f);
    return start;
}

START_TEST(what_became_of_the_process)
{
    uint32_t me = (uint32_t)getpid();
    struct rawfile raw = look_at(me, start_time_of(me));
    ck_assert_int_eq(raw.state, RAWFILE_REPLACED); /* this process does not map it */
    int fd = open(raw.path, O_RDWR | O_CLOEXEC);
    void *map = mmap(NULL, RAW_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    char *path = strdup(raw.path);
    struct profile_error error;
    rawfile_free(&raw);
    ck_assert_int_eq(rawfile_look(path, &raw, &error), 0);
    ck_assert_int_eq(raw.state, RAWFILE_LIVE);
    ((struct raw_header *)map)->state = RAW_FINISHED;
    rawfile_free(&raw);
    ck_assert_int_eq(rawfile_look(path, &raw, &error), 0);
    ck_assert_int_eq(raw.state, RAWFILE_FINISHED);
    rawfile_free(&raw);
    munmap(map, RAW_PAGE);
    close(fd);
    unlink(path);
    free(path);
}
END_TEST

START_TEST(a_zombie_is_gone)
{
    pid_t child = fork();
    if (child == 0)
        _exit(0);
    siginfo_t info;
    ck_assert_int_eq(waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT), 0);
    struct rawfile raw = look_at((uint32_t)child, start_time_of((uint32_t)child));
    ck_assert_int_eq(raw.state, RAWFILE_GONE);
    unlink(raw.path);
    rawfile_free(&raw);
    waitpid(child, NULL, 0);
}
END_TEST

START_TEST(a_pid_that_was_given_again)
{
    uint32_t me = (uint32_t)getpid();
    struct rawfile raw = look_at(me, start_time_of(me) - 1);
    ck_assert_int_eq(raw.state, RAWFILE_GONE);
    unlink(raw.path);
    rawfile_free(&raw);
}
END_TEST

START_TEST(no_raw_files)
{
    static const struct {
        const char *path;
        int64_t offset;
    } cases[] = {{"/nowhere/x.raw", -1},
                 {"/tmp", -1},
                 {"/dev/zero", -1},
                 {"/proc/self/exe", -1},
                 {"/etc/passwd", 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct rawfile raw;
        struct profile_error error = {.text = ""};
        ck_assert_int_eq(rawfile_look(cases[i].path, &raw, &error), -1);
        ck_assert_msg(error.offset == cases[i].offset && error.text[0], "%s", cases[i].path);
        ck_assert(!rawfile_has_magic(cases[i].path));
    }
}
END_TEST

START_TEST(another_version)
{
    struct rawfile raw;
    struct profile_error error;
    build();
    raw_build_header(&b)->version++;
    char *path = raw_build_write(&b, b.used);
    ck_assert(rawfile_has_magic(path));
    ck_assert_int_eq(rawfile_look(path, &raw, &error), -1);
    ck_assert_int_eq(error.offset, 8);
    unlink(path);
    free(path);
}
END_TEST

/* The list has raw files only, the latest start first. */
START_TEST(list_of_a_folder)
{
    char folder[] = "/tmp/cprof-test-XXXXXX";
    struct rawfile *list;
    size_t n;
    ck_assert_ptr_nonnull(mkdtemp(folder));
    ck_assert_int_eq(chdir(folder), 0);
    static const char *const names[] = {"b.raw", "a.raw", "c.raw", "other", "text.raw"};
    for (int i = 0; i < 5; i++) {
        build();
        raw_build_header(&b)->realtime_ns = i == 2 ? 900 : 100;
        char *path = raw_build_write(&b, i == 4 ? 3 : b.used);
        ck_assert_int_eq(rename(path, names[i]), 0);
        free(path);
    }
    ck_assert_int_eq(mkdir("folder.raw", 0700), 0);
    ck_assert_int_eq(rawfile_list(folder, &list, &n), 0);
    ck_assert_uint_eq(n, 3);
    ck_assert_str_eq(strrchr(list[0].path, '/'), "/c.raw");
    ck_assert_str_eq(strrchr(list[1].path, '/'), "/a.raw");
    ck_assert_str_eq(strrchr(list[2].path, '/'), "/b.raw");
    rawfile_list_free(list, n);
    for (int i = 0; i < 5; i++)
        unlink(names[i]);
    rmdir("folder.raw");
    rmdir(folder);
    ck_assert_int_eq(rawfile_list(folder, &list, &n), -1);
    ck_assert_int_eq(errno, ENOENT);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("raw_read");
    TCase *c = tcase_create("raw_read");
    tcase_set_timeout(c, 120);
    tcase_add_test(c, whole);
    tcase_add_test(c, cut_off_anywhere);
    tcase_add_test(c, any_byte_wrong);
    tcase_add_test(c, impossible_references_are_counted);
    tcase_add_test(c, references_into_another_thread);
    tcase_add_test(c, levels_of_another_thread);
    tcase_add_test(c, block_that_was_never_written);
    tcase_add_test(c, module_that_does_not_fit);
    tcase_add_test(c, full_file);
    tcase_add_test(c, huge_sparse_file);
    tcase_add_test(c, what_became_of_the_process);
    tcase_add_test(c, a_zombie_is_gone);
    tcase_add_test(c, a_pid_that_was_given_again);
    tcase_add_test(c, no_raw_files);
    tcase_add_test(c, another_version);
    tcase_add_test(c, list_of_a_folder);
    suite_add_tcase(s, c);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed != 0;
}
