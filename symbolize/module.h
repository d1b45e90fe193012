/* module.h - an executable or library, opened for looking up the functions in it. */
#ifndef CPROF_SYMBOLIZE_MODULE_H
#define CPROF_SYMBOLIZE_MODULE_H

#include <stddef.h>
#include <stdint.h>

#include "symbolize/job.h"
#include "symbolize/wanted.h"

struct module {
    struct Dwfl *dwfl; /* NULL: state is CHANGED or MISSING */
    struct Dwfl_Module *elf;
    uint32_t state; /* enum profile_module_state; of what was found so far */
};

/* Opens the regular file that JOB is about and compares its build-id. The state tells what came of
   it. */
void module_open(struct module *m, const struct job *job);
void module_close(struct module *m);

/* Fills in WANTED[N], sorted by offset; strings live until module_close. Returns what could not be
   found, and why; its name is for free(). */
struct profile_lack module_look_up(struct module *m, const struct job *job, struct wanted *wanted,
                                   size_t n);

#endif
