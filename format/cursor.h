/*
 * cursor.h - the one way to read untrusted bytes: every read is checked against the end.
 *
 * The first fault sticks. From then on nothing remains, numbers read as 0 and bytes as NULL, so a
 * parser may check cursor_failed() once, where it matters; a loop that runs while bytes remain
 * ends by itself. Offsets are counted from the start of the bytes. Integers and doubles are
 * little-endian.
 */
#ifndef CPROF_FORMAT_CURSOR_H
#define CPROF_FORMAT_CURSOR_H

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct cursor {
    const uint8_t *bytes;
    size_t size; /* the end, in bytes */
    size_t at;   /* the next byte, <= size */
    bool failed;
    size_t fault_at; /* offset of the first fault */
    char fault[120]; /* what it was */
};

/* BYTES stay the caller's and must outlive the cursor. */
static inline struct cursor cursor_over(const void *bytes, size_t size)
{
    return (struct cursor){.bytes = bytes, .size = size};
}

/* Notes a fault at offset AT, unless there is one already. */
void cursor_fail(struct cursor *c, size_t at, const char *format, ...)
    __attribute__((format(printf, 3, 4), cold));

static inline bool cursor_failed(const struct cursor *c)
{
    return c->failed;
}

static inline size_t cursor_remaining(const struct cursor *c)
{
    return c->size - c->at;
}

/* Moves to offset AT, which may be the end. */
static inline void cursor_seek(struct cursor *c, size_t at)
{
    if (c->failed)
        return;
    if (at > c->size)
        cursor_fail(c, c->size, "truncated");
    else
        c->at = at;
}

/* The next COUNT bytes, in place; NULL on a fault. */
static inline const uint8_t *cursor_bytes(struct cursor *c, size_t count)
{
    if (c->failed || count > cursor_remaining(c)) {
        cursor_fail(c, c->at, "truncated");
        return NULL;
    }
    const uint8_t *bytes = c->bytes + c->at;
    c->at += count;
    return bytes;
}

static inline void cursor_skip(struct cursor *c, size_t count)
{
    (void)cursor_bytes(c, count);
}

static inline uint8_t cursor_u8(struct cursor *c)
{
    const uint8_t *bytes = cursor_bytes(c, 1);
    return bytes ? *bytes : 0;
}

static inline uint16_t cursor_u16(struct cursor *c)
{
    uint16_t value = 0;
    const uint8_t *bytes = cursor_bytes(c, sizeof value);
    if (bytes)
        memcpy(&value, bytes, sizeof value);
    return le16toh(value);
}

static inline uint32_t cursor_u32(struct cursor *c)
{
    uint32_t value = 0;
    const uint8_t *bytes = cursor_bytes(c, sizeof value);
    if (bytes)
        memcpy(&value, bytes, sizeof value);
    return le32toh(value);
}

static inline uint64_t cursor_u64(struct cursor *c)
{
    uint64_t value = 0;
    const uint8_t *bytes = cursor_bytes(c, sizeof value);
    if (bytes)
        memcpy(&value, bytes, sizeof value);
    return le64toh(value);
}

static inline int32_t cursor_i32(struct cursor *c)
{
    return (int32_t)cursor_u32(c);
}

static inline double cursor_double(struct cursor *c)
{
    uint64_t bits = cursor_u64(c);
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

#endif
