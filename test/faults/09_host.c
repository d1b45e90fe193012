/* 09_host.c - loads a plugin that only its RUNPATH leads to, and prints its answer. */
#include <dlfcn.h>
#include <stdio.h>

int main(void)
{
    void *plugin = dlopen("plugin.so", RTLD_NOW);
    int (*answer)(void) = plugin == NULL ? NULL : (int (*)(void))dlsym(plugin, "answer");

    printf("%d\n", answer == NULL ? -1 : answer());
    return answer == NULL;
}
