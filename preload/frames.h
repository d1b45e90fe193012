/*
 * frames.h - the shadow stack of a thread: its open calls, innermost on top, and how it is kept in
 * step with the machine's stack although frames disappear without a word.
 *
 *   machine stack                          shadow stack
 *   high  | slot of main      |            base   {slot: high}      node: root
 *         | ...               |                   {slot of main, site in main}
 *         | slot of parse     | <- slot           {slot of parse, site in parse}
 *         | ...               |                   {slot of parse, site of inlined skip}
 *   low   | (the hook runs)   | <- sp      top
 *
 * A frame is (slot, site): the machine slot of the function's return address (slots.h) and the
 * return address of the enter hook. On enter, frames are stale, and are popped, while
 *
 *   slot of top <  slot of the new frame    its memory has been reused, or is free again
 *   equal slots and another call site       a sibling was called from elsewhere
 *   equal slots and equal sites             the same call once more (a loop around an inlined copy)
 *   equal slots, site in own code           a machine function has just been called: nothing that
 *                                           has its slot can be live (slots.h)
 *
 * (but for a copy of a recursive function within itself). Other equal slots are an inlined
 * function's: it shares slot and call site with the function that it was inlined into. Popped
 * frames end at the event that shows them to be gone.
 *
 * All frames of one shadow stack are on one real stack, whose end is the slot of the base; a thread
 * that runs on several has a shadow stack for each (stacks.h).
 *
 * An exit belongs to the top frame if that is a call of the same function whose slot the machine's
 * stack still holds: it lies at or above the stack pointer, or directly below it and holds the same
 * return address, when the exit hook was tail-called. Else the nearest such frame below is looked
 * for, and what lies above it was left without an exit. An exit event without any frame is an
 * orphan and changes nothing.
 */
#ifndef CPROF_PRELOAD_FRAMES_H
#define CPROF_PRELOAD_FRAMES_H

#include "preload/slots.h"
#include "preload/tree.h"

struct frame {
    uint64_t start; /* ticks when the call began */
    uintptr_t slot;
    uintptr_t site;
    uintptr_t call_site;
    struct raw_node *node;
    struct raw_node *home; /* tree_node(node->home) */
};

/* The open calls of one stack, while another one's are in place. */
struct shadow {
    struct frame *top, *limit, *base;
    size_t frames_size;
    uint64_t skipped;
};

enum stack_kind {
    STACK_OWN,       /* the thread's */
    STACK_MADE,      /* a coroutine's, by makecontext or make_fcontext */
    STACK_ALTERNATE, /* signal handlers' */
    STACK_GUESSED,   /* a mapping, of which a part may be another stack */
};

/* A real stack, [low, high) (stacks.h). */
struct stack {
    uintptr_t low, high;
    enum stack_kind kind;
    bool is_new; /* nothing has happened on it since it was made */
    struct shadow shadow;
    struct stack *unused; /* the next record that is not used */
};

struct stacks {
    struct stack *current; /* whose shadow stack is in place */
    struct stack *next;    /* the same, while shadow stacks are exchanged */
    struct frame from;     /* what was on top of the one that was left last: node and home */
    struct stack own;
    struct stack **all; /* but for own; disjoint, the highest one first */
    uint32_t count, room;
    struct stack *unused;
    struct stack_chunk *chunks; /* memory of all, and of unused */
};

/* What the hooks keep for one thread. Frames and tables are memory of the process; raw and the
   nodes stand in the arena. */
struct thread {
    struct frame *top;
    struct frame *limit; /* the last frame for calls; behind it there is one to mark overflow */
    uintptr_t busy;      /* != 0: a hook is running, called with this stack pointer */
    struct raw_thread *raw;
    uintptr_t stack_low; /* the real stack that these frames are of */
    uintptr_t stack_high;
    struct frame *base;    /* the root's frame, or one for what has entered this stack */
    size_t frames_size;    /* bytes at base */
    uint64_t skipped;      /* open calls beyond the overflow mark, it included */
    uintptr_t scope_high;  /* end of the stack that the scope is on; 0: bound to none */
    struct thread *nested; /* records signal handlers that interrupt a hook of this one */
    struct thread *next;   /* recycle.h */
    uint32_t ends;         /* recycle.h: odd from a thread's end until another one takes this */
    bool listed;           /* recycle.h */
    struct tree tree;
    struct stacks stacks;
};

/* Frames for THREAD, whose tree is there, with only the root's in them; false: no memory. */
bool frames_init(struct thread *thread);

/* Forgets all frames but the root's, and all other stacks, without ending their calls. */
void frames_clear(struct thread *thread);

/* A call that was open when a profile was switched on. */
struct frames_open_call {
    uint64_t fn;
    uintptr_t slot;
    uintptr_t site; /* 0: not known */
    uintptr_t call_site;
};

enum frames_bound {
    FRAMES_UNBOUND, /* recording goes on when the functions that are open return */
    FRAMES_SCOPE,   /* what is recorded is called from the innermost of them, or what that calls */
    FRAMES_CALL,    /* the same, and the innermost of them counts as a call itself */
};

/* Begins recording in THREAD, whose frames are clear, while CALLS[N] are open, the outermost first:
   they are callers above (tree.h). */
void frames_begin(struct thread *thread, const struct frames_open_call *calls, size_t n,
                  enum frames_bound bound);

/* Whether the scope that THREAD is bound to has been left by a jump, as is shown by an exit hook
   that was called with SP. */
bool frames_left_scope(const struct thread *thread, uintptr_t call_site, uintptr_t sp);

/* Frees them. */
void frames_free(struct thread *thread);

/* Where thread->limit is, of SIZE bytes of frames at BASE. */
static inline struct frame *frames_limit(struct frame *base, size_t size)
{
    return base + size / sizeof(struct frame) - 2;
}

/* Gives back the memory of frames. Those that lie beside their stack's record (stacks.c) are not
   whole pages, and stay. */
void frames_release(struct frame *base, size_t size);

/* Slow path of frames_parent. */
struct frame *frames_resync(struct thread *thread, uintptr_t slot, const struct hook_call *call);

/* The frame that a call with this slot (slots_find) is made from; stale ones are popped. NULL: it
   is on a stack for which there is no memory. */
static inline struct frame *frames_parent(struct thread *thread, uintptr_t slot,
                                          const struct hook_call *call)
{
    struct frame *top = thread->top;
    if (__builtin_expect(top->slot > slot, 1))
        return top;
    if (top->slot == slot && top->call_site == call->call_site && top->site != call->site)
        return top;
    const struct hook_call copy = *call; /* the hook's own stays in registers */
    return frames_resync(thread, slot, &copy);
}

/* Whether FRAME is a call whose exit hook, called with stack pointer SP, is running. */
static inline bool frames_is_live(const struct frame *frame, uintptr_t call_site, uintptr_t sp)
{
    uintptr_t above = frame->slot + sizeof(uintptr_t);
    return __builtin_expect(above > sp, 1) || (above == sp && frame->call_site == call_site);
}

/* Whether a call with this slot, made from PARENT, is one that the compiler has inlined. Whatever
   else can have a live frame's slot is stale, and frames_parent has popped it. */
static inline bool frames_is_inlined(const struct frame *parent, uintptr_t slot)
{
    return parent->slot == slots_address(slot);
}

/* The node of the called function under PARENT when it is not found at once. *PARENT may change:
   where the context is new, and an inlined copy that lies deeper among the frames of the same slot
   is entered anew, what lies above that copy is stale. NULL: the scope that THREAD is bound to has
   been left. */
struct raw_node *frames_child(struct thread *thread, struct frame **parent, uintptr_t slot,
                              const struct hook_call *call);

/* Slow path: no frame is left. Gets more, and gives the frame above PARENT, or NULL: the call was
   counted as dropped and its exit will be skipped. */
struct frame *frames_more(struct thread *thread, struct frame *parent, uintptr_t slot);

/* Begins a call of NODE in FRAME, which becomes the top, at NOW. */
static inline void frames_open(struct thread *thread, struct frame *frame, struct raw_node *node,
                               uintptr_t slot, const struct hook_call *call)
{
    frame->slot = slots_address(slot);
    frame->site = call->site;
    frame->call_site = call->call_site;
    frame->node = node;
    frame->home = tree_node(node->home);
    thread->top = frame;
}

/* Time up to NOW belongs to the frame on top. */
static inline void frames_charge(struct thread *thread, const struct frame *top, uint64_t now)
{
    top->node->self += now - thread->raw->last;
    thread->raw->last = now;
}

static inline void frames_set_current(struct thread *thread, const struct frame *top)
{
    thread->raw->current = (uint64_t)((char *)top->node - arena_base);
}

/* Ends the call on top at NOW. */
static inline void frames_close(struct thread *thread, uint64_t now)
{
    struct frame *top = thread->top;
    frames_charge(thread, top, now);
    tree_close(top->node, top->start, now, thread->raw->enters);
    thread->top = top - 1;
    frames_set_current(thread, top - 1);
}

/* Whether FRAME is a call that has a node of its own, and is no overflow mark: the end of such a
   call is counted, the others are counted when they begin. */
static inline bool frames_is_counted(const struct thread *thread, const struct frame *frame)
{
    return frame <= thread->limit && frame->node != thread->tree.lost;
}

/* Ends calls that were left without an exit, from the top down to and without KEEP. */
void frames_pop(struct thread *thread, const struct frame *keep, uint64_t now);

/* An exit of FN that is not simply the top's: see above. SP: the stack pointer at the hook. */
void frames_exit(struct thread *thread, uint64_t fn, uintptr_t call_site, uintptr_t sp,
                 uint64_t now);

/* Opens the frames from above BASE to TOP of another tree's in THREAD, without counting calls: what
   a forked child takes over. LIMIT is theirs. */
void frames_carry(struct thread *thread, const struct frame *base, const struct frame *top,
                  const struct frame *limit, uint64_t now);

#endif
