/*
 * fold.h - from calling-context trees in ticks to functions and edges in seconds.
 *
 * Per thread a tree holds calls and self ticks by context, and levels hold recursion and cumulative
 * ticks by function and by edge (format/raw.h). Folding adds them up over contexts, then over
 * threads, closes what was open at the end, takes the hooks' own time out, and merges addresses
 * that are one function: clones of it, or instances of a template.
 *
 * The hooks' own time: each call costs its function `inner` and its caller `outer`. So
 *     self of a context    self - inner * its calls - outer * the calls made from it
 *     cumulative           total - inner * primitive calls - (inner + outer) * hook pairs inside
 * and never less than zero, nor cumulative less than self. Calls made from a recursive call are
 * counted at its home, so a home and its links share out their callees' `outer` in proportion to
 * what self time they have.
 */
#ifndef CPROF_SYMBOLIZE_FOLD_H
#define CPROF_SYMBOLIZE_FOLD_H

#include <stddef.h>

#include "format/profile.h"
#include "symbolize/raw_read.h"
#include "symbolize/symbol.h"

/* One symbol, with its address only, for each function in IMAGE in order of first appearance.
   Sets *n; for free(). */
struct symbol *fold_symbols(const struct raw_image *image, size_t *n);

/* The profile of IMAGE, whose functions SYMBOLS (from fold_symbols) name. *out is to be freed with
   profile_free; its tail has all but the modules, and symbols refer to the resolver's. */
void fold_profile(const struct raw_image *image, const struct symbol *symbols, size_t n,
                  struct profile *out);

#endif
