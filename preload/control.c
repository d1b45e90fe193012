#include "preload/control.h"
#include "preload/clock.h"
#include "preload/config.h"
#include "preload/helper.h"
#include "preload/overhead.h"
#include "preload/process.h"
#include "preload/repair.h"
#include "preload/snapshot.h"
#include "preload/stacks.h"
#include "preload/sys.h"
#include <errno.h>
#include <stdio.h>

static __thread struct cprof_profile *active; /* on this thread; also of another generation */
static uint64_t last_number;

uint64_t control_number(void)
{
    return __atomic_add_fetch(&last_number, 1, __ATOMIC_RELAXED);
}

/* In a child process, what the parent had is noticed to be gone. */
static void notice_fork(void)
{
    if (process_state.mode == HOOKS_UNSET)
        process_begin((uintptr_t)__builtin_frame_address(0));
}

static bool is_active(const struct cprof_profile *profile)
{
    return profile->tid != 0 && profile->generation == process_generation();
}

struct cprof_profile *control_active(void)
{
    notice_fork();
    return active != NULL && is_active(active) ? active : NULL;
}

struct cprof_profile *control_create(uint64_t number)
{
    struct cprof_profile *profile = sys_memory(sizeof *profile);
    if (profile != NULL)
        profile->number = number;
    return profile;
}

/* ---- on and off ---- */

static bool has_records(struct cprof_profile *profile)
{
    if (profile->generation != process_generation()) {
        profile->generation = process_generation();
        profile->records = NULL; /* a parent's */
        profile->tid = 0;
    }
    if (profile->records == NULL)
        profile->records = thread_create(profile->number);
    return profile->records != NULL;
}

/* The first profile of all is what shows how much recording costs. */
static void measure(struct thread *records)
{
    thread_set_profile(records);
    if (thread_self == &thread_both)
        overhead_measure_both();
    else
        overhead_store(arena_header());
    thread_set_profile(NULL);
}

/* Switches PROFILE on; CALLS[N] are open. Signals are blocked here and in stop: no handler's hooks
   find the half of it, and no handler leaves it by a jump. */
static void start(struct cprof_profile *profile, size_t n, uintptr_t slot, enum frames_bound bound)
{
    static bool measured;
    process_profile_begins();
    thread_adopt(profile->records);
    if (!measured)
        measure(profile->records);
    measured = true;
    profile->tid = profile->records->raw->tid;
    profile->slot = slot;
    profile->serial++;
    active = profile;
    stacks_follow(profile->records, (uintptr_t)__builtin_frame_address(0), clock_ticks());
    frames_begin(profile->records, profile->calls, n, bound);
    thread_set_profile(profile->records);
}

static void stop(struct cprof_profile *profile)
{
    uint64_t before = sys_block_signals();
    uint64_t now = clock_ticks();
    thread_set_profile(NULL);
    for (struct thread *t = profile->records; t != NULL; t = t->nested) {
        if (t->busy != 0) /* a signal handler left a hook by a jump */
            repair(t);
        stacks_close_all(t, now > t->raw->last ? now : t->raw->last);
        frames_clear(t);
        t->busy = 0;
    }
    active = NULL;
    profile->tid = 0;
    process_profile_ends();
    sys_set_signals(before);
}

void control_clear(struct cprof_profile *profile)
{
    if (profile->records != NULL && profile->generation == process_generation())
        thread_clear(profile->records);
}

static void end(struct cprof_profile *profile)
{
    uint64_t before = sys_block_signals();
    stop(profile);
    if (profile->function != NULL)
        decorate_end(profile);
    sys_set_signals(before);
}

void control_scope_left(void)
{
    struct cprof_profile *profile = control_active();
    if (profile != NULL)
        end(profile);
}

void control_thread_ends(void)
{
    control_scope_left();
}

void control_process_ends(void)
{
    struct cprof_profile *profile = control_active();
    if (profile != NULL && profile->function != NULL)
        end(profile);
    decorate_process_ends();
}

/* ---- cprof.h ---- */

/* Records stay in the arena, and so are kept for the next profile. */
static struct {
    struct cprof_profile *first;
    bool locked;
} unused;

static uint64_t lock_unused(void)
{
    uint64_t signals = sys_block_signals();
    while (__atomic_exchange_n(&unused.locked, true, __ATOMIC_ACQUIRE))
        sys0(SYS_sched_yield);
    return signals;
}

static void unlock_unused(uint64_t signals)
{
    __atomic_store_n(&unused.locked, false, __ATOMIC_RELEASE);
    sys_set_signals(signals);
}

void control_after_fork(void)
{
    unused.locked = false; /* another thread of the parent's may have held it */
    unused.first = NULL;   /* and have been about to change it */
    decorate_after_fork();
}

static struct cprof_profile *create(void)
{
    notice_fork();
    uint64_t signals = lock_unused();
    struct cprof_profile *profile = unused.first;
    if (profile != NULL)
        unused.first = profile->next;
    unlock_unused(signals);
    return profile != NULL ? profile : control_create(control_number());
}

static void release(struct cprof_profile *profile)
{
    if (control_active() == profile)
        stop(profile);
    if (is_active(profile))
        return; /* on another thread: it goes on */
    control_clear(profile);
    uint64_t signals = lock_unused();
    profile->next = unused.first;
    unused.first = profile;
    unlock_unused(signals);
}

/* A scope that was left by a jump says nothing; but a function that lies at SLOT or below it is
 * gone. */
static void end_left_scope(uintptr_t slot)
{
    struct cprof_profile *old = control_active();
    if (old != NULL && old->slot != 0 && old->slot <= slot && slot < old->records->scope_high)
        end(old);
}

static int can_start(struct cprof_profile *profile)
{
    notice_fork();
    if (control_active() != NULL || is_active(profile))
        return CPROF_BUSY;
    return process_prepare_profile() && has_records(profile) ? CPROF_OK : CPROF_FAILED;
}

static int enable(struct cprof_profile *profile)
{
    uintptr_t own_slot = (uintptr_t)__builtin_frame_address(0) + sizeof(uintptr_t);
    end_left_scope(own_slot);
    uint64_t before = sys_block_signals();
    int status = can_start(profile);
    if (status == CPROF_OK)
        start(profile, above_find(profile->calls, own_slot + 1), 0, FRAMES_UNBOUND);
    sys_set_signals(before);
    return status;
}

static int disable(struct cprof_profile *profile)
{
    if (control_active() != profile)
        return CPROF_INACTIVE;
    end(profile);
    return CPROF_OK;
}

static int clear(struct cprof_profile *profile)
{
    bool was_active = control_active() == profile;
    if (!was_active && is_active(profile))
        return CPROF_BUSY;
    if (!was_active) {
        control_clear(profile);
        return CPROF_OK;
    }
    uint64_t signals = sys_block_signals();
    const struct cprof_profile before = *profile;
    stop(profile);
    control_clear(profile);
    int status = enable(profile);
    profile->slot = before.slot; /* its scope is still what ends it */
    profile->pc = before.pc;
    profile->serial = before.serial;
    sys_set_signals(signals);
    return status;
}

/* What is shown is inactive, and has something to show. */
static int ready_to_show(struct cprof_profile *profile)
{
    disable(profile);
    if (is_active(profile))
        return CPROF_BUSY;
    bool is_empty = profile->records == NULL || profile->generation != process_generation();
    return is_empty ? CPROF_FAILED : CPROF_OK;
}

static int dump_stats(struct cprof_profile *profile, const char *file)
{
    int status = ready_to_show(profile);
    if (status != CPROF_OK)
        return status;
    char *raw_path = sys_memory(SNAPSHOT_PATH_SIZE);
    if (raw_path == NULL)
        return CPROF_FAILED;
    bool converted = false;
    if (snapshot_save(profile->number, file, raw_path)) {
        helper_convert(raw_path, NULL);
        converted = sys4(SYS_faccessat, AT_FDCWD, (long)raw_path, 0, 0) == -ENOENT;
    }
    sys_release(raw_path, SNAPSHOT_PATH_SIZE);
    return converted ? CPROF_OK : CPROF_FAILED;
}

/* Closes TABLE. By stdio, so that it stands behind what the program has printed before. */
static bool print(int table)
{
    char text[512];
    long n, printed = 0;
    while ((n = sys_read(table, text, sizeof text)) > 0)
        printed += (long)fwrite(text, 1, (size_t)n, stdout);
    sys_close(table);
    return fflush(stdout) == 0 && printed > 0;
}

static int print_stats(struct cprof_profile *profile, const char *sort)
{
    int status = ready_to_show(profile);
    if (status != CPROF_OK)
        return status;
    int fd = snapshot_in_memory(profile->number);
    if (fd < 0)
        return CPROF_FAILED;
    int table = helper_print(fd, sort == NULL ? "stdname" : sort);
    sys_close(fd);
    return table >= 0 && print(table) ? CPROF_OK : CPROF_FAILED;
}

/* The scope that is active is about to begin once more, in the function with SLOT: it was left by a
   jump. Another one in that function (PC) is within it. */
static bool begins_again(uintptr_t slot, uintptr_t pc)
{
    const struct cprof_profile *old = control_active();
    return old != NULL && old->slot == slot && old->pc == pc;
}

static int start_scope(struct cprof_scope *scope, struct cprof_profile *profile, uintptr_t slot,
                       uintptr_t pc)
{
    int status = can_start(profile);
    if (status == CPROF_OK) {
        struct frames_open_call own;
        size_t n = above_find(profile->calls, slot);
        n = above_find_own(profile->calls, n, slot, pc, &own);
        n -= n == ABOVE_MOST;
        profile->calls[n] = own;
        profile->pc = pc;
        start(profile, n + 1, slot, profile->function != NULL ? FRAMES_CALL : FRAMES_SCOPE);
        *scope = (struct cprof_scope){profile, profile->serial};
    }
    return status;
}

static int begin_scope(struct cprof_scope *scope, struct cprof_function *function,
                       struct cprof_profile *profile, void *frame)
{
    uintptr_t slot = (uintptr_t)frame + sizeof(uintptr_t);
    uintptr_t pc = (uintptr_t)__builtin_return_address(0);
    int status = CPROF_FAILED;
    if (function != NULL && !config.profile_functions)
        return CPROF_INACTIVE;
    end_left_scope(begins_again(slot, pc) ? slot : slot - 1);
    if (control_active() != NULL)
        return CPROF_BUSY;
    uint64_t before = sys_block_signals(); /* what is taken is to be given back */
    if (function != NULL)
        profile = decorate_begin(function);
    if (profile != NULL)
        status = start_scope(scope, profile, slot, pc);
    if (profile != NULL && function != NULL && status != CPROF_OK)
        decorate_cancel(profile);
    sys_set_signals(before);
    return status;
}

static void end_scope(struct cprof_scope *scope)
{
    struct cprof_profile *profile = control_active();
    if (profile == scope->profile && profile->serial == scope->serial)
        end(profile);
}

static void *find_frame(const void *inside)
{
    uintptr_t slot = above_slot((uintptr_t)inside);
    return slot == 0 ? NULL : (void *)(slot - sizeof(uintptr_t));
}

extern const struct cprof_api cprof_api;

__attribute__((visibility("default"))) const struct cprof_api cprof_api = {
    .size = sizeof(struct cprof_api),
    .create = create,
    .free = release,
    .enable = enable,
    .disable = disable,
    .clear = clear,
    .dump_stats = dump_stats,
    .print_stats = print_stats,
    .begin_scope = begin_scope,
    .end_scope = end_scope,
    .find_frame = find_frame,
};
