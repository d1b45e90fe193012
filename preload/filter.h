/*
 * filter.h - which of libcprof.so's system calls a seccomp filter of the program would let pass. A
 * filter is a small program of the kernel's (classic BPF, without loops) that the program hands
 * over: it is run here on the calls that we would make, so that nothing has to be tried.
 */
#ifndef CPROF_PRELOAD_FILTER_H
#define CPROF_PRELOAD_FILTER_H

#include "preload/arch.h"
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>

/* What FILTER of N instructions answers to DATA: SECCOMP_RET_...; SECCOMP_RET_KILL_PROCESS where
   the kernel would not accept it. */
uint32_t filter_run(const struct sock_filter *filter, size_t n, const struct seccomp_data *data);

enum {
    FILTER_FILES = 1,     /* files, processes: a new raw file, the helper */
    FILTER_RECORDING = 2, /* memory, and what else the hooks' slow paths take */
};

/* Which of these FILTER takes away; clock_calls: the clock is a system call. */
uint32_t filter_forbids(const struct sock_filter *filter, size_t n, bool clock_calls);

#endif
