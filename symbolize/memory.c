#include "symbolize/memory.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static int end_with;

void memory_end_with(int status)
{
    end_with = status;
}

void memory_none(void)
{
    if (end_with)
        _exit(end_with);
    fprintf(stderr, "cprof-symbolize: out of memory\n");
    exit(1);
}

static void *or_end(void *memory)
{
    if (!memory)
        memory_none();
    return memory;
}

void *memory_zeroed(size_t n, size_t size)
{
    return or_end(calloc(n ? n : 1, size));
}

void *memory_grow(void *old, size_t n, size_t size)
{
    return or_end(reallocarray(old, n ? n : 1, size));
}

char *memory_text(const char *format, ...)
{
    char *text;
    va_list args;
    va_start(args, format);
    int n = vasprintf(&text, format, args);
    va_end(args);
    if (n < 0)
        memory_none();
    return text;
}
