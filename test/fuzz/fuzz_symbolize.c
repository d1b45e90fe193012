/*
 * Names, files and lines of the functions of a module, looked up in this process, and the answer
 * that a worker would give, read back. Input: an ELF file without a build-id.
 *
 * libdw, libelf and the demangler are not ours, and are not built for being watched. Where one of
 * them crashes or does not come to an end, which is what workers are there for, the input is passed
 * over and counted.
 */
#include "test/fuzz/fuzz.h"

#include "symbolize/answer.h"
#include "symbolize/look_up.h"

#include <dlfcn.h>
#include <execinfo.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <unistd.h>

#define FIRST     0x200 /* functions are looked up at every address from here */
#define FUNCTIONS 1024
#define SECONDS   2 /* of processor time until a library is stopped */

static sigjmp_buf out;
static volatile sig_atomic_t is_looking_up;
static unsigned long passed_over;

static bool is_library(const char *path)
{
    return path && (strstr(path, "/libdw") || strstr(path, "/libelf") || strstr(path, "/libz.") ||
                    strstr(path, "/liblzma") || strstr(path, "/libbz2"));
}

/* Whether a library that is not ours is at work: of the calls up to ours, one is its. The first is
   this function, the second the handler, the third the kernel's frame. */
static bool is_in_library(void)
{
    void *calls[40];
    int n = backtrace(calls, 40);
    for (int i = 2; i < n; i++) {
        Dl_info where;
        if (!dladdr(calls[i], &where))
            continue;
        if (is_library(where.dli_fname) ||
            (where.dli_sname &&
             (strstr(where.dli_sname, "demangle") || strncmp(where.dli_sname, "d_", 2) == 0)))
            return true;
    }
    return false;
}

static void on_signal(int number)
{
    if (is_looking_up && is_in_library())
        siglongjmp(out, 1);
    signal(number, SIG_DFL);
    raise(number);
}

static void install(void)
{
    static const int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGABRT, SIGVTALRM};
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_NODEFER | SA_ONSTACK};
    void *first[1];
    backtrace(first, 1); /* loads what it needs */
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        sigaction(signals[i], &action, NULL);
}

static void limit(int seconds)
{
    const struct itimerval timer = {.it_value = {.tv_sec = seconds}};
    setitimer(ITIMER_VIRTUAL, &timer, NULL);
}

static struct job new_job(const char *path, uint32_t choice)
{
    struct job job = {.path = path, .n = FUNCTIONS};
    job.effort = choice % 8 == 0 ? JOB_SYMBOLS : choice % 8 == 1 ? JOB_RAW_SYMBOLS : JOB_DEBUG;
    job.functions = calloc(job.n, sizeof *job.functions);
    for (size_t i = 0; i < job.n; i++)
        job.functions[i].offset = FIRST + i;
    return job;
}

static void give_and_read_answer(const struct job *job)
{
    struct job again = new_job(job->path, 0);
    char *bytes;
    size_t size;
    FILE *to = open_memstream(&bytes, &size);
    if (answer_write(to, job) < 0 || fclose(to) != 0)
        fuzz_fail("answer", "cannot be written");
    if (size <= answer_most(job) && answer_read(&again, bytes, size) < 0)
        fuzz_fail("answer", "is not understood");
    free(bytes);
    job_clear(&again);
    free(again.functions);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char path[40];
    static struct job job;
    static int fd = -1;
    if (fd < 0) {
        fd = memfd_create("module", MFD_CLOEXEC);
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
        install();
    }
    if (ftruncate(fd, 0) < 0 || pwrite(fd, data, size, 0) != (ssize_t)size)
        fuzz_fail("memfd", "cannot be written");
    job = new_job(path, fuzz_choice(data, size));
    if (sigsetjmp(out, 1) == 0) {
        limit(SECONDS);
        is_looking_up = true;
        look_up(&job);
        is_looking_up = false;
        limit(0);
        give_and_read_answer(&job);
        job_clear(&job);
    } else { /* what the library had is lost */
        is_looking_up = false;
        limit(0);
        if (++passed_over % 100 == 1)
            fprintf(stderr, "passed over: %lu\n", passed_over);
    }
    free(job.functions);
    return 0;
}
