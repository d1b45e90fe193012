/*
 * hide.h - leaving functions out of a model as if they had been part of their callers' code.
 *
 * What a hidden function took itself is added to what called it; calls that it made become its
 * caller's. Functions that stay keep their calls, primitive calls and cumulative times. What was
 * called by nobody and is hidden becomes one row, <hidden>, so that own times still add up.
 *
 * A model with calling contexts (tail) is folded context by context. Without them, as in files of
 * Python, a hidden function's numbers are shared out among its callers in proportion to what each
 * of them has of its cumulative time.
 */
#ifndef CPROF_REPORT_HIDE_H
#define CPROF_REPORT_HIDE_H

#include "report/model.h"
#include "report/pattern.h"

struct hide {
    struct pattern **filters; /* if any: hide what no one finds in its file or its module's path */
    size_t nfilters;
    struct pattern **excludes; /* hide what one finds there */
    size_t nexcludes;
    bool inlined; /* calls that the compiler inlined, too; needs a tail */
};

/* Changes M; *HIDDEN: how many functions are left out, in full. On -1, M is good for model_free
   only. Nothing may be left to show: that is an error, too. */
int hide(struct model *m, const struct hide *h, size_t *hidden, struct profile_error *error);

#endif
