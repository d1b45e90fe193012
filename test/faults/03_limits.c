/* 03_limits.c - limits that a program sets itself, in the order of the arguments: 03_limits STEP...

     walk=K        calls twelve functions in all orders of up to K of them, each a context of its
   own limit=NAME=N  a resource limit, soft and hard soft=NAME=N   a resource limit, soft mlockall=N
   mlockall(N) map=N         takes N MiB, and touches them signals       counts SIGXCPU, SIGXFSZ and
   says how many came, at the end say           prints the calls so far, and main's

   Nothing but the twelve is instrumented: the first walk makes the first event. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#define UNSEEN __attribute__((no_instrument_function))

static volatile long counted;
static volatile sig_atomic_t signals;

UNSEEN static void walk_on(unsigned used, int k);

#define VISIT(n)                                                                                   \
    __attribute__((noinline)) static void visit_##n(unsigned used, int k)                          \
    {                                                                                              \
        counted++;                                                                                 \
        walk_on(used | 1u << n, k);                                                                \
    }
VISIT(0)
VISIT(1)
VISIT(2)
VISIT(3)
VISIT(4) VISIT(5) VISIT(6) VISIT(7) VISIT(8) VISIT(9) VISIT(10) VISIT(11)

    static void (*const visits[12])(unsigned, int) = {visit_0, visit_1, visit_2,  visit_3,
                                                      visit_4, visit_5, visit_6,  visit_7,
                                                      visit_8, visit_9, visit_10, visit_11};

UNSEEN static void walk_on(unsigned used, int k)
{
    for (unsigned i = 0; i < 12 && k > 0; i++)
        if ((used & 1u << i) == 0)
            visits[i](used, k - 1);
}

UNSEEN static void on_signal(int number)
{
    (void)number;
    signals++;
}

UNSEEN static void limit(const char *text, int hard)
{
    static const struct {
        const char *name;
        __rlimit_resource_t resource;
    } limits[] = {
        {"FSIZE=", RLIMIT_FSIZE},     {"AS=", RLIMIT_AS},       {"NOFILE=", RLIMIT_NOFILE},
        {"NPROC=", RLIMIT_NPROC},     {"STACK=", RLIMIT_STACK}, {"DATA=", RLIMIT_DATA},
        {"MEMLOCK=", RLIMIT_MEMLOCK}, {"CPU=", RLIMIT_CPU},     {"CORE=", RLIMIT_CORE}};
    for (unsigned i = 0; i < sizeof limits / sizeof *limits; i++) {
        size_t length = strlen(limits[i].name);
        if (strncmp(text, limits[i].name, length) == 0) {
            struct rlimit both;
            getrlimit(limits[i].resource, &both);
            both.rlim_cur = (rlim_t)atoll(text + length);
            if (hard)
                both.rlim_max = both.rlim_cur;
            if (setrlimit(limits[i].resource, &both) != 0)
                printf("%s: %s\n", text, strerror(errno));
        }
    }
}

UNSEEN static void take(size_t megabytes)
{
    size_t size = megabytes << 20;
    char *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    printf("map %zu MiB: %s\n", megabytes, p == MAP_FAILED ? strerror(errno) : "taken");
    for (size_t at = 0; p != MAP_FAILED && at < size; at += 4096)
        p[at] = 1;
}

UNSEEN static void say_locked(void)
{
    char line[256];
    FILE *f = fopen("/proc/self/status", "r");
    while (f != NULL && fgets(line, sizeof line, f) != NULL)
        if (strncmp(line, "VmLck:", 6) == 0)
            printf("locked %ld kB\n", atol(line + 6));
    if (f != NULL)
        fclose(f);
}

UNSEEN static void fill(const char *folder)
{
    static char bytes[1 << 20];
    char path[4096];
    snprintf(path, sizeof path, "%s/filler", folder);
    for (size_t size = sizeof bytes; size > 0; size /= 2) {
        int fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
        while (write(fd, bytes, size) == (ssize_t)size)
            ;
        fsync(fd);
        close(fd);
    }
}

UNSEEN static void flush(const char *folder)
{
    int fd = open(folder, O_RDONLY);
    syncfs(fd);
    close(fd);
}

/* The value of ARGUMENT if it is STEP=VALUE, else NULL. */
UNSEEN static const char *value_of(const char *argument, const char *step)
{
    size_t length = strlen(step);
    return strncmp(argument, step, length) == 0 && argument[length] == '=' ? argument + length + 1
                                                                           : NULL;
}

UNSEEN static void step(const char *argument)
{
    const char *value;
    if ((value = value_of(argument, "walk")) != NULL)
        walk_on(0, atoi(value));
    else if ((value = value_of(argument, "limit")) != NULL)
        limit(value, 1);
    else if ((value = value_of(argument, "soft")) != NULL)
        limit(value, 0);
    else if ((value = value_of(argument, "map")) != NULL)
        take((size_t)atoll(value));
    else if ((value = value_of(argument, "mlockall")) != NULL)
        printf("mlockall %s: %s\n", value, mlockall(atoi(value)) == 0 ? "done" : strerror(errno));
    else if ((value = value_of(argument, "fill")) != NULL)
        fill(value);
    else if ((value = value_of(argument, "flush")) != NULL)
        flush(value);
    else if (strcmp(argument, "locked") == 0)
        say_locked();
    else if (strcmp(argument, "signals") == 0)
        signal(SIGXCPU, on_signal), signal(SIGXFSZ, on_signal);
    else if (strcmp(argument, "say") == 0)
        printf("%ld calls, %d signals\n", counted, (int)signals);
    fflush(stdout);
}

UNSEEN int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        step(argv[i]);
    return 7;
}
