#include "preload/config.h"
#include "preload/sys.h"
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#define DEFAULT_MAX_NODES (UINT64_C(4) << 20)

struct config config;

const char *config_variable(const char *name)
{
    size_t length = strlen(name);
    for (char **entry = environ; entry != NULL && *entry != NULL; entry++)
        if (strncmp(*entry, name, length) == 0 && (*entry)[length] == '=')
            return *entry + length + 1;
    return NULL;
}

static uint64_t number(const char *text, uint64_t otherwise)
{
    uint64_t value = 0;
    if (text == NULL || *text == 0)
        return otherwise;
    for (; *text != 0; text++) {
        if (*text < '0' || *text > '9' || value > UINT64_MAX / 16)
            return otherwise;
        value = value * 10 + (uint64_t)(*text - '0');
    }
    return value;
}

bool config_read(void)
{
    static bool done;
    if (done)
        return true;
    if (environ == NULL)
        return false;
    config.enabled = number(config_variable("CPROF_ENABLE"), 1) != 0;
    config.verbose = number(config_variable("CPROF_VERBOSE"), 0) != 0;
    config.max_nodes = number(config_variable("CPROF_MAX_NODES"), DEFAULT_MAX_NODES);
    const char *profile = config_variable("PROFILE_ENABLE");
    config.profile_functions = profile != NULL && *profile != 0 && strcmp(profile, "0") != 0;
    config.add_up_calls = config.profile_functions && strcmp(profile, "all") == 0;
    config.out = config_variable("CPROF_OUT");
    if (config.out == NULL || *config.out == 0)
        config.out = "out.prof";
    done = true;
    return true;
}

void config_complain(const char *text, const char *detail)
{
    if (!config.verbose || sys_files_forbidden)
        return;
    struct iovec parts[] = {{(void *)"cprof: ", 7},
                            {(void *)text, strlen(text)},
                            {(void *)" ", 1},
                            {(void *)detail, strlen(detail)},
                            {(void *)"\n", 1}};
    sys3(SYS_writev, 2, (long)parts, 5);
}
