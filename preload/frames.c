#include "preload/frames.h"
#include "preload/clock.h"
#include "preload/stacks.h"
#include "preload/sys.h"
#include <string.h>

#define FIRST_SIZE 4096u

static void set_limit(struct thread *thread)
{
    thread->limit = frames_limit(thread->base, thread->frames_size);
}

bool frames_init(struct thread *thread)
{
    thread->base = sys_memory(FIRST_SIZE);
    if (thread->base == NULL)
        return false;
    thread->frames_size = FIRST_SIZE;
    set_limit(thread);
    frames_clear(thread);
    return true;
}

void frames_clear(struct thread *thread)
{
    stacks_free(thread);
    thread->skipped = 0;
    thread->scope_high = 0;
    thread->top = thread->base;
    thread->base->slot = thread->stack_high;
    thread->base->node = thread->base->home = thread->tree.root;
    frames_set_current(thread, thread->top);
}

/* Nothing is called from outside of a scope: the root's frame leads to no node there. */
static bool is_outside(const struct thread *thread, const struct frame *frame)
{
    return thread->scope_high != 0 && frame == thread->base && frame->home == thread->tree.lost;
}

bool frames_left_scope(const struct thread *thread, uintptr_t call_site, uintptr_t sp)
{
    const struct frame *scope = thread->base + 1;
    return thread->stack_high == thread->scope_high &&
           (thread->top == thread->base || !frames_is_live(scope, call_site, sp));
}

void frames_free(struct thread *thread)
{
    stacks_free(thread);
    if (thread->base != NULL)
        frames_release(thread->base, thread->frames_size);
}

void frames_release(struct frame *base, size_t size)
{
    if (size % FIRST_SIZE == 0)
        sys_release(base, size);
}

static bool is_overflow_mark(const struct thread *thread, const struct frame *frame)
{
    return frame > thread->limit;
}

/* The mark is no call: it has no start and no level, only a slot by which it is popped. */
static void drop_mark(struct thread *thread)
{
    thread->skipped = 0;
    thread->top--;
}

void frames_pop(struct thread *thread, const struct frame *keep, uint64_t now)
{
    if (thread->top > keep && is_overflow_mark(thread, thread->top))
        drop_mark(thread);
    while (thread->top > keep) {
        uint64_t is_counted = frames_is_counted(thread, thread->top);
        frames_close(thread, now);
        thread->raw->popped += is_counted;
        __atomic_signal_fence(__ATOMIC_SEQ_CST); /* a handler may jump out: one call at a time */
    }
}

/* SLOT comes with slots_is_own's bit, by which an equal slot counts as below it. */
static bool is_stale(const struct frame *frame, uintptr_t slot, const struct hook_call *call)
{
    return frame->slot < slot || (frame->slot == slot && (frame->call_site != call->call_site ||
                                                          frame->site == call->site));
}

/* A recursive function that was inlined into itself: its code calls the enter hook from several
   sites, all of them its own, and only the first of them has just been called. */
static bool is_inlined_into_itself(const struct frame *top, uintptr_t slot,
                                   const struct hook_call *call)
{
    bool found = false;
    for (const struct frame *f = top; f->slot == slot; f--) {
        if (f->site == call->site)
            return false;
        found = found || f->node->fn == call->fn;
    }
    return found;
}

/* Finds what shows frames to be stale: SLOT, without slots_is_own's bit where that tells nothing.
 */
static bool shows_stale(const struct thread *thread, uintptr_t *slot, const struct hook_call *call)
{
    if (slots_is_own(*slot) && is_inlined_into_itself(thread->top, slots_address(*slot), call))
        *slot = slots_address(*slot);
    return is_stale(thread->top, *slot, call);
}

/* Before frames go, it is made sure that they are this stack's: on another one, which may lie above
   or, if it is a signal handler's, within this one, the slot says nothing about them. */
struct frame *frames_resync(struct thread *thread, uintptr_t slot, const struct hook_call *call)
{
    uintptr_t given = slot;
    if (!shows_stale(thread, &slot, call))
        return thread->top;
    const struct frame *before = thread->base;
    uint64_t now = clock_ticks();
    if (!stacks_follow(thread, call->sp, now))
        return NULL;
    slot = thread->base == before ? slot : given;
    if (!shows_stale(thread, &slot, call))
        return thread->top;
    const struct frame *keep = thread->top;
    while (keep > thread->base && is_stale(keep, slot, call)) /* where ends are not known */
        keep--;
    frames_pop(thread, keep, now);
    stacks_entered(thread); /* perhaps all that was open there was another coroutine's */
    return thread->top;
}

/* A call from outside of the scope is none of its own. */
static struct raw_node *left(struct thread *thread)
{
    thread->raw->enters--;
    return NULL;
}

struct raw_node *frames_child(struct thread *thread, struct frame **parent, uintptr_t slot,
                              const struct hook_call *call)
{
    if (is_outside(thread, *parent))
        return left(thread);
    struct raw_node *node = tree_find_child(&thread->tree, (*parent)->home, call->fn);
    if (node != NULL)
        return node;
    for (const struct frame *f = *parent; f > thread->base && f->slot == slot; f--)
        if (f->site == call->site) {
            frames_pop(thread, f - 1, clock_ticks());
            *parent = thread->top;
            break;
        }
    if (is_outside(thread, *parent))
        return left(thread);
    return tree_child(&thread->tree, (*parent)->home, call->fn);
}

/* The old frames are given back last: a handler may jump out of the system call. */
static bool grow(struct thread *thread)
{
    struct frame *old = thread->base;
    size_t old_size = thread->frames_size;
    size_t size = (old_size + FIRST_SIZE - 1) / FIRST_SIZE * FIRST_SIZE * 2;
    struct frame *frames = sys_memory(size);
    if (frames == NULL)
        return false;
    memcpy(frames, old, old_size);
    thread->top = frames + (thread->top - old);
    thread->base = frames;
    thread->frames_size = size;
    set_limit(thread);
    frames_release(old, old_size);
    return true;
}

struct frame *frames_more(struct thread *thread, struct frame *parent, uintptr_t slot)
{
    ptrdiff_t depth = parent - thread->base;
    if (thread->skipped == 0 && grow(thread))
        return thread->base + depth + 1;
    if (thread->skipped++ == 0) {
        struct frame *mark = parent + 1;
        *mark = (struct frame){
            .slot = slots_address(slot), .node = thread->tree.lost, .home = thread->tree.lost};
        thread->top = mark;
    }
    thread->raw->dropped++;
    return NULL;
}

/* A call that found no memory for a node of its own is told by where it was called from. */
static bool is_call_of(const struct frame *frame, uint64_t fn, uintptr_t call_site)
{
    return frame->node->fn == fn || (frame->node->fn == RAW_LOST && frame->call_site == call_site);
}

/* The frame that an exit belongs to; NULL: none. */
static const struct frame *find_exit(const struct thread *thread, uint64_t fn, uintptr_t call_site,
                                     uintptr_t sp)
{
    const struct frame *any = NULL;
    for (const struct frame *f = thread->top; f > thread->base; f--) {
        if (!is_call_of(f, fn, call_site))
            continue;
        if (frames_is_live(f, call_site, sp))
            return f;
        if (any == NULL)
            any = f;
    }
    return any;
}

void frames_exit(struct thread *thread, uint64_t fn, uintptr_t call_site, uintptr_t sp,
                 uint64_t now)
{
    if (stacks_is_elsewhere(thread, sp))
        stacks_follow(thread, sp, now);
    if (is_overflow_mark(thread, thread->top)) {
        if (--thread->skipped == 0)
            thread->top--;
        return;
    }
    const struct frame *frame = find_exit(thread, fn, call_site, sp);
    if (frame == NULL) {
        /* While a profile is switched on, functions return that had been called before. */
        thread->raw->orphans += thread->raw->profile == 0;
        return;
    }
    frames_pop(thread, frame, now);
    uint64_t is_counted = frames_is_counted(thread, frame);
    frames_close(thread, now);
    thread->raw->exits += is_counted;
}

static void push(struct thread *thread, const struct frames_open_call *call, struct raw_node *node)
{
    if (thread->top == thread->limit && !grow(thread))
        return;
    uint64_t now = clock_ticks();
    const struct hook_call at = {.site = call->site, .call_site = call->call_site};
    struct frame *frame = thread->top + 1;
    frames_open(thread, frame, node, call->slot, &at);
    frame->start = now;
    tree_open(node, now, thread->raw->enters);
    thread->raw->last = now;
}

void frames_begin(struct thread *thread, const struct frames_open_call *calls, size_t n,
                  enum frames_bound bound)
{
    struct raw_node *node = thread->tree.root;
    for (const struct frames_open_call *call = calls; call < calls + n; call++) {
        bool is_scope = call == calls + n - 1 && bound != FRAMES_UNBOUND;
        if (is_scope && bound == FRAMES_CALL) {
            node = tree_child(&thread->tree, node, call->fn);
            node->calls++;
            thread->raw->enters++;
        } else {
            node = tree_above(&thread->tree, node, call->fn);
            thread->raw->carried += is_scope || bound == FRAMES_UNBOUND;
        }
        if (is_scope || bound == FRAMES_UNBOUND)
            push(thread, call, node);
    }
    if (bound != FRAMES_UNBOUND) {
        thread->base->home = thread->tree.lost;
        thread->scope_high = thread->stack_high;
        stacks_leave_outside(thread);
    }
    frames_set_current(thread, thread->top);
}

void frames_carry(struct thread *thread, const struct frame *base, const struct frame *top,
                  const struct frame *limit, uint64_t now)
{
    for (const struct frame *f = base + 1; f <= top && f <= limit; f++) {
        if (thread->top == thread->limit && !grow(thread))
            return;
        struct frame *parent = thread->top;
        struct hook_call call = {.site = f->site, .call_site = f->call_site};
        struct raw_node *node = f->node->fn == RAW_LOST
                                    ? thread->tree.lost
                                    : tree_child(&thread->tree, parent->home, f->node->fn);
        frames_open(thread, parent + 1, node, f->slot, &call);
        parent[1].start = now;
        tree_carry(node, now, thread->raw->enters);
        thread->raw->carried += frames_is_counted(thread, thread->top);
    }
    frames_set_current(thread, thread->top);
}
