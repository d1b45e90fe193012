#include "preload/eh_frame.h"
#include <string.h>

/* Pointer encodings (DW_EH_PE_*). */
enum {
    EH_ABSPTR = 0x00,
    EH_UDATA4 = 0x03,
    EH_SDATA4 = 0x0b,
    EH_UDATA8 = 0x04,
    EH_SDATA8 = 0x0c,
    EH_FORMAT = 0x0f,
    EH_PCREL = 0x10,
    EH_DATAREL_SDATA4 = 0x3b,
    EH_OMIT = 0xff,
};

/* ---- reading ---- */

void eh_fail(struct eh_reader *r)
{
    r->at = r->end + 1;
}

bool eh_failed(const struct eh_reader *r)
{
    return r->at > r->end;
}

const uint8_t *eh_take(struct eh_reader *r, size_t size)
{
    static const uint8_t zeros[8];
    if (eh_failed(r) || size > (size_t)(r->end - r->at)) {
        eh_fail(r);
        return zeros;
    }
    r->at += size;
    return r->at - size;
}

uint8_t eh_u8(struct eh_reader *r)
{
    return *eh_take(r, 1);
}

uint64_t eh_uint(struct eh_reader *r, size_t size)
{
    uint64_t value = 0;
    memcpy(&value, eh_take(r, size), size);
    return value;
}

static uint64_t read_leb(struct eh_reader *r, bool is_signed)
{
    uint64_t value = 0;
    unsigned shift = 0;
    uint8_t byte;
    do {
        byte = eh_u8(r);
        if (shift < 64)
            value |= (uint64_t)(byte & 0x7f) << shift;
        shift += 7;
    } while (byte & 0x80);
    if (is_signed && (byte & 0x40) && shift < 64)
        value |= -(UINT64_C(1) << shift);
    return value;
}

uint64_t eh_uleb(struct eh_reader *r)
{
    return read_leb(r, false);
}

int64_t eh_sleb(struct eh_reader *r)
{
    return (int64_t)read_leb(r, true);
}

/* A pointer in one of the encodings that compilers use here; others fail. */
uintptr_t eh_pointer(struct eh_reader *r, uint8_t encoding)
{
    uintptr_t base = (encoding & 0x70) == EH_PCREL ? (uintptr_t)r->at : 0;
    if ((encoding & 0x70) != EH_PCREL && (encoding & 0x70) != 0)
        eh_fail(r);
    switch (encoding & EH_FORMAT) {
    case EH_UDATA4:
        return base + eh_uint(r, 4);
    case EH_SDATA4:
        return base + (uintptr_t)(int64_t)(int32_t)eh_uint(r, 4);
    case EH_ABSPTR:
    case EH_UDATA8:
    case EH_SDATA8:
        return base + eh_uint(r, 8);
    default:
        eh_fail(r);
        return 0;
    }
}

/* An entry of .eh_frame: a 32-bit length and as many bytes; 64-bit ones are not used on this side
   of 4 GiB. */
static struct eh_reader read_entry(const uint8_t *at)
{
    uint32_t length;
    memcpy(&length, at, sizeof length);
    if (length == 0 || length >= 0xfffffff0)
        return (struct eh_reader){at + 1, at};
    return (struct eh_reader){at + 4, at + 4 + length};
}

/* ---- entries ---- */

/* What the letters of the augmentation string announce, up to the end of its data. */
static void read_augmentation(struct eh_reader *r, const char *letters, struct eh_cie *cie)
{
    uint64_t size = eh_uleb(r);
    const uint8_t *data = eh_take(r, size);
    if (eh_failed(r))
        return;
    struct eh_reader d = {data, data + size};
    for (; *letters != 0; letters++) {
        if (*letters == 'R') {
            cie->fde_encoding = eh_u8(&d);
        } else if (*letters == 'P') {
            uint8_t encoding = eh_u8(&d);
            eh_pointer(&d, encoding & (EH_FORMAT | EH_PCREL));
        } else if (*letters == 'L') {
            eh_u8(&d);
        } else if (*letters != 'S' && *letters != 'B') {
            eh_fail(r);
        }
    }
}

static bool read_cie(const uint8_t *at, struct eh_cie *cie)
{
    struct eh_reader r = read_entry(at);
    uint64_t id = eh_uint(&r, 4);
    uint8_t version = eh_u8(&r);
    if (eh_failed(&r) || id != 0 || (version != 1 && version != 3))
        return false;
    const char *augmentation = (const char *)r.at;
    while (eh_u8(&r) != 0)
        ;
    *cie = (struct eh_cie){.code_align = eh_uleb(&r), .fde_encoding = EH_ABSPTR};
    eh_sleb(&r); /* the alignment of data, of interest for saved registers only */
    if (version == 1)
        eh_u8(&r);
    else
        eh_uleb(&r);
    if (eh_failed(&r))
        return false;
    if (augmentation[0] == 'z') {
        cie->has_augmentation = true;
        read_augmentation(&r, augmentation + 1, cie);
    } else if (augmentation[0] != 0) {
        return false;
    }
    cie->instructions = r;
    return !eh_failed(&r);
}

/* The FDE that covers PC, by the index: pairs (start of code, FDE), sorted, relative to HDR. */
static const uint8_t *find_fde(const uint8_t *hdr, uintptr_t pc)
{
    if (hdr[0] != 1 || hdr[2] != EH_UDATA4 || hdr[3] != EH_DATAREL_SDATA4)
        return NULL;
    struct eh_reader r = {hdr + 4, hdr + 4 + 12};
    eh_pointer(&r, hdr[1]);
    size_t high = eh_uint(&r, 4);
    if (eh_failed(&r))
        return NULL;
    const int32_t(*table)[2] = (const void *)r.at;
    intptr_t wanted = (intptr_t)(pc - (uintptr_t)hdr);
    size_t low = 0;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (table[middle][0] <= wanted)
            low = middle + 1;
        else
            high = middle;
    }
    return low == 0 ? NULL : hdr + table[low - 1][1];
}

bool eh_find(const void *hdr, uintptr_t pc, struct eh_entry *entry)
{
    const uint8_t *fde = find_fde(hdr, pc);
    if (fde == NULL)
        return false;
    struct eh_reader r = read_entry(fde);
    const uint8_t *back = r.at;
    uint64_t distance = eh_uint(&r, 4);
    if (eh_failed(&r) || distance == 0 || !read_cie(back - distance, &entry->cie))
        return false;
    entry->start = eh_pointer(&r, entry->cie.fde_encoding);
    uintptr_t size = eh_pointer(&r, entry->cie.fde_encoding & EH_FORMAT);
    if (entry->cie.has_augmentation)
        eh_take(&r, eh_uleb(&r));
    entry->instructions = r;
    return !eh_failed(&r) && pc - entry->start < size;
}
