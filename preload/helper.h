/*
 * helper.h - cprof-symbolize as a process of its own, at the end of the profiled one, which neither
 * its wait() nor its SIGCHLD handler notices.
 */
#ifndef CPROF_PRELOAD_HELPER_H
#define CPROF_PRELOAD_HELPER_H

/* Finds the helper's absolute path from that of this library: beside it (build folder), or in
   ../libexec/cprof (installed). From the constructor: later the program may be in another folder.
 */
void helper_find(void);

/* Starts the conversion of this session's raw files, calls MEANWHILE (may be NULL), and returns
   when the conversion is done, or takes too long. Whatever goes wrong, the raw files stay and
   cprof-report converts them. */
void helper_convert_session(void (*meanwhile)(void));

/* The same for one raw file. */
void helper_convert(const char *raw_path, void (*meanwhile)(void));

#endif
