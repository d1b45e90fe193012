#include "preload/cfi.h"
#include "preload/arch.h"
#include "preload/eh_frame.h"
#include "preload/libc.h"

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

static void read_expression(struct eh_reader *r, struct rule *rule)
{
    uint64_t size = eh_uleb(r);
    rule->expression = eh_take(r, size);
    rule->expression_size = size;
}

/* Instructions about other registers than the CFA: only their operands matter. */
static void skip_operands(struct eh_reader *r, uint8_t op)
{
    switch (op) {
    case CFA_NOP:
        break;
    case CFA_RESTORE_EXTENDED:
    case CFA_UNDEFINED:
    case CFA_SAME_VALUE:
    case CFA_GNU_ARGS_SIZE:
        eh_uleb(r);
        break;
    case CFA_OFFSET_EXTENDED:
    case CFA_REGISTER:
    case CFA_VAL_OFFSET:
    case CFA_OFFSET_EXTENDED_SF:
    case CFA_VAL_OFFSET_SF:
        eh_uleb(r);
        eh_uleb(r); /* signed or not, it is as long */
        break;
    case CFA_EXPRESSION:
    case CFA_VAL_EXPRESSION:
        eh_uleb(r);
        eh_take(r, eh_uleb(r));
        break;
    default:
        eh_fail(r);
    }
}

static void step_cfa(struct machine *m, struct eh_reader *r, uint8_t op)
{
    struct rule *rule = &m->rule;
    switch (op) {
    case CFA_DEF_CFA:
        *rule = (struct rule){.reg = eh_uleb(r)};
        rule->offset = (int64_t)eh_uleb(r);
        break;
    case CFA_DEF_CFA_REGISTER:
        rule->reg = eh_uleb(r);
        break;
    case CFA_DEF_CFA_OFFSET:
        rule->offset = (int64_t)eh_uleb(r);
        break;
    case CFA_DEF_CFA_EXPRESSION:
        read_expression(r, rule);
        break;
    case CFA_REMEMBER_STATE:
        if (m->depth == sizeof m->remembered / sizeof m->remembered[0])
            eh_fail(r);
        else
            m->remembered[m->depth++] = *rule;
        break;
    case CFA_RESTORE_STATE:
        if (m->depth == 0)
            eh_fail(r);
        else
            *rule = m->remembered[--m->depth];
        break;
    default:
        skip_operands(r, op);
    }
}

static void step(struct machine *m, struct eh_reader *r)
{
    uint8_t op = eh_u8(r);
    switch (op & 0xc0) {
    case CFA_ADVANCE_LOC:
        m->loc += (op & 0x3f) * m->code_align;
        return;
    case CFA_OFFSET:
        eh_uleb(r);
        return;
    case CFA_RESTORE:
        return;
    }
    switch (op) {
    case CFA_ADVANCE_LOC1:
        m->loc += eh_uint(r, 1) * m->code_align;
        break;
    case CFA_ADVANCE_LOC2:
        m->loc += eh_uint(r, 2) * m->code_align;
        break;
    case CFA_ADVANCE_LOC4:
        m->loc += eh_uint(r, 4) * m->code_align;
        break;
    case CFA_SET_LOC:
        m->loc = eh_pointer(r, m->fde_encoding);
        break;
    default:
        step_cfa(m, r, op);
    }
}

/* Runs instructions until the row that holds at pc is complete. */
static bool run(struct machine *m, struct eh_reader r)
{
    while (r.at < r.end && m->loc <= m->pc) {
        struct rule before = m->rule;
        step(m, &r);
        if (m->loc > m->pc)
            m->rule = before;
    }
    return !eh_failed(&r);
}

/* `breg(fp) offset, deref` is what gcc writes for functions that align their stack. */
static uintptr_t evaluate(const struct rule *rule, struct cfi_registers registers)
{
    if (rule->expression != NULL) {
        struct eh_reader r = {rule->expression, rule->expression + rule->expression_size};
        uint8_t op = eh_u8(&r);
        int64_t offset = eh_sleb(&r);
        if (op != OP_BREG0 + ARCH_DWARF_FP || eh_u8(&r) != OP_DEREF || r.at != r.end)
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

uintptr_t cfi_return_slot_in(const void *hdr, uintptr_t pc, struct cfi_registers registers,
                             uintptr_t *start)
{
    struct eh_entry entry;
    pc--; /* a return address may lie behind the function's last instruction */
    if (!eh_find(hdr, pc, &entry))
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
    struct eh_entry entry;
    const void *hdr = index_of(pc);
    return hdr != NULL && eh_find(hdr, pc - 1, &entry) ? entry.start : 0;
}
