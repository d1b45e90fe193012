/*
 * process.h - whether the hooks of this process record, and the way there and back.
 *
 *   HOOKS_UNSET --first hook event--> HOOKS_ON    (a raw file is made, the clock is chosen, the
 *       ^                        |\              hooks' own cost is measured)
 *       |                        | '-> HOOKS_OFF  (no place for a file, setuid; the end)
 *       |                        '---> HOOKS_IDLE (CPROF_ENABLE=0) <--> HOOKS_ON, while the program
 *       |                                         has a profile of its own switched on
 *       '-- in a child process, after any kind of fork: the kernel clears the page
 */
#ifndef CPROF_PRELOAD_PROCESS_H
#define CPROF_PRELOAD_PROCESS_H

#include "format/raw.h"
#include "preload/arch.h"
#include <stdbool.h>
#include <stdint.h>

enum { HOOKS_UNSET = 0, HOOKS_ON = 1, HOOKS_OFF = 2, HOOKS_IDLE = 3 };

/* A page of its own, with MADV_WIPEONFORK: also fork without libc's (_Fork, clone) is noticed. The
   hooks test mode before anything else, by an address relative to their own: a hook can run before
   this library is relocated, and then touches nothing but this page. */
struct process_state {
    uint32_t mode;
    uint32_t beginner; /* thread that is making the hooks ready; 0: none */
    uint32_t ended;    /* 1: what is to be done at the end has been done */
    uint32_t reserved;
    char rest[4096 - 16];
};

extern HIDDEN struct process_state process_state;

/* Slow path of every hook: leaves HOOKS_UNSET if that is possible yet. POSITION: the stack pointer
   of whatever called the hook. True: the hooks record. */
bool process_begin(uintptr_t position);

/* Makes it possible to record a profile that the program switches on, from ordinary code. False:
   it is not. */
bool process_prepare_profile(void);

/* Such a profile begins or ends to record a thread. */
void process_profile_begins(void);
void process_profile_ends(void);

/* Grows with every process that a fork made of this one: what was in the arena is gone then. */
uint32_t process_generation(void);

/* Whether a fork made this process of the one that loaded the library. */
bool process_is_forked(void);

/* Holds its own address once the loader has relocated this library. */
extern HIDDEN void *volatile process_relocated;

/* Whether this is a vfork child: what it does to itself is nothing to its parent, whose memory it
   shares. */
bool process_is_vforked(void);

/* What was before a restriction. */
struct process_restriction {
    uint32_t mode;
    uint32_t forbidden;
    struct raw_anchor now;
};

/* The program is about to forbid itself what FORBIDDEN says (filter.h): from here on it is not
   used. Then either it did, or it was refused. No system call is made by the last two. */
struct process_restriction process_restrict(uint32_t forbidden);
void process_unrestrict(struct process_restriction before);
void process_restricted(struct process_restriction before);

/* What is to be done at the end of the process, once: the raw file is marked as finished, and is
   converted by a process of its own, unless the session's root will do it. Other threads may still
   be in hooks. Does nothing in a vfork child. */
void process_end(void);

#endif
