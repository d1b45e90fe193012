/* dwarf.h - functions by their entry address from DWARF 2 to 5, also split (through libdw). */
#ifndef CPROF_SYMBOLIZE_DWARF_H
#define CPROF_SYMBOLIZE_DWARF_H

#include <elfutils/libdw.h>

#include "symbolize/wanted.h"

/* Fills in file, line, plain, linkage and has_die of WANTED[N], sorted by offset, as far as DW
   knows them. DW's addresses are offset + DELTA. Reads only units whose code is wanted. */
void dwarf_look_up(Dwarf *dw, uint64_t delta, struct wanted *wanted, size_t n);

#endif
