#include "preload/launch_run.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t running; /* pid of the process that is waited for, or 0 */

static void pass_on(int sig)
{
    int error = errno;

    if (running)
        kill(running, sig);
    errno = error;
}

/* SIGCHLD is among them because a process whose parent ignores it leaves no status. */
static struct {
    int signal;
    void (*handler)(int);
    struct sigaction inherited;
} signals[] = {
    {.signal = SIGINT, .handler = SIG_IGN},  {.signal = SIGQUIT, .handler = SIG_IGN},
    {.signal = SIGTERM, .handler = pass_on}, {.signal = SIGHUP, .handler = pass_on},
    {.signal = SIGCHLD, .handler = SIG_DFL},
};
#define SIGNALS (sizeof signals / sizeof *signals)

void take_signals(void)
{
    for (size_t i = 0; i < SIGNALS; i++) {
        struct sigaction action = {.sa_handler = signals[i].handler, .sa_flags = SA_RESTART};
        sigaction(signals[i].signal, NULL, &signals[i].inherited);
        if (signals[i].inherited.sa_handler != SIG_IGN || signals[i].signal == SIGCHLD)
            sigaction(signals[i].signal, &action, NULL);
    }
}

/* VALUE with its % doubled, because CPROF_OUT knows %p and %n. */
static void set_literally(const char *variable, const char *value)
{
    char text[2 * PATH_MAX], *end = text;

    for (; *value; value++) {
        if (*value == '%')
            *end++ = '%';
        *end++ = *value;
    }
    *end = '\0';
    setenv(variable, text, 1);
}

/* The program is the root of a session of its own, also when cprof itself runs in one. */
static int preload(const struct command *c)
{
    const char *others = getenv("LD_PRELOAD");
    char *list;

    if (asprintf(&list, "%s%s%s", c->library, others && *others ? ":" : "", others ? others : "") <
        0)
        return -1;
    set_literally("CPROF_OUT", c->profile);
    unsetenv("CPROF_SESSION");
    return setenv("LD_PRELOAD", list, 1);
}

/* What the new process does; if it cannot execute C, it sends errno to REPORT_TO. */
static _Noreturn void become(const struct command *c, const sigset_t *mask, int report_to)
{
    for (size_t i = 0; i < SIGNALS; i++)
        sigaction(signals[i].signal, &signals[i].inherited, NULL);
    sigprocmask(SIG_SETMASK, mask, NULL);
    if (c->quiet) {
        int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
        if (null >= 0)
            dup2(null, STDOUT_FILENO);
    }
    if (!c->library || preload(c) == 0)
        execv(c->path, c->argv);
    int error = errno;
    _exit(write(report_to, &error, sizeof error) == sizeof error ? 127 : 126);
}

pid_t run(const struct command *c, siginfo_t *end)
{
    sigset_t ours, before;
    int channel[2], error = 0;

    if (pipe2(channel, O_CLOEXEC) != 0)
        return -1;
    sigemptyset(&ours);
    for (size_t i = 0; i < SIGNALS; i++)
        sigaddset(&ours, signals[i].signal);
    sigprocmask(SIG_BLOCK, &ours, &before);
    pid_t pid = fork();
    if (pid == 0)
        become(c, &before, channel[1]);
    if (pid < 0)
        error = errno;
    running = pid > 0 ? pid : 0;
    sigprocmask(SIG_SETMASK, &before, NULL);
    close(channel[1]);
    if (pid > 0) {
        if (read(channel[0], &error, sizeof error) != sizeof error)
            error = 0;
        /* Left unreaped until no signal can be passed on any more: its pid stays its own. */
        while (waitid(P_PID, (id_t)pid, end, WEXITED | WNOWAIT) != 0 && errno == EINTR)
            ;
        running = 0;
        waitid(P_PID, (id_t)pid, end, WEXITED);
    }
    close(channel[0]);
    errno = error;
    return error ? -1 : pid;
}

int end_as(const siginfo_t *end)
{
    sigset_t set;

    if (end->si_code == CLD_EXITED)
        return end->si_status;
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    signal(end->si_status, SIG_DFL);
    sigemptyset(&set);
    sigaddset(&set, end->si_status);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    kill(getpid(), end->si_status);
    return 128 + end->si_status; /* the first process of a container survives its own signals */
}
