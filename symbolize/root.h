/*
 * root.h - a root for profiles that have none.
 *
 * Viewers draw from a row that nothing calls. Where all that was called from outside, main say, is
 * also called by itself or by others, there is no such row: tuna refuses the file, others draw
 * nothing. Then the process is given a row: nobody called it, it has no time of its own, and it
 * called what was called from outside.
 */
#ifndef CPROF_SYMBOLIZE_ROOT_H
#define CPROF_SYMBOLIZE_ROOT_H

#include "format/profile.h"

/* Adds that row to P, which has a tail, where it is wanted. Totals stay what they are. */
void root_add(struct profile *p);

#endif
