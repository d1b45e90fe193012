/*
 * contexts.h - makecontext, swapcontext and setcontext of libc, and make_fcontext, jump_fcontext
 * and ontop_fcontext of boost: the same functions, by which it is known where a coroutine's stack
 * ends and when a thread goes from one to another. What switches in other ways is noticed by the
 * hooks.
 */
#ifndef CPROF_PRELOAD_CONTEXTS_H
#define CPROF_PRELOAD_CONTEXTS_H

/* Finds libc's, so that they can be called from signal handlers. From the constructor. */
void contexts_setup(void);

#endif
