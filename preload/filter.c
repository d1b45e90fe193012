#include "preload/filter.h"
#include "preload/sys.h"
#include <linux/audit.h>
#include <sched.h>
#include <string.h>
#include <sys/prctl.h>

bool sys_forbidden, sys_files_forbidden;

struct machine {
    const struct seccomp_data *data;
    uint32_t a, x;
    uint32_t memory[BPF_MEMWORDS];
};

static uint32_t word_of(const struct seccomp_data *data, uint32_t offset)
{
    uint32_t word = 0;
    if (offset <= sizeof *data - sizeof word)
        memcpy(&word, (const char *)data + offset, sizeof word);
    return word;
}

/* BPF_LD and BPF_LDX. */
static uint32_t load(const struct machine *m, const struct sock_filter *i)
{
    switch (BPF_MODE(i->code)) {
    case BPF_ABS:
        return word_of(m->data, i->k);
    case BPF_LEN:
        return sizeof *m->data;
    case BPF_MEM:
        return m->memory[i->k % BPF_MEMWORDS];
    default:
        return i->k; /* BPF_IMM */
    }
}

static uint32_t operand(const struct machine *m, const struct sock_filter *i)
{
    return BPF_SRC(i->code) == BPF_X ? m->x : i->k;
}

static uint32_t calculate(uint32_t operation, uint32_t a, uint32_t b)
{
    switch (operation) {
    case BPF_ADD:
        return a + b;
    case BPF_SUB:
        return a - b;
    case BPF_MUL:
        return a * b;
    case BPF_DIV:
        return b == 0 ? 0 : a / b;
    case BPF_AND:
        return a & b;
    case BPF_OR:
        return a | b;
    case BPF_XOR:
        return a ^ b;
    case BPF_LSH:
        return b > 31 ? 0 : a << b;
    case BPF_RSH:
        return b > 31 ? 0 : a >> b;
    default:
        return -a; /* BPF_NEG */
    }
}

/* How many instructions are skipped. */
static uint32_t jump(const struct machine *m, const struct sock_filter *i)
{
    uint32_t b = operand(m, i);
    bool holds;
    switch (BPF_OP(i->code)) {
    case BPF_JA:
        return i->k;
    case BPF_JEQ:
        holds = m->a == b;
        break;
    case BPF_JGT:
        holds = m->a > b;
        break;
    case BPF_JGE:
        holds = m->a >= b;
        break;
    default:
        holds = (m->a & b) != 0; /* BPF_JSET */
    }
    return holds ? i->jt : i->jf;
}

uint32_t filter_run(const struct sock_filter *filter, size_t n, const struct seccomp_data *data)
{
    struct machine m = {.data = data};
    for (size_t at = 0; at < n; at++) {
        const struct sock_filter *i = &filter[at];
        switch (BPF_CLASS(i->code)) {
        case BPF_LD:
            m.a = load(&m, i);
            break;
        case BPF_LDX:
            m.x = load(&m, i);
            break;
        case BPF_ST:
            m.memory[i->k % BPF_MEMWORDS] = m.a;
            break;
        case BPF_STX:
            m.memory[i->k % BPF_MEMWORDS] = m.x;
            break;
        case BPF_ALU:
            m.a = calculate(BPF_OP(i->code), m.a, operand(&m, i));
            break;
        case BPF_JMP:
            at += jump(&m, i);
            break;
        case BPF_RET:
            return BPF_RVAL(i->code) == BPF_A ? m.a : i->k;
        default: /* BPF_MISC */
            if (BPF_MISCOP(i->code) == BPF_TAX)
                m.x = m.a;
            else
                m.a = m.x;
        }
    }
    return SECCOMP_RET_KILL_PROCESS;
}

/* ---- our own calls, with arguments that filters look at ---- */

struct call {
    int number;
    uint64_t args[6];
};

#define NONE (uint64_t) - 1

static const struct call recording[] = {
    {SYS_mmap,
     {0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, NONE}},
    {SYS_munmap, {0, 4096}},
    {SYS_mremap, {0, 4096, 8192}},
    {SYS_madvise, {0, 4096, MADV_POPULATE_WRITE}},
    {SYS_madvise, {0, 4096, MADV_POPULATE_READ}},
    {SYS_rt_sigprocmask, {SIG_BLOCK, 0, 0, 8}},
    {SYS_rt_sigprocmask, {SIG_SETMASK, 0, 0, 8}},
    {SYS_getpid, {0}},
    {SYS_gettid, {0}},
    {SYS_tgkill, {1, 1, 0}},
    {SYS_prctl, {PR_GET_NAME}},
    {SYS_sigaltstack, {0}},
    {SYS_sched_yield, {0}},
    {SYS_getrlimit, {0}},
    {SYS_prlimit64, {0}},
    {SYS_readlinkat, {(uint32_t)AT_FDCWD}},
    {SYS_getcwd, {0}},
};

static const struct call files[] = {
    {SYS_openat, {(uint32_t)AT_FDCWD, 0, O_RDONLY | O_CLOEXEC}},
    {SYS_openat, {(uint32_t)AT_FDCWD, 0, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600}},
    {SYS_read, {3}},
    {SYS_pwrite64, {3}},
    {SYS_lseek, {3}},
    {SYS_close, {3}},
    {SYS_getdents64, {3}},
    {SYS_newfstatat, {(uint32_t)AT_FDCWD}},
    {SYS_ioctl, {3}},
    {SYS_ftruncate, {3}},
    {SYS_truncate, {0}},
    {SYS_fallocate, {3}},
    {SYS_rename, {0}},
    {SYS_mkdirat, {0}},
    {SYS_faccessat, {0}},
    {SYS_unlink, {0}},
    {SYS_mmap, {0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, 3}},
    {SYS_munlock, {0, 4096}},
    {SYS_getrandom, {0, 8, 1}},
    {SYS_getppid, {0}},
    {SYS_kill, {1, 0}},
    {SYS_memfd_create, {0}},
    {SYS_nanosleep, {0}},
    {SYS_clone, {CLONE_VM | CLONE_VFORK | CLONE_FILES | CLONE_UNTRACED}},
    {SYS_clone, {CLONE_VM | CLONE_VFORK | CLONE_UNTRACED | CLONE_PIDFD}},
    {SYS_wait4, {1, 0, __WCLONE}},
    {SYS_poll, {0, 1, 30000}},
    {SYS_waitid, {3}},
    {SYS_setsid, {0}},
    {SYS_fcntl, {3, F_DUPFD, 3}},
    {SYS_dup3, {3}},
    {SYS_close_range, {3, ~0u}},
    {SYS_setrlimit, {4}},
    {SYS_prctl, {PR_SET_NO_NEW_PRIVS, 1}},
    {SYS_prctl, {PR_SET_TSC, PR_TSC_ENABLE}},
    {SYS_prctl, {PR_GET_CHILD_SUBREAPER}},
    {SYS_execve, {0}},
    {SYS_exit, {0}},
};

static const struct call clock = {SYS_clock_gettime, {1}};

/* Nothing but plain permission will do: an error may be called success, and traps and listeners are
   the program's own. */
static bool allows(const struct sock_filter *filter, size_t n, const struct call *call)
{
    struct seccomp_data data = {
        .nr = call->number, .arch = AUDIT_ARCH_X86_64, .instruction_pointer = (uintptr_t)allows};
    memcpy(data.args, call->args, sizeof data.args);
    uint32_t answer = filter_run(filter, n, &data) & SECCOMP_RET_ACTION_FULL;
    return answer == SECCOMP_RET_ALLOW || answer == SECCOMP_RET_LOG;
}

static bool allows_all(const struct sock_filter *filter, size_t n, const struct call *calls,
                       size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!allows(filter, n, &calls[i]))
            return false;
    return true;
}

uint32_t filter_forbids(const struct sock_filter *filter, size_t n, bool clock_calls)
{
    uint32_t forbidden = 0;
    if (!allows_all(filter, n, files, sizeof files / sizeof *files))
        forbidden |= FILTER_FILES;
    if (!allows_all(filter, n, recording, sizeof recording / sizeof *recording) ||
        (clock_calls && !allows(filter, n, &clock)))
        forbidden |= FILTER_FILES | FILTER_RECORDING;
    return forbidden;
}
