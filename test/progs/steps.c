/* steps.c - what surrounds a profile, in the order of the arguments: steps STEP...

     work=N        calls leaf N times
     chdir=DIR     changes its folder
     unsetenv=NAME
     setenv=NAME=VALUE
     run=COMMAND   a shell command
     say           prints "PID CALLS"
     limit=NAME=N  a resource limit: FSIZE, AS, NOFILE, NPROC
     kill          ends by SIGKILL
     wait          until stdin ends
     exec          goes on with the next argument in a new image of the program */
#include "work.h"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* The first hook event is to be the first call of work, so nothing else is instrumented. */
#define UNSEEN __attribute__((no_instrument_function))

UNSEEN static void limit(const char *text)
{
    static const struct {
        const char *name;
        __rlimit_resource_t resource;
    } limits[] = {{"FSIZE=", RLIMIT_FSIZE},
                  {"AS=", RLIMIT_AS},
                  {"NOFILE=", RLIMIT_NOFILE},
                  {"NPROC=", RLIMIT_NPROC}};
    for (unsigned i = 0; i < sizeof limits / sizeof *limits; i++) {
        size_t length = strlen(limits[i].name);
        if (strncmp(text, limits[i].name, length) == 0) {
            rlim_t value = (rlim_t)atoll(text + length);
            struct rlimit both = {value, value};
            if (setrlimit(limits[i].resource, &both) != 0)
                abort();
        }
    }
}

UNSEEN static void wait_for_end_of_input(void)
{
    char c;
    printf("ready\n");
    fflush(stdout);
    while (read(0, &c, 1) > 0)
        ;
}

/* The value of ARGUMENT if it is STEP=VALUE, else NULL. */
UNSEEN static char *value_of(char *argument, const char *step)
{
    size_t length = strlen(step);
    return strncmp(argument, step, length) == 0 && argument[length] == '=' ? argument + length + 1
                                                                           : NULL;
}

UNSEEN static void step(char *argument)
{
    char *value;
    if ((value = value_of(argument, "work")) != NULL)
        work(atol(value));
    else if ((value = value_of(argument, "chdir")) != NULL && chdir(value) != 0)
        abort();
    else if ((value = value_of(argument, "unsetenv")) != NULL)
        unsetenv(value);
    else if ((value = value_of(argument, "setenv")) != NULL)
        putenv(value);
    else if ((value = value_of(argument, "limit")) != NULL)
        limit(value);
    else if ((value = value_of(argument, "run")) != NULL && system(value) != 0)
        printf("failed: %s\n", value);
    else if (strcmp(argument, "say") == 0)
        printf("%d %ld\n", getpid(), counted);
    else if (strcmp(argument, "kill") == 0)
        raise(SIGKILL);
    else if (strcmp(argument, "wait") == 0)
        wait_for_end_of_input();
    fflush(stdout);
}

UNSEEN static void run(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "exec") == 0) {
            argv[i] = argv[0];
            execv("/proc/self/exe", argv + i);
        }
        step(argv[i]);
    }
}

UNSEEN int main(int argc, char **argv)
{
    run(argc, argv);
    return 0;
}
