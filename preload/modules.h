/*
 * modules.h - records of the executable and the libraries that functions lie in, made when the
 * first function of each is seen, so that addresses can be resolved after a crash or a dlclose.
 */
#ifndef CPROF_PRELOAD_MODULES_H
#define CPROF_PRELOAD_MODULES_H

#include <stdint.h>

/* Records the module that ADDRESS lies in, unless it is recorded. Safe in hooks. */
void modules_notice(uint64_t address);

/* Forgets what is recorded: a forked child's raw file has none yet. */
void modules_reset(void);

#endif
