/*
 * libc.h - what glibc has and other C libraries have not. Every reference to it is weak: a program
 * of another C library (musl's, that a script starts, say) inherits LD_PRELOAD, and its loader
 * would not start it with a library that needs what is not there.
 */
#ifndef CPROF_PRELOAD_LIBC_H
#define CPROF_PRELOAD_LIBC_H

#include <dlfcn.h>
#include <stdbool.h>
#include <stddef.h>

#pragma weak _dl_find_object

/* As __cxa_atexit, for quick_exit. */
__attribute__((weak)) int __cxa_at_quick_exit(void (*function)(void *), void *dso);

/* As pthread_atfork. */
__attribute__((weak)) int __register_atfork(void (*prepare)(void), void (*parent)(void),
                                            void (*child)(void), void *dso);

__attribute__((weak)) extern void *__libc_stack_end; /* where the main thread's stack began */

/* Whether the program runs with the C library that this one was written for. If not, nothing of the
   above may be used, and nothing is recorded. */
static inline bool libc_is_known(void)
{
    return &_dl_find_object != NULL && &__cxa_at_quick_exit != NULL && &__libc_stack_end != NULL;
}

#endif
