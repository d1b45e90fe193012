/* inject.c - lets system calls of libcprof.so fail, one after the other.

     inject ERRNO FOLDER PROGRAM [ARGUMENT...]

   runs PROGRAM, with LD_PRELOAD=$INJECT, as often as libcprof.so makes a system call in it, each
   time in a folder FOLDER/NAME.N of its own, where the Nth call of number NAME fails with ERRNO
   (EINTR: after it was not made), and once more for each number, N 0, where all of them do. What
   PROGRAM prints goes to `out` there, its status, as of wait, to `status`. Prints how many runs
   there were.

     inject ERRNO,NUMBER[,FIRST-ARGUMENT-3] FOLDER PROGRAM...   only all calls of that number

   Calls are libcprof.so's if the instruction lies in it; of libc's clone, if it has CLONE_UNTRACED.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NUMBERS = 512, TASKS = 64 };

static struct {
    long number; /* -1: none, only count */
    long nth;    /* 0: all */
    int error;
    long third; /* argument; -1: any */
} fault;

static long made[NUMBERS]; /* calls of libcprof.so in this run */
static unsigned long long start, end;

static struct task {
    pid_t pid;
    bool inside, failing;
} tasks[TASKS];

static struct task *task_of(pid_t pid)
{
    struct task *t = tasks;
    while (t->pid != pid && t->pid != 0 && t < tasks + TASKS - 1)
        t++;
    t->pid = pid;
    return t;
}

static void find_library(pid_t pid)
{
    char path[64], line[4096];
    snprintf(path, sizeof path, "/proc/%d/maps", pid);
    FILE *f = fopen(path, "r");
    start = end = 0;
    while (f != NULL && fgets(line, sizeof line, f) != NULL) {
        unsigned long long from, to;
        if (strstr(line, "/libcprof.so") != NULL && strstr(line, " r-xp ") != NULL &&
            sscanf(line, "%llx-%llx", &from, &to) == 2)
            start = from, end = to;
    }
    if (f != NULL)
        fclose(f);
}

static bool is_own(pid_t pid, const struct user_regs_struct *regs)
{
    if (regs->orig_rax == SYS_clone)
        return (regs->rdi & CLONE_UNTRACED) != 0;
    if (regs->rip >= start && regs->rip < end)
        return true;
    if (end == 0 && regs->orig_rax != SYS_execve)
        find_library(pid);
    return regs->rip >= start && regs->rip < end;
}

static bool is_to_fail(const struct user_regs_struct *regs)
{
    long number = (long)regs->orig_rax;
    if (number == SYS_rt_sigprocmask && regs->rdi == SIG_SETMASK)
        return false; /* what must not fail, and does not */
    if (fault.number != number || (fault.third != -1 && (long)regs->rdx != fault.third))
        return false;
    return fault.nth == 0 || made[number] == fault.nth;
}

static void on_call(struct task *t)
{
    struct user_regs_struct regs;
    if (ptrace(PTRACE_GETREGS, t->pid, 0, &regs) != 0)
        return;
    t->inside = !t->inside;
    if (!t->inside && t->failing) {
        regs.rax = (unsigned long long)-fault.error;
        ptrace(PTRACE_SETREGS, t->pid, 0, &regs);
        t->failing = false;
    } else if (t->inside && regs.orig_rax < NUMBERS && is_own(t->pid, &regs)) {
        made[regs.orig_rax]++;
        if (is_to_fail(&regs)) {
            t->failing = true;
            regs.orig_rax = (unsigned long long)-1;
            ptrace(PTRACE_SETREGS, t->pid, 0, &regs);
        }
    }
}

static pid_t begin(const char *folder, char **argv)
{
    pid_t pid = fork();
    if (pid != 0)
        return pid;
    if (mkdir(folder, 0755) != 0 || chdir(folder) != 0)
        _exit(120);
    int out = open("out", O_WRONLY | O_CREAT | O_TRUNC, 0644);
    dup2(out, 1);
    dup2(out, 2);
    close(out);
    setenv("LD_PRELOAD", getenv("INJECT"), 1);
    ptrace(PTRACE_TRACEME, 0, 0, 0);
    raise(SIGSTOP);
    execv(argv[0], argv);
    _exit(121);
}

/* What a tracee that has stopped goes on with: a signal, or 0. */
static int after_stop(pid_t pid, int status)
{
    int number = WSTOPSIG(status);
    if (number == (SIGTRAP | 0x80)) {
        on_call(task_of(pid));
        return 0;
    }
    if (status >> 8 == (SIGTRAP | PTRACE_EVENT_EXEC << 8)) {
        start = end = 0;
        task_of(pid)->inside = true;
    }
    if (status >> 16 != 0 || number == SIGSTOP)
        return 0;
    return number;
}

/* Its status, as of wait. */
static int run(const char *folder, char **argv)
{
    int status, result = -1;
    long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
                   PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL;
    memset(tasks, 0, sizeof tasks);
    memset(made, 0, sizeof made);
    start = end = 0;
    pid_t first = begin(folder, argv), pid;
    waitpid(first, &status, 0);
    ptrace(PTRACE_SETOPTIONS, first, 0, options);
    ptrace(PTRACE_SYSCALL, first, 0, 0);
    alarm(60);
    while ((pid = waitpid(-1, &status, __WALL)) > 0) {
        if (WIFSTOPPED(status))
            ptrace(PTRACE_SYSCALL, pid, 0, after_stop(pid, status));
        else if (pid == first)
            result = status;
    }
    alarm(0);
    char path[4200];
    snprintf(path, sizeof path, "%s/status", folder);
    FILE *f = fopen(path, "w");
    if (f == NULL)
        exit(2);
    fprintf(f, "%d\n", result);
    fclose(f);
    return result;
}

/* Whether the fault came to pass. */
static bool run_with_fault(const char *folder, char **argv, long number, long nth)
{
    char path[4096];
    fault.number = number;
    fault.nth = nth;
    snprintf(path, sizeof path, "%s/%ld.%ld", folder, number, nth);
    run(path, argv);
    return nth == 0 || made[number] >= nth;
}

int main(int argc, char **argv)
{
    static long most[NUMBERS];
    long runs = 0, number = -1;
    if (argc < 4)
        return 2;
    char *comma = strchr(argv[1], ','), *second = comma ? strchr(comma + 1, ',') : NULL;
    fault.error = atoi(argv[1]);
    fault.third = second ? atol(second + 1) : -1;
    if (comma != NULL) {
        number = atol(comma + 1);
        run_with_fault(argv[2], argv + 3, number, 0);
        printf("%ld failed\n", made[number]);
        return 0;
    }
    run_with_fault(argv[2], argv + 3, -1, 1);
    memcpy(most, made, sizeof most);
    for (number = 0; number < NUMBERS; number++) {
        if (most[number] == 0)
            continue;
        run_with_fault(argv[2], argv + 3, number, 0);
        runs++;
        for (long nth = 1; run_with_fault(argv[2], argv + 3, number, nth); nth++)
            runs++;
    }
    printf("%ld runs\n", runs);
    return 0;
}
