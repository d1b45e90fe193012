/*
 * figures.h - what the calling contexts say of functions beyond pstats' numbers.
 */
#ifndef CPROF_REPORT_FIGURES_H
#define CPROF_REPORT_FIGURES_H

#include "report/model.h"

/* Sets the figures of M's rows by M's tail; without one they stay unknown. -1: memory is out. */
int figures_fill(struct model *m);

#endif
