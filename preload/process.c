#include "preload/process.h"
#include "preload/arena.h"
#include "preload/clock.h"
#include "preload/config.h"
#include "preload/contexts.h"
#include "preload/control.h"
#include "preload/filter.h"
#include "preload/helper.h"
#include "preload/libc.h"
#include "preload/modules.h"
#include "preload/overhead.h"
#include "preload/session.h"
#include "preload/sys.h"
#include "preload/thread.h"
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <unistd.h>

struct process_state process_state __attribute__((aligned(4096)));

static uint32_t pid;            /* the process that process_begin made ready */
static uint32_t first_pid;      /* the process that loaded this library */
static uint32_t generation;     /* of processes, by forks that process_begin has seen */
static uint32_t recording;      /* profiles that are switched on, of which there are no others */
static uint64_t early_events;   /* hook calls that could not be recorded yet */
static uint64_t handler_events; /* the same in a child, of a handler that interrupted a hook */

/* ---- begin ---- */

/* Holds its own address once the loader has relocated this library. */
void *volatile process_relocated = (void *)&process_relocated;

static bool is_relocated(void)
{
    void *own;
    __asm__("lea %1, %0" : "=r"(own) : "m"(process_relocated));
    return process_relocated == own;
}

/* Only one thread makes the hooks ready, the others wait. False: this one is already at it. */
static bool lock(void)
{
    uint32_t tid = (uint32_t)sys0(SYS_gettid);
    uint32_t nobody = 0;
    while (!__atomic_compare_exchange_n(&process_state.beginner, &nobody, tid, false,
                                        __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
        if (nobody == tid)
            return false;
        nobody = 0;
        sys0(SYS_sched_yield);
    }
    return true;
}

static void unlock(void)
{
    __atomic_store_n(&process_state.beginner, 0, __ATOMIC_RELEASE);
}

static void set_mode(uint32_t mode)
{
    __atomic_store_n(&process_state.mode, mode, __ATOMIC_RELEASE);
}

/* From here on a forked child finds the page empty. */
static void watch_forks(void)
{
    sys3(SYS_madvise, (long)&process_state, sizeof process_state, MADV_WIPEONFORK);
}

/* What is settled once per image. */
static void settle(void)
{
    static bool done;
    if (done)
        return;
    watch_forks();
    clock_choose();
    thread_setup();
    tree_identity = modules_identity;
    done = true;
}

/* The two anchors are apart by what it takes to measure the hooks, so ticks can be converted even
   if the process dies at once. A forked child's hooks cost what the parent's do. */
static void start_clock(void)
{
    struct raw_header *header = arena_header();
    header->clock = clock_kind();
    header->restricted = clock_was_tsc() ? RAW_RESTRICTED_TSC : 0;
    header->early_events = early_events;
    header->handler_events = handler_events;
    header->first = clock_anchor();
    overhead_store(header);
    header->last = clock_anchor();
}

/* A signal handler has forked that interrupted a hook. When it returns in the child, that hook goes
   on with the parent's records: what the parent writes to must not be what it writes to. The
   child's own records begin with the first hook after it, and until then events are counted only.
 */
static bool is_in_hook_of_parent(uintptr_t position)
{
    if (arena_base == NULL || !thread_is_marked() ||
        !arena_leave_to_parent(session_raw_path(), true))
        return false;
    if (!thread_is_interrupted(position))
        return false;
    handler_events++;
    return true;
}

/* After fork, in the child, for a handler without hooks that interrupted one; which may not have
   marked anything yet. */
static void forked(void)
{
    handler_events = 0;
    if (process_state.mode == HOOKS_UNSET && arena_base != NULL)
        arena_leave_to_parent(session_raw_path(), thread_is_marked());
}

/* In a child, what it has from its parent is given back at last: the open frames are in it. */
static bool make_ready(void)
{
    char *old = arena_base;
    size_t old_size = arena_size;
    if (!session_join()) {
        config_complain("no profile: CPROF_OUT is too long, or the folder is gone", "");
        return false;
    }
    if (!session_create_raw())
        return false;
    modules_reset();
    thread_after_fork();
    if (old != NULL)
        sys_release(old, old_size);
    set_mode(HOOKS_ON);
    start_clock();
    return true;
}

/* CPROF_ENABLE=0: an arena is made when it is needed. */
static void make_idle(void)
{
    if (arena_base != NULL)
        sys_release(arena_base, arena_size);
    arena_base = NULL;
    recording = 0;
    thread_after_fork();
    set_mode(HOOKS_IDLE);
}

static void leave_unset(void)
{
    if (!libc_is_known()) {
        set_mode(HOOKS_OFF);
        return;
    }
    settle();
    if (generation++ > 0)
        early_events = 0; /* the parent's */
    pid = (uint32_t)sys_pid();
    control_after_fork();
    if (getauxval(AT_SECURE))
        set_mode(HOOKS_OFF);
    else if (!config.enabled)
        make_idle();
    else if (!make_ready())
        set_mode(HOOKS_OFF);
}

/* A forked child of a process that forbade itself files would find no place. */
static bool is_restricted(void)
{
    return sys_forbidden || sys_files_forbidden;
}

bool process_begin(uintptr_t position)
{
    if (is_restricted()) {
        set_mode(HOOKS_OFF);
        return false;
    }
    if (!is_relocated() || !config_read()) {
        early_events++;
        return false;
    }
    uint64_t before = sys_block_signals();
    if (!lock()) {
        early_events++;
    } else {
        if (process_state.mode == HOOKS_UNSET && !is_in_hook_of_parent(position))
            leave_unset();
        unlock();
    }
    sys_set_signals(before);
    return process_state.mode == HOOKS_ON;
}

/* ---- profiles that the program switches on ---- */

static bool make_private_arena(void)
{
    if (arena_base != NULL)
        return true;
    modules_reset();
    if (!session_create_private())
        return false;
    start_clock();
    return true;
}

bool process_prepare_profile(void)
{
    if (process_state.mode == HOOKS_UNSET)
        process_begin((uintptr_t)__builtin_frame_address(0));
    if (process_state.mode == HOOKS_UNSET || process_state.mode == HOOKS_OFF)
        return false;
    uint64_t before = sys_block_signals();
    bool ready = lock() && make_private_arena();
    unlock();
    sys_set_signals(before);
    return ready;
}

static void count_recording(uint32_t change)
{
    if (config.enabled)
        return;
    lock();
    recording += change;
    set_mode(recording > 0 ? HOOKS_ON : HOOKS_IDLE);
    unlock();
}

void process_profile_begins(void)
{
    count_recording(1);
}

void process_profile_ends(void)
{
    count_recording(-1u);
}

bool process_is_forked(void)
{
    return first_pid != 0 && first_pid != (uint32_t)sys_pid();
}

uint32_t process_generation(void)
{
    return generation;
}

/* ---- restrictions that the program sets itself ---- */

static uint32_t own_restrictions(void)
{
    return (sys_files_forbidden ? FILTER_FILES : 0) | (sys_forbidden ? FILTER_RECORDING : 0);
}

static void set_restrictions(uint32_t forbidden)
{
    sys_files_forbidden = (forbidden & FILTER_FILES) != 0;
    sys_forbidden = (forbidden & FILTER_RECORDING) != 0;
}

bool process_is_vforked(void)
{
    uint32_t mode = process_state.mode;
    return mode != HOOKS_UNSET && pid != 0 && pid != (uint32_t)sys_pid();
}

struct process_restriction process_restrict(uint32_t forbidden)
{
    struct process_restriction before = {.mode = process_state.mode,
                                         .forbidden = own_restrictions()};
    if (forbidden & FILTER_RECORDING) {
        if (arena_base != NULL && !sys_forbidden)
            before.now = clock_anchor();
        set_mode(HOOKS_OFF);
    }
    set_restrictions(before.forbidden | forbidden);
    return before;
}

void process_unrestrict(struct process_restriction before)
{
    set_restrictions(before.forbidden);
    set_mode(before.mode);
}

/* What the mapping holds is what the file says, so nothing needs to be written. */
void process_restricted(struct process_restriction before)
{
    bool recorded = before.mode == HOOKS_ON && config.enabled;
    if (!sys_forbidden || !recorded || process_state.ended)
        return;
    struct raw_header *header = arena_header();
    header->last = before.now;
    header->early_events = early_events;
    header->restricted |= RAW_RESTRICTED_CALLS;
    arena_close();
    __atomic_store_n(&header->state, RAW_FINISHED, __ATOMIC_RELEASE);
}

/* ---- end ---- */

/* The profile is what was at one moment, although other threads go on. */
static void finish_raw(void)
{
    struct raw_header *header = arena_header();
    header->last = clock_anchor();
    set_mode(HOOKS_OFF);
    header->early_events = early_events;
    uint64_t used = arena_close();
    __atomic_store_n(&header->state, RAW_FINISHED, __ATOMIC_RELEASE);
    if (!sys_files_forbidden)
        sys2(SYS_truncate, (long)session_raw_path(), (long)used);
}

static void finish(void (*meanwhile)(void))
{
    bool records = process_state.mode == HOOKS_ON || process_state.mode == HOOKS_IDLE;
    if (records && pid != (uint32_t)sys_pid())
        return;
    if (records)
        control_process_ends();
    bool has_raw = process_state.mode == HOOKS_ON && config.enabled;
    if (!has_raw && !session_is_root())
        return;
    if (__atomic_exchange_n(&process_state.ended, 1, __ATOMIC_ACQ_REL))
        return;
    if (has_raw)
        finish_raw();
    if (sys_files_forbidden)
        return;
    if (session_is_root() && (has_raw || session_has_files()))
        helper_convert_session(meanwhile);
    else if (has_raw && !session_is_root() && !session_root_converts())
        helper_convert(session_raw_path(), meanwhile);
}

void process_end(void)
{
    finish(NULL);
}

static void at_quick_exit_of_program(void *unused)
{
    (void)unused;
    process_end();
}

/* stdio is flushed only after the exit handlers, and nobody should have to wait for the program's
   output while its profile is converted. A thread that holds the lock may hold it for ever. */
static void flush_output(void)
{
    if (ftrylockfile(stdout) == 0) {
        fflush_unlocked(stdout);
        funlockfile(stdout);
    }
}

static void at_exit(void *unused)
{
    (void)unused;
    finish(flush_output);
}

/* Handlers without a library of their own that are registered here, before the program's start,
   run after all others, destructors of libraries included. */
int __cxa_atexit(void (*function)(void *), void *argument, void *dso);

__attribute__((constructor)) static void load(void)
{
    int before = errno; /* is 0 when main begins */
    if (!libc_is_known() || getauxval(AT_SECURE) || !config_read() ||
        (config.enabled && !session_join()))
        return;
    first_pid = (uint32_t)sys_pid();
    watch_forks();
    thread_setup();
    contexts_setup();
    __register_atfork(NULL, NULL, forked, NULL);
    helper_find();
    if (config.enabled)
        session_announce();
    __cxa_atexit(at_exit, NULL, NULL);
    __cxa_at_quick_exit(at_quick_exit_of_program, NULL);
    errno = before;
}

__attribute__((noreturn)) static void leave(int status)
{
    process_end();
    for (;;)
        arch_syscall(SYS_exit_group, status, 0, 0, 0, 0, 0);
}

__attribute__((visibility("default"))) void _exit(int status)
{
    leave(status);
}

__attribute__((visibility("default"))) void _Exit(int status)
{
    leave(status);
}
