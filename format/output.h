/*
 * output.h - a buffered writer to a descriptor, for the file formats. Little-endian.
 *
 * The first error sticks: after it nothing is written. Check it once, in output_finish.
 */
#ifndef CPROF_FORMAT_OUTPUT_H
#define CPROF_FORMAT_OUTPUT_H

#include <stddef.h>
#include <stdint.h>

struct output {
    int fd;
    int error;       /* errno of the first failed write, or 0 */
    uint64_t offset; /* bytes put so far */
    size_t used;
    uint8_t buffer[1 << 16];
};

/* FD stays the caller's. */
void output_start(struct output *out, int fd);

void output_bytes(struct output *out, const void *bytes, size_t size);
void output_u8(struct output *out, uint8_t value);
void output_u16(struct output *out, uint16_t value);
void output_u32(struct output *out, uint32_t value);
void output_u64(struct output *out, uint64_t value);
void output_double(struct output *out, double value);

/* Writes what is left in the buffer. Returns 0, or -1 with errno set if any write failed. */
int output_finish(struct output *out);

#endif
