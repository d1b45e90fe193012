/* job.h - functions of one module that are looked up, and what came of it. */
#ifndef CPROF_SYMBOLIZE_JOB_H
#define CPROF_SYMBOLIZE_JOB_H

#include <stddef.h>
#include <stdint.h>

#include "format/profile.h"

/* Texts are as the module has them, hostile; each is NULL where nothing is known, else for free().
 */
struct job_function {
    uint64_t offset; /* entry: virtual address in the module's file */
    int64_t line;    /* 0: not known */
    char *file;      /* full path of the source */
    char *name;      /* to be read by people */
    char *linkage;   /* as in the symbol table */
};

/* What is looked into. When one does not work, the next one may. */
enum job_effort {
    JOB_DEBUG,       /* debug information and symbol tables */
    JOB_SYMBOLS,     /* symbol tables */
    JOB_RAW_SYMBOLS, /* and names as they stand there, not demangled */
    JOB_NOTHING,
};

struct job {
    const char *path;  /* of the module */
    const uint8_t *id; /* the build-id that it must have, id_size bytes; 0: none is known */
    uint32_t id_size;
    enum job_effort effort;
    struct job_function *functions; /* N of them, sorted by offset, no two alike */
    size_t n;
    /* What came of it. */
    uint32_t state; /* enum profile_module_state */
    struct profile_lack lack;
};

/* Takes all that was found out of JOB, so that it can be tried again. */
void job_clear(struct job *job);

#endif
