/*
 * process.h - whether the hooks of this process record, and the way there and back.
 *
 *   HOOKS_UNSET --first hook event--> HOOKS_ON    (a raw file is made, the clock is chosen, the
 *       ^                        \               hooks' own cost is measured)
 *       |                         '-> HOOKS_OFF   (CPROF_ENABLE=0, no place for a file, setuid)
 *       '-- in a child process, after any kind of fork: the kernel clears the page
 */
#ifndef CPROF_PRELOAD_PROCESS_H
#define CPROF_PRELOAD_PROCESS_H

#include "preload/arch.h"
#include <stdbool.h>
#include <stdint.h>

enum { HOOKS_UNSET = 0, HOOKS_ON = 1, HOOKS_OFF = 2 };

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

/* Slow path of every hook: leaves HOOKS_UNSET if that is possible yet. True: the hooks record. */
bool process_begin(void);

/* What is to be done at the end of the process, once: the raw file is marked as finished, and is
   converted by a process of its own, unless the session's root will do it. Other threads may still
   be in hooks. Does nothing in a vfork child. */
void process_end(void);

#endif
