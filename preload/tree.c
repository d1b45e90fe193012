#include "preload/tree.h"
#include "preload/sys.h"
#include <string.h>

#define FIRST_BITS     8u          /* 4 KiB of level entries to begin with */
#define FIRST_CHILDREN 10u         /* 4 KiB of children */
#define MOST_PAGES     64u         /* blocks grow up to 256 KiB */
#define EDGE           0x80000000u /* marks, in a context, the level of a caller's function */

uint64_t (*tree_identity)(uint64_t fn);

/* ---- the table of levels ---- */

static uint32_t slot_of(const struct tree_table *table, uint32_t context, uint64_t fn)
{
    uint64_t h = fn * UINT64_C(0x9E3779B97F4A7C15) ^ context * UINT64_C(0xC2B2AE3D27D4EB4F);
    return (uint32_t)((h ^ h >> 32) * UINT64_C(0x9E3779B97F4A7C15) >> (64 - table->bits));
}

/* The entry of the key, or the free one where it belongs. */
static struct tree_entry *probe(const struct tree_table *table, uint32_t context, uint64_t fn)
{
    uint32_t mask = (1u << table->bits) - 1;
    uint32_t i = slot_of(table, context, fn);
    struct tree_entry *entry = &table->entries[i];
    while (entry->value != 0 && (entry->fn != fn || entry->context != context)) {
        i = (i + 1) & mask;
        entry = &table->entries[i];
    }
    return entry;
}

static bool table_init(struct tree_table *table, uint32_t bits)
{
    table->entries = sys_memory(sizeof(struct tree_entry) << bits);
    table->bits = bits;
    table->used = 0;
    return table->entries != NULL;
}

static void table_free(struct tree_table *table)
{
    if (table->entries != NULL)
        sys_release(table->entries, sizeof(struct tree_entry) << table->bits);
    table->entries = NULL;
}

static bool table_grow(struct tree_table *table)
{
    struct tree_table bigger;
    if (table->bits >= 31 || !table_init(&bigger, table->bits + 1))
        return false;
    for (uint32_t i = 0; i < 1u << table->bits; i++) {
        const struct tree_entry *entry = &table->entries[i];
        if (entry->value != 0)
            *probe(&bigger, entry->context, entry->fn) = *entry;
    }
    bigger.used = table->used;
    struct tree_table old = *table;
    *table = bigger; /* first: a handler may jump out of the system call */
    table_free(&old);
    return true;
}

/* Room for one entry more? */
static bool table_has_room(struct tree_table *table)
{
    return table->used < 1u << (table->bits - 1) || table_grow(table);
}

static void table_add(struct tree_table *table, uint32_t context, uint64_t fn, uint32_t value)
{
    *probe(table, context, fn) = (struct tree_entry){fn, context, value};
    table->used++;
}

/* ---- the table of children ---- */

static size_t children_size(const struct tree *t)
{
    return (size_t)1 << (64 - t->child_shift);
}

static bool children_init(struct tree *t, uint32_t bits)
{
    t->children = sys_memory(sizeof(uint32_t) << bits);
    t->child_shift = 64 - bits;
    t->child_count = 0;
    return t->children != NULL;
}

static void children_free(struct tree *t)
{
    if (t->children != NULL)
        sys_release(t->children, sizeof(uint32_t) * children_size(t));
    t->children = NULL;
}

/* The place of a child of HOME: where it is, or the free one where it belongs, whatever epoch
   children have got since. */
static uint32_t *probe_child(const struct tree *t, const struct raw_node *home, uint64_t fn)
{
    size_t mask = children_size(t) - 1;
    size_t i = tree_child_slot(t, home, fn & RAW_ADDRESS);
    while (t->children[i] != 0 && !tree_is_child(tree_node(t->children[i]), home, fn))
        i = (i + 1) & mask;
    return &t->children[i];
}

static bool children_have_room(struct tree *t)
{
    if (t->child_count < children_size(t) / 2)
        return true;
    struct tree bigger = {.children = NULL};
    if (t->child_shift <= 32 || !children_init(&bigger, 64 - t->child_shift + 1))
        return false;
    for (size_t i = 0; i < children_size(t); i++) {
        const struct raw_node *node = tree_node(t->children[i]);
        if (t->children[i] != 0)
            *probe_child(&bigger, tree_node(node->parent), node->fn) = t->children[i];
    }
    struct tree old = *t;
    t->children = bigger.children; /* first: a handler may jump out of the system call */
    t->child_shift = bigger.child_shift;
    children_free(&old);
    return true;
}

/* ---- memory for nodes and levels ---- */

/* A block of KIND that tree_clear emptied; NULL: none is left. */
static struct raw_block *reuse(struct tree *t, enum raw_kind kind)
{
    for (uint32_t *link = &t->unused; *link != 0;) {
        struct raw_block *block = (void *)(arena_base + (size_t)*link * RAW_PAGE);
        if (block->kind == kind) {
            *link = block->next;
            return block;
        }
        link = &block->next;
    }
    return NULL;
}

static bool pool_fill(struct tree *t, struct tree_pool *pool, enum raw_kind kind, size_t size)
{
    struct raw_block *block = reuse(t, kind);
    if (block == NULL) {
        uint32_t pages = pool->pages ? pool->pages : 1;
        block = arena_block(kind, pages, t->thread);
        if (block == NULL)
            return false;
        pool->pages = pages < MOST_PAGES ? pages * 2 : MOST_PAGES;
    }
    const char *end = (char *)block + (size_t)block->pages * RAW_PAGE;
    pool->next = (uint32_t)((size_t)((char *)arena_contents(block) - arena_base) / size);
    pool->end = (uint32_t)((size_t)(end - arena_base) / size);
    return true;
}

static uint32_t new_node(struct tree *t)
{
    struct tree_pool *pool = &t->node_pool;
    if (pool->next == pool->end && !pool_fill(t, pool, RAW_NODES, sizeof(struct raw_node)))
        return 0;
    return pool->next++;
}

static uint32_t new_level(struct tree *t)
{
    struct tree_pool *pool = &t->level_pool;
    uint32_t number = t->spare_level;
    t->spare_level = 0;
    if (number == 0) {
        if (pool->next == pool->end && !pool_fill(t, pool, RAW_LEVELS, sizeof(struct raw_level)))
            return 0;
        number = pool->next++;
    }
    tree_level(number)->used = 1;
    return number;
}

/* A function and the first edge to it are used together: let them share a cache line. */
static void align_pair(struct tree *t)
{
    struct tree_pool *pool = &t->level_pool;
    if (t->spare_level == 0 && pool->next != pool->end && pool->next % 2 != 0)
        t->spare_level = pool->next++;
}

/* ---- nodes ---- */

/* The level of the key in `levels`, made where it is missing; 0: no memory. */
static uint32_t level_for(struct tree *t, uint32_t context, uint64_t fn)
{
    uint32_t level = probe(&t->levels, context, fn)->value;
    if (level != 0)
        return level;
    if (!table_has_room(&t->levels) || (level = new_level(t)) == 0)
        return 0;
    table_add(&t->levels, context, fn, level);
    return level;
}

/* The root, or a caller above. */
static bool is_above(const struct tree *t, const struct raw_node *node)
{
    return node->fn_level == t->root->fn_level;
}

/* Recursion is folded: a function among the ancestors is home to every further call of it. */
static uint32_t home_of(const struct tree *t, const struct raw_node *parent, uint64_t fn,
                        uint32_t self)
{
    for (const struct raw_node *n = parent; !is_above(t, n); n = tree_parent(n))
        if (n->fn == fn)
            return n->home;
    return self;
}

static uint32_t add_node(struct tree *t, const struct raw_node *parent, uint64_t fn,
                         uint32_t fn_level, uint32_t edge_level)
{
    uint32_t number = new_node(t);
    if (number == 0)
        return 0;
    struct raw_node *node = tree_node(number);
    node->min = UINT64_MAX;
    node->home = home_of(t, parent, fn, number);
    node->fn_level = fn_level;
    node->edge_level = edge_level;
    node->parent = tree_number(parent);
    __atomic_store_n(&node->fn, fn, __ATOMIC_RELEASE);
    return number;
}

/* Past the cap on nodes all contexts of one edge share one node. */
static uint32_t shared_node(struct tree *t, const struct raw_node *home, uint64_t fn,
                            uint32_t fn_level, uint32_t edge_level)
{
    uint32_t node = probe(&t->levels, edge_level | EDGE, RAW_ROOT)->value;
    if (node != 0 || !table_has_room(&t->levels))
        return node;
    node = add_node(t, home, fn, fn_level, edge_level);
    if (node == 0)
        return 0;
    tree_node(node)->parent |= RAW_NODE_SHARED;
    __atomic_fetch_add(&arena_header()->shared_nodes, 1, __ATOMIC_RELAXED);
    table_add(&t->levels, edge_level | EDGE, RAW_ROOT, node);
    return node;
}

static uint64_t identity_of(uint64_t fn)
{
    return tree_identity == NULL ? fn : tree_identity(fn);
}

static uint32_t make_child(struct tree *t, const struct raw_node *home, uint64_t fn)
{
    if (home == t->lost || !children_have_room(t))
        return 0;
    uint64_t identity = identity_of(fn);
    uint32_t returned = *probe_child(t, home, fn); /* its library is back, which was unloaded */
    if (returned != 0)
        return returned;
    if (probe(&t->levels, 0, identity)->value == 0)
        align_pair(t);
    uint32_t fn_level = level_for(t, 0, identity);
    uint32_t edge_level = fn_level == 0 ? 0 : level_for(t, home->fn_level | EDGE, identity);
    if (edge_level == 0)
        return 0;

    struct raw_header *header = arena_header();
    if (__atomic_load_n(&header->nodes, __ATOMIC_RELAXED) >= header->max_nodes)
        return shared_node(t, home, fn, fn_level, edge_level);
    uint32_t node = add_node(t, home, fn, fn_level, edge_level);
    if (node != 0) {
        __atomic_fetch_add(&header->nodes, 1, __ATOMIC_RELAXED);
        *probe_child(t, home, fn) = node;
        t->child_count++;
    }
    return node;
}

struct raw_node *tree_find_child(const struct tree *t, const struct raw_node *home, uint64_t fn)
{
    uint32_t number = *probe_child(t, home, fn);
    return number == 0 ? NULL : tree_node(number);
}

struct raw_node *tree_child(struct tree *t, const struct raw_node *home, uint64_t fn)
{
    uint32_t number = *probe_child(t, home, fn);
    if (number == 0)
        number = make_child(t, home, fn);
    return number == 0 ? t->lost : tree_node(number);
}

struct raw_node *tree_above(struct tree *t, struct raw_node *parent, uint64_t fn)
{
    for (struct raw_node *n = parent; n != t->root; n = tree_node(n->parent))
        if (n->fn == fn)
            return n;
    uint64_t identity = identity_of(fn);
    uint32_t number = probe(&t->levels, tree_number(parent), identity)->value;
    if (number == 0) {
        uint32_t level = t->root->fn_level;
        number = table_has_room(&t->levels) ? add_node(t, parent, fn, level, level) : 0;
        if (number == 0)
            return parent;
        table_add(&t->levels, tree_number(parent), identity, number);
    }
    return tree_node(number);
}

void tree_carry(const struct raw_node *node, uint64_t now, uint64_t enters)
{
    if (tree_level(node->fn_level)->level > 0)
        tree_level(node->fn_level)->recursive--;
    if (tree_level(node->edge_level)->level > 0)
        tree_level(node->edge_level)->recursive--;
    tree_open(node, now, enters);
}

/* A function's node changes between two hooks of other threads: it is only compared with addresses
   of functions that run, and none of these is among them. */
void tree_change_epoch(uint64_t start, uint64_t end, uint64_t old, uint64_t new)
{
    old <<= RAW_EPOCH_SHIFT;
    new <<= RAW_EPOCH_SHIFT;
    for (struct raw_block *b = arena_next(NULL); b != NULL; b = arena_next(b)) {
        if (b->kind != RAW_NODES)
            continue;
        struct raw_node *node = arena_contents(b);
        size_t n = ((size_t)b->pages * RAW_PAGE - sizeof *b) / sizeof *node;
        for (; n-- > 0; node++) {
            uint64_t fn = __atomic_load_n(&node->fn, __ATOMIC_ACQUIRE);
            if (fn - (start | old) < end - start)
                __atomic_store_n(&node->fn, (fn ^ old) | new, __ATOMIC_RELEASE);
        }
    }
}

/* ---- trees ---- */

/* Root and lost share a level, which is no function's. */
static struct raw_node *special_node(struct tree *t, uint64_t fn, uint32_t level)
{
    uint32_t number = new_node(t);
    if (number == 0)
        return NULL;
    struct raw_node *node = tree_node(number);
    node->home = number;
    node->min = UINT64_MAX;
    node->fn_level = level;
    node->edge_level = level;
    node->parent = t->root == NULL ? number : tree_number(t->root);
    __atomic_store_n(&node->fn, fn, __ATOMIC_RELEASE);
    return node;
}

static bool add_special_nodes(struct tree *t)
{
    uint32_t level = new_level(t);
    if (level == 0)
        return false;
    t->root = NULL;
    t->root = special_node(t, RAW_ROOT, level);
    t->lost = special_node(t, RAW_LOST, level);
    return t->root != NULL && t->lost != NULL;
}

bool tree_init(struct tree *t, uint32_t thread)
{
    memset(t, 0, sizeof *t);
    t->thread = thread;
    return children_init(t, FIRST_CHILDREN) && table_init(&t->levels, FIRST_BITS) &&
           add_special_nodes(t);
}

void tree_free(struct tree *t)
{
    children_free(t);
    table_free(&t->levels);
}

/* Empties the blocks of the tree and keeps them to be used again, in their order: for readers a
   node lies behind its parent. */
static void clear_blocks(struct tree *t)
{
    uint32_t *end = &t->unused;
    for (struct raw_block *b = arena_next(NULL); b != NULL; b = arena_next(b)) {
        if (b->thread != t->thread || (b->kind != RAW_NODES && b->kind != RAW_LEVELS))
            continue;
        memset(arena_contents(b), 0, (size_t)b->pages * RAW_PAGE - sizeof *b);
        *end = (uint32_t)((size_t)((char *)b - arena_base) / RAW_PAGE);
        end = &b->next;
    }
    *end = 0;
}

void tree_clear(struct tree *t)
{
    __atomic_fetch_sub(&arena_header()->nodes, t->child_count, __ATOMIC_RELAXED);
    clear_blocks(t);
    memset(t->children, 0, sizeof(uint32_t) * children_size(t));
    memset(t->levels.entries, 0, sizeof(struct tree_entry) << t->levels.bits);
    t->child_count = t->levels.used = 0;
    t->node_pool.end = t->node_pool.next = 0;
    t->level_pool.end = t->level_pool.next = 0;
    t->spare_level = 0;
    add_special_nodes(t);
}

static bool node_is_valid(const struct tree *t, const struct raw_node *node)
{
    const struct raw_node *home = tree_node(node->home);
    const struct raw_node *parent = tree_parent(node);
    return tree_level(node->fn_level)->used && tree_level(node->edge_level)->used &&
           home->fn == node->fn && home->home == node->home && parent->home == node->parent &&
           tree_level(node->edge_level)->level <= tree_level(node->fn_level)->level &&
           tree_find_child(t, parent, node->fn) == node;
}

bool tree_is_valid(const struct tree *t)
{
    if (t->root->fn != RAW_ROOT || t->lost->fn != RAW_LOST)
        return false;
    for (size_t i = 0; i < children_size(t); i++)
        if (t->children[i] != 0 && !node_is_valid(t, tree_node(t->children[i])))
            return false;
    return true;
}
