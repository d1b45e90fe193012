/*
 * eh_frame.h - the unwind tables that a program carries in memory: .eh_frame, found by its sorted
 * index .eh_frame_hdr (Linux Standard Base, Core, 10.6). Only what compilers make here; anything
 * else fails. For hooks: no lock, no memory.
 */
#ifndef CPROF_PRELOAD_EH_FRAME_H
#define CPROF_PRELOAD_EH_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A stretch of the tables; `at` beyond `end` means that they made no sense. */
struct eh_reader {
    const uint8_t *at;
    const uint8_t *end;
};

void eh_fail(struct eh_reader *r);
bool eh_failed(const struct eh_reader *r);

/* The next SIZE bytes; where there are not so many, the reader fails, and these are zeros (eight of
   them). */
const uint8_t *eh_take(struct eh_reader *r, size_t size);

uint8_t eh_u8(struct eh_reader *r);
uint64_t eh_uint(struct eh_reader *r, size_t size); /* little-endian, up to 8 bytes */
uint64_t eh_uleb(struct eh_reader *r);
int64_t eh_sleb(struct eh_reader *r);
uintptr_t eh_pointer(struct eh_reader *r, uint8_t encoding);

/* What functions have in common (a CIE). */
struct eh_cie {
    uint64_t code_align;
    uint8_t fde_encoding;
    bool has_augmentation;
    struct eh_reader instructions;
};

/* What the tables say of the function around PC. */
struct eh_entry {
    struct eh_reader instructions;
    struct eh_cie cie;
    uintptr_t start;
};

/* The entry of the function around PC, by the index HDR; false: there is none that makes sense. */
bool eh_find(const void *hdr, uintptr_t pc, struct eh_entry *entry);

#endif
