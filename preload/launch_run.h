/*
 * launch_run.h - starting a process and waiting for its end, as a launcher that wants to be in
 * nobody's way: the process meets the signals and the environment that it would meet without.
 */
#ifndef CPROF_PRELOAD_LAUNCH_RUN_H
#define CPROF_PRELOAD_LAUNCH_RUN_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

struct command {
    const char *path; /* the file to execute */
    char *const *argv;
    const char *library; /* to be preloaded, or NULL */
    const char *profile; /* with library: the absolute path of the profile to write */
    bool quiet;          /* its stdout goes to /dev/null */
};

/* From now on the terminal's signals leave the launcher alone (they reach the process that it
   waits for, too), and SIGTERM and SIGHUP are passed on to that process. Call it once. */
void take_signals(void);

/* Runs C to its end. Returns its pid, with *end set as waitid(2) does; -1 with errno if it cannot
   be started. */
pid_t run(const struct command *c, siginfo_t *end);

/* Ends the launcher as END says that the process ended: by the same signal, without a second core
   dump, or by returning the status to exit with. */
int end_as(const siginfo_t *end);

#endif
