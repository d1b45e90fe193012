#include "format/marshal.h"

#include "format/array.h"

#include <stdlib.h>
#include <string.h>

#define DIGIT_BITS 15 /* of a long */

void marshal_reader_start(struct marshal_reader *r, const void *bytes, size_t size)
{
    *r = (struct marshal_reader){.in = cursor_over(bytes, size)};
}

void marshal_reader_free(struct marshal_reader *r)
{
    intern_free(&r->strings);
    free(r->refs);
    free(r->interned);
    free(r->items);
    *r = (struct marshal_reader){0};
}

static void fail_memory(struct marshal_reader *r, size_t at)
{
    cursor_fail(&r->in, at, "out of memory");
}

/* ---- scalars ---- */

static marshal_integer read_long(struct cursor *in)
{
    size_t at = in->at;
    int32_t signed_count = cursor_i32(in);
    uint32_t count = signed_count < 0 ? -(uint32_t)signed_count : (uint32_t)signed_count;
    const uint32_t most = (127 + DIGIT_BITS - 1) / DIGIT_BITS;
    marshal_integer value = 0;
    uint16_t digit = 1;
    if (count > most)
        cursor_fail(in, at, "integer of more than 127 bits");
    for (uint32_t i = 0; i < count && !cursor_failed(in); i++) {
        digit = cursor_u16(in);
        if (digit >> DIGIT_BITS)
            cursor_fail(in, in->at - 2, "digit out of range");
        else if (i == most - 1 && digit >> (127 - DIGIT_BITS * (most - 1)))
            cursor_fail(in, at, "integer of more than 127 bits");
        else
            value |= (marshal_integer)digit << (DIGIT_BITS * i);
    }
    if (digit == 0)
        cursor_fail(in, at, "integer with a leading zero");
    return signed_count < 0 ? -value : value;
}

static double read_text_float(struct cursor *in)
{
    char text[UINT8_MAX + 1];
    size_t at = in->at;
    uint8_t size = cursor_u8(in);
    const uint8_t *bytes = cursor_bytes(in, size);
    if (!bytes)
        return 0;
    memcpy(text, bytes, size);
    text[size] = 0;
    char *end;
    double value = strtod(text, &end);
    if (size == 0 || end != text + size)
        cursor_fail(in, at, "malformed number");
    return value;
}

static void read_string(struct marshal_reader *r, uint8_t type, struct marshal_value *out)
{
    size_t at = r->in.at;
    bool is_short = type == MARSHAL_SHORT_ASCII || type == MARSHAL_SHORT_ASCII_INTERNED;
    uint32_t size = is_short ? cursor_u8(&r->in) : cursor_u32(&r->in);
    const uint8_t *bytes = cursor_bytes(&r->in, size);
    if (!bytes)
        return;
    out->kind = MARSHAL_IS_STRING;
    out->string = intern_text(&r->strings, (const char *)bytes, size, UTF8_ESCAPE_INVALID);
    if (out->string == INTERN_FAILED) {
        fail_memory(r, at);
        return;
    }
    if (type != MARSHAL_INTERNED)
        return;
    uint32_t *interned =
        array_grow(r->interned, &r->interned_room, r->ninterned + 1, sizeof *interned);
    if (!interned) {
        fail_memory(r, at);
        return;
    }
    r->interned = interned;
    r->interned[r->ninterned++] = out->string;
}

static void read_string_ref(struct marshal_reader *r, struct marshal_value *out)
{
    size_t at = r->in.at;
    uint32_t ref = cursor_u32(&r->in);
    if (ref >= r->ninterned) {
        cursor_fail(&r->in, at, "reference to a string that is not there");
        return;
    }
    out->kind = MARSHAL_IS_STRING;
    out->string = r->interned[ref];
}

static void read_ref(struct marshal_reader *r, struct marshal_value *out)
{
    size_t at = r->in.at;
    uint32_t ref = cursor_u32(&r->in);
    if (ref >= r->nrefs)
        cursor_fail(&r->in, at, "reference to an object that is not there");
    else if (r->refs[ref].kind == MARSHAL_IS_UNFINISHED)
        cursor_fail(&r->in, at, "reference to an object that holds a dict");
    else
        *out = r->refs[ref];
}

static bool is_known(uint8_t type)
{
    return type != 0 && strchr("{0()iIlgfstuaAzZNTFrR", type);
}

/* What stands at offset AT is no WHAT. */
static void fail_type(struct marshal_reader *r, size_t at, uint8_t op, const char *what)
{
    if (is_known(op & ~MARSHAL_FLAG & 0xff))
        cursor_fail(&r->in, at, "type 0x%02x where %s should be", op, what);
    else
        cursor_fail(&r->in, at, "unknown type 0x%02x", op);
}

static void read_scalar(struct marshal_reader *r, size_t at, uint8_t op, struct marshal_value *out)
{
    uint8_t type = op & ~MARSHAL_FLAG & 0xff;
    *out = (struct marshal_value){.kind = MARSHAL_IS_INTEGER};
    switch (type) {
    case MARSHAL_NONE:
        out->kind = MARSHAL_IS_NONE;
        break;
    case MARSHAL_TRUE:
    case MARSHAL_FALSE:
        out->integer = type == MARSHAL_TRUE;
        break;
    case MARSHAL_INT:
        out->integer = cursor_i32(&r->in);
        break;
    case MARSHAL_INT64:
        out->integer = (int64_t)cursor_u64(&r->in);
        break;
    case MARSHAL_LONG:
        out->integer = read_long(&r->in);
        break;
    case MARSHAL_FLOAT:
        out->kind = MARSHAL_IS_REAL;
        out->real = cursor_double(&r->in);
        break;
    case MARSHAL_TEXT_FLOAT:
        out->kind = MARSHAL_IS_REAL;
        out->real = read_text_float(&r->in);
        break;
    case MARSHAL_BYTES:
    case MARSHAL_INTERNED:
    case MARSHAL_UNICODE:
    case MARSHAL_ASCII:
    case MARSHAL_ASCII_INTERNED:
    case MARSHAL_SHORT_ASCII:
    case MARSHAL_SHORT_ASCII_INTERNED:
        read_string(r, type, out);
        break;
    case MARSHAL_REF:
        read_ref(r, out);
        break;
    case MARSHAL_STRING_REF:
        read_string_ref(r, out);
        break;
    default:
        fail_type(r, at, op, "a number or a string");
    }
}

/* ---- references and tuples ---- */

/* Appends VALUE to the objects that can be referred to. */
static void add_ref(struct marshal_reader *r, size_t at, struct marshal_value value)
{
    struct marshal_value *refs = array_grow(r->refs, &r->refs_room, r->nrefs + 1, sizeof *refs);
    if (!refs) {
        fail_memory(r, at);
        return;
    }
    r->refs = refs;
    r->refs[r->nrefs++] = value;
}

/* Python gives no number to these, flagged or not. */
static bool is_numbered(uint8_t op)
{
    return op & MARSHAL_FLAG && !strchr("NTFrR", op & ~MARSHAL_FLAG);
}

static uint32_t read_tuple_count(struct marshal_reader *r, uint8_t type)
{
    return type == MARSHAL_SMALL_TUPLE ? cursor_u8(&r->in) : cursor_u32(&r->in);
}

static bool is_tuple(uint8_t op)
{
    uint8_t type = op & ~MARSHAL_FLAG & 0xff;
    return type == MARSHAL_TUPLE || type == MARSHAL_SMALL_TUPLE;
}

static void read_flat_item(struct marshal_reader *r, struct marshal_value *out)
{
    size_t at = r->in.at;
    uint8_t op = cursor_u8(&r->in);
    read_scalar(r, at, op, out);
    if (out->kind == MARSHAL_IS_TUPLE)
        cursor_fail(&r->in, at, "tuple in a tuple");
    else if (is_numbered(op))
        add_ref(r, at, *out);
}

/* The items of a flagged tuple are kept; those of others are overwritten by the next tuple's. */
static void read_tuple(struct marshal_reader *r, size_t at, uint8_t op, struct marshal_value *out)
{
    uint32_t count = read_tuple_count(r, op & ~MARSHAL_FLAG & 0xff);
    if (count > MARSHAL_ITEMS_MAX) {
        cursor_fail(&r->in, at, "tuple of %u items", count);
        return;
    }
    size_t ref = r->nrefs;
    if (op & MARSHAL_FLAG)
        add_ref(r, at, (struct marshal_value){.kind = MARSHAL_IS_UNFINISHED});
    struct marshal_value *items =
        array_grow(r->items, &r->items_room, r->nitems + MARSHAL_ITEMS_MAX, sizeof *items);
    if (!items) {
        fail_memory(r, at);
        return;
    }
    r->items = items;
    for (uint32_t i = 0; i < count && !cursor_failed(&r->in); i++)
        read_flat_item(r, &r->items[r->nitems + i]);
    *out = (struct marshal_value){.kind = MARSHAL_IS_TUPLE, .count = count, .items = r->nitems};
    if (op & MARSHAL_FLAG && !cursor_failed(&r->in)) {
        r->refs[ref] = *out;
        r->nitems += count;
    }
}

int marshal_read(struct marshal_reader *r, struct marshal_value *out)
{
    size_t at = r->in.at;
    uint8_t op = cursor_u8(&r->in);
    if (is_tuple(op)) {
        read_tuple(r, at, op, out);
    } else {
        read_scalar(r, at, op, out);
        if (is_numbered(op))
            add_ref(r, at, *out);
    }
    return cursor_failed(&r->in) ? -1 : 0;
}

const struct marshal_value *marshal_items(const struct marshal_reader *r,
                                          const struct marshal_value *tuple)
{
    return r->items + tuple->items;
}

/* ---- what holds a dict ---- */

int marshal_open_tuple(struct marshal_reader *r, uint32_t count, const char *what)
{
    size_t at = r->in.at;
    uint8_t op = cursor_u8(&r->in);
    if (!is_tuple(op)) {
        fail_type(r, at, op, what);
        return -1;
    }
    uint32_t found = read_tuple_count(r, op & ~MARSHAL_FLAG & 0xff);
    if (found != count)
        cursor_fail(&r->in, at, "tuple of %u items where %s should be", found, what);
    if (op & MARSHAL_FLAG)
        add_ref(r, at, (struct marshal_value){.kind = MARSHAL_IS_UNFINISHED});
    return cursor_failed(&r->in) ? -1 : 0;
}

int marshal_open_dict(struct marshal_reader *r, const char *what)
{
    size_t at = r->in.at;
    uint8_t op = cursor_u8(&r->in);
    if ((op & ~MARSHAL_FLAG) != MARSHAL_DICT)
        fail_type(r, at, op, what);
    else if (op & MARSHAL_FLAG)
        add_ref(r, at, (struct marshal_value){.kind = MARSHAL_IS_UNFINISHED});
    return cursor_failed(&r->in) ? -1 : 0;
}

bool marshal_dict_ended(struct marshal_reader *r)
{
    size_t at = r->in.at;
    if (cursor_u8(&r->in) == MARSHAL_END || cursor_failed(&r->in))
        return true;
    cursor_seek(&r->in, at);
    return false;
}

/* ---- writing ---- */

static void write_long(struct output *out, marshal_integer value)
{
    unsigned __int128 magnitude = value < 0 ? -(unsigned __int128)value : (unsigned __int128)value;
    int32_t count = 0;
    for (unsigned __int128 left = magnitude; left; left >>= DIGIT_BITS)
        count++;
    output_u8(out, MARSHAL_LONG);
    output_u32(out, (uint32_t)(value < 0 ? -count : count));
    for (unsigned __int128 left = magnitude; left; left >>= DIGIT_BITS)
        output_u16(out, (uint16_t)(left & ((1u << DIGIT_BITS) - 1)));
}

void marshal_write_integer(struct output *out, marshal_integer value)
{
    if (value < INT32_MIN || value > INT32_MAX) {
        write_long(out, value);
        return;
    }
    output_u8(out, MARSHAL_INT);
    output_u32(out, (uint32_t)(int32_t)value);
}

void marshal_write_real(struct output *out, double value)
{
    output_u8(out, MARSHAL_FLOAT);
    output_double(out, value);
}

void marshal_write_string(struct output *out, const char *bytes, size_t size, uint8_t flag)
{
    output_u8(out, MARSHAL_INTERNED | flag);
    output_u32(out, (uint32_t)size);
    output_bytes(out, bytes, size);
}

void marshal_write_tuple(struct output *out, uint32_t count, uint8_t flag)
{
    output_u8(out, MARSHAL_TUPLE | flag);
    output_u32(out, count);
}

void marshal_write_ref(struct output *out, uint32_t ref)
{
    output_u8(out, MARSHAL_REF);
    output_u32(out, ref);
}
