/* 11_restricted.c - what a program forbids itself, in the order of the arguments: 11_restricted
   STEP...

     work=N          calls leaf N times
     contexts=N      calls leaf N deep in itself and others, in contexts that are new
     tsc             PR_SET_TSC, PR_TSC_SIGSEGV; a SIGSEGV in a hook ends the program
     strict          seccomp, strict, by prctl
     strict-call     the same by syscall(SYS_seccomp)
     deny=ACTION:N,N...    a filter: system calls N are answered with ACTION (kill, trap, 0 or an
   errno) allow=ACTION:N,N...   a filter: all others are invalid         a filter that cannot be
   read, and one that the kernel refuses harmless        prctl and syscall for things that do not
   matter here thread          goes on in another thread fork            goes on in a child; its
   status is the program's vfork           a vfork child forbids itself everything and ends; the
   program goes on say             writes the number of calls so far, by write(2) exit=N exit;
   _exit=N _exit; raw=N the system call exit */
#include "../progs/work.h"
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define UNSEEN __attribute__((no_instrument_function))

static __attribute__((noinline)) void left(unsigned long path);

static __attribute__((noinline)) void right(unsigned long path)
{
    leaf();
    if (path > 1)
        path % 2 == 0 ? left(path / 2) : leaf();
}

static __attribute__((noinline)) void left(unsigned long path)
{
    leaf();
    if (path > 1)
        path % 2 == 0 ? leaf() : right(path / 2);
}

UNSEEN static void put(const char *text, long number)
{
    char line[64];
    int n = snprintf(line, sizeof line, "%s %ld\n", text, number);
    if (write(1, line, (size_t)n) != n)
        abort();
}

UNSEEN static void trapped(int number)
{
    (void)number;
    put("trapped", 1);
    _exit(9);
}

#define LOAD_NUMBER BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr))

UNSEEN static unsigned action_of(const char *name)
{
    if (strncmp(name, "kill", 4) == 0)
        return SECCOMP_RET_KILL_PROCESS;
    if (strncmp(name, "trap", 4) == 0)
        return SECCOMP_RET_TRAP;
    return SECCOMP_RET_ERRNO | (unsigned)atoi(name);
}

UNSEEN static void install(unsigned short n, struct sock_filter *filter)
{
    struct sock_fprog program = {n, filter};
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    long result = n % 2 == 0 ? prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0)
                             : syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
    if (result != 0)
        put("not installed", errno);
}

/* The numbers in TEXT get ACTION, or all others do. */
UNSEEN static void filter(const char *text, int denied)
{
    static struct sock_filter filter[600];
    unsigned short n = 0;
    unsigned action = action_of(text);
    filter[n++] = (struct sock_filter)LOAD_NUMBER;
    for (const char *at = strchr(text, ':'); at != NULL; at = strchr(at + 1, ',')) {
        filter[n++] =
            (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)atoi(at + 1), 0, 1);
        filter[n++] =
            (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, denied ? action : SECCOMP_RET_ALLOW);
    }
    filter[n++] =
        (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, denied ? SECCOMP_RET_ALLOW : action);
    install(n, filter);
}

UNSEEN static void invalid(void)
{
    struct sock_filter endless[] = {LOAD_NUMBER, BPF_STMT(BPF_JMP | BPF_JA, 70000)};
    struct sock_fprog program = {2, endless};
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    put("no filter", prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, NULL, 0, 0) == -1 ? errno : 0);
    put("nowhere", prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, 4096L, 0, 0) == -1 ? errno : 0);
    put("endless", prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == -1 ? errno : 0);
    put("flags",
        syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 1L << 20, &program) == -1 ? errno : 0);
    put("strict", syscall(SYS_seccomp, SECCOMP_SET_MODE_STRICT, 1, NULL) == -1 ? errno : 0);
}

UNSEEN static void harmless(void)
{
    char name[16] = "";
    int mode = 0;
    prctl(PR_SET_NAME, "renamed");
    prctl(PR_GET_NAME, name);
    put(name, prctl(PR_GET_DUMPABLE));
    put("dumpable", prctl(PR_SET_DUMPABLE, 0) + prctl(PR_GET_DUMPABLE));
    put("death", prctl(PR_SET_PDEATHSIG, SIGTERM) + prctl(PR_SET_PDEATHSIG, 0));
    put("tsc", prctl(PR_GET_TSC, &mode) + mode);
    put("privileges",
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) + prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
    put("bad option", prctl(123456, 1, 2, 3, 4) == -1 ? errno : 0);
    put("pid", syscall(SYS_getpid) == getpid());
    put("bad call", syscall(123456, 1, 2, 3, 4, 5, 6) == -1 ? errno : 0);
    put("close", syscall(SYS_close, -1) == -1 ? errno : 0);
    put("six", syscall(SYS_mmap, 0L, 4096L, 3L, 0x22L, -1L, 4095L) == -1 ? errno : 0);
    put("name", syscall(SYS_prctl, PR_SET_NAME, "again"));
}

static char **next;

UNSEEN static void run(void);

UNSEEN static void *thread(void *unused)
{
    run();
    return unused;
}

UNSEEN static void go_on_in_child(void)
{
    int status;
    pid_t pid = fork();
    if (pid == 0) {
        counted = 0;
        return;
    }
    waitpid(pid, &status, 0);
    put("child", status);
    _exit(0);
}

UNSEEN static void step(const char *a)
{
    const char *value = strchr(a, '=') ? strchr(a, '=') + 1 : "";
    pthread_t t;
    if (strncmp(a, "work=", 5) == 0)
        work(atol(value));
    else if (strncmp(a, "contexts=", 9) == 0)
        for (unsigned long path = 1; path <= (unsigned long)atol(value); path++)
            left(path * 2654435761u % 65536), right(path * 2654435761u % 65536);
    else if (strcmp(a, "tsc") == 0)
        prctl(PR_SET_TSC, PR_TSC_SIGSEGV);
    else if (strcmp(a, "strict") == 0)
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT);
    else if (strcmp(a, "strict-call") == 0)
        syscall(SYS_seccomp, SECCOMP_SET_MODE_STRICT, 0, NULL);
    else if (strncmp(a, "deny=", 5) == 0 || strncmp(a, "allow=", 6) == 0)
        filter(value, *a == 'd');
    else if (strcmp(a, "invalid") == 0)
        invalid();
    else if (strcmp(a, "harmless") == 0)
        harmless();
    else if (strcmp(a, "fork") == 0)
        go_on_in_child();
    else if (strcmp(a, "vfork") == 0) {
        if (vfork() == 0) {
            prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT);
            syscall(SYS_exit, 0);
        }
    } else if (strcmp(a, "thread") == 0) {
        pthread_create(&t, NULL, thread, NULL);
        pthread_join(t, NULL);
    } else if (strcmp(a, "say") == 0)
        put("calls", counted);
    else if (strncmp(a, "exit=", 5) == 0)
        exit(atoi(value));
    else if (strncmp(a, "_exit=", 6) == 0)
        _exit(atoi(value));
    else if (strncmp(a, "raw=", 4) == 0)
        syscall(SYS_exit, atoi(value));
}

UNSEEN static void run(void)
{
    while (*next != NULL)
        step(*next++);
}

UNSEEN int main(int argc, char **argv)
{
    (void)argc;
    next = argv + 1;
    signal(SIGSYS, trapped);
    run();
    return 0;
}
