/*
 * cell.h - how counts, times and names stand in a table.
 */
#ifndef CPROF_REPORT_CELL_H
#define CPROF_REPORT_CELL_H

#include "report/row.h"
#include "report/unit.h"

#include <stdio.h>

#define CELL_COUNT_SIZE 48 /* bytes of a count in decimal: 128 bits are 39 digits and a sign */

/* Writes the count to the end of BUFFER and returns where it starts. */
const char *cell_count(profile_count count, char buffer[CELL_COUNT_SIZE]);

/* Writes "calls", or "calls/primitive calls" where they differ, right-aligned in WIDTH. */
void cell_put_calls(profile_count calls, profile_count primitive, int width, FILE *to);

/* Writes a space and the time. */
void cell_put_time(const struct unit *unit, double seconds, FILE *to);

/* Writes a space and the time that each of the calls took; blanks if there were none. */
void cell_put_percall(const struct unit *unit, double seconds, profile_count calls, FILE *to);

/* Writes foreign text: as it is if VERBATIM, else fit for a terminal. */
void cell_put_text(bool verbatim, struct profile_string text, FILE *to);

/* Number of characters of a row's standard name as cell_put_text writes it. */
size_t cell_name_length(bool verbatim, const struct row *row);

#endif
