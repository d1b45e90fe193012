#include "test/unit/raw_build.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "symbolize/publish.h"

#define NODES_PER_THREAD  63
#define LEVELS_PER_THREAD 126

/* A thread's blocks are a page each, in this order. */
enum { THREAD_PAGE, NODES_PAGE, LEVELS_PAGE };

static void end_test(const char *why)
{
    perror(why);
    abort();
}

struct raw_header *raw_build_header(struct raw_build *b)
{
    return (struct raw_header *)b->bytes;
}

void raw_build_start(struct raw_build *b)
{
    memset(b, 0, sizeof *b);
    b->used = RAW_PAGE;
    struct raw_header *h = raw_build_header(b);
    memcpy(h->magic, "CPROFRAW", 8);
    h->version = RAW_VERSION;
    h->state = RAW_FINISHED;
    h->size = sizeof b->bytes;
    h->pid = h->session_pid = 4711;
    h->start_time = h->session_start = 99;
    h->session_random = 0xabc;
    h->realtime_ns = 1000000000;
    h->clock = RAW_CLOCK_TSC;
    h->first = (struct raw_anchor){.ticks = 1000, .ns = 5};
    h->last = (struct raw_anchor){.ticks = 1100, .ns = 100000000005};
    memcpy(h->out_name, "out.prof", 8);
    memcpy(h->command, "./app\0-x", 9);
    h->command_size = 9;
}

/* Returns the offset of the contents of a new block of one page. */
static size_t add_block(struct raw_build *b, uint32_t kind, uint32_t thread)
{
    struct raw_block *block = (struct raw_block *)(b->bytes + b->used);
    if (b->used == sizeof b->bytes)
        end_test("raw_build: full");
    *block = (struct raw_block){.kind = kind, .pages = 1, .thread = thread};
    b->used += RAW_PAGE;
    raw_build_header(b)->used = b->used;
    return b->used - RAW_PAGE + 64;
}

uint32_t raw_build_thread(struct raw_build *b)
{
    uint32_t thread = (uint32_t)(add_block(b, RAW_THREAD, 0) / 64);
    uint32_t root = (uint32_t)(add_block(b, RAW_NODES, thread) / 64);
    add_block(b, RAW_LEVELS, thread);
    *raw_build_thread_at(b, thread) =
        (struct raw_thread){.tid = 4711, .name = "app", .root = root, .last = 1000};
    *raw_build_node_at(b, root) =
        (struct raw_node){.fn = RAW_ROOT, .parent = root, .home = root, .min = UINT64_MAX};
    return thread;
}

struct raw_thread *raw_build_thread_at(struct raw_build *b, uint32_t thread)
{
    return (struct raw_thread *)(b->bytes + (size_t)thread * 64);
}

struct raw_node *raw_build_node_at(struct raw_build *b, uint32_t node)
{
    return (struct raw_node *)(b->bytes + (size_t)node * 64);
}

uint32_t raw_build_level(struct raw_build *b, uint32_t thread, struct raw_level level)
{
    uint32_t number = (thread * 64 + LEVELS_PAGE * RAW_PAGE) / 32;
    struct raw_level *at = (struct raw_level *)b->bytes + number;
    for (int i = 0; i < LEVELS_PER_THREAD; i++, at++, number++) {
        if (at->used)
            continue;
        *at = level;
        at->used = 1;
        return number;
    }
    end_test("raw_build: no level left");
    return 0;
}

uint32_t raw_build_node(struct raw_build *b, uint32_t thread, struct raw_node node)
{
    uint32_t root = raw_build_thread_at(b, thread)->root;
    for (uint32_t number = root + 1; number < root + NODES_PER_THREAD; number++) {
        struct raw_node *at = raw_build_node_at(b, number);
        if (at->fn)
            continue;
        *at = node;
        at->parent = node.parent ? node.parent : root;
        at->home = node.home ? node.home : number;
        return number;
    }
    end_test("raw_build: no node left");
    return 0;
}

void raw_build_module(struct raw_build *b, uint64_t start, uint64_t end, uint64_t bias,
                      const char *path, const void *id, size_t id_size)
{
    struct raw_module *m = (struct raw_module *)(b->bytes + add_block(b, RAW_MODULE, 0));
    *m = (struct raw_module){.start = start,
                             .end = end,
                             .bias = bias,
                             .loaded = 1000,
                             .id_size = (uint32_t)id_size,
                             .path_size = (uint32_t)strlen(path)};
    if (id_size)
        memcpy(m->id, id, id_size);
    memcpy(m->path, path, strlen(path));
}

char *raw_build_write(const struct raw_build *b, size_t size)
{
    char *path = strdup("/tmp/cprof-test-XXXXXX.raw");
    int fd = path ? mkstemps(path, 4) : -1;
    if (fd < 0 || write(fd, b->bytes, size) != (ssize_t)size)
        end_test("raw_build: temporary file");
    close(fd);
    return path;
}

int raw_build_convert(const struct raw_build *b, size_t size, struct profile *out,
                      struct profile_error *error)
{
    struct rawfile raw;
    char *path = raw_build_write(b, size);
    int status = rawfile_look(path, &raw, error);
    if (status == 0) {
        struct resolver *r = resolver_new(NULL);
        status = publish_convert(r, &raw, out, error);
        resolver_free(r);
        rawfile_free(&raw);
    }
    unlink(path);
    free(path);
    return status;
}

const struct profile_function *raw_build_function(const struct profile *p, const char *name)
{
    for (size_t i = 0; i < p->nfunctions; i++)
        if (strcmp(p->functions[i].name.bytes, name) == 0)
            return &p->functions[i];
    return NULL;
}

const struct profile_caller *raw_build_caller(const struct profile *p, const char *callee,
                                              const char *caller)
{
    const struct profile_function *f = raw_build_function(p, callee);
    for (size_t i = 0; f && i < f->ncallers; i++)
        if (strcmp(p->functions[f->callers[i].function].name.bytes, caller) == 0)
            return &f->callers[i];
    return NULL;
}
