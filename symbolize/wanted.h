/* wanted.h - addresses of one module that are being looked up, and what was found so far. */
#ifndef CPROF_SYMBOLIZE_WANTED_H
#define CPROF_SYMBOLIZE_WANTED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Strings that are not for free() belong to the open ELF and DWARF data. */
struct wanted {
    uint64_t offset;     /* entry of a function: virtual address in the module's file */
    char *file;          /* full path of its source, or NULL; for free() */
    int64_t line;        /* of its definition, or 0 */
    const char *plain;   /* DW_AT_name, or NULL */
    const char *linkage; /* DW_AT_linkage_name, or NULL */
    const char *symbol;  /* name in the ELF symbol table, or NULL */
    int symbol_rank;     /* how good a choice symbol is among those of the address */
    bool has_die;        /* debug information describes it */
};

/* The first of N (sorted by offset) at or behind OFFSET; N if there is none. */
static inline size_t wanted_from(const struct wanted *wanted, size_t n, uint64_t offset)
{
    size_t low = 0;
    while (low < n) {
        size_t middle = low + (n - low) / 2;
        if (wanted[middle].offset < offset)
            low = middle + 1;
        else
            n = middle;
    }
    return low;
}

#endif
