/* module.h - an executable or library, opened for looking up the functions in it. */
#ifndef CPROF_SYMBOLIZE_MODULE_H
#define CPROF_SYMBOLIZE_MODULE_H

#include <stddef.h>
#include <stdint.h>

#include "format/profile.h"
#include "symbolize/wanted.h"

struct module {
    char *path;
    uint8_t id[32]; /* the build-id that it must have, id_size bytes; 0: none is known */
    uint32_t id_size;
    uint32_t state;    /* enum profile_module_state; of what was found so far */
    struct Dwfl *dwfl; /* NULL: CHANGED or MISSING */
    struct Dwfl_Module *elf;
};

/* Opens the regular file M->path and compares its build-id. The state tells what came of it. */
void module_open(struct module *m);
void module_close(struct module *m);

/* Fills in WANTED[N], sorted by offset. Strings live until module_close. */
void module_look_up(struct module *m, struct wanted *wanted, size_t n);

#endif
