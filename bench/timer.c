/* timer.c - preloaded in every run: appends the processor time (ns) that the process used from its
   start to its destructors to the file $BENCH_TIME. What profilers do when it ends is not in it,
   nor what they do in other processes. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static long start;

static long now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return t.tv_sec * 1000000000 + t.tv_nsec;
}

__attribute__((constructor)) static void begin(void)
{
    start = now();
}

__attribute__((destructor)) static void end(void)
{
    const char *path = getenv("BENCH_TIME");
    long used = now() - start;
    int fd = path ? open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600) : -1;
    if (fd < 0)
        return;
    dprintf(fd, "%ld\n", used);
    close(fd);
}
