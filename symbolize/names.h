/* names.h - names and paths as people read them. All results are for free(). */
#ifndef CPROF_SYMBOLIZE_NAMES_H
#define CPROF_SYMBOLIZE_NAMES_H

#include <stdbool.h>
#include <stddef.h>

/* FILE without "//", "." and "x/..", and made absolute by FOLDER (may be NULL) where that is
   absolute: a unit's relative folder is part of the file's name in its line table already. */
char *names_full_path(const char *folder, const char *file);

/* What c++filt prints for SYMBOL, which C++, Rust (here without its hash), D or Fortran made;
   NULL if it is none of theirs. */
char *names_demangle(const char *symbol);

/* The length of SYMBOL without what compilers add to the name of a function when they make clones
   of it or parts of it, or rename it (.constprop.0, .part.0, .lto_priv.0, .llvm.123). */
size_t names_without_clone(const char *symbol);

/* TEXT, or its first bytes if it is very long, with bytes that are no UTF-8 and control characters
   written \xNN. */
char *names_clean(const char *text);

#endif
