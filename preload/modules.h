/*
 * modules.h - records of the executable and the libraries that functions lie in, made when the
 * first function of each is seen, so that addresses can be resolved after a crash or a dlclose.
 *
 * Where libraries are unloaded, others come to lie at their addresses. Modules that were loaded at
 * one place are told apart by an epoch, 1 for the first of them; the nodes of one that is not
 * loaded any more have it in their functions' addresses (raw.h). Which modules are gone is found
 * out after every dlclose (unload.c), and, where libc unloads by itself, when a function is seen
 * where another module was.
 */
#ifndef CPROF_PRELOAD_MODULES_H
#define CPROF_PRELOAD_MODULES_H

#include <stdint.h>

/* What the function at ADDRESS is known by as long as the process lives, unlike the address: that,
   and the epoch of its module less 1. Records the module, unless it is recorded; where that is one
   that was unloaded, the same by its build-id, its nodes are its own again. Safe in hooks. */
uint64_t modules_identity(uint64_t address);

/* Notices which modules are not loaded any more. From ordinary code. */
void modules_unloaded(void);

/* Forgets what is recorded: a forked child's raw file has none yet. */
void modules_reset(void);

#endif
