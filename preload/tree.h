/*
 * tree.h - the calling-context tree of one thread, with recursion folded, and the level records
 * that make it cProfile's numbers. Layout and picture: format/raw.h.
 *
 * Everything that is written stands in the arena, where other processes read it; what only finds
 * things (the hash tables) is memory of the process.
 *
 *   children   (home, function)                      -> node; holds numbers, the key is in the node
 *   levels     (0, function's identity)              -> level of the function
 *              (caller function's level, function)   -> level of the edge
 *              (edge's level, none)                  -> node that contexts past the cap share
 *              (node, function)                      -> caller above, below that caller above or
 * root
 *
 * A child is found by a probe of `children` in the hook, without a call and without a branch that
 * depends on which callee it is. Rejected: sibling lists (140 ns a call for 64 callees of one
 * caller), and a cache of the callee called last (a mispredicted branch where callees alternate).
 *
 * A tree belongs to one thread. Functions here take addresses and ticks as arguments: no clock is
 * read and no stack is looked at.
 */
#ifndef CPROF_PRELOAD_TREE_H
#define CPROF_PRELOAD_TREE_H

#include "preload/arena.h"
#include <stdbool.h>
#include <stdint.h>

/* Open-addressing hash from (context, fn) to a number; value 0 marks a free entry. */
struct tree_entry {
    uint64_t fn;
    uint32_t context;
    uint32_t value;
};

struct tree_table {
    struct tree_entry *entries; /* 1 << bits of them, at most half of them used */
    uint32_t bits;
    uint32_t used;
};

/* Nodes or levels that were taken from the arena and are not used yet: numbers next to end - 1. */
struct tree_pool {
    uint32_t next;
    uint32_t end;
    uint32_t pages; /* of the next block to take */
};

struct tree {
    uint32_t *children;   /* node numbers, 0: free; at most half of them used */
    uint32_t child_shift; /* 64 - log2 of their number */
    uint32_t child_count;
    struct tree_table levels;
    struct tree_pool node_pool;
    struct tree_pool level_pool;
    uint32_t spare_level;  /* skipped to align a pair; 0: none */
    uint32_t unused;       /* page of the first of its blocks that tree_clear emptied; 0: none */
    uint32_t thread;       /* number of the raw_thread, for the blocks */
    struct raw_node *root; /* fn RAW_ROOT */
    struct raw_node *lost; /* fn RAW_LOST: stands in for nodes that found no memory */
};

/* Called before the first call of a function in a context is recorded. Returns what the function is
   known by, which an address is not once libraries are unloaded (modules.h). NULL: the address. */
extern HIDDEN uint64_t (*tree_identity)(uint64_t fn);

/* Gives functions from START to before END, in all trees, the epoch NEW in place of OLD (raw.h).
   Other threads may be in hooks, but for functions elsewhere. */
void tree_change_epoch(uint64_t start, uint64_t end, uint64_t old, uint64_t new);

static inline struct raw_node *tree_node(uint32_t number)
{
    return (struct raw_node *)arena_base + number;
}

static inline uint32_t tree_number(const struct raw_node *node)
{
    return (uint32_t)(node - (struct raw_node *)arena_base);
}

static inline struct raw_node *tree_parent(const struct raw_node *node)
{
    return tree_node(node->parent & ~RAW_NODE_SHARED);
}

static inline struct raw_level *tree_level(uint32_t number)
{
    return (struct raw_level *)arena_base + number;
}

/* A new tree of only root and lost; false: no memory. */
bool tree_init(struct tree *t, uint32_t thread);

/* Empties the tree: every node but root and lost becomes unused again, all counters zero. Its
   blocks stay its own. */
void tree_clear(struct tree *t);

/* Frees the memory outside of the arena. */
void tree_free(struct tree *t);

/* Where the search for a child begins. Multiplying carries the low bits of both to the top. */
static inline size_t tree_child_slot(const struct tree *t, const struct raw_node *home, uint64_t fn)
{
    return (fn ^ (uintptr_t)home << 26) * UINT64_C(0x9E3779B97F4A7C15) >> t->child_shift;
}

static inline bool tree_is_child(const struct raw_node *node, const struct raw_node *home,
                                 uint64_t fn)
{
    return node->fn == fn && node->parent == tree_number(home);
}

/* The node for calls of FN in the context HOME if the first probe hits it, else NULL. */
static inline struct raw_node *tree_try_child(const struct tree *t, const struct raw_node *home,
                                              uint64_t fn)
{
    struct raw_node *node = tree_node(t->children[tree_child_slot(t, home, fn)]);
    return __builtin_expect(tree_is_child(node, home, fn), 1) ? node : NULL;
}

/* The same node if there is one, else NULL. */
struct raw_node *tree_find_child(const struct tree *t, const struct raw_node *home, uint64_t fn);

/* The same, made where it is missing. Returns t->lost where there is no memory. */
struct raw_node *tree_child(struct tree *t, const struct raw_node *home, uint64_t fn);

/* The node of FN as a caller above, under PARENT, which is root or such a node; of a function that
   is among its ancestors, that ancestor. It is no function's call, has the root's level, and is
   nobody's child for tree_child. PARENT where there is no memory. */
struct raw_node *tree_above(struct tree *t, struct raw_node *parent, uint64_t fn);

/* A call of NODE begins at NOW; ENTERS counts the thread's enter events, this one included.
   cProfile's rule: only the outermost open call of a function, and of an edge, takes time. */
static inline void tree_open(const struct raw_node *node, uint64_t now, uint64_t enters)
{
    struct raw_level *function = tree_level(node->fn_level);
    struct raw_level *edge = tree_level(node->edge_level);
    if (function->level++ == 0) {
        function->total -= now;
        function->inside -= enters;
    }
    if (edge->level++ == 0) {
        edge->total -= now;
        edge->inside -= enters;
    }
}

/* The innermost open call of NODE, begun at START, ends at NOW. */
static inline void tree_close(struct raw_node *node, uint64_t start, uint64_t now, uint64_t enters)
{
    struct raw_level *function = tree_level(node->fn_level);
    struct raw_level *edge = tree_level(node->edge_level);
    uint64_t elapsed = now - start;
    if (elapsed < node->min)
        node->min = elapsed;
    if (elapsed > node->max)
        node->max = elapsed;
    if (--function->level == 0) {
        function->total += now;
        function->inside += enters;
    } else {
        function->recursive++;
    }
    if (--edge->level == 0) {
        edge->total += now;
        edge->inside += enters;
    } else {
        edge->recursive++;
    }
}

/* A frame of NODE that was open when the process forked is open in the child, too, without being a
   call of the child: its end will count one recursive call less than it seems (raw_level). */
void tree_carry(const struct raw_node *node, uint64_t now, uint64_t enters);

/* Checks what must hold between nodes and levels; for tests. */
bool tree_is_valid(const struct tree *t);

#endif
