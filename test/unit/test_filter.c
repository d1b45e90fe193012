/* What a seccomp filter answers: literal programs, one for each kind of instruction, and what the
   kernel answers to the same. */
#include "preload/filter.h"
#include <check.h>
#include <errno.h>
#include <linux/audit.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define A(op, k)    BPF_STMT(BPF_ALU | (op) | BPF_K, k)
#define AX(op)      BPF_STMT(BPF_ALU | (op) | BPF_X, 0)
#define SET(k)      BPF_STMT(BPF_LD | BPF_IMM, k)
#define SET_X(k)    BPF_STMT(BPF_LDX | BPF_IMM, k)
#define ABS(offset) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offset)
#define RETURN(k)   BPF_STMT(BPF_RET | BPF_K, k)
#define RETURN_A    BPF_STMT(BPF_RET | BPF_A, 0)

static const struct seccomp_data data = {
    .nr = SYS_getpriority, .arch = AUDIT_ARCH_X86_64, .args = {UINT64_C(0x1122334455667788), 7}};

/* The kernel's answer in a child, by the errno that getpriority gets. */
static int ask_kernel(struct sock_filter *filter, unsigned short n)
{
    int status;
    pid_t pid = fork();
    if (pid == 0) {
        struct sock_fprog program = {n, filter};
        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
            prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) != 0)
            _exit(250);
        long result = syscall(SYS_getpriority, data.args[0], data.args[1]);
        _exit(result == -1 ? errno : 0);
    }
    waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Each leaves a number below 200 in A, which becomes the call's errno. */
static const struct {
    struct sock_filter steps[8];
    int answer;
} cases[] = {
    {{SET(42)}, 42},
    {{ABS(0)}, SYS_getpriority},
    {{ABS(16), A(BPF_AND, 0xff)}, 0x88},
    {{ABS(20), A(BPF_RSH, 24)}, 0x11},
    {{ABS(24)}, 7},
    {{BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0)}, 64},
    {{SET(40), A(BPF_ADD, 5)}, 45},
    {{SET(40), A(BPF_SUB, 5)}, 35},
    {{SET(40), A(BPF_MUL, 3)}, 120},
    {{SET(40), A(BPF_DIV, 3)}, 13},
    {{SET(40), A(BPF_OR, 7)}, 47},
    {{SET(40), A(BPF_XOR, 9)}, 33},
    {{SET(5), A(BPF_LSH, 4)}, 80},
    {{SET(0xfffffff6), A(BPF_NEG, 0)}, 10},
    {{SET(9), SET_X(5), AX(BPF_SUB)}, 4},
    {{SET(9), SET_X(5), AX(BPF_LSH), A(BPF_RSH, 5)}, 9},
    {{SET(9), SET_X(0), BPF_STMT(BPF_MISC | BPF_TAX, 0), SET(1), AX(BPF_ADD)}, 10},
    {{SET_X(33), BPF_STMT(BPF_MISC | BPF_TXA, 0)}, 33},
    {{SET(77), BPF_STMT(BPF_ST, 3), SET(1), BPF_STMT(BPF_LD | BPF_MEM, 3)}, 77},
    {{SET_X(78), BPF_STMT(BPF_STX, 15), SET(1), BPF_STMT(BPF_LD | BPF_MEM, 15)}, 78},
    {{SET(6), BPF_STMT(BPF_ST, 0), BPF_STMT(BPF_LDX | BPF_MEM, 0), SET(1), AX(BPF_ADD)}, 7},
    {{SET(1), BPF_STMT(BPF_JMP | BPF_JA, 1), SET(2), A(BPF_ADD, 8)}, 9},
    {{SET(5), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 5, 0, 1), A(BPF_ADD, 10), A(BPF_ADD, 1)}, 16},
    {{SET(5), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 6, 0, 1), A(BPF_ADD, 10), A(BPF_ADD, 1)}, 6},
    {{SET(5), BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, 5, 0, 1), A(BPF_ADD, 10), A(BPF_ADD, 1)}, 6},
    {{SET(5), BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 5, 0, 1), A(BPF_ADD, 10), A(BPF_ADD, 1)}, 16},
    {{SET(5), BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 2, 0, 1), A(BPF_ADD, 10), A(BPF_ADD, 1)}, 6},
    {{SET(5), SET_X(5), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_X, 0, 1, 0), A(BPF_ADD, 10)}, 5},
    {{SET(0x80000000), BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, 1, 1, 0), SET(3), A(BPF_AND, 3)}, 0},
};

/* The steps; for getpriority the errno from A, for all else permission. */
static unsigned short complete(size_t i, struct sock_filter *filter)
{
    static const struct sock_filter others[] = {
        ABS(0), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getpriority, 1, 0),
        RETURN(SECCOMP_RET_ALLOW)};
    unsigned short n = 0;
    for (; n < 3; n++)
        filter[n] = others[n];
    for (size_t j = 0; j < 8; j++)
        if (cases[i].steps[j].code != 0 || cases[i].steps[j].k != 0)
            filter[n++] = cases[i].steps[j];
    filter[n++] = (struct sock_filter)A(BPF_OR, SECCOMP_RET_ERRNO);
    filter[n++] = (struct sock_filter)RETURN_A;
    return n;
}

START_TEST(every_instruction)
{
    struct sock_filter filter[16];
    unsigned short n = complete((size_t)_i, filter);
    ck_assert_uint_eq(filter_run(filter, n, &data), SECCOMP_RET_ERRNO | (unsigned)cases[_i].answer);
    int kernel = ask_kernel(filter, n);
    if (kernel != 250) /* no filter is allowed here */
        ck_assert_int_eq(kernel, cases[_i].answer);
}
END_TEST

START_TEST(no_answer_is_none)
{
    struct sock_filter filter[] = {SET(1)};
    struct sock_filter far[] = {BPF_STMT(BPF_JMP | BPF_JA, UINT32_MAX), RETURN(SECCOMP_RET_ALLOW)};
    ck_assert_uint_eq(filter_run(filter, 1, &data), SECCOMP_RET_KILL_PROCESS);
    ck_assert_uint_eq(filter_run(filter, 0, &data), SECCOMP_RET_KILL_PROCESS);
    ck_assert_uint_ne(filter_run(far, 2, &data), 12345);
}
END_TEST

/* What NUMBER being answered by ACTION takes away. */
static uint32_t without(uint32_t number, uint32_t action, bool clock_calls)
{
    struct sock_filter filter[] = {ABS(0), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1),
                                   RETURN(action), RETURN(SECCOMP_RET_ALLOW)};
    return filter_forbids(filter, 4, clock_calls);
}

START_TEST(what_is_taken_away)
{
    const uint32_t both = FILTER_FILES | FILTER_RECORDING;
    ck_assert_uint_eq(without(SYS_ptrace, SECCOMP_RET_KILL_PROCESS, true), 0);
    ck_assert_uint_eq(without(SYS_madvise, SECCOMP_RET_KILL_PROCESS, false), both);
    ck_assert_uint_eq(without(SYS_gettid, SECCOMP_RET_ERRNO, false), both);
    ck_assert_uint_eq(without(SYS_gettid, SECCOMP_RET_TRACE, false), both);
    ck_assert_uint_eq(without(SYS_gettid, SECCOMP_RET_USER_NOTIF, false), both);
    ck_assert_uint_eq(without(SYS_gettid, SECCOMP_RET_LOG, false), 0);
    ck_assert_uint_eq(without(SYS_execve, SECCOMP_RET_TRAP, false), FILTER_FILES);
    ck_assert_uint_eq(without(SYS_clock_gettime, SECCOMP_RET_TRAP, false), 0);
    ck_assert_uint_eq(without(SYS_clock_gettime, SECCOMP_RET_TRAP, true), both);
}
END_TEST

/* By an argument: only executable memory, only SIGKILL. */
START_TEST(arguments)
{
    struct sock_filter executable[] = {ABS(0),
                                       BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mmap, 0, 3),
                                       ABS(32),
                                       BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 0, 1),
                                       RETURN(SECCOMP_RET_KILL_PROCESS),
                                       RETURN(SECCOMP_RET_ALLOW)};
    ck_assert_uint_eq(filter_forbids(executable, 6, false), 0);
    executable[3].k = PROT_WRITE;
    ck_assert_uint_eq(filter_forbids(executable, 6, false), FILTER_FILES | FILTER_RECORDING);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("filter");
    TCase *tcase = tcase_create("filter");
    tcase_add_loop_test(tcase, every_instruction, 0, (int)(sizeof cases / sizeof *cases));
    tcase_add_test(tcase, no_answer_is_none);
    tcase_add_test(tcase, what_is_taken_away);
    tcase_add_test(tcase, arguments);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
