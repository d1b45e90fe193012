/*
 * hide_fold.h - the two ways to fold functions into their callers (hide.h).
 */
#ifndef CPROF_REPORT_HIDE_FOLD_H
#define CPROF_REPORT_HIDE_FOLD_H

#include "format/profile.h"

/* What to do with a profile. Its function REST, without any numbers, is for what is hidden and was
   called by nobody. */
struct hide_fold {
    struct profile *profile;
    const bool *hidden; /* by function */
    uint32_t rest;
    bool inlined;
};

/* Both change the profile: numbers, callers, is_row (false: of those that are left out), tail. -1:
   memory is out. */

/* By the calling contexts of the tail, which is folded as well. */
int hide_by_contexts(const struct hide_fold *h);

/* By the table of callers; there is no tail, and nothing is known of inlined calls. */
int hide_by_callers(const struct hide_fold *h);

#endif
