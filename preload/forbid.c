#include "preload/forbid.h"
#include "preload/arena.h"
#include "preload/clock.h"
#include "preload/filter.h"
#include "preload/process.h"
#include "preload/sys.h"
#include <errno.h>
#include <stdarg.h>
#include <sys/prctl.h>
#include <sys/uio.h>

#define MOST_INSTRUCTIONS 4096u /* the kernel accepts no longer filter (BPF_MAXINSNS) */

#define TSC    4u /* strict seccomp forbids the counter, too */
#define STRICT (TSC | FILTER_FILES | FILTER_RECORDING)

/* The program's memory, which may not be where it says. */
static bool read_memory(void *to, const void *from, size_t size)
{
    struct iovec local = {to, size}, remote = {(void *)from, size};
    return arch_syscall(SYS_process_vm_readv, sys_pid(), (long)&local, 1, (long)&remote, 1, 0) ==
           (long)size;
}

/* What the filter that the program installs will forbid; what cannot be read the kernel will not
   read either, unless reading is what is forbidden. */
static uint32_t forbidden_by(const struct sock_fprog *program)
{
    struct sock_fprog copy;
    uint32_t forbidden = FILTER_FILES | FILTER_RECORDING;
    size_t room = MOST_INSTRUCTIONS * sizeof(struct sock_filter);
    struct sock_filter *filter = sys_memory(room);
    if (filter == NULL)
        return forbidden;
    if (read_memory(&copy, program, sizeof copy) && copy.len <= MOST_INSTRUCTIONS &&
        read_memory(filter, copy.filter, copy.len * sizeof *filter))
        forbidden = filter_forbids(filter, copy.len, !clock_is_tsc);
    sys_release(filter, room);
    return forbidden;
}

/* The clock is the whole process's. Its cost was measured before. */
static void forbid_tsc(void)
{
    clock_forbid_tsc();
    if (arena_base != NULL && clock_was_tsc())
        arena_header()->restricted |= RAW_RESTRICTED_TSC;
}

/* What is given up is given up before the call, and taken back if the kernel refuses it. */
static long restrict_to(uint32_t forbidden, long number, long a, long b, long c, long d, long e)
{
    if (forbidden == 0 || process_is_vforked())
        return arch_syscall(number, a, b, c, d, e, 0);
    if (forbidden & TSC)
        clock_forbid_tsc();
    struct process_restriction before = process_restrict(forbidden);
    long result = arch_syscall(number, a, b, c, d, e, 0);
    if (sys_failed(result))
        process_unrestrict(before);
    else
        process_restricted(before);
    return result;
}

static long on_prctl(long option, long b, long c, long d, long e)
{
    uint32_t forbidden = 0;
    if (option == PR_SET_TSC && b == PR_TSC_SIGSEGV)
        forbid_tsc();
    if (option == PR_SET_SECCOMP && b == SECCOMP_MODE_STRICT)
        forbidden = STRICT;
    if (option == PR_SET_SECCOMP && b == SECCOMP_MODE_FILTER && c != 0)
        forbidden = forbidden_by((const void *)c);
    return restrict_to(forbidden, SYS_prctl, option, b, c, d, e);
}

static long on_seccomp(long operation, long flags, long program)
{
    uint32_t forbidden = 0;
    if (operation == SECCOMP_SET_MODE_STRICT)
        forbidden = STRICT;
    if (operation == SECCOMP_SET_MODE_FILTER && program != 0)
        forbidden = forbidden_by((const void *)program);
    return restrict_to(forbidden, SYS_seccomp, operation, flags, program, 0, 0);
}

static long with_errno(long result)
{
    if (!sys_failed(result))
        return result;
    errno = (int)-result;
    return -1;
}

long forbid_syscall(long number, long a, long b, long c, long d, long e)
{
    return with_errno(number == SYS_prctl ? on_prctl(a, b, c, d, e) : on_seccomp(a, b, c));
}

__attribute__((visibility("default"))) int prctl(int option, ...)
{
    va_list arguments;
    va_start(arguments, option);
    long b = va_arg(arguments, long);
    long c = va_arg(arguments, long);
    long d = va_arg(arguments, long);
    long e = va_arg(arguments, long);
    va_end(arguments);
    return (int)with_errno(on_prctl(option, b, c, d, e));
}

/* As libc's, but for the two calls: number and arguments move up by one register. An error before
   this library is relocated (process.h) has no place to go to. */
__asm__(".text\n"
        ".globl syscall\n"
        ".type syscall, @function\n"
        ".p2align 4\n"
        "syscall:\n"
        "    .cfi_startproc\n"
        "    endbr64\n"
        "    cmp $157, %rdi\n" /* SYS_prctl */
        "    je 1f\n"
        "    cmp $317, %rdi\n" /* SYS_seccomp */
        "    je 1f\n"
        "    mov %rdi, %rax\n"
        "    mov %rsi, %rdi\n"
        "    mov %rdx, %rsi\n"
        "    mov %rcx, %rdx\n"
        "    mov %r8, %r10\n"
        "    mov %r9, %r8\n"
        "    mov 8(%rsp), %r9\n"
        "    syscall\n"
        "    cmp $-4095, %rax\n"
        "    jae 2f\n"
        "    ret\n"
        "1:  jmp forbid_syscall\n"
        "2:  lea process_relocated(%rip), %rcx\n"
        "    cmp %rcx, process_relocated(%rip)\n"
        "    jne 3f\n"
        "    neg %eax\n"
        "    push %rax\n"
        "    .cfi_adjust_cfa_offset 8\n"
        "    call *__errno_location@GOTPCREL(%rip)\n"
        "    pop %rcx\n"
        "    .cfi_adjust_cfa_offset -8\n"
        "    mov %ecx, (%rax)\n"
        "3:  or $-1, %rax\n"
        "    ret\n"
        "    .cfi_endproc\n"
        ".size syscall, .-syscall\n");
_Static_assert(SYS_prctl == 157 && SYS_seccomp == 317, "the numbers in the assembly");
