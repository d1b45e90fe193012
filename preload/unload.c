/* unload.c - dlclose, after which it is looked which modules are gone. dlopen is not interposed: it
   searches by its caller's RUNPATH. */
#include "preload/modules.h"
#include "preload/process.h"
#include <dlfcn.h>

static int (*real_dlclose)(void *handle);

static void find_real(void)
{
    *(void **)&real_dlclose = dlsym(RTLD_NEXT, "dlclose");
}

/* dlsym changes what dlerror says: not in the middle of the program. */
__attribute__((constructor)) static void load(void)
{
    find_real();
}

__attribute__((visibility("default"))) int dlclose(void *handle)
{
    if (real_dlclose == NULL)
        find_real(); /* so early */
    int result = real_dlclose(handle);
    if (process_state.mode == HOOKS_ON || process_state.mode == HOOKS_IDLE)
        modules_unloaded();
    return result;
}
