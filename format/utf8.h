/*
 * utf8.h - telling text from bytes, and writing what is none as text.
 */
#ifndef CPROF_FORMAT_UTF8_H
#define CPROF_FORMAT_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Length in bytes (1 to 4) of the UTF-8 character at the start of BYTES; 0 if there is none
   (overlong forms, surrogates and what lies above U+10FFFF are none). */
size_t utf8_character(const char *bytes, size_t size);

/* The code point of a character of LENGTH bytes. */
uint32_t utf8_code(const char *character, size_t length);

enum utf8_escape {
    UTF8_ESCAPE_INVALID,  /* bytes that are no UTF-8 */
    UTF8_ESCAPE_CONTROLS, /* these, and what acts on terminals: the control characters C0, DEL and
                             C1; what turns the direction of text, ends lines or has no width */
};

/* Whether BYTES hold nothing that WHAT names. */
bool utf8_is_clean(const char *bytes, size_t size, enum utf8_escape what);

/* Number of characters; bytes that are no UTF-8 count one each. */
size_t utf8_length(const char *bytes, size_t size);

/* Copies BYTES to OUT (room for 4 * SIZE bytes) with every byte that WHAT names as the text \xNN.
   Returns the number of bytes written; adds no terminator. */
size_t utf8_escape(char *out, const char *bytes, size_t size, enum utf8_escape what);

#endif
