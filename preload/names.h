/*
 * names.h - how files are called: text only, no system call but those that ask who we are.
 */
#ifndef CPROF_PRELOAD_NAMES_H
#define CPROF_PRELOAD_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A text being put together; too long is remembered, not written. */
struct text {
    char *bytes;
    size_t size; /* room, terminator included */
    size_t length;
    bool overflow;
};

void text_add(struct text *t, const char *s);
void text_add_bytes(struct text *t, const char *s, size_t length);
void text_add_number(struct text *t, uint64_t value, unsigned base);

/* Reads digits in BASE (10 or 16) at *AT and moves it behind them. */
uint64_t text_read_number(const char **at, unsigned base);

/* PATTERN with %p, %n and %% replaced; false: it does not fit, or another % in it. */
bool names_expand(const char *pattern, char *path, size_t size);

/* Whether PATTERN holds %p, so that no two processes share the name. */
bool names_has_pid(const char *pattern);

/* The name of a profile by VARIANT: 0 BASE itself, 1 with .PID before its suffix, n with .PID.n. */
bool names_variant(const char *base, unsigned variant, char *name, size_t size);

/* The part of PATH behind its last '/'. */
const char *names_base(const char *path);

/* Start time of process PID (field 22 of /proc/PID/stat); 0: there is none, or it has ended. */
uint64_t names_start_time(uint32_t pid);

#endif
