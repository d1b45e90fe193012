/*
 * worker.h - processes that look functions up.
 *
 * A module and its debug information are read by libraries that trust them. So each module is read
 * in a process of its own, which has only so much time, and no more memory than this one
 * (confine.h). If it dies, takes too long or does not give a sensible answer, another one tries
 * with less effort (job.h).
 */
#ifndef CPROF_SYMBOLIZE_WORKER_H
#define CPROF_SYMBOLIZE_WORKER_H

#include "symbolize/job.h"

struct worker_limits {
    unsigned first_cpu, cpu; /* s of processor time: with JOB_DEBUG, with less effort */
    unsigned all;            /* s for all jobs together; a job takes at most twice its cpu */
    unsigned workers;        /* at a time; at most WORKERS_MOST */
};

#define WORKERS_MOST 4

/* Does JOBS[N], each by LOOK_UP in another process, and fills in what came of them; their effort
   becomes what it took. The lack tells what went wrong the first time. Returns 0, or -1 with errno
   if no process can be made; nothing is found then. */
int workers_run(struct job *jobs, size_t n, void (*look_up)(struct job *job),
                const struct worker_limits *limits);

#endif
