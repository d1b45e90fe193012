/* 12_threads.c - threads that come and go: 12_threads MODE THREADS. Says how often leaf was called,
   and, at the end, whether raw file and mappings are as large as the threads of one moment make
   them. Stands beside its profile, if there is one, in the current folder. */
#include "../progs/work.h"
#include <glob.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#define UNSEEN __attribute__((no_instrument_function))
#define CALLS  10

static pthread_key_t key;
static sem_t in_destructor, other_is_over;
static long total;

UNSEEN static long mappings(void)
{
    FILE *maps = fopen("/proc/self/maps", "r");
    long lines = 0;
    for (int c; (c = getc(maps)) != EOF;)
        lines += c == '\n';
    fclose(maps);
    return lines;
}

UNSEEN static long file_kilobytes(void)
{
    glob_t found;
    struct stat st = {0};
    if (glob("out.prof.*.raw", 0, NULL, &found) == 0)
        stat(found.gl_pathv[0], &st);
    globfree(&found);
    return (long)st.st_blocks / 2;
}

UNSEEN static void say_bounds(long most_mappings, long most_kilobytes)
{
    long lines = mappings(), size = file_kilobytes();
    if (lines < most_mappings && size < most_kilobytes)
        printf("bounded\n");
    else
        printf("%ld mappings, %ld KB\n", lines, size);
}

/* counted belongs to one thread at a time here. */
static void ten(void)
{
    for (int i = 0; i < CALLS; i++)
        leaf();
}

static void *start(void *unused)
{
    ten();
    return unused;
}

static void *other_start(void *unused)
{
    ten();
    return unused;
}

static void *start_and_exit(void *unused)
{
    (void)unused;
    ten();
    pthread_exit(NULL);
}

UNSEEN static pthread_t begin(void *(*function)(void *))
{
    pthread_t thread;
    pthread_attr_t small;
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, 65536);
    if (pthread_create(&thread, &small, function, NULL) != 0)
        abort();
    return thread;
}

UNSEEN static void one_by_one(int n, void *(*function)(void *), void *(*other)(void *))
{
    for (int i = 0; i < n; i++)
        pthread_join(begin(i % 2 == 0 ? function : other), NULL);
    total = (long)n * CALLS;
}

/* ---- all at once ---- */

static pthread_barrier_t all_here;

static void *start_with_all(void *unused)
{
    pthread_barrier_wait(&all_here);
    ten();
    return unused;
}

UNSEEN static void at_once(int n)
{
    pthread_t *threads = calloc((size_t)n, sizeof *threads);
    pthread_barrier_init(&all_here, NULL, (unsigned)n);
    for (int i = 0; i < n; i++)
        threads[i] = begin(start_with_all);
    for (int i = 0; i < n; i++)
        pthread_join(threads[i], NULL);
    free(threads);
    total += (long)n * CALLS;
}

/* ---- a thread that is over, but for a destructor of its data ---- */

static void in_last_destructor(void)
{
    ten();
    sem_post(&in_destructor);
    sem_wait(&other_is_over);
    ten();
}

/* In its second round every destructor of a library has run. */
UNSEEN static void destroy(void *round)
{
    if ((long)round == 1)
        pthread_setspecific(key, (void *)2L);
    else
        in_last_destructor();
}

static void set_destructor(void)
{
    pthread_setspecific(key, (void *)1L);
}

static void *start_late(void *unused)
{
    static int started;
    ten();
    if (started++ == 0)
        set_destructor();
    return unused;
}

UNSEEN static void late(void)
{
    sem_init(&in_destructor, 0, 0);
    sem_init(&other_is_over, 0, 0);
    pthread_key_create(&key, destroy);
    pthread_t first = begin(start_late);
    sem_wait(&in_destructor);
    pthread_join(begin(start_late), NULL);
    sem_post(&other_is_over);
    pthread_join(first, NULL);
    total = 4 * CALLS;
}

/* ---- with handlers, which interrupt hooks ---- */

static volatile long ticks;

static void in_handler(void)
{
    ticks++;
}

static void on_tick(int number)
{
    (void)number;
    in_handler();
}

UNSEEN static void with_handlers(int n)
{
    struct itimerval often = {{0, 100}, {0, 100}}, never = {{0, 0}, {0, 0}};
    signal(SIGPROF, on_tick);
    setitimer(ITIMER_PROF, &often, NULL);
    one_by_one(n, start, start);
    setitimer(ITIMER_PROF, &never, NULL);
    fprintf(stderr, "%ld\n", ticks);
}

int main(int argc, char **argv)
{
    const char *mode = argc > 2 ? argv[1] : "";
    int n = argc > 2 ? atoi(argv[2]) : 0;
    long most_mappings = 300, most_kilobytes = 2048;
    if (strcmp(mode, "one-by-one") == 0)
        one_by_one(n, start, start);
    if (strcmp(mode, "two-kinds") == 0)
        one_by_one(n, start, other_start);
    if (strcmp(mode, "pthread_exit") == 0)
        one_by_one(n, start_and_exit, start_and_exit);
    if (strcmp(mode, "late") == 0)
        late();
    if (strcmp(mode, "handlers") == 0)
        with_handlers(n);
    if (strcmp(mode, "at-once") == 0) {
        at_once(n); /* the second thousand has the place of the first */
        at_once(n);
        most_mappings = 3 * n + 300;
        most_kilobytes = 13 * n + 2048;
    }
    printf("%ld\n", total);
    say_bounds(most_mappings, most_kilobytes);
    return 0;
}
