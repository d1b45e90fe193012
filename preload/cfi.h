/*
 * cfi.h - where a function's return address lies, read from the unwind tables that the program
 * carries in memory (.eh_frame with its sorted index .eh_frame_hdr; Linux Standard Base,
 * Core, 10.6; the rules are DWARF 4, 6.4).
 *
 * Small and of its own, because it runs in hooks: it takes no lock and no memory, and finds the
 * tables by _dl_find_object, which is lock-free. It evaluates the one rule that is needed, that of
 * the canonical frame address (CFA), for the functions that compilers make; for anything else it
 * says that it cannot.
 */
#ifndef CPROF_PRELOAD_CFI_H
#define CPROF_PRELOAD_CFI_H

#include <stdbool.h>
#include <stdint.h>

/* Stack pointer and frame pointer of a function at one of its instructions. */
struct cfi_registers {
    uintptr_t sp;
    uintptr_t fp;
};

/* The slot that holds the return address of the function in which PC lies, 0 where the tables do
   not tell. PC is the return address of a call that this function made, REGISTERS are those at that
   call. The answer is for the caller to verify: *slot must be that return address. *START becomes
   the address at which the function's code begins, as far as the tables know. */
uintptr_t cfi_return_slot(uintptr_t pc, struct cfi_registers registers, uintptr_t *start);

/* The address at which the code begins that PC, a return address, lies in; 0: the tables do not
 * tell. */
uintptr_t cfi_function(uintptr_t pc);

/* cfi_return_slot from the index HDR, for tests. */
uintptr_t cfi_return_slot_in(const void *hdr, uintptr_t pc, struct cfi_registers registers,
                             uintptr_t *start);

#endif
