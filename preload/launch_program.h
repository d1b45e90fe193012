/*
 * launch_program.h - the program to be profiled, before it runs: where its file is, and why it
 * would leave no profile.
 */
#ifndef CPROF_PRELOAD_LAUNCH_PROGRAM_H
#define CPROF_PRELOAD_LAUNCH_PROGRAM_H

#include <limits.h>

enum program_fault {
    PROGRAM_FINE, /* as far as can be told; scripts and unreadable files too */
    /* In these libcprof.so cannot be: */
    PROGRAM_OTHER_MACHINE, /* another processor, 32 bits, or another byte order */
    PROGRAM_STATIC,        /* no dynamic loader has a part in it */
    PROGRAM_PRIVILEGED,    /* setuid, setgid or file capabilities: the loader ignores LD_PRELOAD */
    /* These run with it, but record nothing unless their libraries do: */
    PROGRAM_NO_HOOKS,  /* it never calls __cyg_profile_func_enter */
    PROGRAM_OWN_HOOKS, /* it defines that itself, which hides ours */
};

/* The file that execvp(3) would run as NAME, in PATH[]. Returns 0, or -1 with errno: ENOENT if
   there is none, EACCES if it cannot be executed. */
int program_find(char path[PATH_MAX], const char *name);

/* What is wrong with running the file at PATH with the library at LIBRARY preloaded, by the
   calling user. Trusts nothing in either file. */
enum program_fault program_check(const char *path, const char *library);

#endif
