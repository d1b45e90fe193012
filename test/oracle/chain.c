#include "chain.h"

#include <stdatomic.h>
#include <stddef.h>
#include <sys/mman.h>
#include <unwind.h>

#define FRAMES (1u << 21) /* open calls of a thread */
#define EDGES  (1u << 18) /* slots of its hash of edges */
#define LINKS  1000       /* of the chain, looked at for one call */

struct edge {
    _Atomic uint64_t key; /* caller's number << 32 | callee's; 0: free */
    uint64_t calls;
};

struct chain {
    volatile uint64_t busy; /* frame address of the hook at work, 0: none */
    volatile uint32_t open; /* frames */
    uint64_t lost;
    struct chain_frame *frames; /* the oldest first; addresses never rise */
    struct edge *edges;
};

static void *reserve(size_t bytes)
{
    void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
                   -1, 0);
    return p == MAP_FAILED ? NULL : p;
}

struct chain *chain_new(void)
{
    struct chain *c = reserve(sizeof *c);
    if (c == NULL)
        return NULL;
    c->frames = reserve(FRAMES * sizeof *c->frames);
    c->edges = reserve(EDGES * sizeof *c->edges);
    if (c->frames == NULL || c->edges == NULL)
        return NULL;
    /* A forked child starts at zero, but its open frames stay open. */
    if (madvise(c->edges, EDGES * sizeof *c->edges, MADV_WIPEONFORK) != 0)
        return NULL;
    return c;
}

/* The function that SITE lies in has been entered before, so it is the nearest one below. What was
   found is kept by site, the answer in the lowest bit (sites of one slot only displace each
   other). */
bool chain_is_inlined(const uint64_t *functions, uint32_t last, uint64_t function, uint64_t site)
{
    static _Atomic uint64_t known[1u << 16];
    _Atomic uint64_t *slot = &known[(site ^ site >> 16) & 0xffff];
    uint64_t have = atomic_load_explicit(slot, memory_order_relaxed);
    if (have >> 1 == site)
        return have & 1;
    uint64_t nearest = 0;
    for (uint32_t i = 2; i <= last; i++) {
        if (functions[i] <= site && functions[i] > nearest)
            nearest = functions[i];
    }
    bool inlined = nearest != function;
    atomic_store_explicit(slot, site << 1 | inlined, memory_order_relaxed);
    return inlined;
}

static void count_edge(struct chain *c, uint32_t caller, uint32_t callee)
{
    uint64_t key = (uint64_t)caller << 32 | callee;
    uint64_t hash = key * 0x9e3779b97f4a7c15u;
    for (uint32_t i = 0; i < EDGES; i++) {
        struct edge *e = &c->edges[((hash >> 40) + i) % EDGES];
        uint64_t found = 0;
        if (e->key != key && !atomic_compare_exchange_strong(&e->key, &found, key) && found != key)
            continue;
        __asm__ volatile("incq %0" : "+m"(e->calls));
        return;
    }
    c->lost++;
}

/* A signal handler that interrupts the work on a chain leaves the chain alone. One that jumped out
   of it left the mark behind: work that stands below an address on the stack cannot outlive a call
   above it. */
static bool begin(struct chain *c, uint64_t address)
{
    if (c->busy != 0 && address < c->busy)
        return false;
    c->busy = address;
    atomic_signal_fence(memory_order_seq_cst);
    return true;
}

static void end(struct chain *c)
{
    atomic_signal_fence(memory_order_seq_cst);
    c->busy = 0;
}

/* Drops what is dead now that F was entered: everything below, and at the same address too unless
   F is inlined into a function there; then only what stands above an earlier call from the same
   place in it. */
static void drop_dead(struct chain *c, const struct chain_frame *f, bool inlined)
{
    uint32_t n = c->open;
    while (n > 0 && c->frames[n - 1].address < f->address)
        n--;
    uint32_t same = n;
    while (same > 0 && c->frames[same - 1].address == f->address) {
        same--;
        if (!inlined || c->frames[same].site == f->site ||
            c->frames[same].call_site != f->call_site)
            n = same;
    }
    c->open = n;
}

/* The open call whose frame address is AT and whose return address is still in place, looked for
   from the *N-th open frame down; NULL: none. */
static const struct chain_frame *find_frame(const struct chain *c, uint32_t *n, uint64_t at)
{
    while (*n > 0 && c->frames[*n - 1].address < at)
        --*n;
    if (*n == 0)
        return NULL;
    const struct chain_frame *f = &c->frames[*n - 1];
    return f->address == at && f->call_site == *(const uint64_t *)(at + 8) ? f : NULL;
}

struct unwinding {
    const struct chain *chain;
    uint64_t from; /* frame address of the callee */
    uint32_t n;    /* frames left to look at */
    uint32_t caller;
};

/* What _Unwind_GetCFA tells is where the frame of the function before ended: 16 bytes above its
   frame address. */
static _Unwind_Reason_Code unwind_step(struct _Unwind_Context *context, void *argument)
{
    struct unwinding *u = argument;
    uint64_t at = _Unwind_GetCFA(context) - 16;
    if (at <= u->from)
        return _URC_NO_REASON;
    const struct chain_frame *f = find_frame(u->chain, &u->n, at);
    if (f != NULL)
        u->caller = f->function;
    return f != NULL || u->n == 0 ? _URC_END_OF_STACK : _URC_NO_REASON;
}

/* Where code without frame pointers (qsort, say) called back, .eh_frame knows the way: slowly. */
static uint32_t find_caller_by_unwinding(const struct chain *c, uint64_t from)
{
    struct unwinding u = {c, from, c->open, CHAIN_BROKEN};
    _Unwind_Backtrace(unwind_step, &u);
    return u.caller;
}

static uint32_t find_caller(const struct chain *c, const struct chain_frame *f)
{
    uint32_t n = c->open;
    if (n == 0)
        return CHAIN_NONE;
    if (c->frames[n - 1].address == f->address)
        return c->frames[n - 1].function; /* inlined into it */
    uint64_t highest = c->frames[0].address;
    uint64_t at = f->address;
    for (int links = 0; links < LINKS; links++) {
        uint64_t up = *(const uint64_t *)at;
        if (up <= at || up > highest || up % 8 != 0)
            break;
        at = up;
        const struct chain_frame *caller = find_frame(c, &n, at);
        if (caller != NULL)
            return caller->function;
    }
    return find_caller_by_unwinding(c, f->address);
}

void chain_enter(struct chain *c, struct chain_frame frame, bool inlined)
{
    if (!begin(c, frame.address)) {
        count_edge(c, CHAIN_BROKEN, frame.function);
        return;
    }
    drop_dead(c, &frame, inlined);
    count_edge(c, find_caller(c, &frame), frame.function);
    if (c->open < FRAMES)
        c->frames[c->open++] = frame;
    else
        c->lost++;
    end(c);
}

void chain_exit(struct chain *c, uint64_t address, uint32_t function)
{
    if (!begin(c, address))
        return;
    uint32_t n = c->open;
    while (n > 0 && c->frames[n - 1].address < address)
        n--;
    c->open = n;
    while (n > 0 && c->frames[n - 1].address == address) {
        n--;
        if (c->frames[n].function == function) {
            c->open = n;
            break;
        }
    }
    end(c);
}

uint64_t chain_write(const struct chain *c, const uint64_t *functions, FILE *out)
{
    for (uint32_t i = 0; i < EDGES; i++) {
        const struct edge *e = &c->edges[i];
        if (e->calls == 0)
            continue;
        uint32_t caller = (uint32_t)(e->key >> 32), callee = (uint32_t)e->key;
        fprintf(out, "edge %lx %lx %lu\n", caller <= CHAIN_BROKEN ? caller : functions[caller],
                functions[callee], e->calls);
    }
    return c->lost;
}
