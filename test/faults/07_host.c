/* 07_host.c - a C program with a plugin in C++: 07_host [first]: with "first" it looks for the callers
   of a profile of its own before the plugin is loaded, which needs an unwinder. */
#include "preload/cprof.h"
#include "test/progs/work.h"
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

static void profile_own(void)
{
    cprof_profile *profile = cprof_create();
    cprof_enable(profile);
    work(3);
    cprof_disable(profile);
    cprof_dump_stats(profile, "own.prof");
}

/* Exceptions of the plugin's pass through it. */
static void call_back(void (*function)(int), int n)
{
    work(1);
    function(n);
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "first") == 0)
        profile_own();
    void *plugin = dlopen("plugin.so", RTLD_NOW);
    if (plugin == NULL)
        return puts(dlerror());
    int (*attempt)(void (*)(void (*)(int), int), int) =
        (int (*)(void (*)(void (*)(int), int), int))dlsym(plugin, "attempt");
    for (int i = 0; i < 100; i++)
        if (attempt(call_back, i) != i)
            return 4;
    printf("caught 100\n");
    return 3;
}
