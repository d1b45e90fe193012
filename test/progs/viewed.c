/* viewed.c - makes profiles of the shapes that viewers stumble over: viewed SHAPE [MORE...]. main
   is part of it where it is instrumented (MAIN), and calls itself where there is MORE. */
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define UNSEEN __attribute__((no_instrument_function))

UNSEEN static void pass(void)
{
    struct timespec millisecond = {0, 1000000};
    nanosleep(&millisecond, NULL);
}

static void spend(int times)
{
    while (times-- > 0)
        pass();
}

static void *thread(void *times)
{
    spend(*(int *)times);
    return NULL;
}

static void threads(void)
{
    pthread_t ids[3];
    int times[3] = {1, 2, 3};
    for (int i = 0; i < 3; i++)
        pthread_create(&ids[i], NULL, thread, &times[i]);
    for (int i = 0; i < 3; i++)
        pthread_join(ids[i], NULL);
}

static void fork_one(void)
{
    if (fork() == 0) {
        spend(2);
        _exit(0);
    }
    wait(NULL);
}

static void end(void)
{
    pass();
    raise(SIGKILL);
}

static void odd(int depth);

static void even(int depth)
{
    pass();
    if (depth > 0)
        odd(depth - 1);
    __asm__ volatile("");
}

static void odd(int depth)
{
    spend(1);
    if (depth > 0)
        even(depth - 1);
    __asm__ volatile("");
}

UNSEEN static void host(const char *shape)
{
    if (strcmp(shape, "threads") == 0)
        threads();
    else if (strcmp(shape, "fork") == 0)
        fork_one();
    else if (strcmp(shape, "killed") == 0)
        end();
    else if (strcmp(shape, "one") == 0)
        spend(2);
    else if (strcmp(shape, "mutual") == 0)
        even(3), odd(2);
}

#ifndef MAIN
UNSEEN
#endif
int main(int argc, char **argv)
{
    pass();
    if (argc > 2) /* recursive, as C allows */
        return main(argc - 1, argv);
    host(argc > 1 ? argv[1] : "");
    return 0;
}
