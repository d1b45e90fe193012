/* Jobs done by other processes, which crash, hang, babble and use all there is. */
#include <check.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "symbolize/answer.h"
#include "symbolize/confine.h"
#include "symbolize/memory.h"
#include "symbolize/worker.h"

#define FUNCTIONS 3

static const struct worker_limits limits = {.first_cpu = 30, .cpu = 30, .all = 60, .workers = 2};
static const struct worker_limits short_limits = {
    .first_cpu = 1, .cpu = 30, .all = 60, .workers = 2};

static char *path_of(const char *text, const struct job *job)
{
    return memory_text("%s of %s, effort %d", text, job->path, (int)job->effort);
}

static void do_well(struct job *job)
{
    job->state = PROFILE_MODULE_DWARF;
    for (size_t i = 0; i < job->n; i++)
        job->functions[i] = (struct job_function){.offset = job->functions[i].offset,
                                                  .line = (int64_t)i + 1,
                                                  .file = i ? path_of("file", job) : NULL,
                                                  .name = path_of("name", job),
                                                  .linkage = i ? NULL : memory_text("%s", "")};
    job->functions[0].line = 0;
}

static void crash(void)
{
    struct sigaction plain = {.sa_handler = SIG_DFL}; /* sanitizers have handlers */
    sigaction(SIGSEGV, &plain, NULL);
    raise(SIGSEGV);
}

/* What is done is the path's first word; with the effort behind it, and with more than that, well.
 */
static void look_up(struct job *job)
{
    const char *space = strchr(job->path, ' ');
    if ((int)job->effort >= atoi(space)) {
        do_well(job);
    } else if (strncmp(job->path, "crash", 5) == 0) {
        crash();
    } else if (strncmp(job->path, "spin", 4) == 0) {
        for (volatile unsigned i = 0;; i++)
            ;
    } else if (strncmp(job->path, "sleep", 5) == 0) {
        sleep(1000);
    } else if (strncmp(job->path, "memory", 6) == 0) {
        for (;;)
            memset(memory_grow(NULL, 1 << 20, 1), 1, 1 << 20);
    } else if (strncmp(job->path, "exit", 4) == 0) {
        _exit(77);
    } else if (strncmp(job->path, "babble", 6) == 0) {
        do_well(job);
        job->functions[1].line = -1;
    } else if (strncmp(job->path, "flood", 5) == 0) {
        char *name = memory_grow(NULL, ANSWER_TEXT_MOST + 1, 1);
        memset(name, 'x', ANSWER_TEXT_MOST);
        name[ANSWER_TEXT_MOST] = 0;
        job->state = PROFILE_MODULE_DWARF;
        job->n = 1000;
        job->functions = memory_zeroed(job->n, sizeof *job->functions);
        for (size_t i = 0; i < job->n; i++)
            job->functions[i] = (struct job_function){.offset = 16 * i, .name = name};
    }
}

static struct job job(const char *path)
{
    struct job job = {.path = path, .n = FUNCTIONS};
    job.functions = calloc(FUNCTIONS, sizeof *job.functions);
    for (uint64_t i = 0; i < FUNCTIONS; i++)
        job.functions[i].offset = 16 * i;
    return job;
}

static void release(struct job *j)
{
    job_clear(j);
    free(j->functions);
}

static void expect_done(const struct job *j, enum job_effort effort)
{
    char name[100], file[100];
    snprintf(name, sizeof name, "name of %s, effort %d", j->path, (int)effort);
    snprintf(file, sizeof file, "file of %s, effort %d", j->path, (int)effort);
    ck_assert_int_eq((int)j->effort, (int)effort);
    ck_assert_uint_eq(j->state, PROFILE_MODULE_DWARF);
    for (uint64_t i = 0; i < FUNCTIONS; i++) {
        const struct job_function *f = &j->functions[i];
        ck_assert_uint_eq(f->offset, 16 * i);
        ck_assert_int_eq(f->line, i ? (int64_t)i + 1 : 0);
        ck_assert_str_eq(f->name, name);
        ck_assert_pstr_eq(f->file, i ? file : NULL);
        ck_assert_pstr_eq(f->linkage, i ? NULL : "");
    }
}

START_TEST(many_jobs)
{
    enum { JOBS = 25 };
    struct job jobs[JOBS];
    char paths[JOBS][20];
    for (int i = 0; i < JOBS; i++) {
        snprintf(paths[i], sizeof paths[i], "job%d 0", i);
        jobs[i] = job(paths[i]);
    }
    ck_assert_int_eq(workers_run(jobs, JOBS, look_up, &limits), 0);
    for (int i = 0; i < JOBS; i++) {
        expect_done(&jobs[i], JOB_DEBUG);
        ck_assert_uint_eq(jobs[i].lack.kind, PROFILE_LACK_NOTHING);
        release(&jobs[i]);
    }
    ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
    ck_assert_int_eq(errno, ECHILD);
}
END_TEST

static const struct {
    const char *path;
    uint32_t lack;
    uint64_t value;
} failures[] = {
    {"crash 1", PROFILE_LACK_SIGNAL, SIGSEGV}, {"crash 2", PROFILE_LACK_SIGNAL, SIGSEGV},
    {"crash 9", PROFILE_LACK_SIGNAL, SIGSEGV}, {"spin 1", PROFILE_LACK_TIME, 1},
    {"sleep 1", PROFILE_LACK_TIME, 1},         {"memory 1", PROFILE_LACK_MEMORY, 0},
    {"exit 1", PROFILE_LACK_ANSWER, 77},       {"babble 1", PROFILE_LACK_ANSWER, 0},
    {"flood 1", PROFILE_LACK_SIGNAL, SIGKILL},
};

/* A good job beside it is none the worse for it. */
START_TEST(a_job_that_fails)
{
    const char *path = failures[_i].path;
    int works = atoi(strchr(path, ' '));
    const struct rlimit memory = {(rlim_t)256 << 20, (rlim_t)256 << 20};
    if (failures[_i].lack == PROFILE_LACK_MEMORY && SANITIZED)
        return;
    if (failures[_i].lack == PROFILE_LACK_MEMORY)
        setrlimit(RLIMIT_AS, &memory);
    struct job jobs[] = {job(path), job("good 0")};
    bool is_late = failures[_i].lack == PROFILE_LACK_TIME;
    ck_assert_int_eq(workers_run(jobs, 2, look_up, is_late ? &short_limits : &limits), 0);
    expect_done(&jobs[1], JOB_DEBUG);
    ck_assert_uint_eq(jobs[1].lack.kind, PROFILE_LACK_NOTHING);
    ck_assert_uint_eq(jobs[0].lack.kind, failures[_i].lack);
    ck_assert_uint_eq(jobs[0].lack.value, failures[_i].value);
    if (works < JOB_NOTHING) {
        expect_done(&jobs[0], (enum job_effort)works);
    } else {
        ck_assert_int_eq((int)jobs[0].effort, (int)JOB_NOTHING);
        ck_assert_uint_eq(jobs[0].state, PROFILE_MODULE_NONE);
        ck_assert_ptr_null(jobs[0].functions[0].name);
    }
    release(&jobs[0]);
    release(&jobs[1]);
}
END_TEST

START_TEST(time_for_all_jobs_is_limited)
{
    struct worker_limits all = {.first_cpu = 100, .cpu = 100, .all = 1, .workers = 1};
    struct job jobs[] = {job("sleep 9"), job("good 0")};
    ck_assert_int_eq(workers_run(jobs, 2, look_up, &all), 0);
    for (int i = 0; i < 2; i++) {
        ck_assert_uint_eq(jobs[i].lack.kind, PROFILE_LACK_TIME);
        ck_assert_int_eq((int)jobs[i].effort, (int)JOB_NOTHING);
        release(&jobs[i]);
    }
}
END_TEST

START_TEST(no_process_can_be_made)
{
    struct job jobs[] = {job("good 0"), job("good 1")};
    struct rlimit before, none;
    getrlimit(RLIMIT_NOFILE, &before);
    none = (struct rlimit){0, before.rlim_max};
    setrlimit(RLIMIT_NOFILE, &none);
    int status = workers_run(jobs, 2, look_up, &limits), error = errno;
    setrlimit(RLIMIT_NOFILE, &before); /* sanitizers open files */
    ck_assert_int_eq(status, -1);
    ck_assert_int_eq(error, EMFILE);
    ck_assert_ptr_null(jobs[0].functions[0].name);
    release(&jobs[0]);
    release(&jobs[1]);
}
END_TEST

/* ---- answers ---- */

static char *answer(const struct job *j, size_t *size)
{
    char *bytes;
    FILE *to = open_memstream(&bytes, size);
    ck_assert_int_eq(answer_write(to, j), 0);
    fclose(to);
    return bytes;
}

/* Reads BYTES from memory of just their size: AddressSanitizer sees what is read behind it. */
static int read_back(const char *bytes, size_t size)
{
    struct job j = job("x 0");
    char *copy = malloc(size ? size : 1);
    memcpy(copy, bytes, size);
    int status = answer_read(&j, copy, size);
    if (status < 0)
        ck_assert(!j.state && !j.functions[0].name && !j.functions[2].name && !j.lack.name.bytes);
    free(copy);
    release(&j);
    return status;
}

START_TEST(answers_that_were_cut_or_changed)
{
    struct job j = job("x 0");
    size_t size;
    do_well(&j);
    j.lack = (struct profile_lack){PROFILE_LACK_FILE, 7, {memory_text("%s", "a.dwo"), 5}};
    char *bytes = answer(&j, &size);
    ck_assert_int_eq(read_back(bytes, size), 0);
    for (size_t cut = 0; cut < size; cut++)
        ck_assert_int_eq(read_back(bytes, cut), -1);
    for (size_t i = 0; i < size; i++) {
        for (int bit = 0; bit < 8; bit++) {
            bytes[i] ^= (char)(1 << bit);
            read_back(bytes, size);
            bytes[i] ^= (char)(1 << bit);
        }
    }
    char *longer = calloc(1, size + 1);
    memcpy(longer, bytes, size);
    ck_assert_int_eq(read_back(longer, size + 1), -1);
    free(longer);
    free(bytes);
    release(&j);
}
END_TEST

START_TEST(answers_that_make_no_sense)
{
    for (int i = 0; i < 6; i++) {
        struct job j = job("x 0");
        size_t size;
        do_well(&j);
        if (i == 0)
            j.state = 0;
        else if (i == 1)
            j.state = PROFILE_MODULE_MISSING + 1;
        else if (i == 2)
            j.lack.kind = PROFILE_LACK_SIGNAL; /* not for the worker to say */
        else if (i == 3)
            j.functions[1].offset++;
        else if (i == 4)
            j.functions[1].line = (int64_t)INT32_MAX + 1;
        else
            j.functions[0].line = 1; /* of no file */
        char *bytes = answer(&j, &size);
        ck_assert_int_eq(read_back(bytes, size), -1);
        free(bytes);
        release(&j);
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("worker");
    TCase *c = tcase_create("worker");
    tcase_set_timeout(c, 60);
    tcase_add_test(c, many_jobs);
    tcase_add_loop_test(c, a_job_that_fails, 0, sizeof failures / sizeof *failures);
    tcase_add_test(c, time_for_all_jobs_is_limited);
    tcase_add_test(c, no_process_can_be_made);
    tcase_add_test(c, answers_that_were_cut_or_changed);
    tcase_add_test(c, answers_that_make_no_sense);
    suite_add_tcase(s, c);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed != 0;
}
