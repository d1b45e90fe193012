#include "format/cursor.h"

#include <stdarg.h>
#include <stdio.h>

void cursor_fail(struct cursor *c, size_t at, const char *format, ...)
{
    if (c->failed)
        return;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(c->fault, sizeof c->fault, format, arguments);
    va_end(arguments);
    c->failed = true;
    c->fault_at = at;
    c->at = c->size;
}
