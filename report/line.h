/*
 * line.h - lines that a user types: with editing, history (of this run only) and completion where
 * both standard input and output are a terminal, else as they come, the prompt written all the
 * same.
 */
#ifndef CPROF_REPORT_LINE_H
#define CPROF_REPORT_LINE_H

/* Reads a line, without its end; to be freed. NULL: there is none. What was written to stdout is on
   its way before. Ctrl-C ends the program there and then, with status 0. */
char *line_read(const char *prompt);

#endif
