#include "format/output.h"

#include <endian.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

void output_start(struct output *out, int fd)
{
    out->fd = fd;
    out->error = 0;
    out->offset = 0;
    out->used = 0;
}

static void flush(struct output *out)
{
    size_t done = 0;
    while (done < out->used && out->error == 0) {
        ssize_t n = write(out->fd, out->buffer + done, out->used - done);
        if (n >= 0)
            done += (size_t)n;
        else if (errno != EINTR)
            out->error = errno;
    }
    out->used = 0;
}

void output_bytes(struct output *out, const void *bytes, size_t size)
{
    const uint8_t *next = bytes;
    out->offset += size;
    while (size > 0) {
        if (out->used == sizeof out->buffer)
            flush(out);
        size_t part = sizeof out->buffer - out->used;
        if (part > size)
            part = size;
        memcpy(out->buffer + out->used, next, part);
        out->used += part;
        next += part;
        size -= part;
    }
}

void output_u8(struct output *out, uint8_t value)
{
    output_bytes(out, &value, sizeof value);
}

void output_u16(struct output *out, uint16_t value)
{
    value = htole16(value);
    output_bytes(out, &value, sizeof value);
}

void output_u32(struct output *out, uint32_t value)
{
    value = htole32(value);
    output_bytes(out, &value, sizeof value);
}

void output_u64(struct output *out, uint64_t value)
{
    value = htole64(value);
    output_bytes(out, &value, sizeof value);
}

void output_double(struct output *out, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    output_u64(out, bits);
}

int output_finish(struct output *out)
{
    flush(out);
    if (out->error == 0)
        return 0;
    errno = out->error;
    return -1;
}
