#include "report/error.h"

#include <stdarg.h>
#include <stdio.h>

int error_set(struct profile_error *error, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(error->text, sizeof(error->text), format, arguments);
    va_end(arguments);
    error->offset = -1;
    return -1;
}

int error_memory(struct profile_error *error)
{
    return error_set(error, "out of memory");
}
