/*
 * names.h - how functions are called: in full, without what C++ adds to names, or as the linker
 * does.
 */
#ifndef CPROF_REPORT_NAMES_H
#define CPROF_REPORT_NAMES_H

#include "report/model.h"

enum names { NAMES_FULL, NAMES_SHORT, NAMES_MANGLED };

/*
 * Writes a name without template arguments, parameters, return type, qualifiers, ABI tags and
 * anonymous namespaces to OUT, which has room for SIZE bytes and a 0, and returns how many bytes
 * these are: void ns::(anonymous namespace)::A<int>::put<char>(char) const    ns::A::put
 *     std::operator<< <std::char_traits<char> >(std::ostream&, char)   std::operator<<
 *     main::{lambda(int)#1}::operator()(int) const                     main::{lambda#1}::operator()
 * What cannot be made out stays as it is.
 */
size_t names_shorten(const char *name, size_t size, char *out);

/* Gives the functions of M other names to show; M is for printing only then. Mangled names are
   those of M's tail; functions without one keep theirs. -1: memory is out. */
int names_apply(struct model *m, enum names names);

#endif
