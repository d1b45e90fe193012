/*
 * resolve.h - addresses to names, by the files that the profiled program had loaded (look_up.h).
 *
 * A resolver keeps what it found, for any number of raw files. The files are read by other
 * processes (worker.h), so that none of them can harm this one.
 */
#ifndef CPROF_SYMBOLIZE_RESOLVE_H
#define CPROF_SYMBOLIZE_RESOLVE_H

#include <stddef.h>

#include "format/profile.h"
#include "format/raw.h"
#include "symbolize/symbol.h"
#include "symbolize/worker.h"

struct resolver;

/* LIMITS: of the processes that read modules; NULL: the usual ones. */
struct resolver *resolver_new(const struct worker_limits *limits);
void resolver_free(struct resolver *r);

/* Fills in SYMBOLS[N] and returns 0, given their addresses and the process' modules, of which a
   later one covers an earlier one. An address in no module is called <0xADDRESS>; one whose module
   is not there any more, or has been rebuilt (by its build-id), or knows no name for it,
   MODULE+0xOFFSET. Returns -1 with errno if no process can be made. */
int resolver_fill(struct resolver *r, const struct raw_module *const *modules, size_t nmodules,
                  struct symbol *symbols, size_t n);

/* Gives TAIL the modules that its symbols refer to by the resolver's numbers, which change to
   indexes into tail->modules. */
void resolver_give_modules(const struct resolver *r, struct profile_tail *tail);

#endif
