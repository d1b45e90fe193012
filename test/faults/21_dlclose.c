/* 21_dlclose.c - loads libraries where others were: 21_dlclose MODE ARGUMENT... */
#include "../progs/work.h"
#include <dlfcn.h>
#include <glob.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define UNSEEN __attribute__((no_instrument_function))

static void *handle;
static int (*plugin)(int);

UNSEEN static void open_plugin(const char *path)
{
    handle = dlopen(path, RTLD_NOW);
    if (handle == NULL) {
        puts(dlerror());
        exit(3);
    }
    *(void **)&plugin = dlsym(handle, "plugin");
}

/* Calls plugin CALLS times from the library at PATH, and unloads it. */
static void use(const char *path, int calls)
{
    open_plugin(path);
    for (int i = 0; i < calls; i++)
        plugin(3);
    dlclose(handle);
}

UNSEEN static void *place_of(const char *path)
{
    open_plugin(path);
    void *place = (void *)plugin;
    dlclose(handle);
    return place;
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

/* ---- while other threads are in hooks ---- */

static volatile bool stop;

static void spin_call(void)
{
    __asm__ volatile("");
}

static void *spin(void *calls)
{
    while (!stop) {
        spin_call();
        ++*(long *)calls;
    }
    return NULL;
}

int main(int argc, char **argv)
{
    const char *mode = argc > 2 ? argv[1] : "";
    const char *a = argc > 2 ? argv[2] : "", *b = argc > 3 ? argv[3] : "";
    pthread_t threads[3];
    long calls[3] = {0};
    if (strcmp(mode, "two") == 0) {
        printf("%s\n", place_of(a) == place_of(b) ? "one place" : "two places");
        use(a, 10);
        use(b, 20);
    }
    if (strcmp(mode, "in-turn") == 0)
        for (int i = 0; i < 20; i++) {
            use(a, 1);
            use(b, 2);
        }
    if (strcmp(mode, "threads") == 0) {
        for (int i = 0; i < 3; i++)
            pthread_create(&threads[i], NULL, spin, &calls[i]);
        for (int i = 0; i < 200; i++) {
            use(a, 1);
            use(b, 2);
        }
        stop = true;
        for (int i = 0; i < 3; i++)
            pthread_join(threads[i], NULL);
        fprintf(stderr, "%ld\n", calls[0] + calls[1] + calls[2]);
    }
    if (strcmp(mode, "still-open") == 0) { /* opened twice, closed once */
        open_plugin(a);
        use(a, 5);
        plugin(3);
    }
    if (strcmp(mode, "cycles") == 0) {
        use(a, 1);
        long before = file_kilobytes();
        for (int i = 1; i < 1000; i++)
            use(a, 1);
        long more = file_kilobytes() - before;
        printf(more > 100 ? "%ld KB more\n" : "no more\n", more);
    }
    if (strcmp(mode, "replaced") == 0) { /* the file at A by that at B */
        use(a, 10);
        if (rename(b, a) != 0)
            abort();
        use(a, 20);
    }
    if (strcmp(mode, "errors") == 0) {
        open_plugin(a);
        dlclose(handle);
        printf("%s\n", dlerror() == NULL ? "no error" : "an error");
        dlsym(RTLD_DEFAULT, "no such function");
        open_plugin(a);
        printf("%d\n", dlclose(handle));
        printf("%s\n", dlerror() == NULL ? "no error" : "an error");
    }
    return 0;
}
