/*
 * forbid.h - what the program forbids itself. prctl and syscall are libc's functions, put in front
 * of: before the program restricts itself, libcprof.so gives up what the restriction would kill it
 * for. What one thread forbids itself, the whole process then does without.
 *
 *   PR_SET_TSC, PR_TSC_SIGSEGV      the clock becomes a system call
 *   seccomp, strict                 recording ends, the raw file stays
 *   seccomp, filter                 by what it lets pass (filter.h): nothing; no file is opened and
 * no helper started any more; recording ends
 *
 * System calls that a program makes by instructions of its own are not seen.
 */
#ifndef CPROF_PRELOAD_FORBID_H
#define CPROF_PRELOAD_FORBID_H

#include "preload/arch.h"

/* Behind `syscall`, for SYS_prctl and SYS_seccomp. */
HIDDEN long forbid_syscall(long number, long a, long b, long c, long d, long e);

#endif
