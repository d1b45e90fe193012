#include "symbolize/confine.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

#if defined(__x86_64__)
#    define MACHINE AUDIT_ARCH_X86_64
#    define FOREIGN 0x40000000 /* numbers from here on are those of another ABI, x32 */
#elif defined(__aarch64__)
#    define MACHINE AUDIT_ARCH_AARCH64
#    define FOREIGN 0xffffffff
#endif

static const uint32_t denied[] = {
    /* other programs */
    SYS_execve,
    SYS_execveat,
    /* the network; io_uring makes system calls that no filter sees */
    SYS_socket,
    SYS_socketpair,
    SYS_connect,
    SYS_bind,
    SYS_listen,
    SYS_accept,
    SYS_accept4,
    SYS_io_uring_setup,
    SYS_io_uring_enter,
    SYS_io_uring_register,
    /* other processes */
    SYS_process_vm_readv,
    SYS_process_vm_writev,
    SYS_pidfd_getfd,
    SYS_setns,
    SYS_unshare,
#if !SANITIZED /* LeakSanitizer looks at its own process by ptrace */
    SYS_ptrace,
#endif
    /* the system */
    SYS_mount,
    SYS_umount2,
    SYS_pivot_root,
    SYS_chroot,
    SYS_bpf,
    SYS_perf_event_open,
    SYS_userfaultfd,
    SYS_add_key,
    SYS_request_key,
    SYS_keyctl,
    SYS_init_module,
    SYS_finit_module,
    SYS_delete_module,
    SYS_kexec_load,
    SYS_reboot,
};

static void deny_system_calls(void)
{
    struct sock_filter code[COUNT(denied) + 7], *at = code;
    *at++ =
        (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch));
    *at++ = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, MACHINE, 1, 0);
    *at++ = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM);
    *at++ =
        (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
    for (size_t i = 0; i < COUNT(denied); i++) {
        unsigned char to_denial = (unsigned char)(COUNT(denied) - i + 1);
        *at++ = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, denied[i], to_denial, 0);
    }
    *at++ = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, FOREIGN, 1, 0);
    *at++ = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    *at++ = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM);
    const struct sock_fprog program = {(unsigned short)(at - code), code};
    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0);
}

/* A program that ignored SIGCHLD hands that on to what it starts, and wait() finds nothing then. */
static void reset_signals(void)
{
    sigset_t none;
    for (int number = 1; number <= SIGRTMAX; number++)
        signal(number, number == SIGXFSZ ? SIG_IGN : SIG_DFL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static void limit(__rlimit_resource_t resource, rlim_t most)
{
    struct rlimit limits;
    if (getrlimit(resource, &limits) != 0)
        return;
    if (limits.rlim_cur > most)
        limits.rlim_cur = most;
    if (limits.rlim_max > most)
        limits.rlim_max = most;
    setrlimit(resource, &limits);
}

/* Half of the machine's, but room for a large program's debug information, which is mapped. */
static rlim_t memory(void)
{
    rlim_t least = (rlim_t)2 << 30;
    long pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGESIZE);
    rlim_t half = pages > 0 && size > 0 ? (rlim_t)pages * (rlim_t)size / 2 : 0;
    return half > least ? half : least;
}

void confine(void)
{
    reset_signals();
    unsetenv("DEBUGINFOD_URLS");
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_CPU, CONFINE_SECONDS);
    if (!SANITIZED) /* AddressSanitizer reserves terabytes */
        limit(RLIMIT_AS, memory());
    alarm(CONFINE_SECONDS);
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    deny_system_calls();
}
