/* 23_host.c - loads plugin.so in the way that is named: 23_host dlopen|deepbind|dlmopen. Calls leaf 100
   times itself, and the plugin's function 50 times. */
#include "test/progs/work.h"
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

static void *load(const char *how)
{
    if (strcmp(how, "deepbind") == 0)
        return dlopen("./plugin.so", RTLD_NOW | RTLD_DEEPBIND);
    if (strcmp(how, "dlmopen") == 0)
        return dlmopen(LM_ID_NEWLM, "./plugin.so", RTLD_NOW);
    return dlopen("./plugin.so", RTLD_NOW);
}

int main(int argc, char **argv)
{
    void *plugin = load(argc > 1 ? argv[1] : "");
    if (plugin == NULL)
        return puts(dlerror());
    int (*plugged)(int) = (int (*)(int))dlsym(plugin, "plugged");
    int sum = 0;
    work(100);
    for (int i = 0; i < 50; i++)
        sum += plugged(i);
    printf("counted %ld, sum %d\n", counted, sum);
    return 3;
}
