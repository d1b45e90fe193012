/* 21_plugin.c - a library that is loaded and unloaded. NAME tells its functions apart, SIZE makes
   two of them equally large. */
#include "../progs/work.h"

#define CAT(a, b)     CAT_(a, b)
#define CAT_(a, b)    a##b
#define FUNCTION(end) CAT(NAME, end)

__attribute__((noinline)) static void FUNCTION(_inner)(void)
{
    leaf();
}

__attribute__((noinline)) static void FUNCTION(_down)(int n)
{
    FUNCTION(_inner)();
    if (n > 1)
        FUNCTION(_down)(n - 1);
}

#ifdef OTHER
#    include <dlfcn.h>

static void *other;

__attribute__((constructor)) static void FUNCTION(_at_start)(void)
{
    other = dlopen(OTHER, RTLD_NOW);
    ((int (*)(int))dlsym(other, "plugin"))(1);
}

__attribute__((destructor)) static void FUNCTION(_closes)(void)
{
    dlclose(other);
}
#endif

__attribute__((destructor)) static void FUNCTION(_at_end)(void)
{
    FUNCTION(_inner)();
}

int plugin(int n);

int plugin(int n)
{
    FUNCTION(_down)(n);
    return n;
}
