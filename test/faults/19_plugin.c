/* 19_plugin.c - a program that knows nothing of coroutines and loads something that does, with
 * libraries in nobody else's scope: plugin FILE ARGUMENT... */
#include <dlfcn.h>
#include <stdio.h>

int main(int argc, char **argv)
{
    void *library = argc > 1 ? dlopen(argv[1], RTLD_NOW | RTLD_LOCAL) : NULL;
    int (*run)(int, char **) =
        library != NULL ? (int (*)(int, char **))dlsym(library, "plugin_main") : NULL;
    if (run == NULL) {
        fprintf(stderr, "%s\n", dlerror());
        return 1;
    }
    return run(argc - 1, argv + 1);
}
