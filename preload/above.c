#define UNW_LOCAL_ONLY
#include "preload/above.h"
#include "preload/cfi.h"
#include "preload/config.h"
#include "preload/libc.h"
#include "preload/thread.h"
#include <libunwind.h>
#include <link.h>
#include <stdlib.h>

/* ---- from the shadow stack ---- */

/* Innermost first. Frames below POSITION have been left, or are of the function that asks. */
static size_t from_frames(const struct thread *thread, struct frames_open_call *calls,
                          uintptr_t position)
{
    size_t n = 0;
    for (const struct frame *f = thread->top; f > thread->base && n < ABOVE_MOST; f--)
        if (f->slot >= position && f->node->fn > RAW_LOST)
            calls[n++] = (struct frames_open_call){f->node->fn, f->slot, f->site, f->call_site};
    return n;
}

/* ---- from libunwind ---- */

/* The names that libunwind.h makes of unw_step and the others are the processor's. */
#define NAME(function)        NAME_(function)
#define NAME_(function)       #function
#define LOOK_UP(to, function) ((to) = (__typeof__(to))dlsym(library, NAME(function)))

static struct {
    int (*init_local)(unw_cursor_t *, unw_context_t *);
    int (*step)(unw_cursor_t *);
    int (*get_reg)(unw_cursor_t *, unw_regnum_t, unw_word_t *);
    int (*get_context)(unw_context_t *);
} unwind;

/* Its own symbols must not take the place of the C++ runtime's: RTLD_LOCAL. */
static bool load_libunwind(void)
{
    static bool tried, found;
    if (tried)
        return found;
    tried = true;
    void *library = dlopen("libunwind.so.8", RTLD_LAZY | RTLD_LOCAL);
    found = library != NULL && LOOK_UP(unwind.init_local, unw_init_local) != NULL &&
            LOOK_UP(unwind.step, unw_step) != NULL &&
            LOOK_UP(unwind.get_reg, unw_get_reg) != NULL &&
            LOOK_UP(unwind.get_context, _Ux86_64_getcontext) != NULL;
    if (!found)
        config_complain("libunwind.so.8 cannot be loaded: profiles do not show their callers", "");
    return found;
}

static bool is_in_libc(uintptr_t address)
{
    struct dl_find_object libc, object;
    return _dl_find_object((void *)abort, &libc) == 0 &&
           _dl_find_object((void *)address, &object) == 0 &&
           libc.dlfo_link_map == object.dlfo_link_map;
}

/* Innermost first. What starts threads and programs is no caller that anybody wrote. */
static size_t from_libunwind(struct frames_open_call *calls, uintptr_t position)
{
    unw_context_t context;
    unw_cursor_t cursor;
    unw_word_t pc, next_pc, sp;
    size_t n = 0;
    if (!load_libunwind() || unwind.get_context(&context) != 0 ||
        unwind.init_local(&cursor, &context) != 0 || unwind.get_reg(&cursor, UNW_REG_IP, &pc) != 0)
        return 0;
    for (; n < ABOVE_MOST && unwind.step(&cursor) > 0; pc = next_pc) {
        if (unwind.get_reg(&cursor, UNW_REG_SP, &sp) != 0 ||
            unwind.get_reg(&cursor, UNW_REG_IP, &next_pc) != 0)
            break;
        uintptr_t slot = sp - ARCH_SLOT_BELOW_CFA;
        uintptr_t fn = slot < position ? 0 : cfi_function(pc);
        if (fn != 0)
            calls[n++] = (struct frames_open_call){fn, slot, 0, next_pc};
    }
    while (n > 0 && is_in_libc(calls[n - 1].fn))
        n--;
    return n;
}

/* ---- both ---- */

static bool has_frames(const struct thread *thread)
{
    return thread != NULL && thread->raw != NULL;
}

size_t above_find(struct frames_open_call *calls, uintptr_t position)
{
    size_t n = has_frames(thread_process) ? from_frames(thread_process, calls, position)
                                          : from_libunwind(calls, position);
    for (size_t i = 0; i < n / 2; i++) {
        struct frames_open_call call = calls[i];
        calls[i] = calls[n - 1 - i];
        calls[n - 1 - i] = call;
    }
    return n;
}

size_t above_find_own(struct frames_open_call *calls, size_t n, uintptr_t slot, uintptr_t pc,
                      struct frames_open_call *own)
{
    uintptr_t call_site = *(const uintptr_t *)slot;
    bool is_there = n > 0 && calls[n - 1].slot == slot;
    if (is_there && calls[n - 1].site != 0) { /* from the shadow stack */
        *own = calls[n - 1];
        return n - 1;
    }
    *own = (struct frames_open_call){is_there ? calls[n - 1].fn : cfi_function(pc), slot, 0,
                                     call_site};
    if (thread_entered.call_site == call_site && !has_frames(thread_process)) {
        own->fn = thread_entered.fn;
        own->site = thread_entered.site;
    }
    /* Else it was inlined into the function that has the slot. */
    return is_there && calls[n - 1].fn == own->fn ? n - 1 : n;
}

uintptr_t above_slot(uintptr_t inside)
{
    struct frames_open_call calls[ABOVE_MOST];
    size_t n = from_libunwind(calls, inside);
    return n > 0 ? calls[0].slot : 0;
}
