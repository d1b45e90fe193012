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

/* The program has forbidden itself system calls of ours, and would die of one (forbid.h): none is
   made any more; or none for files and processes. */
extern HIDDEN bool sys_forbidden, sys_files_forbidden;

static inline long sys6(long n, long a, long b, long c, long d, long e, long f)
{
    return __builtin_expect(sys_forbidden, 0) ? -1 /* EPERM */ : arch_syscall(n, a, b, c, d, e, f);
}

static inline long sys0(long n)
{
    return sys6(n, 0, 0, 0, 0, 0, 0);
}

static inline long sys1(long n, long a)
{
    return sys6(n, a, 0, 0, 0, 0, 0);
}

static inline long sys2(long n, long a, long b)
{
    return sys6(n, a, b, 0, 0, 0, 0);
}

static inline long sys3(long n, long a, long b, long c)
{
    return sys6(n, a, b, c, 0, 0, 0);
}

static inline long sys4(long n, long a, long b, long c, long d)
{
    return sys6(n, a, b, c, d, 0, 0);
}

static inline bool sys_failed(long result)
{
    return (unsigned long)result > -4096UL;
}

/* Memory of our own: private, zeroed, page-aligned. NULL when there is none. */
static inline void *sys_memory(size_t size)
{
    long p = sys6(SYS_mmap, 0, (long)size, PROT_READ | PROT_WRITE,
                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return sys_failed(p) ? NULL : (void *)p;
}

static inline void sys_release(void *p, size_t size)
{
    sys2(SYS_munmap, (long)p, (long)size);
}

static inline int sys_open(const char *path, int flags, int mode)
{
    return sys_files_forbidden ? -1 : (int)sys4(SYS_openat, AT_FDCWD, (long)path, flags, mode);
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
    int fd = sys_files_forbidden ? -1 : (int)sys2(SYS_memfd_create, (long)"cprof", MFD_CLOEXEC);
    if (fd < 0 || fd > 2)
        return fd;
    int moved = (int)sys3(SYS_fcntl, fd, F_DUPFD_CLOEXEC, 3);
    sys_close(fd);
    return moved;
}

#define SYS_SIGNALS_UNTOUCHED (~UINT64_C(0)) /* no mask: SIGKILL is never blocked */

/* Keeps all signals off this thread; returns the mask to set again. */
static inline uint64_t sys_block_signals(void)
{
    uint64_t all = ~UINT64_C(0), before = 0;
    long error = sys4(SYS_rt_sigprocmask, SIG_BLOCK, (long)&all, (long)&before, sizeof all);
    return error == 0 ? before : SYS_SIGNALS_UNTOUCHED;
}

/* Also if another thread has forbidden itself something meanwhile. */
static inline void sys_set_signals(uint64_t mask)
{
    if (mask != SYS_SIGNALS_UNTOUCHED)
        arch_syscall(SYS_rt_sigprocmask, SIG_SETMASK, (long)&mask, 0, sizeof mask, 0, 0);
}

static inline int sys_pid(void)
{
    return (int)sys0(SYS_getpid);
}

#endif
