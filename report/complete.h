/*
 * complete.h - what the Tab key adds to a line of the browser: commands, sort keys, file names.
 */
#ifndef CPROF_REPORT_COMPLETE_H
#define CPROF_REPORT_COMPLETE_H

#include <stddef.h>

enum complete_kind { COMPLETE_NOTHING, COMPLETE_COMMAND, COMPLETE_SORT_KEY, COMPLETE_FILE };

/* A command, and what its arguments are. */
struct complete_command {
    const char *name;
    enum complete_kind argument;
};

/* From now on line_read completes these N commands, which must stay where they are. */
void complete_commands(const struct complete_command *commands, size_t n);

#endif
