/*
 * mann_whitney.h - whether two sets of measurements differ by more than chance, without assuming
 * how they are distributed: times have long tails.
 *
 * Mann and Whitney, "On a test of whether one of two random variables is stochastically larger than
 * the other", 1947; Holm, "A simple sequentially rejective multiple test procedure", 1979.
 */
#ifndef CPROF_REPORT_MANN_WHITNEY_H
#define CPROF_REPORT_MANN_WHITNEY_H

#include <stddef.h>

/* The probability of a difference at least as large (in either direction) if A and B were drawn
   from the same distribution. Exact for up to MANN_WHITNEY_EXACT values a side that are all
   different, else by the normal approximation, corrected for ties and continuity. Values are
   finite. Sorts A and B. 1 if either is empty. */
#define MANN_WHITNEY_EXACT 25
double mann_whitney(double *a, size_t na, double *b, size_t nb);

/* Holm's correction: P[i] becomes the smallest level at which the i-th of N tests still rejects
   when all N are made. Returns -1 when memory is out. */
int mann_whitney_holm(double *p, size_t n);

#endif
