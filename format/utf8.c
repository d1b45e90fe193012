#include "format/utf8.h"

#include <stdint.h>
#include <string.h>

static bool is_continuation(uint8_t byte)
{
    return (byte & 0xc0) == 0x80;
}

size_t utf8_character(const char *bytes, size_t size)
{
    if (size == 0)
        return 0;
    const uint8_t *b = (const uint8_t *)bytes;
    if (b[0] < 0x80)
        return 1;
    size_t length = b[0] < 0xc2 ? 0 : b[0] < 0xe0 ? 2 : b[0] < 0xf0 ? 3 : b[0] < 0xf5 ? 4 : 0;
    if (length == 0 || length > size)
        return 0;
    for (size_t i = 1; i < length; i++)
        if (!is_continuation(b[i]))
            return 0;
    bool overlong = (b[0] == 0xe0 && b[1] < 0xa0) || (b[0] == 0xf0 && b[1] < 0x90);
    bool surrogate = b[0] == 0xed && b[1] >= 0xa0;
    bool too_large = b[0] == 0xf4 && b[1] >= 0x90;
    return overlong || surrogate || too_large ? 0 : length;
}

uint32_t utf8_code(const char *character, size_t length)
{
    const uint8_t *b = (const uint8_t *)character;
    uint32_t code = length > 1 ? b[0] & (0x7fu >> length) : b[0];
    for (size_t i = 1; i < length; i++)
        code = code << 6 | (b[i] & 0x3f);
    return code;
}

/* What is not seen itself but acts on a terminal or on the text around it. */
static bool is_control(uint32_t code)
{
    static const struct {
        uint32_t first, last;
    } ranges[] = {
        {0, 0x1f},          /* C0 */
        {0x7f, 0x9f},       /* DEL, C1 */
        {0x61c, 0x61c},     /* direction of text */
        {0x200b, 0x200f},   /* no width; direction */
        {0x2028, 0x202e},   /* ends of lines and paragraphs; direction */
        {0x2060, 0x206f},   /* no width; direction */
        {0xfeff, 0xfeff},   /* byte order mark */
        {0xfff9, 0xfffb},   /* annotations */
        {0xe0000, 0xe007f}, /* tags */
    };
    if (code >= 0x20 && code < 0x7f)
        return false;
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
        if (code >= ranges[i].first && code <= ranges[i].last)
            return true;
    return false;
}

/* Length of the character at BYTES that may stay; 0: its first byte has to be escaped. */
static size_t clean_character(const char *bytes, size_t size, enum utf8_escape what)
{
    size_t length = utf8_character(bytes, size);
    return what == UTF8_ESCAPE_CONTROLS && is_control(utf8_code(bytes, length)) ? 0 : length;
}

bool utf8_is_clean(const char *bytes, size_t size, enum utf8_escape what)
{
    for (size_t i = 0; i < size;) {
        size_t length = clean_character(bytes + i, size - i, what);
        if (length == 0)
            return false;
        i += length;
    }
    return true;
}

size_t utf8_length(const char *bytes, size_t size)
{
    size_t count = 0;
    for (size_t i = 0; i < size; count++) {
        size_t length = utf8_character(bytes + i, size - i);
        i += length ? length : 1;
    }
    return count;
}

size_t utf8_escape(char *out, const char *bytes, size_t size, enum utf8_escape what)
{
    static const char digits[] = "0123456789abcdef";
    char *end = out;
    for (size_t i = 0; i < size;) {
        size_t length = clean_character(bytes + i, size - i, what);
        if (length > 0) {
            memcpy(end, bytes + i, length);
            end += length;
            i += length;
            continue;
        }
        uint8_t byte = (uint8_t)bytes[i++];
        *end++ = '\\';
        *end++ = 'x';
        *end++ = digits[byte >> 4];
        *end++ = digits[byte & 15];
    }
    return (size_t)(end - out);
}
