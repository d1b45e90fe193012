#include "symbolize/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "symbolize/answer.h"
#include "symbolize/confine.h"
#include "symbolize/memory.h"

#define NO_MEMORY    3 /* exit status of a worker */
#define READ_AT_ONCE ((size_t)64 << 10)

struct worker {
    struct job *job; /* NULL: nothing to do */
    pid_t pid;
    int fd; /* the answer comes from there */
    int64_t deadline;
    bool late;
    char *bytes;
    size_t size, room;
};

struct run {
    struct worker workers[WORKERS_MOST];
    struct job *next, *end; /* jobs that nobody has begun */
    void (*look_up)(struct job *job);
    const struct worker_limits *limits;
    int64_t deadline;
};

/* ms */
static int64_t now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static unsigned seconds_for(const struct worker_limits *limits, const struct job *job)
{
    return job->effort == JOB_DEBUG ? limits->first_cpu : limits->cpu;
}

/* ---- in the worker ---- */

/* Libraries that run out of memory say so. */
static void be_silent(void)
{
    int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (null < 0 || dup2(null, STDERR_FILENO) < 0)
        close(STDERR_FILENO);
}

static void limit_time(unsigned seconds)
{
    struct rlimit l;
    if (getrlimit(RLIMIT_CPU, &l) < 0 || l.rlim_cur <= seconds)
        return;
    l.rlim_cur = seconds; /* SIGXCPU */
    setrlimit(RLIMIT_CPU, &l);
}

static _Noreturn void work(const struct run *run, struct job *job, int fd)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    prctl(PR_SET_DUMPABLE, 0); /* no core file */
    limit_time(seconds_for(run->limits, job));
    memory_end_with(NO_MEMORY);
    if (!SANITIZED)
        be_silent();
    FILE *to = fdopen(fd, "w");
    if (!to)
        memory_none();
    job->lack = (struct profile_lack){0}; /* of another try */
    run->look_up(job);
    _exit(answer_write(to, job) < 0);
}

/* ---- around it ---- */

static int start(const struct run *run, struct worker *w, struct job *job)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0)
        return -1;
    pid_t pid = fork();
    if (pid == 0) {
        close(ends[0]);
        work(run, job, ends[1]);
    }
    int error = errno;
    close(ends[1]);
    if (pid < 0) {
        close(ends[0]);
        errno = error;
        return -1;
    }
    *w = (struct worker){.job = job, .pid = pid, .fd = ends[0]};
    w->deadline = now() + 2000 * (int64_t)seconds_for(run->limits, job);
    if (w->deadline > run->deadline)
        w->deadline = run->deadline;
    return 0;
}

/* Why a worker that gave no answer did not. */
static struct profile_lack lack_of(const struct worker *w, const struct worker_limits *limits,
                                   int status)
{
    if (w->late || (WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU))
        return (struct profile_lack){PROFILE_LACK_TIME, seconds_for(limits, w->job), {0}};
    if (WIFSIGNALED(status))
        return (struct profile_lack){PROFILE_LACK_SIGNAL, (uint64_t)WTERMSIG(status), {0}};
    if (WEXITSTATUS(status) == NO_MEMORY)
        return (struct profile_lack){PROFILE_LACK_MEMORY, 0, {0}};
    return (struct profile_lack){PROFILE_LACK_ANSWER, (uint64_t)WEXITSTATUS(status), {0}};
}

/* Ends the worker's process, whatever it does, and frees what W has. Returns its wait status. */
static int end(struct worker *w)
{
    int status = 0;
    kill(w->pid, SIGKILL); /* one that has ended already keeps its status */
    close(w->fd);
    while (waitpid(w->pid, &status, 0) < 0 && errno == EINTR)
        ;
    free(w->bytes);
    w->bytes = NULL;
    return status;
}

/* The answer is complete, or there will be none. Without one the job is begun again with less
   effort, as long as there is time. Returns as start does. */
static int finish(struct run *run, struct worker *w)
{
    struct job *job = w->job;
    struct profile_lack first = job->lack;
    job->lack = (struct profile_lack){0};
    bool answered = !w->late && answer_read(job, w->bytes, w->size) == 0;
    struct profile_lack lack = lack_of(w, run->limits, end(w));
    w->job = NULL;
    if (answered && first.kind == PROFILE_LACK_NOTHING)
        return 0;
    free(job->lack.name.bytes);
    job->lack = first.kind == PROFILE_LACK_NOTHING ? lack : first;
    if (answered)
        return 0;
    job->effort++;
    job->state = PROFILE_MODULE_NONE;
    if (job->effort == JOB_NOTHING)
        return 0;
    if (now() < run->deadline)
        return start(run, w, job);
    job->effort = JOB_NOTHING;
    return 0;
}

/* Reads what there is. Returns whether that was all. */
static bool read_answer(struct worker *w)
{
    if (w->room - w->size < READ_AT_ONCE)
        w->bytes = memory_grow(w->bytes, w->room = 2 * w->room + READ_AT_ONCE, 1);
    ssize_t n = read(w->fd, w->bytes + w->size, w->room - w->size);
    if (n > 0)
        w->size += (size_t)n;
    else if (n < 0 && errno == EINTR)
        return false;
    return n <= 0 || w->size > answer_most(w->job);
}

/* Waits until a worker has something to say or is late, and hears it. Returns as start does. */
static int attend(struct run *run)
{
    struct pollfd polls[WORKERS_MOST];
    int64_t first = INT64_MAX;
    for (int i = 0; i < WORKERS_MOST; i++) {
        const struct worker *w = &run->workers[i];
        polls[i] = (struct pollfd){.fd = w->job ? w->fd : -1, .events = POLLIN};
        if (w->job && w->deadline < first)
            first = w->deadline;
    }
    int64_t wait = first - now();
    if (poll(polls, WORKERS_MOST, wait < 0 ? 0 : (int)wait) < 0 && errno != EINTR)
        return -1;
    for (int i = 0; i < WORKERS_MOST; i++) {
        struct worker *w = &run->workers[i];
        if (!w->job)
            continue;
        bool ended = polls[i].revents && read_answer(w);
        w->late = !ended && now() >= w->deadline;
        if ((ended || w->late) && finish(run, w) < 0)
            return -1;
    }
    return 0;
}

/* Gives jobs to idle workers. Returns how many are at work, or -1. */
static int give_work(struct run *run)
{
    int busy = 0;
    unsigned most = run->limits->workers < WORKERS_MOST ? run->limits->workers : WORKERS_MOST;
    for (struct worker *w = run->workers; w < run->workers + most; w++) {
        while (!w->job && run->next < run->end) {
            struct job *job = run->next++;
            job->state = PROFILE_MODULE_NONE;
            if (job->effort == JOB_NOTHING || now() >= run->deadline) {
                job->effort = JOB_NOTHING;
                if (job->lack.kind == PROFILE_LACK_NOTHING)
                    job->lack = (struct profile_lack){PROFILE_LACK_TIME, run->limits->all, {0}};
            } else if (start(run, w, job) < 0) {
                return -1;
            }
        }
        busy += w->job != NULL;
    }
    return busy;
}

int workers_run(struct job *jobs, size_t n, void (*look_up)(struct job *job),
                const struct worker_limits *limits)
{
    struct run run = {.next = jobs, .end = jobs + n, .look_up = look_up, .limits = limits};
    int busy, error = 0;
    run.deadline = now() + 1000 * (int64_t)limits->all;
    while ((busy = give_work(&run)) > 0 && attend(&run) == 0)
        ;
    if (busy == 0)
        return 0;
    error = errno;
    for (struct worker *w = run.workers; w < run.workers + WORKERS_MOST; w++)
        if (w->job)
            end(w);
    for (struct job *job = jobs; job < jobs + n; job++)
        job_clear(job);
    errno = error;
    return -1;
}
