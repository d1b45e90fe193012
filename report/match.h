/*
 * match.h - which functions of an old profile are which of a new one, although the checkout moved,
 * lines shifted, or the compiler cloned something else.
 */
#ifndef CPROF_REPORT_MATCH_H
#define CPROF_REPORT_MATCH_H

#include "report/row.h"

/* No function. */
#define MATCH_NONE SIZE_MAX

/*
 * Finds for each of the NOLD functions its partner among the NNEW, each of which is the partner of
 * one at most: PARTNERS[i] is its index or MATCH_NONE. Functions are paired that agree in
 *
 *     file, line, name               the same build
 *     file, name                     lines shifted
 *     file without folders, name     the checkout moved, or the folder's name has a version
 *     the same, without suffixes     .part.0, .constprop.1 and their like
 *     name without suffixes          moved to another file
 *
 * each of what the line above left. Where several agree, those go first whose paths end alike and
 * whose lines are near. -1: memory is out.
 */
int match_functions(const struct row *const *old, size_t nold, const struct row *const *new,
                    size_t nnew, size_t *partners);

#endif
