/*
 * pattern.h - regular expressions (PCRE2) that are looked for in names.
 */
#ifndef CPROF_REPORT_PATTERN_H
#define CPROF_REPORT_PATTERN_H

#include "format/profile.h"

struct pattern;

/* TEXT as a pattern, to be freed with pattern_free; NULL: it is none, or memory is out. WHY may be
   NULL. */
struct pattern *pattern_new(const char *text, struct profile_error *why);

/* Whether the pattern is found in TEXT: 1, 0, or -1 when that takes too many steps. */
int pattern_find(const struct pattern *p, const struct profile_string *text,
                 struct profile_error *error);

void pattern_free(struct pattern *p);

#endif
