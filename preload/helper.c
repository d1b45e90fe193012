#include "preload/helper.h"
#include "preload/clock.h"
#include "preload/config.h"
#include "preload/libc.h"
#include "preload/names.h"
#include "preload/session.h"
#include "preload/sys.h"
#include <errno.h>
#include <limits.h>
#include <link.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define STACK_SIZE (64u << 10)
#define PATIENCE   30000 /* ms that the end of the program may be held up */

static char symbolize_path[PATH_MAX];
static char report_path[PATH_MAX];

static bool try_path(char path[PATH_MAX], const char *folder, size_t length, const char *rest)
{
    struct text t = {.bytes = path, .size = PATH_MAX};
    text_add_bytes(&t, folder, length);
    text_add(&t, rest);
    if (!t.overflow && access(path, X_OK) == 0)
        return true;
    path[0] = 0;
    return false;
}

void helper_find(void)
{
    static char own[PATH_MAX];
    struct dl_find_object object;
    if (_dl_find_object(symbolize_path, &object) != 0 ||
        realpath(object.dlfo_link_map->l_name, own) == NULL)
        return;
    size_t folder = (size_t)(names_base(own) - own);
    if (!try_path(symbolize_path, own, folder, "cprof-symbolize"))
        try_path(symbolize_path, own, folder, "../libexec/cprof/cprof-symbolize");
    if (!try_path(report_path, own, folder, "cprof-report"))
        try_path(report_path, own, folder, "../bin/cprof-report");
}

/*
 * The program must not see a child of its own end. So a child in between, which sends no signal and
 * is reaped by __WCLONE, starts the helper, and ends: the helper is then nobody's child but init's.
 * (An exit signal of 0 alone would not do for the helper: execve sets it to SIGCHLD.) Both share
 * our memory until the helper's execve, as with vfork: a copy of a large process takes long.
 */
struct start {
    char *const *argv;
    int in, out; /* descriptors above 2 that become its stdin and stdout; -1: /dev/null */
    char *stack; /* of the helper, before its execve */
    int pidfd;
    int pid;
};

/* Gets the lowest free numbers until 0, 1 and 2 are taken: what is opened later must not become
   what error messages go to. Where there is no /dev/null (chroot), memory is as good. */
static void fill_standard_descriptors(void)
{
    int fd;
    do {
        fd = sys_open("/dev/null", O_RDWR, 0);
        if (fd < 0)
            fd = (int)sys2(SYS_memfd_create, (long)"cprof", 0);
    } while (fd >= 0 && fd < 2);
}

/* Nothing of the program's stays open: whoever reads its output waits for the last one to close it.
 */
static void set_up_descriptors(const struct start *start)
{
    for (int fd = 0; fd <= 2; fd++)
        sys_close(fd);
    if (start->in >= 0)
        sys3(SYS_dup3, start->in, 0, 0);
    if (start->out >= 0)
        sys3(SYS_dup3, start->out, 1, 0);
    if (sys3(SYS_close_range, 3, ~0u, 0) != 0) /* before Linux 5.9 */
        for (int fd = 3; fd < 1024; fd++)
            sys_close(fd);
    fill_standard_descriptors();
}

static int run_helper(void *data)
{
    struct start *start = data;
    static char *const no_environment[] = {NULL};
    sys0(SYS_setsid); /* Ctrl-C is for the program */
    set_up_descriptors(start);
    struct rlimit none = {0, 0};
    sys2(SYS_setrlimit, RLIMIT_CORE, (long)&none);
    sys6(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0, 0);
    sys2(SYS_prctl, PR_SET_TSC, PR_TSC_ENABLE); /* the loader reads it */
    sys_set_signals(0);
    sys3(SYS_execve, (long)start->argv[0], (long)start->argv, (long)no_environment);
    sys1(SYS_exit, 127);
    return 0;
}

static int run_middle(void *data)
{
    struct start *start = data;
    int flags = CLONE_VM | CLONE_VFORK | CLONE_UNTRACED | CLONE_PIDFD;
    start->pid = clone(run_helper, start->stack, flags, start, &start->pidfd);
    sys1(SYS_exit, 0);
    return 0;
}

/* Until the process ends; the program's signals may interrupt poll any number of times. It is our
   child if we are the first process of a container, and is then reaped. */
static void wait_for(int pidfd)
{
    struct pollfd end = {.fd = pidfd, .events = POLLIN};
    uint64_t now = clock_monotonic(), deadline = now + PATIENCE * UINT64_C(1000000);
    for (; now < deadline; now = clock_monotonic())
        if (sys3(SYS_poll, (long)&end, 1, (long)((deadline - now) / 1000000 + 1)) != -EINTR)
            break;
    sys6(SYS_waitid, P_PIDFD, pidfd, 0, WEXITED | WNOHANG | __WALL, 0, 0);
    sys_close(pidfd);
}

/* Whether orphans among its descendants become children of this process. */
static bool adopts_orphans(void)
{
    int adopts = 0;
    sys2(SYS_prctl, PR_GET_CHILD_SUBREAPER, (long)&adopts);
    return adopts != 0;
}

static void adopt_orphans(bool adopts)
{
    sys2(SYS_prctl, PR_SET_CHILD_SUBREAPER, adopts);
}

/* Starts a helper; START's pidfd and pid tell of it, less than 0: there is none. */
static void launch(struct start *start)
{
    char *stacks = sys_files_forbidden ? NULL : sys_memory(2 * STACK_SIZE);
    start->pidfd = start->pid = -1;
    if (stacks == NULL)
        return;
    start->stack = stacks + STACK_SIZE;
    int error = errno;
    uint64_t before = sys_block_signals();
    bool adopts = adopts_orphans();
    if (adopts)
        adopt_orphans(false); /* the helper is about to be one */
    int flags = CLONE_VM | CLONE_VFORK | CLONE_FILES | CLONE_UNTRACED;
    int middle = clone(run_middle, stacks + 2 * STACK_SIZE, flags, start);
    if (middle > 0)
        sys4(SYS_wait4, middle, 0, __WCLONE, 0);
    if (adopts)
        adopt_orphans(true);
    sys_set_signals(before);
    errno = error;
    sys_release(stacks, 2 * STACK_SIZE);
}

static void run(char *const *argv, int in, int out, void (*meanwhile)(void))
{
    struct start start = {.argv = argv, .in = in, .out = out};
    launch(&start);
    if (meanwhile != NULL)
        meanwhile();
    if (start.pidfd >= 0)
        wait_for(start.pidfd);
}

static bool is_found(const char *path)
{
    if (*path == 0)
        config_complain("cprof-symbolize or cprof-report is not installed; convert by hand:",
                        session_raw_path());
    return *path != 0;
}

void helper_convert(const char *raw_path, void (*meanwhile)(void))
{
    char *const argv[] = {symbolize_path, (char *)raw_path, NULL};
    if (is_found(symbolize_path))
        run(argv, -1, -1, meanwhile);
}

void helper_convert_session(void (*meanwhile)(void))
{
    char id[80];
    struct text t = {.bytes = id, .size = sizeof id};
    session_add_id(&t);
    char *const argv[] = {symbolize_path, "--session", id, (char *)session_folder(), NULL};
    if (is_found(symbolize_path))
        run(argv, -1, -1, meanwhile);
}

struct helper helper_start(const char *raw_path)
{
    char *const argv[] = {symbolize_path, (char *)raw_path, NULL};
    struct start start = {.argv = argv, .in = -1, .out = -1};
    if (!is_found(symbolize_path))
        return (struct helper){0};
    launch(&start);
    if (start.pidfd >= 0)
        sys_close(start.pidfd);
    uint32_t pid = start.pid > 0 ? (uint32_t)start.pid : 0;
    return (struct helper){pid, pid != 0 ? names_start_time(pid) : 0};
}

bool helper_is_running(struct helper helper)
{
    return helper.start_time != 0 && names_start_time(helper.pid) == helper.start_time;
}

int helper_print(int raw, const char *sort)
{
    char *const convert[] = {symbolize_path, "-o", "-", "-", NULL};
    char *const print[] = {report_path, "--strip-dirs", "--sort", (char *)sort, "-", NULL};
    int profile = sys_memory_file(), table = sys_memory_file();
    if (profile >= 0 && table >= 0 && is_found(symbolize_path) && is_found(report_path)) {
        run(convert, raw, profile, NULL);
        sys3(SYS_lseek, profile, 0, SEEK_SET);
        run(print, profile, table, NULL);
        sys3(SYS_lseek, table, 0, SEEK_SET);
    }
    if (profile >= 0)
        sys_close(profile);
    return table;
}
