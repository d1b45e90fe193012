/* 06_refused.c - a process that can start no other at its end: 06_refused clone|clone3|execve: that
   system call fails with EPERM from the start on; chroot DIR: another root. Calls leaf 500 times. */
#include "test/progs/work.h"
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static void refuse(unsigned number)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof code / sizeof *code, code};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
        abort();
}

int main(int argc, char **argv)
{
    const char *mode = argc > 1 ? argv[1] : "";
    work(250);
    if (strcmp(mode, "clone") == 0)
        refuse(SYS_clone);
    if (strcmp(mode, "execve") == 0)
        refuse(SYS_execve);
    if (strcmp(mode, "chroot") == 0 && (chroot(argv[2]) != 0 || chdir("/") != 0))
        return 9;
    work(250);
    printf("counted %ld\n", counted);
    return 3;
}
