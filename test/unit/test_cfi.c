/*
 * Where return addresses lie: the unwind rules of functions that this program is made of, asked
 * from within them, and tables that make no sense.
 */
#include "preload/cfi.h"
#include "preload/slots.h"
#include <alloca.h>
#include <check.h>
#include <immintrin.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>

/* What a hook does on entry (asking for its frame address, it has a frame pointer): its own frame
   tells site, stack pointer and frame pointer. */
__attribute__((noinline)) static uintptr_t ask(uintptr_t call_site, uint64_t *unknown)
{
    const struct arch_frame *frame = __builtin_frame_address(0);
    struct hook_call call = {
        .site = frame->site, .sp = arch_caller_sp(frame), .fp = frame->fp, .call_site = call_site};
    return slots_address(slots_find(&call, UINTPTR_MAX, unknown));
}

#define CALL_SITE ((uintptr_t)__builtin_return_address(0))
#define SLOT      ((uintptr_t)__builtin_frame_address(0) + 8)

/* __builtin_frame_address forces a frame pointer: it is the independent witness, and `ask` is then
   led by a rule on rbp. */
__attribute__((noinline)) static void check_with_frame_pointer(void)
{
    uint64_t unknown = 0;
    for (int i = 0; i < 3; i++)
        ck_assert_uint_eq(ask(CALL_SITE, &unknown), SLOT);
    ck_assert_uint_eq(unknown, 0);
}

START_TEST(frame_pointer)
{
    check_with_frame_pointer();
}
END_TEST

/* No frame pointer, where optimised: the rule counts from the stack pointer. The slot is proven by
   its contents; that it is not a stale copy of the same address, by what lies below it being
   overwritten. */
__attribute__((noinline)) static uintptr_t without_frame_pointer(uint64_t *unknown,
                                                                 uintptr_t *call_site)
{
    volatile char room[200];
    memset((char *)room, 0, sizeof room);
    *call_site = CALL_SITE;
    uintptr_t slot = ask(*call_site, unknown);
    room[0] = 1; /* so that ask is called, not jumped to */
    return slot;
}

START_TEST(stack_pointer)
{
    uint64_t unknown = 0;
    uintptr_t call_site;
    uintptr_t slot = without_frame_pointer(&unknown, &call_site);
    uintptr_t here = (uintptr_t)__builtin_frame_address(0);
    ck_assert_uint_eq(unknown, 0);
    ck_assert_uint_lt(slot, here);
    ck_assert_uint_gt(slot, here - 4096);
}
END_TEST

/* gcc aligns this function's stack by a rule that is an expression. Called with the stack at odd
   and even multiples of 16: the distance to the slot varies. */
__attribute__((noinline)) static void aligned(volatile __m256i *witness)
{
    __attribute__((aligned(64))) volatile char buffer[64];
    uint64_t unknown = 0;
    buffer[0] = (char)(uintptr_t)witness;
    uintptr_t slot = ask(CALL_SITE, &unknown);
    ck_assert_uint_eq(unknown, 0);
    ck_assert_uint_eq(*(uintptr_t *)slot, CALL_SITE);
    ck_assert_uint_gt(slot, (uintptr_t)buffer);
}

START_TEST(aligned_stack)
{
    for (size_t room = 16; room < 200; room += 16) {
        volatile char *moved = alloca(room);
        moved[0] = 0;
        aligned(NULL);
    }
}
END_TEST

START_TEST(alloca_later_in_the_function)
{
    uint64_t unknown = 0;
    uintptr_t first = ask(CALL_SITE, &unknown);
    volatile char *room = alloca(1000);
    room[0] = 0;
    ck_assert_uint_eq(ask(CALL_SITE, &unknown), first);
    ck_assert_uint_eq(first, SLOT);
    ck_assert_uint_eq(unknown, 0);
}
END_TEST

START_TEST(unknown_code)
{
    uint64_t unknown = 0;
    uintptr_t words[4] = {1, 2, 3, 4};
    struct hook_call call = {.site = 0x1000, .sp = (uintptr_t)words, .fp = 0, .call_site = 3};
    ck_assert_uint_eq(slots_find(&call, UINTPTR_MAX, &unknown), (uintptr_t)words);
    ck_assert_uint_eq(slots_find(&call, UINTPTR_MAX, &unknown), (uintptr_t)words);
    ck_assert_uint_eq(unknown, 2);
}
END_TEST

/* Many sites: the table grows and still knows them all. */
START_TEST(many_sites)
{
    uintptr_t words[2] = {0, 77};
    uint64_t unknown = 0;
    for (uintptr_t site = 0x100000; site < 0x100000 + 16 * 20000; site += 16) {
        struct hook_call call = {.site = site, .sp = (uintptr_t)words, .call_site = 77};
        slots_find(&call, UINTPTR_MAX, &unknown); /* no unwind table: remembered as unknown */
    }
    ck_assert_uint_eq(unknown, 20000);
    ck_assert_uint_gt(slots_table->mask, 20000);
    ck_assert_uint_ge(slots_table->used, 20000);
}
END_TEST

/* A copy of this program's index and tables, for damage. */
static const char *hdr;
static size_t hdr_size;

static int find_hdr(struct dl_phdr_info *info, size_t size, void *unused)
{
    (void)size;
    (void)unused;
    for (int i = 0; i < info->dlpi_phnum; i++)
        if (info->dlpi_phdr[i].p_type == PT_GNU_EH_FRAME) {
            hdr = (const char *)info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;
            hdr_size = info->dlpi_phdr[i].p_memsz;
        }
    return 1;
}

START_TEST(index_of_another_form)
{
    dl_iterate_phdr(find_hdr, NULL);
    ck_assert_ptr_nonnull(hdr);
    struct cfi_registers registers = {0x7000, 0x7100};
    uintptr_t start = 0, pc = (uintptr_t)check_with_frame_pointer + 20;
    ck_assert_uint_ne(cfi_return_slot_in(hdr, pc, registers, &start), 0);
    ck_assert_uint_eq(start, (uintptr_t)check_with_frame_pointer);
    ck_assert_uint_eq(cfi_return_slot_in(hdr, (uintptr_t)hdr, registers, &start), 0);
    char copy[16];
    for (int i = 0; i < 4; i += i == 0 ? 2 : 1) { /* version, encodings of count and table */
        memcpy(copy, hdr, sizeof copy);
        copy[i] = 0x7f;
        ck_assert_uint_eq(cfi_return_slot_in(copy, pc, registers, &start), 0);
    }
}
END_TEST

int main(void)
{
    TCase *tests = tcase_create("cfi");
    tcase_add_test(tests, frame_pointer);
    tcase_add_test(tests, stack_pointer);
    tcase_add_test(tests, aligned_stack);
    tcase_add_test(tests, alloca_later_in_the_function);
    tcase_add_test(tests, unknown_code);
    tcase_add_test(tests, many_sites);
    tcase_add_test(tests, index_of_another_form);
    Suite *suite = suite_create("cfi");
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
