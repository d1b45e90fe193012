/*
 * cell.h - how counts, times and names stand in a table.
 */
#ifndef CPROF_REPORT_CELL_H
#define CPROF_REPORT_CELL_H

#include "report/row.h"
#include "report/unit.h"

#include <stdio.h>

#define CELL_COUNT_SIZE 56 /* bytes of a count: 128 bits are 39 digits, 12 commas and a sign */

/* Writes the count to the end of BUFFER and returns where it starts. GROUPED: as 8,115,038. */
const char *cell_count(profile_count count, bool grouped, char buffer[CELL_COUNT_SIZE]);

/* Writes "calls", or "calls/primitive calls" where they differ, right-aligned in WIDTH. */
void cell_put_calls(profile_count calls, profile_count primitive, bool grouped, int width,
                    FILE *to);

/* Writes a space and the time. */
void cell_put_time(const struct unit *unit, double seconds, FILE *to);

/* Writes foreign text as terminal_put does. */
void cell_put_text(struct profile_string text, FILE *to);

/* Writes ROW's name, BEFORE, file:line, AFTER; of a function without a file its standard name. */
void cell_put_function(const struct row *row, const char *before, const char *after, FILE *to);

/* Number of characters of a row's standard name as cell_put_text writes it. */
size_t cell_name_length(const struct row *row);

#endif
