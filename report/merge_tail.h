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

#endif
