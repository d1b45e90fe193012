/*
 * symbol.h - what is known of one function address: the table between the trees, which are full of
 * addresses, and the debug information, which knows their names.
 */
#ifndef CPROF_SYMBOLIZE_SYMBOL_H
#define CPROF_SYMBOLIZE_SYMBOL_H

#include <stdint.h>

#define SYMBOL_NO_MODULE UINT32_MAX

/* Strings are UTF-8 without control characters, terminated, and the resolver's. */
struct symbol {
    uint64_t address;    /* in the profiled process; with its module's epoch (raw.h) */
    uint64_t offset;     /* virtual address in the module's file; without a module, the address */
    uint32_t module;     /* number in the resolver, or SYMBOL_NO_MODULE */
    const char *file;    /* full path of the source; the module's without debug information; "~" */
    int64_t line;        /* of the definition, 0: not known */
    const char *name;    /* to be read by people */
    const char *linkage; /* as in the symbol table, "" where there is none */
};

#endif
