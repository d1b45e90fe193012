/* dwarf.h - functions by their entry address from DWARF 2 to 5, also split (through libdw). */
#ifndef CPROF_SYMBOLIZE_DWARF_H
#define CPROF_SYMBOLIZE_DWARF_H

#include <elfutils/libdw.h>

#include "symbolize/wanted.h"

/* Fills in file, line and dies of WANTED[N], sorted by offset, as far as DW knows them, which was
   read from a file in FOLDER. DW's addresses are offset + DELTA. Reads only units whose code is
   wanted. Returns the name of a file that they are split off to (.dwo) and that is not there, for
   free(), or NULL. */
char *dwarf_look_up(Dwarf *dw, uint64_t delta, const char *folder, struct wanted *wanted, size_t n);

#endif
