#include "preload/helper.h"
#include "preload/clock.h"
#include "preload/config.h"
#include "preload/names.h"
#include "preload/session.h"
#include "preload/sys.h"
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <link.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#define STACK_SIZE (64u << 10)
#define PATIENCE   30000 /* ms that the end of the program may be held up */

static char helper_path[PATH_MAX];

static bool try_path(const char *folder, size_t length, const char *rest)
{
    struct text t = {.bytes = helper_path, .size = sizeof helper_path};
    text_add_bytes(&t, folder, length);
    text_add(&t, rest);
    if (!t.overflow && access(helper_path, X_OK) == 0)
        return true;
    helper_path[0] = 0;
    return false;
}

void helper_find(void)
{
    static char own[PATH_MAX];
    struct dl_find_object object;
    if (_dl_find_object(helper_path, &object) != 0 ||
        realpath(object.dlfo_link_map->l_name, own) == NULL)
        return;
    size_t folder = (size_t)(names_base(own) - own);
    if (!try_path(own, folder, "cprof-symbolize"))
        try_path(own, folder, "../libexec/cprof/cprof-symbolize");
}

/*
 * The program must not see a child of its own end. So a child in between, which sends no signal and
 * is reaped by __WCLONE, starts the helper, and ends: the helper is then nobody's child but init's.
 * (An exit signal of 0 alone would not do for the helper: execve sets it to SIGCHLD.) Both share
 * our memory until the helper's execve, as with vfork: a copy of a large process takes long.
 */
struct start {
    char *const *argv;
    char *stack; /* of the helper, before its execve */
    int pidfd;
};

static int run_helper(void *data)
{
    struct start *start = data;
    static char *const no_environment[] = {NULL};
    sys0(SYS_setsid);                          /* Ctrl-C is for the program */
    if (sys3(SYS_close_range, 0, ~0u, 0) != 0) /* before Linux 5.9 */
        for (int fd = 0; fd < 1024; fd++)
            sys_close(fd);
    sys_open("/dev/null", O_RDWR, 0);
    sys1(SYS_dup, 0);
    sys1(SYS_dup, 0);
    struct rlimit none = {0, 0};
    sys2(SYS_setrlimit, RLIMIT_CORE, (long)&none);
    arch_syscall(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0, 0);
    sys_set_signals(0);
    sys3(SYS_execve, (long)start->argv[0], (long)start->argv, (long)no_environment);
    sys1(SYS_exit, 127);
    return 0;
}

static int run_middle(void *data)
{
    struct start *start = data;
    clone(run_helper, start->stack, CLONE_VM | CLONE_VFORK | CLONE_PIDFD, start, &start->pidfd);
    sys1(SYS_exit, 0);
    return 0;
}

/* Until the process ends; the program's signals may interrupt poll any number of times. */
static void wait_for(int pidfd)
{
    struct pollfd end = {.fd = pidfd, .events = POLLIN};
    uint64_t now = clock_monotonic(), deadline = now + PATIENCE * UINT64_C(1000000);
    for (; now < deadline; now = clock_monotonic())
        if (sys3(SYS_poll, (long)&end, 1, (long)((deadline - now) / 1000000 + 1)) != -EINTR)
            break;
    sys_close(pidfd);
}

static void convert(char *const *argv, void (*meanwhile)(void))
{
    char *stacks = sys_memory(2 * STACK_SIZE);
    if (stacks == NULL)
        return;
    struct start start = {.argv = argv, .stack = stacks + STACK_SIZE, .pidfd = -1};
    uint64_t before = sys_block_signals();
    int flags = CLONE_VM | CLONE_VFORK | CLONE_FILES;
    int middle = clone(run_middle, stacks + 2 * STACK_SIZE, flags, &start);
    if (middle > 0)
        sys4(SYS_wait4, middle, 0, __WCLONE, 0);
    sys_set_signals(before);
    if (meanwhile != NULL)
        meanwhile();
    if (start.pidfd >= 0)
        wait_for(start.pidfd);
    sys_release(stacks, 2 * STACK_SIZE);
}

static bool is_found(void)
{
    if (helper_path[0] == 0)
        config_complain("cprof-symbolize is not installed; convert with cprof-report:",
                        session_raw_path());
    return helper_path[0] != 0;
}

void helper_convert(const char *raw_path, void (*meanwhile)(void))
{
    char *const argv[] = {helper_path, (char *)raw_path, NULL};
    if (is_found())
        convert(argv, meanwhile);
}

void helper_convert_session(void (*meanwhile)(void))
{
    char id[80];
    struct text t = {.bytes = id, .size = sizeof id};
    session_add_id(&t);
    char *const argv[] = {helper_path, "--session", id, (char *)session_folder(), NULL};
    if (is_found())
        convert(argv, meanwhile);
}
