/*
 * memory.h - memory for a program that runs once and ends: what cannot be had ends it, with one
 * line on stderr and status 1. The raw file is still there then.
 */
#ifndef CPROF_SYMBOLIZE_MEMORY_H
#define CPROF_SYMBOLIZE_MEMORY_H

#include <stddef.h>

/* Ends the program for want of memory. */
_Noreturn void memory_none(void);

/* From now on it ends with STATUS, at once and without a word. */
void memory_end_with(int status);

/* N elements of SIZE bytes, all zero; for free(). */
void *memory_zeroed(size_t n, size_t size);

/* OLD (or NULL) with room for N elements of SIZE bytes; for free(). */
void *memory_grow(void *old, size_t n, size_t size);

/* printf into memory; for free(). */
__attribute__((format(printf, 1, 2))) char *memory_text(const char *format, ...);

#endif
