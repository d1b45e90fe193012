/*
 * json.h - what pstats calls a stats profile (Stats.get_stats_profile), as JSON.
 */
#ifndef CPROF_REPORT_JSON_H
#define CPROF_REPORT_JSON_H

#include "report/table.h"

/*
 * Writes the chosen rows as one line:
 *     {"total_tt": 3.125, "func_profiles": {"fib": {"ncalls": "177/1", "tottime": 1.250,
 *      "percall_tottime": 0.007, "cumtime": 1.250, "percall_cumtime": 1.250,
 *      "file_name": "fib.c", "line_number": 3}, ...}}
 * As in pstats, functions are told apart by their bare names (the last of several with one name
 * stays, at the place of the first), times have three decimals, and a time per call is -1 where
 * there was no call. Times are in seconds, or in the table's unit if that is ms, us or ns; one that
 * is no finite number is null. -1: memory is out.
 */
int json_print(const struct table *t, const struct selection *s, FILE *to);

/* Writes S as a JSON string, the one way for names. Bytes that are no UTF-8 become lone surrogates,
   as Python has them; what could do harm on a terminal is escaped, too. */
void json_put_string(struct profile_string s, FILE *to);

#endif
