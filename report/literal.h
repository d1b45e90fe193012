/*
 * literal.h - Python's way to read numbers and to show values, which restrictions are made of.
 */
#ifndef CPROF_REPORT_LITERAL_H
#define CPROF_REPORT_LITERAL_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* Whether int(WORD), or float(WORD), gives a number; then *value is it. Integers outside of 64
   bits become the nearest that fits. */
bool literal_int(const char *word, int64_t *value);
bool literal_float(const char *word, double *value);

/* Writes repr(value). */
void literal_show_float(FILE *to, double value);
void literal_show_string(FILE *to, const char *text);

#endif
