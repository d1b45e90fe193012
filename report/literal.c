#define PCRE2_CODE_UNIT_WIDTH 8
#include "report/literal.h"

#include "format/utf8.h"

#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <pcre2.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- reading ---- */

static const char *skip_blanks(const char *at)
{
    while (isspace((unsigned char)*at))
        at++;
    return at;
}

static const char *skip_sign(const char *at)
{
    return *at == '+' || *at == '-' ? at + 1 : at;
}

/* Digits, with single underscores between them. */
static const char *skip_digits(const char *at)
{
    while (isdigit((unsigned char)at[0]) ||
           (at[0] == '_' && isdigit((unsigned char)at[-1]) && isdigit((unsigned char)at[1])))
        at++;
    return at;
}

/* The end of the float at AT, or NULL; also of an int, which is one. */
static const char *skip_float(const char *at)
{
    static const char *const words[] = {"infinity", "inf", "nan"};
    const char *digits;
    size_t i, n;

    at = skip_sign(at);
    for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (strncasecmp(at, words[i], strlen(words[i])) == 0)
            return at + strlen(words[i]);
    digits = at;
    if (isdigit((unsigned char)*at))
        at = skip_digits(at);
    n = (size_t)(at - digits);
    if (*at == '.' && isdigit((unsigned char)at[1])) {
        at = skip_digits(at + 1);
        n++;
    } else if (*at == '.') {
        at++;
    }
    if (n == 0)
        return NULL;
    if ((*at == 'e' || *at == 'E') && isdigit((unsigned char)*skip_sign(at + 1)))
        at = skip_digits(skip_sign(at + 1));
    return at;
}

/* A copy of the SIZE bytes without underscores. */
static char *without_underscores(const char *bytes, size_t size)
{
    char *copy = malloc(size + 1), *to = copy;
    size_t i;

    for (i = 0; copy && i < size; i++)
        if (bytes[i] != '_')
            *to++ = bytes[i];
    if (copy)
        *to = '\0';
    return copy;
}

bool literal_int(const char *word, int64_t *value)
{
    const char *start = skip_blanks(word);
    const char *digits = skip_sign(start);
    const char *end = isdigit((unsigned char)*digits) ? skip_digits(digits) : digits;
    char *copy;

    if (end == digits || *skip_blanks(end))
        return false;
    copy = without_underscores(start, (size_t)(end - start));
    if (!copy)
        return false;
    *value = strtoll(copy, NULL, 10);
    free(copy);
    return true;
}

bool literal_float(const char *word, double *value)
{
    const char *start = skip_blanks(word);
    const char *end = skip_float(start);
    char *copy;

    if (!end || *skip_blanks(end))
        return false;
    copy = without_underscores(start, (size_t)(end - start));
    if (!copy)
        return false;
    *value = strtod(copy, NULL);
    free(copy);
    return true;
}

/* ---- showing ---- */

void literal_show_float(FILE *to, double value)
{
    char text[32];
    int digits;

    for (digits = 1; digits <= 17; digits++) {
        snprintf(text, sizeof(text), "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    fprintf(to, "%s%s", text, isfinite(value) && !strpbrk(text, ".e") ? ".0" : "");
}

/* Unicode's word on what can be seen: neither control, format, unassigned nor separator. */
static bool is_printable(pcre2_code *visible, pcre2_match_data *match, const char *bytes,
                         size_t size)
{
    if (size == 1)
        return isprint((unsigned char)bytes[0]);
    return visible && match && pcre2_match(visible, (PCRE2_SPTR)bytes, size, 0, 0, match, NULL) > 0;
}

static void show_escaped(FILE *to, uint32_t code)
{
    if (code == '\n' || code == '\r' || code == '\t')
        fprintf(to, "\\%c", code == '\n' ? 'n' : code == '\r' ? 'r' : 't');
    else if (code < 0x100)
        fprintf(to, "\\x%02" PRIx32, code);
    else if (code < 0x10000)
        fprintf(to, "\\u%04" PRIx32, code);
    else
        fprintf(to, "\\U%08" PRIx32, code);
}

void literal_show_string(FILE *to, const char *text)
{
    int quote = strchr(text, '\'') && !strchr(text, '"') ? '"' : '\'';
    int unused_number;
    PCRE2_SIZE unused_offset;
    pcre2_code *visible = pcre2_compile((PCRE2_SPTR) "[^\\pC\\pZ]", PCRE2_ZERO_TERMINATED,
                                        PCRE2_UTF, &unused_number, &unused_offset, NULL);
    pcre2_match_data *match = pcre2_match_data_create(1, NULL);
    size_t size = strlen(text);

    fputc(quote, to);
    while (size > 0) {
        size_t length = utf8_character(text, size);

        if (length == 0) { /* a byte that is no UTF-8: Python reads it as a lone surrogate */
            length = 1;
            show_escaped(to, 0xdc00u + (unsigned char)text[0]);
        } else if (*text == quote || *text == '\\') {
            fprintf(to, "\\%c", *text);
        } else if (is_printable(visible, match, text, length)) {
            fwrite(text, 1, length, to);
        } else {
            show_escaped(to, utf8_code(text, length));
        }
        text += length;
        size -= length;
    }
    fputc(quote, to);
    pcre2_match_data_free(match);
    pcre2_code_free(visible);
}
