/*
 * sys.h - the system calls that libcprof.so makes, without libc: none of them touches errno, all
 * are safe in signal handlers. They return what the kernel returns, -errno on failure.
 */
#ifndef CPROF_PRELOAD_SYS_H
#define CPROF_PRELOAD_SYS_H

#include "preload/arch.h"
#include <fcntl.h>
#include <linux/sched.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>

static inline long sys0(long n)
{
    return arch_syscall(n, 0, 0, 0, 0, 0, 0);
}

static inline long sys1(long n, long a)
{
    return arch_syscall(n, a, 0, 0, 0, 0, 0);
}

static inline long sys2(long n, long a, long b)
{
    return arch_syscall(n, a, b, 0, 0, 0, 0);
}

static inline long sys3(long n, long a, long b, long c)
{
    return arch_syscall(n, a, b, c, 0, 0, 0);
}

static inline long sys4(long n, long a, long b, long c, long d)
{
    return arch_syscall(n, a, b, c, d, 0, 0);
}

static inline bool sys_failed(long result)
{
    return (unsigned long)result > -4096UL;
}

/* Memory of our own: private, zeroed, page-aligned. NULL when there is none. */
static inline void *sys_memory(size_t size)
{
    long p = arch_syscall(SYS_mmap, 0, (long)size, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return sys_failed(p) ? NULL : (void *)p;
}

static inline void sys_release(void *p, size_t size)
{
    sys2(SYS_munmap, (long)p, (long)size);
}

static inline int sys_open(const char *path, int flags, int mode)
{
    return (int)sys4(SYS_openat, AT_FDCWD, (long)path, flags, mode);
}

static inline void sys_close(int fd)
{
    sys1(SYS_close, fd);
}

static inline long sys_read(int fd, void *buffer, size_t size)
{
    return sys3(SYS_read, fd, (long)buffer, (long)size);
}

/* An empty file in memory, not one of the standard descriptors; less than 0: there is none. */
static inline int sys_memory_file(void)
{
    int fd = (int)sys2(SYS_memfd_create, (long)"cprof", MFD_CLOEXEC);
    if (fd < 0 || fd > 2)
        return fd;
    int moved = (int)sys3(SYS_fcntl, fd, F_DUPFD_CLOEXEC, 3);
    sys_close(fd);
    return moved;
}

/* Keeps all signals off this thread; returns the mask to set again. */
static inline uint64_t sys_block_signals(void)
{
    uint64_t all = ~UINT64_C(0), before = 0;
    sys4(SYS_rt_sigprocmask, SIG_BLOCK, (long)&all, (long)&before, sizeof all);
    return before;
}

static inline void sys_set_signals(uint64_t mask)
{
    sys4(SYS_rt_sigprocmask, SIG_SETMASK, (long)&mask, 0, sizeof mask);
}

static inline int sys_pid(void)
{
    return (int)sys0(SYS_getpid);
}

#endif
