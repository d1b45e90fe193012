/*
 * merge_tail.h - the tails of several profiles as one.
 */
#ifndef CPROF_REPORT_MERGE_TAIL_H
#define CPROF_REPORT_MERGE_TAIL_H

#include "format/profile.h"

/*
 * Appends *MORE to *INTO, or moves it there if that is NULL; *MORE is freed and NULL then. Threads,
 * modules, symbols, nodes and notes keep their order and are renumbered; of a symbol's function F
 * becomes ROWS[F]. The process stays the first one's; its times are sums. Returns -1 when memory is
 * out: *INTO is as it was.
 */
int tail_merge(struct profile_tail **into, struct profile_tail **more, const uint32_t *rows);

/* Gives T the N ROWS, which have no thread yet, as those of the one thread that made all its calls;
   frees them if T has rows, or there is no such thread. */
void tail_give_rows(struct profile_tail *t, struct profile_thread_row *rows, size_t n);

/* Takes out of T the symbols that are not KEPT, by index; their nodes are left without a symbol.
   -1: no memory, and nothing is changed. */
int tail_keep_symbols(struct profile_tail *t, const bool *kept);

#endif
