/*
 * config.h - the environment variables that users set.
 *
 *   CPROF_OUT=FILE         where the profile goes; %p pid, %n program name, %% a % (out.prof)
 *   CPROF_ENABLE=0         record nothing but the profiles that the program switches on (cprof.h)
 *   PROFILE_ENABLE=1       CPROF_DO_PROFILE writes profiles: of the last call of its function;
 *   PROFILE_ENABLE=all     of all calls
 *   CPROF_MAX_NODES=N      cap on the nodes of all calling-context trees (4194304)
 *   CPROF_VERBOSE=1        say on stderr what went wrong
 */
#ifndef CPROF_PRELOAD_CONFIG_H
#define CPROF_PRELOAD_CONFIG_H

#include "preload/arch.h"
#include <stdbool.h>
#include <stdint.h>

struct config {
    bool enabled;
    bool verbose;
    bool profile_functions; /* PROFILE_ENABLE */
    bool add_up_calls;      /* PROFILE_ENABLE=all */
    uint64_t max_nodes;
    const char *out; /* CPROF_OUT as it stands; stays in the environment */
};

extern HIDDEN struct config config;

/* Reads them, once; false: there is no environment yet, so early is it. */
bool config_read(void);

/* The value of NAME in the environment, without libc; NULL: not set. */
const char *config_variable(const char *name);

/* One line on stderr, where CPROF_VERBOSE=1 asks for it: "cprof: TEXT DETAIL". */
void config_complain(const char *text, const char *detail);

#endif
