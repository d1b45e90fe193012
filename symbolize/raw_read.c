#include "symbolize/raw_read.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "symbolize/memory.h"

#define NONE         UINT32_MAX
#define READ_AT_ONCE ((uint64_t)1 << 20)
#define LARGEST_FILE                                                                               \
    ((uint64_t)sizeof(struct raw_level) << 32) /* level numbers reach no further                   \
                                                */
#define PATH_SIZE_MOST 4096

struct block {
    uint64_t start, end; /* offsets of its contents; end exclusive, within the file */
    uint32_t kind;
    uint32_t tree; /* index of its thread's tree, NONE: no such thread */
};

/* What is needed while the references are checked. */
struct reader {
    struct raw_image *image;
    struct block *blocks;
    uint32_t nblocks;
    uint32_t *block_of; /* by page: index of its block, or NONE */
    uint32_t *index_of; /* by node number: 1 + index in its tree, 0: not usable */
};

/* From the end to the beginning: a node of a live file is published after what it refers to, which
   lies before it, so that whatever a copied node refers to is copied later and is there. */
static void copy_file(int fd, char *bytes, uint64_t size)
{
    for (uint64_t end = size; end > 0;) {
        uint64_t start = (end - 1) / READ_AT_ONCE * READ_AT_ONCE;
        off_t data = lseek(fd, (off_t)start, SEEK_DATA);
        if (data >= 0 && (uint64_t)data < end) {
            uint64_t at = start;
            ssize_t n = 1;
            while (at < end && n > 0) {
                n = pread(fd, bytes + at, end - at, (off_t)at);
                at += n > 0 ? (uint64_t)n : 0;
            }
        }
        end = start;
    }
}

/* How many bytes of the file are in use, of SIZE bytes that it has. */
static uint64_t bytes_in_use(const struct raw_header *h, uint64_t size)
{
    uint64_t used = h->used_last ? h->used_last : h->used;
    return used < size ? used : size;
}

static int fail(struct profile_error *error, int64_t offset, const char *text)
{
    snprintf(error->text, sizeof error->text, "%s", text);
    error->offset = offset;
    return -1;
}

static int check_size(uint64_t used, struct profile_error *error)
{
    if (used >= RAW_PAGE && used <= LARGEST_FILE)
        return 0;
    return fail(error, offsetof(struct raw_header, used), "impossible size in the header");
}

/* Sets IMAGE's bytes and size, bytes to be freed. */
static int load(const struct rawfile *file, struct raw_image *image, struct profile_error *error)
{
    struct stat st;
    struct raw_header h;
    int fd = rawfile_open(file->path);
    if (fd < 0)
        return fail(error, -1, strerror(errno));
    if (fstat(fd, &st) < 0 || pread(fd, &h, sizeof h, 0) != (ssize_t)sizeof h ||
        memcmp(h.magic, RAW_MAGIC, sizeof h.magic) != 0 || h.version != RAW_VERSION) {
        close(fd);
        return fail(error, 0, "the file was replaced while it was read");
    }
    image->size = bytes_in_use(&h, (uint64_t)st.st_size);
    if (check_size(image->size, error) < 0) {
        close(fd);
        return -1;
    }
    image->bytes = calloc(1, image->size);
    if (image->bytes)
        copy_file(fd, image->bytes, image->size);
    close(fd);
    return image->bytes ? 0 : fail(error, -1, "too large for this machine's memory");
}

/* ---- blocks ---- */

static bool is_kind(uint32_t kind)
{
    return kind == RAW_THREAD || kind == RAW_NODES || kind == RAW_LEVELS || kind == RAW_MODULE;
}

/* Returns the offset behind the block at AT, and the block in *out if there is one. */
static uint64_t next_block(struct raw_image *image, uint64_t at, struct block *out)
{
    const struct raw_block *b = (const void *)(image->bytes + at);
    uint64_t room = image->size - at;
    out->kind = 0;
    if (room < RAW_PAGE || b->kind == 0 || b->pages == 0)
        return at + RAW_PAGE;
    if (!is_kind(b->kind)) {
        image->damaged++;
        return at + RAW_PAGE;
    }
    uint64_t length = (uint64_t)b->pages * RAW_PAGE;
    if (length > room) {
        image->damaged++;
        length = room;
    }
    *out =
        (struct block){.start = at + sizeof *b, .end = at + length, .kind = b->kind, .tree = NONE};
    return at + length;
}

static void walk_blocks(struct reader *r)
{
    struct raw_image *image = r->image;
    uint32_t room = 64;
    r->blocks = memory_grow(NULL, room, sizeof *r->blocks);
    for (uint64_t at = RAW_PAGE, next; at < image->size; at = next) {
        struct block b;
        next = next_block(image, at, &b);
        for (uint64_t page = at; page < next && page < image->size; page += RAW_PAGE)
            r->block_of[page / RAW_PAGE] = b.kind ? r->nblocks : NONE;
        if (!b.kind)
            continue;
        if (r->nblocks == room)
            r->blocks = memory_grow(r->blocks, room = 2 * room, sizeof *r->blocks);
        r->blocks[r->nblocks++] = b;
    }
}

/* The block that holds SIZE bytes at OFFSET among its contents, or NULL. */
static struct block *block_at(const struct reader *r, uint64_t offset, uint64_t size)
{
    if (offset < RAW_PAGE || offset >= r->image->size)
        return NULL;
    uint32_t i = r->block_of[offset / RAW_PAGE];
    if (i == NONE)
        return NULL;
    struct block *b = &r->blocks[i];
    return offset >= b->start && offset <= b->end && b->end - offset >= size ? b : NULL;
}

/* The block of the thread with that number, of whatever profile; NULL: there is none. */
static const struct block *thread_block(const struct reader *r, uint32_t number)
{
    uint64_t offset = (uint64_t)number * sizeof(struct raw_block);
    const struct block *b = block_at(r, offset, sizeof(struct raw_thread));
    return b && b->kind == RAW_THREAD && b->start == offset ? b : NULL;
}

/* Index of the tree of the thread with that number (offset / 64), or NONE. */
static uint32_t tree_of_thread(const struct reader *r, uint32_t number)
{
    const struct block *b = thread_block(r, number);
    return b ? b->tree : NONE;
}

static void add_module(struct raw_image *image, const struct block *b)
{
    const struct raw_module *m = (const void *)(image->bytes + b->start);
    if (b->end - b->start < sizeof *m || m->end == 0)
        return;
    if (m->start >= m->end || m->id_size > RAW_ID_MAX || m->path_size > PATH_SIZE_MOST ||
        m->path_size > b->end - b->start - sizeof *m) {
        image->damaged++;
        return;
    }
    image->modules[image->nmodules++] = m;
}

/* Threads and modules; then each other block is given its thread. */
static void find_threads_and_modules(struct reader *r)
{
    struct raw_image *image = r->image;
    image->trees = memory_grow(NULL, r->nblocks, sizeof *image->trees);
    image->modules = memory_grow(NULL, r->nblocks, sizeof *image->modules);
    for (struct block *b = r->blocks; b < r->blocks + r->nblocks; b++) {
        if (b->kind == RAW_MODULE)
            add_module(image, b);
        if (b->kind != RAW_THREAD || b->end - b->start < sizeof(struct raw_thread))
            continue;
        const struct raw_thread *thread = (const void *)(image->bytes + b->start);
        if (thread->profile != image->header->profile)
            continue;
        b->tree = image->ntrees++;
        image->trees[b->tree] = (struct raw_tree){.thread = thread};
    }
    for (struct block *b = r->blocks; b < r->blocks + r->nblocks; b++) {
        if (b->kind != RAW_NODES && b->kind != RAW_LEVELS)
            continue;
        const struct raw_block *head = (const void *)(image->bytes + b->start - sizeof *head);
        b->tree = tree_of_thread(r, head->thread);
        image->damaged += b->tree == NONE && !thread_block(r, head->thread);
    }
}

/* ---- nodes ---- */

static const struct raw_node *nodes_of(const struct reader *r, const struct block *b, uint64_t *n)
{
    *n = (b->end - b->start) / sizeof(struct raw_node);
    return (const void *)(r->image->bytes + b->start);
}

static void make_room_for_nodes(const struct reader *r)
{
    static const struct raw_node no_root = {.fn = RAW_ROOT};
    struct raw_image *image = r->image;
    uint64_t n;
    for (const struct block *b = r->blocks; b < r->blocks + r->nblocks; b++) {
        if (b->kind != RAW_NODES || b->tree == NONE)
            continue;
        const struct raw_node *nodes = nodes_of(r, b, &n);
        for (uint64_t i = 0; i < n; i++)
            image->trees[b->tree].nnodes += nodes[i].fn > RAW_LOST;
    }
    for (struct raw_tree *t = image->trees; t < image->trees + image->ntrees; t++) {
        t->nodes = memory_grow(NULL, t->nnodes + (size_t)1, sizeof *t->nodes);
        t->nodes[0] = (struct raw_tree_node){.raw = &no_root};
        t->nnodes = 1;
    }
}

/* Index of node NUMBER in the tree, where it has been read already; NONE otherwise. */
static uint32_t node_index(const struct reader *r, uint32_t tree, uint32_t number)
{
    const struct block *b =
        block_at(r, (uint64_t)number * sizeof(struct raw_node), sizeof(struct raw_node));
    return b && b->kind == RAW_NODES && b->tree == tree ? r->index_of[number] - 1 : NONE;
}

static bool is_level(const struct reader *r, uint32_t tree, uint32_t number)
{
    uint64_t offset = (uint64_t)number * sizeof(struct raw_level);
    if (number == 0)
        return true;
    const struct block *b = block_at(r, offset, sizeof(struct raw_level));
    return b && b->kind == RAW_LEVELS && b->tree == tree &&
           raw_image_level(r->image, number)->used == 1;
}

static void add_node(struct reader *r, uint32_t tree, const struct raw_node *raw, uint32_t number)
{
    struct raw_tree *t = &r->image->trees[tree];
    struct raw_tree_node node = {.raw = raw};
    node.parent = node_index(r, tree, raw->parent & ~RAW_NODE_SHARED);
    node.home = raw->home == number ? t->nnodes : node_index(r, tree, raw->home);
    if (node.parent == NONE || node.home == NONE || !is_level(r, tree, raw->fn_level) ||
        !is_level(r, tree, raw->edge_level) ||
        (raw->home != number && t->nodes[node.home].raw->fn != raw->fn)) {
        r->image->damaged++;
        return;
    }
    node.parent = t->nodes[node.parent].home;
    node.home = raw->home == number ? t->nnodes : t->nodes[node.home].home;
    r->index_of[number] = t->nnodes + 1;
    t->nodes[t->nnodes++] = node;
}

/* What was called below calls without a node counts as called by nobody. */
static void add_nodes(struct reader *r, const struct block *b)
{
    uint64_t n;
    const struct raw_node *nodes = nodes_of(r, b, &n);
    struct raw_tree *t = &r->image->trees[b->tree];
    for (uint64_t i = 0; i < n; i++) {
        uint32_t number = (uint32_t)(b->start / sizeof *nodes + i);
        if (nodes[i].fn > RAW_LOST) {
            add_node(r, b->tree, &nodes[i], number);
        } else if (nodes[i].fn != 0) {
            r->index_of[number] = 1;
            if (nodes[i].fn == RAW_ROOT)
                t->nodes[0].raw = &nodes[i];
            else
                t->lost += nodes[i].calls;
        }
    }
}

static void find_current(const struct reader *r, struct raw_tree *t)
{
    uint64_t number = t->thread->current / sizeof(struct raw_node);
    uint32_t i = NONE;
    if (number <= UINT32_MAX)
        i = node_index(r, (uint32_t)(t - r->image->trees), (uint32_t)number);
    t->current = i == NONE ? 0 : i;
    uint32_t other = tree_of_thread(r, t->thread->interrupts);
    t->interrupts = other == NONE ? (uint32_t)(t - r->image->trees) : other;
}

/* Callers above share the root's level. */
static void count_open_above(const struct reader *r, struct raw_tree *t)
{
    uint32_t level = t->nodes[0].raw->fn_level;
    if (t->thread->profile != 0 && level != 0 &&
        is_level(r, (uint32_t)(t - r->image->trees), level))
        t->open_above = raw_image_level(r->image, level)->level;
}

/* Calls that were open at a fork leave nodes without calls and perhaps without time. */
static void prune(struct raw_tree *t)
{
    uint32_t *kept = memory_zeroed(t->nnodes, sizeof *kept);
    kept[0] = kept[t->current] = 1;
    for (uint32_t i = t->nnodes; i-- > 0;) {
        const struct raw_tree_node *node = &t->nodes[i];
        bool has_time = node->raw->self && !raw_tree_is_above(t, node->raw);
        if (kept[i] || node->raw->calls || has_time)
            kept[i] = kept[node->parent] = kept[node->home] = 1;
    }
    uint32_t n = 0;
    for (uint32_t i = 0; i < t->nnodes; i++) {
        if (!kept[i])
            continue;
        kept[i] = n;
        t->nodes[n++] = (struct raw_tree_node){.raw = t->nodes[i].raw,
                                               .parent = kept[t->nodes[i].parent],
                                               .home = kept[t->nodes[i].home]};
    }
    t->current = kept[t->current];
    t->nnodes = n;
    free(kept);
}

static void read_trees(struct reader *r)
{
    struct raw_image *image = r->image;
    make_room_for_nodes(r);
    for (const struct block *b = r->blocks; b < r->blocks + r->nblocks; b++)
        if (b->kind == RAW_NODES && b->tree != NONE)
            add_nodes(r, b);
    for (struct raw_tree *t = image->trees; t < image->trees + image->ntrees; t++)
        find_current(r, t);
    for (struct raw_tree *t = image->trees; t < image->trees + image->ntrees; t++)
        count_open_above(r, t);
    for (struct raw_tree *t = image->trees; t < image->trees + image->ntrees; t++)
        prune(t);
}

/* Finds in IMAGE, whose bytes are there, what is sound. */
static void read_image(struct raw_image *image)
{
    struct reader r = {.image = image};
    image->header = (const void *)image->bytes;
    r.block_of = memory_zeroed(image->size / RAW_PAGE + 1, sizeof *r.block_of);
    r.index_of = memory_zeroed(image->size / sizeof(struct raw_node) + 1, sizeof *r.index_of);
    walk_blocks(&r);
    find_threads_and_modules(&r);
    read_trees(&r);
    free(r.blocks);
    free(r.block_of);
    free(r.index_of);
}

int raw_image_read(const struct rawfile *file, struct raw_image *out, struct profile_error *error)
{
    *out = (struct raw_image){.state = file->state};
    if (load(file, out, error) < 0)
        return -1;
    read_image(out);
    return 0;
}

int raw_image_parse(const void *bytes, uint64_t size, enum rawfile_state state,
                    struct raw_image *out, struct profile_error *error)
{
    *out = (struct raw_image){.state = state};
    if (size < sizeof(struct raw_header))
        return fail(error, 0, "not a raw file of cprof: cut off in its header");
    out->size = bytes_in_use(bytes, size);
    if (check_size(out->size, error) < 0)
        return -1;
    out->bytes = memory_grow(NULL, out->size, 1);
    memcpy(out->bytes, bytes, out->size);
    read_image(out);
    return 0;
}

void raw_image_free(struct raw_image *image)
{
    for (uint32_t i = 0; i < image->ntrees; i++)
        free(image->trees[i].nodes);
    free(image->trees);
    free(image->modules);
    free(image->bytes);
    *image = (struct raw_image){0};
}

const struct raw_level *raw_image_level(const struct raw_image *image, uint32_t number)
{
    return (const void *)(image->bytes + (uint64_t)number * sizeof(struct raw_level));
}
