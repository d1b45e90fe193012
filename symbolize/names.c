#include "symbolize/names.h"

#include <libiberty/demangle.h>
#include <stdlib.h>
#include <string.h>

#include "format/utf8.h"
#include "symbolize/memory.h"

#define LONGEST_NAME ((size_t)1 << 20) /* bytes */

static bool is_up(const char *segment, size_t length)
{
    return length == 2 && memcmp(segment, "..", 2) == 0;
}

static size_t start_of_last_segment(const char *path, size_t size)
{
    while (size > 0 && path[size - 1] != '/')
        size--;
    return size;
}

/* Textual, and in place: symbolic links are not looked at, since the sources may be elsewhere. */
static void normalise(char *path)
{
    size_t root = *path == '/', size = root, length;
    for (const char *from = path; *from; from += length, from += *from == '/') {
        length = strcspn(from, "/");
        bool up = is_up(from, length);
        if (length == 0 || (length == 1 && *from == '.') || (up && root && size == root))
            continue;
        size_t last = start_of_last_segment(path, size);
        if (up && size > last && !is_up(path + last, size - last)) {
            size = last > root ? last - 1 : last;
            continue;
        }
        if (size > root)
            path[size++] = '/';
        memmove(path + size, from, length);
        size += length;
    }
    path[size] = 0;
}

char *names_full_path(const char *folder, const char *file)
{
    bool join = *file != '/' && folder && *folder == '/';
    char *path = join ? memory_text("%s/%s", folder, file) : memory_text("%s", file);
    normalise(path);
    return path;
}

static bool is_clone(const char *word, size_t length)
{
    static const char *const words[] = {"constprop", "isra",    "part",       "cold",
                                        "lto_priv",  "llvm",    "localalias", "clone",
                                        "__uniq",    "argprom", "specialized"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strlen(words[i]) == length && memcmp(words[i], word, length) == 0)
            return true;
    return false;
}

/* Where the last word behind a dot in SYMBOL[SIZE] begins; SIZE if there is none. */
static size_t last_word(const char *symbol, size_t size)
{
    for (size_t i = size; i-- > 1;)
        if (symbol[i] == '.')
            return i + 1;
    return size;
}

size_t names_without_clone(const char *symbol)
{
    for (size_t size = strlen(symbol);;) {
        size_t end = size, word = last_word(symbol, end);
        if (word < end && strspn(symbol + word, "0123456789") >= end - word) {
            end = word - 1;
            word = last_word(symbol, end);
        }
        if (word >= end || !is_clone(symbol + word, end - word))
            return size;
        size = word - 1;
    }
}

/* gfortran calls procedure p of module m __m_MOD_p. */
static char *fortran(const char *symbol)
{
    const char *middle = strstr(symbol, "_MOD_");
    if (strncmp(symbol, "__", 2) != 0 || !middle || middle == symbol + 2 || !middle[5])
        return NULL;
    return memory_text("%.*s::%s", (int)(middle - symbol - 2), symbol + 2, middle + 5);
}

/* Rust first: its older names look like C++'s. */
char *names_demangle(const char *symbol)
{
    char *name = NULL;
    if (strlen(symbol) > LONGEST_NAME)
        return NULL;
    if (strncmp(symbol, "_D", 2) == 0)
        return dlang_demangle(symbol, DMGL_PARAMS);
    if (strncmp(symbol, "_R", 2) == 0 || strncmp(symbol, "_Z", 2) == 0)
        name = rust_demangle(symbol, DMGL_PARAMS);
    if (!name)
        name = cplus_demangle(symbol, DMGL_PARAMS | DMGL_ANSI | DMGL_VERBOSE | DMGL_GNU_V3);
    return name ? name : fortran(symbol);
}

char *names_clean(const char *text)
{
    size_t size = strnlen(text, LONGEST_NAME);
    char *clean = memory_grow(NULL, 4 * size + 1, 1);
    size = utf8_escape(clean, text, size, UTF8_ESCAPE_CONTROLS);
    clean[size] = 0;
    return memory_grow(clean, size + 1, 1);
}
