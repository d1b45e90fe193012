/*
 * control.h - profiles that the program switches on (cprof.h): what stands behind its functions.
 *
 *     control.c    profile objects: create, enable, disable, clear, dump, print, free; scopes
 *     decorate.c   functions with CPROF_DO_PROFILE: whose profile it is, and when it is written
 *
 * A profile's records (thread.h) stand in the arena beside those of the process, under a number of
 * their own; snapshot.h makes a raw file of them, and the helper a profile of that.
 */
#ifndef CPROF_PRELOAD_CONTROL_H
#define CPROF_PRELOAD_CONTROL_H

#include "preload/above.h"
#include "preload/cprof.h"
#include "preload/thread.h"

struct decorated;

struct cprof_profile {
    struct thread *records;     /* NULL: none yet */
    uint32_t generation;        /* of the process (process.h) that records and tid are of */
    uint32_t tid;               /* the thread that it records; 0: inactive */
    uint64_t number;            /* in raw_thread.profile; not 0 */
    unsigned long serial;       /* how often it was switched on */
    uintptr_t slot;             /* of the function that its scope is in; 0: it has none */
    uintptr_t pc;               /* where that scope begins */
    struct decorated *function; /* that it belongs to; NULL: none */
    struct cprof_profile *next; /* of that function, or free */
    bool taken;                 /* decorate.c: in use by a call, from before it is switched on */
    struct frames_open_call calls[ABOVE_MOST]; /* for switching it on */
};

/* A number for a profile that no other has. */
uint64_t control_number(void);

/* A new profile with that number; NULL: no memory. */
struct cprof_profile *control_create(uint64_t number);

/* The profile that records the calling thread, NULL: none. */
struct cprof_profile *control_active(void);

/* Forgets what PROFILE, which is inactive, has recorded. */
void control_clear(struct cprof_profile *profile);

/* The call that was told to cprof_begin_scope seems not to be from within the scope that is active
   on this thread, which was thus left by a jump: ends it, as its end would have. Also for hooks. */
void control_scope_left(void);

/* The thread, or the process, ends: ends the scopes that are active. */
void control_thread_ends(void);
void control_process_ends(void);

/* In a forked child, before any thread of it uses a profile: what the parent has recorded and not
   yet written is the parent's, and no lock is held. */
void control_after_fork(void);

/* ---- decorate.c ---- */

void decorate_after_fork(void);

/* The profile for a call of FUNCTION; NULL: it is not to be profiled, or cannot be. */
struct cprof_profile *decorate_begin(struct cprof_function *function);

/* PROFILE, from decorate_begin, could not be switched on. */
void decorate_cancel(struct cprof_profile *profile);

/* The call is over, PROFILE inactive: it is written by and by. */
void decorate_end(struct cprof_profile *profile);

/* Writes the profiles of calls that are not over on other threads, and waits until all are written.
 */
void decorate_process_ends(void);

#endif
