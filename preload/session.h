/*
 * session.h - who this process is among its relatives, and what its files are called.
 *
 * A session is a root process and its descendants. The root is the first process that loads the
 * library; it tells the others by CPROF_SESSION=PID:START:RANDOM:ADDED:OUT in the environment,
 * where OUT is its CPROF_OUT made absolute, by a folder of ADDED bytes. A process whose own
 * CPROF_OUT says something else founds a session of its own.
 *
 *   raw file   DIR/OUT.PID.RANDOM.raw      beside what it will become
 *   profile    DIR/OUT                     the root's
 *              DIR/OUT with .PID           everybody else's: out.1234.prof; also the root's where a
 *                before the suffix         live process of another session is going to write OUT
 *              ... with .PID.2, .PID.3     further images of one process (execve)
 *
 * The root converts what finished processes of its session left, in one go, at its own end.
 */
#ifndef CPROF_PRELOAD_SESSION_H
#define CPROF_PRELOAD_SESSION_H

#include "format/raw.h"
#include "preload/arch.h"
#include "preload/names.h"
#include <limits.h>
#include <stdbool.h>

struct session {
    uint32_t root_pid;
    uint64_t root_start; /* start time of the root, field 22 of /proc/PID/stat */
    uint64_t random;
    size_t out_added;   /* bytes of out that are not CPROF_OUT, but the folder it is relative to */
    char out[PATH_MAX]; /* absolute; %p and %n not yet replaced */
};

extern HIDDEN struct session session;

/* Joins the session that the environment names or founds one. Once per image. False: the name of
   the output makes no sense. */
bool session_join(void);

/* Where this process founded the session: names it in the environment for its children, and makes
   relative paths in LD_PRELOAD absolute, since children may start in other folders. Only from a
   constructor: setenv needs malloc. */
void session_announce(void);

/* Makes this process's raw file, mapped as the arena, with process and session in its header; all
   but the clock. False: impossible, and said where CPROF_VERBOSE asks for it. */
bool session_create_raw(void);

/* Makes an arena without a file, for a process of which only profiles are recorded that the program
   switches on; its header says as much. False: no memory. */
bool session_create_private(void);

/* Creates and opens FOLDER/NAME.PID.RANDOM.raw.new, which is not there yet, and writes its path to
   PATH. Returns the descriptor, or less than 0. */
int session_open_raw(const char *folder, const char *name, char *path, size_t size);

/* Takes the ".new" off the file and PATH: it is whole now. False: impossible; the file is removed. */
bool session_name_raw(char *path);

/* The raw file's absolute path, "" before there is one, and the folder it is in. */
const char *session_raw_path(void);
const char *session_folder(void);

/* Adds PID:START:RANDOM, by which the session is known. */
void session_add_id(struct text *t);

bool session_is_root(void);

/* Whether the root still runs and looks into this folder, so that it will convert what this process
   leaves. */
bool session_root_converts(void);

/* Whether the folder holds a raw file of this session, this process's own aside. */
bool session_has_files(void);

#endif
