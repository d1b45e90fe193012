/* wanted.h - addresses of one module that are being looked up, and what was found so far. */
#ifndef CPROF_SYMBOLIZE_WANTED_H
#define CPROF_SYMBOLIZE_WANTED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WANTED_MOST 4 /* names that are kept for one address */

/* A function that debug information describes. */
struct wanted_die {
    const char *plain;   /* DW_AT_name, or NULL */
    const char *linkage; /* DW_AT_linkage_name, or NULL */
};

/* Several functions may have one address: linkers fold identical code (--icf), and a function may
   have aliases. Strings that are not for free() belong to the open ELF and DWARF data. */
struct wanted {
    uint64_t offset; /* entry of a function: virtual address in the module's file */
    char *file;      /* full path of the source of the first DIE, or NULL; for free() */
    int64_t line;    /* of its definition, or 0 */
    struct wanted_die dies[WANTED_MOST];
    unsigned ndies;
    const char *symbols[WANTED_MOST]; /* names in the ELF symbol table, the best choice first */
    int ranks[WANTED_MOST];           /* how good a choice each is */
    unsigned nsymbols;
    bool more; /* than there is room for */
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
