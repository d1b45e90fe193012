/*
 * export.h - a profile in the formats of other programs. A format is a row of a table and a file of
 * its own, export_NAME.c, which alone knows how names are escaped there.
 *
 * Times come from the calling contexts where the profile has them. What no format can hold are
 * names with control characters: these are written as \xNN.
 */
#ifndef CPROF_REPORT_EXPORT_H
#define CPROF_REPORT_EXPORT_H

#include "report/stats.h"

struct exporter {
    const char *name; /* of --format */
    const char *help;
    bool needs_contexts;
    int (*write)(struct stats *s, FILE *to); /* -1: memory is out */
};

/* The exporter of this name, or NULL. */
const struct exporter *export_find(const char *name);

/* The I-th exporter; NULL: there are no more. */
const struct exporter *export_at(size_t i);

/* Writes S to the file at PATH, or, if PATH is NULL, to TO. */
int export_write(const struct exporter *e, struct stats *s, const char *path, FILE *to,
                 struct profile_error *error);

int export_collapsed(struct stats *s, FILE *to);
int export_speedscope(struct stats *s, FILE *to);
int export_dot(struct stats *s, FILE *to);
int export_csv(struct stats *s, FILE *to);
int export_callgrind(struct stats *s, FILE *to);

/* Nanoseconds, at least 0. */
uint64_t export_ns(double seconds);

/* The bytes of NAME, control characters as \xNN, and of what is in QUOTED each with BEFORE in front
   of it, or, if BEFORE is 0, as \xNN, too. */
void export_text(struct profile_string name, const char *quoted, char before, FILE *to);

#endif
