#include "preload/clock.h"
#include "preload/config.h"
#include "preload/control.h"
#include "preload/helper.h"
#include "preload/names.h"
#include "preload/process.h"
#include "preload/snapshot.h"
#include "preload/sys.h"
#include <limits.h>
#include <string.h>
#include <time.h>

#define INTERVAL                                                                                   \
    UINT64_C(1000000000) /* ns between helpers: they must not take the processor away */
#define PATIENCE UINT64_C(30000000000) /* ns that the end of the process may be held up */

/* A function with CPROF_DO_PROFILE. One call at a time is being written, by a helper that nobody
   waits for; of those that end meanwhile the last one is kept, in `pending`. */
struct decorated {
    const struct cprof_function *function;
    struct decorated *next;
    uint32_t locked;
    uint64_t number;                /* where calls are added up: that of all its profiles */
    struct cprof_profile *profiles; /* as many as calls of it have run at once */
    struct helper helper;
    uint64_t helper_due;              /* ns of CLOCK_MONOTONIC before which none is started */
    char pending[SNAPSHOT_PATH_SIZE]; /* raw file, "": none */
    char file[PATH_MAX];              /* the profile */
};

static struct decorated *all;

/* ---- locks; no signal handler runs while one is held ---- */

static uint64_t lock(struct decorated *d)
{
    uint64_t signals = sys_block_signals();
    while (__atomic_exchange_n(&d->locked, 1, __ATOMIC_ACQUIRE))
        sys0(SYS_sched_yield);
    return signals;
}

static void unlock(struct decorated *d, uint64_t signals)
{
    __atomic_store_n(&d->locked, 0, __ATOMIC_RELEASE);
    sys_set_signals(signals);
}

/* ---- which profile ---- */

/* A forked process has files of its own, as out.PID.prof is beside out.prof. */
static void name_file(struct decorated *d)
{
    struct text t = {.bytes = d->file, .size = sizeof d->file};
    text_add(&t, *d->function->folder != 0 ? d->function->folder : ".");
    text_add(&t, "/");
    size_t name = t.length;
    text_add(&t, d->function->name);
    for (char *c = d->file + name; *c != 0; c++)
        if (*c == '/' || (unsigned char)*c <= ' ')
            *c = '_'; /* operator/ */
    if (process_is_forked()) {
        text_add(&t, ".");
        text_add_number(&t, (uint64_t)sys_pid(), 10);
    }
    text_add(&t, ".prof");
}

static struct decorated *find(struct cprof_function *function)
{
    struct decorated *d = __atomic_load_n(&function->state, __ATOMIC_ACQUIRE);
    if (d != NULL)
        return d;
    struct decorated *new = sys_memory(sizeof *new);
    if (new == NULL)
        return NULL;
    new->function = function;
    new->number = control_number();
    name_file(new);
    void *nothing = NULL;
    if (!__atomic_compare_exchange_n(&function->state, &nothing, new, false, __ATOMIC_ACQ_REL,
                                     __ATOMIC_ACQUIRE)) {
        sys_release(new, sizeof *new);
        return nothing; /* what another thread has made */
    }
    new->next = __atomic_load_n(&all, __ATOMIC_RELAXED);
    while (!__atomic_compare_exchange_n(&all, &new->next, new, false, __ATOMIC_RELEASE,
                                        __ATOMIC_RELAXED))
        ;
    return new;
}

void decorate_after_fork(void)
{
    for (struct decorated *d = __atomic_load_n(&all, __ATOMIC_ACQUIRE); d != NULL; d = d->next) {
        d->locked = 0;
        d->profiles = NULL;
        d->helper = (struct helper){0};
        d->helper_due = 0;
        d->pending[0] = 0;
        name_file(d);
    }
}

static struct cprof_profile *take_profile(struct decorated *d)
{
    struct cprof_profile *profile = d->profiles;
    while (profile != NULL && profile->taken)
        profile = profile->next;
    if (profile == NULL) {
        profile = control_create(config.add_up_calls ? d->number : control_number());
        if (profile == NULL)
            return NULL;
        profile->function = d;
        profile->next = d->profiles;
        d->profiles = profile;
    }
    profile->taken = true;
    return profile;
}

struct cprof_profile *decorate_begin(struct cprof_function *function)
{
    struct decorated *d = find(function);
    if (d == NULL)
        return NULL;
    uint64_t signals = lock(d);
    struct cprof_profile *profile = take_profile(d);
    unlock(d, signals);
    if (profile != NULL && !config.add_up_calls)
        control_clear(profile);
    return profile;
}

/* ---- writing ---- */

static void make_folders(struct decorated *d)
{
    for (char *c = d->file + 1; *c != 0 && !sys_files_forbidden; c++) {
        if (*c != '/')
            continue;
        *c = 0;
        sys3(SYS_mkdirat, AT_FDCWD, (long)d->file, 0777);
        *c = '/';
    }
}

static void start_helper(struct decorated *d)
{
    uint64_t now = clock_monotonic();
    if (d->pending[0] == 0 || now < d->helper_due || helper_is_running(d->helper))
        return;
    d->helper_due = now + INTERVAL;
    d->helper = helper_start(d->pending);
    d->pending[0] = 0;
}

/* A raw file that nothing converts stays, and cprof-report finds it beside the profile. */
static void write_profile(struct decorated *d, uint64_t number)
{
    char *raw_path = sys_memory(SNAPSHOT_PATH_SIZE);
    if (raw_path == NULL)
        return;
    make_folders(d);
    if (snapshot_save(number, d->file, raw_path)) {
        if (d->pending[0] != 0)
            sys1(SYS_unlink, (long)d->pending);
        strcpy(d->pending, raw_path);
    }
    sys_release(raw_path, SNAPSHOT_PATH_SIZE);
    start_helper(d);
}

void decorate_end(struct cprof_profile *profile)
{
    struct decorated *d = profile->function;
    uint64_t signals = lock(d);
    write_profile(d, profile->number);
    profile->taken = false;
    unlock(d, signals);
}

void decorate_cancel(struct cprof_profile *profile)
{
    __atomic_store_n(&profile->taken, false, __ATOMIC_RELEASE);
}

/* ---- the end of the process ---- */

static void wait_for_helper(struct decorated *d)
{
    const struct timespec moment = {.tv_nsec = 1000000};
    uint64_t deadline = clock_monotonic() + PATIENCE;
    while (helper_is_running(d->helper) && clock_monotonic() < deadline)
        sys2(SYS_nanosleep, (long)&moment, 0);
}

/* Calls that are not over, on other threads, end here; added up, one file has them all. */
static void write_open_calls(struct decorated *d)
{
    for (const struct cprof_profile *p = d->profiles; p != NULL; p = p->next)
        if (p->taken && p->tid != 0)
            write_profile(d, p->number);
}

void decorate_process_ends(void)
{
    for (struct decorated *d = __atomic_load_n(&all, __ATOMIC_ACQUIRE); d != NULL; d = d->next) {
        uint64_t signals = lock(d);
        write_open_calls(d);
        wait_for_helper(d);
        if (d->pending[0] != 0 && !helper_is_running(d->helper))
            helper_convert(d->pending, NULL);
        d->pending[0] = 0;
        unlock(d, signals);
    }
}
