/*
 * terminal.h - the one way by which foreign text (names, paths, command lines) reaches a terminal.
 */
#ifndef CPROF_REPORT_TERMINAL_H
#define CPROF_REPORT_TERMINAL_H

#include <stdio.h>

/* Writes SIZE bytes of text; the bytes of control characters and of what is no UTF-8 as \xNN. */
void terminal_put(FILE *to, const char *bytes, size_t size);

/* The same for a 0-terminated string. */
void terminal_puts(FILE *to, const char *text);

/* Number of characters that terminal_put writes. */
size_t terminal_length(const char *bytes, size_t size);

#endif
