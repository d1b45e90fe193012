#include "preload/stacks.h"
#include "preload/libc.h"
#include "preload/maps.h"
#include "preload/sys.h"
#include <string.h>
#include <sys/resource.h>

#define PAGE        4096u
#define BLOCK       2048u /* a struct stack and its first frames */
#define CHUNK       65536u
#define MAIN_ROOM   (UINT64_C(128) << 20) /* that the kernel keeps free below main's stack */
#define MAIN_MOST   (UINT64_C(1) << 40)
#define THREAD_ROOM (UINT64_C(8) << 20)
#define GUESS       65536u /* on either side, where even the mapping is not known */

struct stack_chunk {
    struct stack_chunk *next;
    char rest[BLOCK - sizeof(struct stack_chunk *)];
};

/* ---- the thread's own stack ---- */

struct bounds {
    uintptr_t low, high;
};

static inline bool holds(struct bounds bounds, uintptr_t address)
{
    return address - bounds.low < bounds.high - bounds.low;
}

static struct bounds main_bounds(void)
{
    struct rlimit limit = {0, 0};
    uintptr_t high = (uintptr_t)__libc_stack_end;
    sys4(SYS_prlimit64, 0, RLIMIT_STACK, 0, (long)&limit);
    uint64_t room = limit.rlim_cur > MAIN_ROOM ? limit.rlim_cur : MAIN_ROOM;
    if (room > MAIN_MOST)
        room = MAIN_MOST;
    return (struct bounds){high - room, high};
}

/* glibc keeps a thread's control block at the top of its stack; in it stand, one after the other,
   where the memory for both begins, how large it is, and how much of it is a guard. They are known
   by what they are. Where they are not found the stack begins with the page that SP is on, and
   find() sees that it reaches further down. */
static struct bounds thread_bounds(uintptr_t block)
{
    enum { LOOKED_AT = 2048 / sizeof(uintptr_t) };
    const uintptr_t *words = (const uintptr_t *)block;
    uintptr_t sp = (uintptr_t)__builtin_frame_address(0);
    for (int i = 0; i + 2 < LOOKED_AT; i++) {
        uintptr_t start = words[i], size = words[i + 1], guard = words[i + 2];
        if (start < sp && sp < block && size > block - start && size - (block - start) < 2 * PAGE &&
            guard < sp - start)
            return (struct bounds){start + guard, block};
    }
    return (struct bounds){sp & -(uintptr_t)PAGE, block};
}

static struct bounds own_bounds(void)
{
    static __thread struct bounds own; /* stays what it is in a forked child */
    if (own.high == 0) {
        long tid = sys0(SYS_gettid), pid = sys_pid();
        bool is_main = tid == pid || sys_failed(tid) || sys_failed(pid);
        own = is_main ? main_bounds() : thread_bounds(arch_control_block());
    }
    return own;
}

/* ---- records of stacks ---- */

static struct bounds bounds_of(const struct stack *stack)
{
    return (struct bounds){stack->low, stack->high};
}

/* The first one, from above, that begins at ADDRESS or below it. */
static uint32_t place(const struct stacks *s, uintptr_t address)
{
    uint32_t from = 0, to = s->count;
    while (from < to) {
        uint32_t middle = (from + to) / 2;
        if (s->all[middle]->low <= address)
            to = middle;
        else
            from = middle + 1;
    }
    return from;
}

static struct stack *known(const struct stacks *s, uintptr_t address)
{
    uint32_t i = place(s, address);
    return i < s->count && holds(bounds_of(s->all[i]), address) ? s->all[i] : NULL;
}

static void put_away(struct thread *thread)
{
    thread->stacks.current->shadow = (struct shadow){thread->top, thread->limit, thread->base,
                                                     thread->frames_size, thread->skipped};
}

static void put_in_place(struct thread *thread, struct stack *stack)
{
    thread->stacks.current = stack;
    thread->top = stack->shadow.top;
    thread->limit = stack->shadow.limit;
    thread->base = stack->shadow.base;
    thread->frames_size = stack->shadow.frames_size;
    thread->skipped = stack->shadow.skipped;
    thread->stack_low = stack->low;
    thread->stack_high = stack->high;
}

/* A signal handler that jumps out in the middle leaves `next` behind (stacks_repair). */
static void exchange(struct thread *thread, struct stack *stack)
{
    put_away(thread);
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    *(struct stack *volatile *)&thread->stacks.next = stack;
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    put_in_place(thread, stack);
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    *(struct stack *volatile *)&thread->stacks.next = NULL;
    frames_set_current(thread, thread->top);
}

void stacks_repair(struct thread *thread)
{
    struct stack *next = thread->stacks.next;
    if (next == NULL)
        return;
    put_in_place(thread, next);
    thread->stacks.next = NULL;
    frames_set_current(thread, thread->top);
}

static bool is_empty(const struct thread *thread, const struct stack *stack)
{
    const struct shadow *s = &stack->shadow;
    return stack == thread->stacks.current ? thread->top == thread->base : s->top == s->base;
}

/* Ends what is open on STACK. */
static void empty(struct thread *thread, struct stack *stack, uint64_t now)
{
    struct stack *before = thread->stacks.current;
    if (is_empty(thread, stack))
        return;
    frames_charge(thread, thread->top, now);
    if (stack != before)
        exchange(thread, stack);
    frames_pop(thread, thread->base, now);
    if (stack != before)
        exchange(thread, before);
}

static void release_frames(struct stack *stack)
{
    frames_release(stack->shadow.base, stack->shadow.frames_size);
}

/* STACK, number I, is empty and not in place. */
static void forget(struct stacks *s, uint32_t i)
{
    struct stack *stack = s->all[i];
    release_frames(stack);
    memmove(&s->all[i], &s->all[i + 1], (--s->count - i) * sizeof s->all[0]);
    stack->unused = s->unused;
    s->unused = stack;
}

/* Before more memory is taken: stacks on which nothing is open are known again when they are seen
   again, but for those that were made and not used yet. */
static void sweep(struct thread *thread)
{
    struct stacks *s = &thread->stacks;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < s->count; i++) {
        struct stack *stack = s->all[i];
        if (stack == s->current || !is_empty(thread, stack) || stack->is_new) {
            s->all[kept++] = stack;
            continue;
        }
        release_frames(stack);
        stack->unused = s->unused;
        s->unused = stack;
    }
    s->count = kept;
}

static bool has_room(struct thread *thread)
{
    struct stacks *s = &thread->stacks;
    if (s->count < s->room)
        return true;
    sweep(thread);
    if (s->count < s->room - s->room / 4)
        return true;
    uint32_t room = s->room == 0 ? PAGE / sizeof s->all[0] : 2 * s->room;
    struct stack **all = sys_memory(room * sizeof *all);
    if (all == NULL)
        return false;
    if (s->room > 0) {
        memcpy(all, s->all, s->count * sizeof *all);
        sys_release(s->all, s->room * sizeof *all);
    }
    s->all = all;
    s->room = room;
    return true;
}

/* Many in one piece: a process may have few mappings, and coroutines take many. */
static struct stack *new_stack(struct stacks *s)
{
    if (s->unused == NULL) {
        struct stack_chunk *chunk = sys_memory(CHUNK);
        if (chunk == NULL)
            return NULL;
        chunk->next = s->chunks;
        s->chunks = chunk;
        for (struct stack_chunk *c = chunk + 1; c < chunk + CHUNK / BLOCK; c++) {
            struct stack *stack = (struct stack *)c;
            stack->unused = s->unused;
            s->unused = stack;
        }
    }
    struct stack *stack = s->unused;
    s->unused = stack->unused;
    return stack;
}

/* Called by nobody, until it is entered. */
static struct stack *add(struct thread *thread, struct bounds bounds, enum stack_kind kind)
{
    struct stacks *s = &thread->stacks;
    struct stack *stack = has_room(thread) ? new_stack(s) : NULL;
    if (stack == NULL)
        return NULL;
    struct frame *base = (struct frame *)(stack + 1);
    *base =
        (struct frame){.slot = bounds.high, .node = thread->tree.root, .home = thread->tree.root};
    *stack =
        (struct stack){.low = bounds.low,
                       .high = bounds.high,
                       .kind = kind,
                       .is_new = true,
                       .shadow = {.top = base, .base = base, .frames_size = BLOCK - sizeof *stack}};
    stack->shadow.limit = frames_limit(base, stack->shadow.frames_size);
    uint32_t i = place(s, bounds.low);
    memmove(&s->all[i + 1], &s->all[i], (s->count++ - i) * sizeof s->all[0]);
    s->all[i] = stack;
    return stack;
}

/* Memory that has another use now than when these stacks were seen. */
static void drop_overlapping(struct thread *thread, struct bounds bounds, uint64_t now)
{
    struct stacks *s = &thread->stacks;
    uint32_t i = place(s, bounds.high - 1);
    while (i < s->count && s->all[i]->high > bounds.low) {
        struct stack *stack = s->all[i];
        empty(thread, stack, now);
        if (stack == s->current)
            exchange(thread, &s->own);
        forget(s, i);
    }
}

/* No handler may jump out in the middle. */
static void drop(struct thread *thread, struct bounds bounds, uint64_t now)
{
    uint64_t signals = sys_block_signals();
    drop_overlapping(thread, bounds, now);
    sys_set_signals(signals);
}

static struct stack *get(struct thread *thread, struct bounds bounds, enum stack_kind kind,
                         uint64_t now)
{
    struct stack *stack = known(&thread->stacks, bounds.low);
    if (stack != NULL && stack->low == bounds.low && stack->high == bounds.high) {
        stack->kind = kind;
        return stack;
    }
    uint64_t signals = sys_block_signals();
    drop_overlapping(thread, bounds, now);
    stack = add(thread, bounds, kind);
    sys_set_signals(signals);
    return stack;
}

/* ---- which stack ---- */

/* The alternate stack of signal handlers, if the thread runs on it and ADDRESS lies there. */
static struct bounds alternate_stack(uintptr_t address)
{
    stack_t stack;
    if (sys2(SYS_sigaltstack, 0, (long)&stack) != 0 || !(stack.ss_flags & SS_ONSTACK) ||
        address - (uintptr_t)stack.ss_sp >= stack.ss_size)
        return (struct bounds){0, 0};
    return (struct bounds){(uintptr_t)stack.ss_sp, (uintptr_t)stack.ss_sp + stack.ss_size};
}

/* What is left of BOUNDS around SP when the stacks that are known are taken out. */
static struct bounds clip(const struct stacks *s, struct bounds bounds, uintptr_t sp)
{
    uint32_t i = place(s, sp);
    uintptr_t above = i > 0 ? s->all[i - 1]->low : UINTPTR_MAX;
    uintptr_t below = i < s->count ? s->all[i]->high : 0;
    if (s->own.low > sp && s->own.low < above)
        above = s->own.low;
    if (s->own.high <= sp && s->own.high > below)
        below = s->own.high;
    return (struct bounds){bounds.low > below ? bounds.low : below,
                           bounds.high < above ? bounds.high : above};
}

static struct stack *own_reaches(struct stacks *s, uintptr_t low)
{
    s->own.low = low;
    return &s->own;
}

/* By the mapping that SP lies in. */
static struct stack *guess(struct thread *thread, uintptr_t sp, uint64_t now)
{
    struct stacks *s = &thread->stacks;
    struct bounds bounds;
    if (maps_find(sp, &bounds.low, &bounds.high)) {
        if (sp < s->own.low && holds(bounds, s->own.high - 1))
            return own_reaches(s, bounds.low);
    } else {
        uintptr_t page = sp & -(uintptr_t)PAGE;
        if (sp < s->own.low && s->own.low - sp < THREAD_ROOM)
            return own_reaches(s, page);
        bounds = (struct bounds){page < GUESS ? 0 : page - GUESS, page + GUESS};
    }
    return get(thread, clip(s, bounds, sp), STACK_GUESSED, now);
}

static struct stack *find(struct thread *thread, uintptr_t sp, uint64_t now)
{
    struct stacks *s = &thread->stacks;
    struct stack *stack = known(s, sp);
    if (stack != NULL && stack->kind == STACK_MADE)
        return stack;
    struct bounds alternate = alternate_stack(sp);
    if (alternate.high != 0)
        return get(thread, alternate, STACK_ALTERNATE, now);
    if (stack != NULL && stack->kind == STACK_GUESSED)
        return stack;
    if (holds(bounds_of(&s->own), sp))
        return &s->own;
    if (stack != NULL) /* no alternate stack any more */
        drop(thread, bounds_of(stack), now);
    return guess(thread, sp, now);
}

/* ---- from one to another ---- */

static void go_to(struct thread *thread, struct stack *stack, uint64_t now)
{
    struct stacks *s = &thread->stacks;
    if (s->current->kind == STACK_ALTERNATE)
        frames_pop(thread, thread->base, now);
    s->from = *thread->top;
    stack->is_new = false;
    exchange(thread, stack);
    stacks_entered(thread);
    thread->raw->guessed_switches += stack->kind == STACK_GUESSED;
}

void stacks_entered(struct thread *thread)
{
    const struct stacks *s = &thread->stacks;
    bool is_scope = thread->stack_high == thread->scope_high;
    if (thread->top != thread->base || s->current == &s->own || is_scope)
        return;
    thread->base->node = s->from.node;
    thread->base->home = s->from.home;
    frames_set_current(thread, thread->base);
}

bool stacks_follow(struct thread *thread, uintptr_t sp, uint64_t now)
{
    struct stack *stack = find(thread, sp, now);
    if (stack == NULL)
        return false;
    if (stack != thread->stacks.current)
        go_to(thread, stack, now);
    else
        thread->stack_low = stack->low; /* which may have been found to reach further down */
    return true;
}

/* STACK, of which only the mapping was known, ends where BOUNDS do. */
static void correct(struct thread *thread, struct stack *stack, struct bounds bounds, uint64_t now)
{
    if (bounds.low < stack->low)
        drop(thread, (struct bounds){bounds.low, stack->low}, now);
    if (bounds.high > stack->high)
        drop(thread, (struct bounds){stack->high, bounds.high}, now);
    bool is_current = stack == thread->stacks.current;
    if (thread->scope_high == stack->high)
        thread->scope_high = bounds.high;
    stack->kind = STACK_MADE;
    stack->low = bounds.low;
    stack->high = bounds.high;
    (is_current ? thread->base : stack->shadow.base)->slot = bounds.high;
    if (is_current) {
        thread->stack_low = bounds.low;
        thread->stack_high = bounds.high;
    }
}

void stacks_resume(struct thread *thread, uintptr_t sp, uintptr_t low, uintptr_t high, uint64_t now)
{
    struct stacks *s = &thread->stacks;
    struct bounds bounds = {low, high};
    struct stack *stack = known(s, sp);
    bool is_told = high > low && holds(bounds, sp);
    if (is_told && stack != NULL && stack->kind == STACK_GUESSED)
        correct(thread, stack, bounds, now);
    if (is_told && (stack == NULL || stack->kind != STACK_MADE))
        stack = get(thread, bounds, STACK_MADE, now);
    else if (stack == NULL && holds(bounds_of(&s->own), sp))
        stack = &s->own;
    if (stack == NULL || stack == s->current)
        return;
    frames_charge(thread, thread->top, now);
    go_to(thread, stack, now);
}

void stacks_made(struct thread *thread, uintptr_t low, uintptr_t high, uint64_t now)
{
    struct stack *stack = get(thread, (struct bounds){low, high}, STACK_MADE, now);
    if (stack == NULL)
        return;
    empty(thread, stack, now);
    stack->is_new = true;
}

bool stacks_is_over(const struct thread *thread, uintptr_t inner, uintptr_t position)
{
    const struct stacks *s = &thread->stacks;
    struct bounds here = bounds_of(s->current);
    struct bounds alternate = alternate_stack(position);
    if (s->current->kind == STACK_ALTERNATE && holds(here, inner) && alternate.high == 0)
        return true;
    const struct stack *stack = known(s, position);
    struct bounds there = alternate.high != 0 ? alternate
                          : stack != NULL     ? bounds_of(stack)
                                              : bounds_of(&s->own);
    return position >= inner && holds(there, position) && holds(there, inner);
}

uintptr_t stacks_position(const struct thread *thread, const struct hook_call *call)
{
    uint64_t unknown = 0;
    const struct stacks *s = &thread->stacks;
    const struct stack *stack = known(s, call->sp);
    if (stack == NULL)
        stack = &s->own;
    if (!holds(bounds_of(stack), call->sp))
        return call->sp;
    return slots_address(slots_find(call, stack->high, &unknown));
}

/* ---- all of them ---- */

void stacks_begin(struct thread *thread)
{
    struct stacks *s = &thread->stacks;
    struct bounds bounds = own_bounds();
    s->current = &s->own;
    s->own.kind = STACK_OWN;
    s->own.low = thread->stack_low = bounds.low;
    s->own.high = thread->stack_high = bounds.high;
    thread->base->slot = bounds.high;
    s->from = *thread->base;
}

void stacks_free(struct thread *thread)
{
    struct stacks *s = &thread->stacks;
    if (s->current != NULL && s->current != &s->own) {
        put_away(thread);
        put_in_place(thread, &s->own);
    }
    for (uint32_t i = 0; i < s->count; i++)
        release_frames(s->all[i]);
    while (s->chunks != NULL) {
        struct stack_chunk *chunk = s->chunks;
        s->chunks = chunk->next;
        sys_release(chunk, CHUNK);
    }
    if (s->room > 0)
        sys_release(s->all, s->room * sizeof s->all[0]);
    s->all = NULL;
    s->count = s->room = 0;
    s->unused = NULL;
}

void stacks_leave_outside(struct thread *thread)
{
    struct stacks *s = &thread->stacks;
    if (s->current != &s->own)
        s->own.shadow.base->home = thread->tree.lost;
}

uint64_t stacks_close_all(struct thread *thread, uint64_t now)
{
    struct stacks *s = &thread->stacks;
    uint64_t popped = thread->raw->popped;
    for (uint32_t i = 0; i < s->count; i++)
        empty(thread, s->all[i], now);
    if (s->current != &s->own)
        exchange(thread, &s->own);
    frames_pop(thread, thread->base, now);
    return thread->raw->popped - popped;
}

void stacks_visit(const struct thread *thread,
                  void (*visit)(void *context, const struct frame *base, const struct frame *top),
                  void *context)
{
    const struct stacks *s = &thread->stacks;
    visit(context, thread->base, thread->top);
    if (s->current != &s->own)
        visit(context, s->own.shadow.base, s->own.shadow.top);
    for (uint32_t i = 0; i < s->count; i++)
        if (s->all[i] != s->current)
            visit(context, s->all[i]->shadow.base, s->all[i]->shadow.top);
}

/* ---- fork ---- */

/* The node in the new tree that OLD is in the tree that it is of: by the same calls. */
static struct raw_node *same_node(struct tree *tree, const struct raw_node *old)
{
    uint32_t depth = 0;
    for (const struct raw_node *n = old; n->fn > RAW_LOST; n = tree_parent(n))
        depth++;
    struct raw_node *node = tree->root;
    for (; depth > 0; depth--) {
        const struct raw_node *n = old;
        for (uint32_t i = 1; i < depth; i++)
            n = tree_parent(n);
        node = tree_child(tree, tree_node(node->home), n->fn);
    }
    return node;
}

static void carry(struct thread *thread, const struct thread *old, const struct stack *stack,
                  uint64_t now)
{
    const struct shadow *s = &stack->shadow;
    bool in_place = stack == old->stacks.current;
    const struct frame *base = in_place ? old->base : s->base;
    const struct frame *top = in_place ? old->top : s->top;
    if (stack->kind != STACK_OWN) {
        struct stack *copy = get(thread, bounds_of(stack), stack->kind, now);
        if (copy == NULL)
            return;
        exchange(thread, copy);
        copy->is_new = stack->is_new;
        thread->base->node = same_node(&thread->tree, base->node);
        thread->base->home = tree_node(thread->base->node->home);
    }
    frames_carry(thread, base, top, in_place ? old->limit : s->limit, now);
}

void stacks_carry(struct thread *thread, const struct thread *old, uint64_t now)
{
    const struct stacks *s = &old->stacks;
    carry(thread, old, &s->own, now);
    for (uint32_t i = 0; i < s->count; i++)
        if (s->all[i] != s->current)
            carry(thread, old, s->all[i], now);
    if (s->current != &s->own)
        carry(thread, old, s->current, now);
}
