/*
 * marshal.h - Python's marshal format, as much of it as profiles are made of.
 *
 * Reading: a pull parser. Whoever reads knows the shape that it expects: it opens dicts and the
 * tuples that hold dicts, and reads what lies between with marshal_read, which takes a scalar or a
 * flat tuple of scalars whole. So nothing here recurses, and a reference can only name something
 * small. All versions are read: 2.7 (R, s, I, f), 3.0 to 3.3, and 3.4 on (references, short forms).
 *
 * Errors stick in the reader's cursor (cursor.h); functions return 0, or -1 once it has failed.
 * The locale's decimal point must be '.' (LC_NUMERIC is left as C).
 *
 * Layout: marshal.c of CPython; docs/FORMAT.md has the part that is used.
 */
#ifndef CPROF_FORMAT_MARSHAL_H
#define CPROF_FORMAT_MARSHAL_H

#include "format/cursor.h"
#include "format/intern.h"
#include "format/output.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Opcodes; OR MARSHAL_FLAG: the object gets the next reference number. */
enum marshal_type {
    MARSHAL_DICT = '{',
    MARSHAL_END = '0', /* of a dict */
    MARSHAL_TUPLE = '(',
    MARSHAL_SMALL_TUPLE = ')',
    MARSHAL_INT = 'i',
    MARSHAL_INT64 = 'I',
    MARSHAL_LONG = 'l',
    MARSHAL_FLOAT = 'g',
    MARSHAL_TEXT_FLOAT = 'f',
    MARSHAL_BYTES = 's',
    MARSHAL_INTERNED = 't',
    MARSHAL_UNICODE = 'u',
    MARSHAL_ASCII = 'a',
    MARSHAL_ASCII_INTERNED = 'A',
    MARSHAL_SHORT_ASCII = 'z',
    MARSHAL_SHORT_ASCII_INTERNED = 'Z',
    MARSHAL_NONE = 'N',
    MARSHAL_TRUE = 'T',
    MARSHAL_FALSE = 'F',
    MARSHAL_REF = 'r',
    MARSHAL_STRING_REF = 'R', /* 2.7: to a 't', numbered apart */
    MARSHAL_FLAG = 0x80,
};

__extension__ typedef __int128 marshal_integer;

enum marshal_kind {
    MARSHAL_IS_UNFINISHED, /* a dict, or a tuple that is being read: cannot be referred to */
    MARSHAL_IS_NONE,
    MARSHAL_IS_INTEGER, /* True and False too, as 1 and 0 */
    MARSHAL_IS_REAL,
    MARSHAL_IS_STRING,
    MARSHAL_IS_TUPLE,
};

#define MARSHAL_ITEMS_MAX 4 /* of a tuple that marshal_read takes */

struct marshal_value {
    enum marshal_kind kind;
    uint32_t count; /* of a tuple's items */
    union {
        marshal_integer integer;
        double real;
        uint32_t string; /* its number in the reader's strings */
        size_t items;    /* see marshal_items */
    };
};

struct marshal_reader {
    struct cursor in;
    struct intern strings; /* UTF-8: bytes that are not stand there as the text \xNN */
    struct marshal_value *refs;
    size_t nrefs, refs_room;
    uint32_t *interned; /* 2.7: the strings that R can name */
    size_t ninterned, interned_room;
    struct marshal_value *items; /* of tuples: first those that were referenced or may be */
    size_t nitems, items_room;
};

/* BYTES stay the caller's and must outlive the reader. Free it with marshal_reader_free. */
void marshal_reader_start(struct marshal_reader *r, const void *bytes, size_t size);
void marshal_reader_free(struct marshal_reader *r);

/* Reads a scalar, or a tuple of up to MARSHAL_ITEMS_MAX scalars. */
int marshal_read(struct marshal_reader *r, struct marshal_value *out);

/* The items of a tuple; valid until the next call of marshal_read. */
const struct marshal_value *marshal_items(const struct marshal_reader *r,
                                          const struct marshal_value *tuple);

/* Enters a tuple that must have COUNT items; WHAT it is stands in the error. */
int marshal_open_tuple(struct marshal_reader *r, uint32_t count, const char *what);

/* Enters a dict; then, until marshal_dict_ended, key and value in turn. WHAT as above. */
int marshal_open_dict(struct marshal_reader *r, const char *what);

/* Whether the dict ends here (and then passes its end); true also once the reader has failed. */
bool marshal_dict_ended(struct marshal_reader *r);

/* Writing. FLAG is MARSHAL_FLAG or 0; a dict ends with output_u8(out, MARSHAL_END). */
void marshal_write_integer(struct output *out, marshal_integer value);
void marshal_write_real(struct output *out, double value);
void marshal_write_string(struct output *out, const char *bytes, size_t size, uint8_t flag);
void marshal_write_tuple(struct output *out, uint32_t count, uint8_t flag);
void marshal_write_ref(struct output *out, uint32_t ref);

#endif
