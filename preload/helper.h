/*
 * helper.h - cprof-symbolize and cprof-report as processes of their own, which neither wait() nor a
 * SIGCHLD handler of the profiled one notices.
 */
#ifndef CPROF_PRELOAD_HELPER_H
#define CPROF_PRELOAD_HELPER_H

#include <stdbool.h>
#include <stdint.h>

/* Finds the helpers' absolute paths from that of this library: beside it (build folder), or in
   ../libexec/cprof and ../bin (installed). From the constructor: later the program may be in
   another folder. */
void helper_find(void);

/* Starts the conversion of this session's raw files, calls MEANWHILE (may be NULL), and returns
   when the conversion is done, or takes too long. Whatever goes wrong, the raw files stay and
   cprof-report converts them. */
void helper_convert_session(void (*meanwhile)(void));

/* The same for one raw file. */
void helper_convert(const char *raw_path, void (*meanwhile)(void));

/* A helper that nobody waits for. All zero: none. */
struct helper {
    uint32_t pid;
    uint64_t start_time;
};

/* Starts the conversion of one raw file. */
struct helper helper_start(const char *raw_path);

bool helper_is_running(struct helper helper);

/* The table of the raw file that is open as RAW, sorted by SORT: an open file of text, empty if it
   could not be made; less than 0: no memory. */
int helper_print(int raw, const char *sort);

#endif
