#include "report/pager.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Where there is no less, the output must not be lost. */
#define DEFAULT_PAGER "if command -v less >/dev/null 2>&1; then exec less; else exec cat; fi"

static const char *command_of_pager(void)
{
    const char *command = getenv("CPROF_PAGER");

    if (!command)
        command = getenv("PAGER");
    return command ? command : DEFAULT_PAGER;
}

/* In the child: COMMAND with IN as its input. Options as git has them: leave at once if all fits on
   the screen, pass colours through, leave the screen as it is. */
static void run_pager(const char *command, const int in[2])
{
    dup2(in[0], STDIN_FILENO);
    close(in[0]);
    close(in[1]);
    setenv("LESS", "FRX", 0);
    execl("/bin/sh", "sh", "-c", command, (char *)NULL);
    _exit(127);
}

void pager_start(struct pager *p)
{
    const char *command = command_of_pager();
    int pipe_to[2];

    *p = (struct pager){0};
    if (*command == '\0' || strcmp(command, "cat") == 0 || pipe2(pipe_to, O_CLOEXEC) < 0)
        return;
    fflush(NULL);
    p->pid = fork();
    if (p->pid == 0)
        run_pager(command, pipe_to);
    if (p->pid > 0) {
        dup2(pipe_to[1], STDOUT_FILENO);
        p->has_stderr = isatty(STDERR_FILENO);
        if (p->has_stderr)
            dup2(pipe_to[1], STDERR_FILENO);
        /* The pager may be left before the end, and the interrupt key is the pager's. */
        signal(SIGPIPE, SIG_IGN);
        signal(SIGINT, SIG_IGN);
        signal(SIGQUIT, SIG_IGN);
    } else {
        p->pid = 0;
    }
    close(pipe_to[0]);
    close(pipe_to[1]);
}

void pager_finish(struct pager *p)
{
    int null;

    if (p->pid == 0)
        return;
    fflush(stdout);
    null = open("/dev/null", O_WRONLY | O_CLOEXEC);
    dup2(null, STDOUT_FILENO); /* the pager sees the end, and what comes later goes nowhere */
    if (p->has_stderr)
        dup2(null, STDERR_FILENO);
    close(null);
    clearerr(stdout);
    while (waitpid(p->pid, NULL, 0) < 0 && errno == EINTR)
        ;
    p->pid = 0;
}
