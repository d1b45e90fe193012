#include "report/terminal.h"

#include "format/utf8.h"

#include <string.h>

void terminal_put(FILE *to, const char *bytes, size_t size)
{
    char escaped[4 * 4];

    if (utf8_is_clean(bytes, size, UTF8_ESCAPE_CONTROLS)) {
        fwrite(bytes, 1, size, to);
        return;
    }
    while (size > 0) {
        size_t length = utf8_character(bytes, size);
        size_t taken = length ? length : 1;

        fwrite(escaped, 1, utf8_escape(escaped, bytes, taken, UTF8_ESCAPE_CONTROLS), to);
        bytes += taken;
        size -= taken;
    }
}

void terminal_puts(FILE *to, const char *text)
{
    terminal_put(to, text, strlen(text));
}

size_t terminal_length(const char *bytes, size_t size)
{
    char escaped[4 * 4];
    size_t length = 0;

    while (size > 0) {
        size_t taken = utf8_character(bytes, size);

        taken = taken ? taken : 1;
        length += utf8_length(escaped, utf8_escape(escaped, bytes, taken, UTF8_ESCAPE_CONTROLS));
        bytes += taken;
        size -= taken;
    }
    return length;
}
