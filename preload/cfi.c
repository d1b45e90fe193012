#include "preload/cfi.h"
#include "preload/arch.h"
#include <dlfcn.h>
#include <stddef.h>
#include <string.h>

/* Pointer encodings (DW_EH_PE_*). */
enum {
    PE_ABSPTR = 0x00,
    PE_UDATA4 = 0x03,
    PE_SDATA4 = 0x0b,
    PE_UDATA8 = 0x04,
    PE_SDATA8 = 0x0c,
    PE_FORMAT = 0x0f,
    PE_PCREL = 0x10,
    PE_DATAREL_SDATA4 = 0x3b,
    PE_OMIT = 0xff,
};

/* Call frame instructions (DW_CFA_*). */
enum {
    CFA_ADVANCE_LOC = 0x40,
    CFA_OFFSET = 0x80,
    CFA_RESTORE = 0xc0,
    CFA_NOP = 0x00,
    CFA_SET_LOC = 0x01,
    CFA_ADVANCE_LOC1 = 0x02,
    CFA_ADVANCE_LOC2 = 0x03,
    CFA_ADVANCE_LOC4 = 0x04,
    CFA_OFFSET_EXTENDED = 0x05,
    CFA_RESTORE_EXTENDED = 0x06,
    CFA_UNDEFINED = 0x07,
    CFA_SAME_VALUE = 0x08,
    CFA_REGISTER = 0x09,
    CFA_REMEMBER_STATE = 0x0a,
    CFA_RESTORE_STATE = 0x0b,
    CFA_DEF_CFA = 0x0c,
    CFA_DEF_CFA_REGISTER = 0x0d,
    CFA_DEF_CFA_OFFSET = 0x0e,
    CFA_DEF_CFA_EXPRESSION = 0x0f,
    CFA_EXPRESSION = 0x10,
    CFA_OFFSET_EXTENDED_SF = 0x11,
    CFA_DEF_CFA_SF = 0x12,
    CFA_DEF_CFA_OFFSET_SF = 0x13,
    CFA_VAL_OFFSET = 0x14,
    CFA_VAL_OFFSET_SF = 0x15,
    CFA_VAL_EXPRESSION = 0x16,
    CFA_GNU_ARGS_SIZE = 0x2e,
};

enum { OP_BREG0 = 0x70, OP_DEREF = 0x06 };

/* ---- reading ---- */

/* A stretch of the tables; `at` beyond `end` means that they made no sense. */
struct reader {
    const uint8_t *at;
    const uint8_t *end;
};

static void fail(struct reader *r)
{
    r->at = r->end + 1;
}

static bool failed(const struct reader *r)
{
    return r->at > r->end;
}

static const uint8_t *take(struct reader *r, size_t size)
{
    static const uint8_t zeros[8];
    if (failed(r) || size > (size_t)(r->end - r->at)) {
        fail(r);
        return zeros;
    }
    r->at += size;
    return r->at - size;
}

static uint8_t read_u8(struct reader *r)
{
    return *take(r, 1);
}

static uint64_t read_uint(struct reader *r, size_t size)
{
    uint64_t value = 0;
    memcpy(&value, take(r, size), size);
    return value;
}

static uint64_t read_leb(struct reader *r, bool is_signed)
{
    uint64_t value = 0;
    unsigned shift = 0;
    uint8_t byte;
    do {
        byte = read_u8(r);
        if (shift < 64)
            value |= (uint64_t)(byte & 0x7f) << shift;
        shift += 7;
    } while (byte & 0x80);
    if (is_signed && (byte & 0x40) && shift < 64)
        value |= -(UINT64_C(1) << shift);
    return value;
}

static uint64_t read_uleb(struct reader *r)
{
    return read_leb(r, false);
}

static int64_t read_sleb(struct reader *r)
{
    return (int64_t)read_leb(r, true);
}

/* A pointer in one of the encodings that compilers use here; others fail. */
static uintptr_t read_encoded(struct reader *r, uint8_t encoding)
{
    uintptr_t base = (encoding & 0x70) == PE_PCREL ? (uintptr_t)r->at : 0;
    if ((encoding & 0x70) != PE_PCREL && (encoding & 0x70) != 0)
        fail(r);
    switch (encoding & PE_FORMAT) {
    case PE_UDATA4:
        return base + read_uint(r, 4);
    case PE_SDATA4:
        return base + (uintptr_t)(int64_t)(int32_t)read_uint(r, 4);
    case PE_ABSPTR:
    case PE_UDATA8:
    case PE_SDATA8:
        return base + read_uint(r, 8);
    default:
        fail(r);
        return 0;
    }
}

/* An entry of .eh_frame: a 32-bit length and as many bytes; 64-bit ones are not used on this side
   of 4 GiB. */
static struct reader read_entry(const uint8_t *at)
{
    uint32_t length;
    memcpy(&length, at, sizeof length);
    if (length == 0 || length >= 0xfffffff0)
        return (struct reader){at + 1, at};
    return (struct reader){at + 4, at + 4 + length};
}

/* ---- entries ---- */

struct cie {
    uint64_t code_align;
    uint8_t fde_encoding;
    bool has_augmentation;
    struct reader instructions;
};

/* What the letters of the augmentation string announce, up to the end of its data. */
static void read_augmentation(struct reader *r, const char *letters, struct cie *cie)
{
    uint64_t size = read_uleb(r);
    const uint8_t *data = take(r, size);
    if (failed(r))
        return;
    struct reader d = {data, data + size};
    for (; *letters != 0; letters++) {
        if (*letters == 'R') {
            cie->fde_encoding = read_u8(&d);
        } else if (*letters == 'P') {
            uint8_t encoding = read_u8(&d);
            read_encoded(&d, encoding & (PE_FORMAT | PE_PCREL));
        } else if (*letters == 'L') {
            read_u8(&d);
        } else if (*letters != 'S' && *letters != 'B') {
            fail(r);
        }
    }
}

static bool read_cie(const uint8_t *at, struct cie *cie)
{
    struct reader r = read_entry(at);
    uint64_t id = read_uint(&r, 4);
    uint8_t version = read_u8(&r);
    if (failed(&r) || id != 0 || (version != 1 && version != 3))
        return false;
    const char *augmentation = (const char *)r.at;
    while (read_u8(&r) != 0)
        ;
    *cie = (struct cie){.code_align = read_uleb(&r), .fde_encoding = PE_ABSPTR};
    read_sleb(&r); /* the alignment of data, of interest for saved registers only */
    if (version == 1)
        read_u8(&r);
    else
        read_uleb(&r);
    if (failed(&r))
        return false;
    if (augmentation[0] == 'z') {
        cie->has_augmentation = true;
        read_augmentation(&r, augmentation + 1, cie);
    } else if (augmentation[0] != 0) {
        return false;
    }
    cie->instructions = r;
    return !failed(&r);
}

/* The FDE that covers PC, by the index: pairs (start of code, FDE), sorted, relative to HDR. */
static const uint8_t *find_fde(const uint8_t *hdr, uintptr_t pc)
{
    if (hdr[0] != 1 || hdr[2] != PE_UDATA4 || hdr[3] != PE_DATAREL_SDATA4)
        return NULL;
    struct reader r = {hdr + 4, hdr + 4 + 12};
    read_encoded(&r, hdr[1]);
    size_t high = read_uint(&r, 4);
    if (failed(&r))
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

/* ---- the rule of the CFA ---- */

/* The CFA is register + offset, or what an expression says. */
struct rule {
    uint64_t reg;
    int64_t offset;
    const uint8_t *expression;
    uint64_t expression_size;
};

struct machine {
    uintptr_t loc; /* code address that the row being built begins at */
    uintptr_t pc;  /* the address asked for */
    uint64_t code_align;
    uint8_t fde_encoding;
    unsigned depth;
    struct rule rule;
    struct rule remembered[6];
};

static void read_expression(struct reader *r, struct rule *rule)
{
    uint64_t size = read_uleb(r);
    rule->expression = take(r, size);
    rule->expression_size = size;
}

/* Instructions about other registers than the CFA: only their operands matter. */
static void skip_operands(struct reader *r, uint8_t op)
{
    switch (op) {
    case CFA_NOP:
        break;
    case CFA_RESTORE_EXTENDED:
    case CFA_UNDEFINED:
    case CFA_SAME_VALUE:
    case CFA_GNU_ARGS_SIZE:
        read_uleb(r);
        break;
    case CFA_OFFSET_EXTENDED:
    case CFA_REGISTER:
    case CFA_VAL_OFFSET:
    case CFA_OFFSET_EXTENDED_SF:
    case CFA_VAL_OFFSET_SF:
        read_uleb(r);
        read_uleb(r); /* signed or not, it is as long */
        break;
    case CFA_EXPRESSION:
    case CFA_VAL_EXPRESSION:
        read_uleb(r);
        take(r, read_uleb(r));
        break;
    default:
        fail(r);
    }
}

static void step_cfa(struct machine *m, struct reader *r, uint8_t op)
{
    struct rule *rule = &m->rule;
    switch (op) {
    case CFA_DEF_CFA:
        *rule = (struct rule){.reg = read_uleb(r)};
        rule->offset = (int64_t)read_uleb(r);
        break;
    case CFA_DEF_CFA_REGISTER:
        rule->reg = read_uleb(r);
        break;
    case CFA_DEF_CFA_OFFSET:
        rule->offset = (int64_t)read_uleb(r);
        break;
    case CFA_DEF_CFA_EXPRESSION:
        read_expression(r, rule);
        break;
    case CFA_REMEMBER_STATE:
        if (m->depth == sizeof m->remembered / sizeof m->remembered[0])
            fail(r);
        else
            m->remembered[m->depth++] = *rule;
        break;
    case CFA_RESTORE_STATE:
        if (m->depth == 0)
            fail(r);
        else
            *rule = m->remembered[--m->depth];
        break;
    default:
        skip_operands(r, op);
    }
}

static void step(struct machine *m, struct reader *r)
{
    uint8_t op = read_u8(r);
    switch (op & 0xc0) {
    case CFA_ADVANCE_LOC:
        m->loc += (op & 0x3f) * m->code_align;
        return;
    case CFA_OFFSET:
        read_uleb(r);
        return;
    case CFA_RESTORE:
        return;
    }
    switch (op) {
    case CFA_ADVANCE_LOC1:
        m->loc += read_uint(r, 1) * m->code_align;
        break;
    case CFA_ADVANCE_LOC2:
        m->loc += read_uint(r, 2) * m->code_align;
        break;
    case CFA_ADVANCE_LOC4:
        m->loc += read_uint(r, 4) * m->code_align;
        break;
    case CFA_SET_LOC:
        m->loc = read_encoded(r, m->fde_encoding);
        break;
    default:
        step_cfa(m, r, op);
    }
}

/* Runs instructions until the row that holds at pc is complete. */
static bool run(struct machine *m, struct reader r)
{
    while (r.at < r.end && m->loc <= m->pc) {
        struct rule before = m->rule;
        step(m, &r);
        if (m->loc > m->pc)
            m->rule = before;
    }
    return !failed(&r);
}

/* `breg(fp) offset, deref` is what gcc writes for functions that align their stack. */
static uintptr_t evaluate(const struct rule *rule, struct cfi_registers registers)
{
    if (rule->expression != NULL) {
        struct reader r = {rule->expression, rule->expression + rule->expression_size};
        uint8_t op = read_u8(&r);
        int64_t offset = read_sleb(&r);
        if (op != OP_BREG0 + ARCH_DWARF_FP || read_u8(&r) != OP_DEREF || r.at != r.end)
            return 0;
        uintptr_t address = registers.fp + (uintptr_t)offset;
        if (address < registers.sp || address % sizeof(uintptr_t) != 0)
            return 0; /* not in this function's frame: the frame pointer is something else */
        return *(const uintptr_t *)address;
    }
    if (rule->reg == ARCH_DWARF_SP)
        return registers.sp + (uintptr_t)rule->offset;
    if (rule->reg == ARCH_DWARF_FP)
        return registers.fp + (uintptr_t)rule->offset;
    return 0;
}

/* What the tables say of the function around PC. */
struct entry {
    struct reader instructions;
    struct cie cie;
    uintptr_t start;
};

static bool find_entry(const void *hdr, uintptr_t pc, struct entry *entry)
{
    const uint8_t *fde = find_fde(hdr, pc);
    if (fde == NULL)
        return false;
    struct reader r = read_entry(fde);
    const uint8_t *back = r.at;
    uint64_t distance = read_uint(&r, 4);
    if (failed(&r) || distance == 0 || !read_cie(back - distance, &entry->cie))
        return false;
    entry->start = read_encoded(&r, entry->cie.fde_encoding);
    uintptr_t size = read_encoded(&r, entry->cie.fde_encoding & PE_FORMAT);
    if (entry->cie.has_augmentation)
        take(&r, read_uleb(&r));
    entry->instructions = r;
    return !failed(&r) && pc - entry->start < size;
}

uintptr_t cfi_return_slot_in(const void *hdr, uintptr_t pc, struct cfi_registers registers,
                             uintptr_t *start)
{
    struct entry entry;
    pc--; /* a return address may lie behind the function's last instruction */
    if (!find_entry(hdr, pc, &entry))
        return 0;
    *start = entry.start;
    struct machine m = {.loc = entry.start,
                        .pc = pc,
                        .code_align = entry.cie.code_align,
                        .fde_encoding = entry.cie.fde_encoding};
    if (!run(&m, entry.cie.instructions) || !run(&m, entry.instructions))
        return 0;
    uintptr_t cfa = evaluate(&m.rule, registers);
    return cfa == 0 ? 0 : cfa - ARCH_SLOT_BELOW_CFA;
}

static const void *index_of(uintptr_t pc)
{
    struct dl_find_object object;
    return _dl_find_object((void *)pc, &object) == 0 ? object.dlfo_eh_frame : NULL;
}

uintptr_t cfi_return_slot(uintptr_t pc, struct cfi_registers registers, uintptr_t *start)
{
    const void *hdr = index_of(pc);
    return hdr == NULL ? 0 : cfi_return_slot_in(hdr, pc, registers, start);
}

uintptr_t cfi_function(uintptr_t pc)
{
    struct entry entry;
    const void *hdr = index_of(pc);
    return hdr != NULL && find_entry(hdr, pc - 1, &entry) ? entry.start : 0;
}
