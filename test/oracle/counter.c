/*
 * counter.c - libcounter.so, the oracle of the tests: counts raw hook events, exactly and by
 * function address, and hands each on to the hooks of the next library. It shares no code and no
 * idea with libcprof.so, beside which it is preloaded:
 *
 *     COUNTER_OUT=FILE LD_PRELOAD="libcounter.so libcprof.so" ./app
 *
 *   COUNTER_OUT   what to write at exit; %p is the process's pid
 *   COUNTER_RBP=1 programs built with -O0: also the true caller of each call (chain.h)
 *
 * The file is text, one record a line, numbers in hex where marked x:
 *
 *     map  START(x) END(x) BIAS(x) PATH     executable segments loaded at exit
 *     call ADDRESS(x) ENTERS EXITS          one function
 *     edge PARENT(x) CHILD(x) COUNT         COUNTER_RBP: calls in one thread; 0: called by none,
 *                                           1: the chain was broken
 *     total ENTERS EXITS LOST               LOST: events that found no memory
 *
 * Functions have numbers, given once for the process; each thread counts in an array of its own
 * with single increments, so that neither threads nor signal handlers need a lock. The arrays are
 * wiped by the kernel in a forked child, which therefore starts at zero however it was forked; a
 * vfork child counts for its parent and writes nothing.
 *
 * Build: gcc -D_GNU_SOURCE -O2 -shared -fPIC -fvisibility=hidden -static-libgcc counter.c chain.c
 */
#include "chain.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <link.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define FUNCTIONS (1u << 20) /* numbers there are; 0 is "no memory", see chain.h for 1 */
#define SLOTS     (2 * FUNCTIONS)

struct count {
    uint64_t enters, exits;
};

struct thread {
    struct count *counts; /* by function number */
    struct chain *chain;  /* NULL without COUNTER_RBP */
    struct thread *next;
};

/* Zero in a forked child until its first event. */
struct process {
    _Atomic int pid;
    atomic_bool written;
};

static uint64_t functions[FUNCTIONS];    /* address by number */
static _Atomic uint32_t slots[SLOTS];    /* hash of addresses: numbers */
static _Atomic uint32_t last_number = 1; /* of functions */
static _Atomic(struct thread *) threads;
static struct process *process;
static _Atomic uint64_t lost;
static bool want_chain;
static void (*next_exit)(int);
static __thread struct thread *self __attribute__((tls_model("initial-exec")));

/* What the stubs below refer to. */
typedef void hook(void *function, void *call_site);
hook *counter_next_enter, *counter_next_exit;
void counter_enter(uint64_t function, uint64_t call_site, uint64_t site, uint64_t frame);
void counter_exit(uint64_t function, uint64_t call_site, uint64_t site, uint64_t frame);
#define INTERPOSED __attribute__((noreturn, visibility("default")))
INTERPOSED void _exit(int status);
INTERPOSED void _Exit(int status);

/* The hooks: count, then jump on with the arguments, the stack and the return address as they
   came, because the next library tells frames apart by them. */
#define STUB(hook_name, count_name, next_name)                                                     \
    __asm__(".globl " hook_name "\n.type " hook_name ", @function\n" hook_name ":\n"               \
            ".cfi_startproc\n"                                                                     \
            "push %rdi\npush %rsi\npush %rdx\npush %rcx\npush %r8\npush %r9\npush %rax\n"          \
            ".cfi_adjust_cfa_offset 56\n"                                                          \
            "mov 56(%rsp), %rdx\n"                                                                 \
            "mov %rbp, %rcx\n"                                                                     \
            "call " count_name "\n"                                                                \
            "pop %rax\npop %r9\npop %r8\npop %rcx\npop %rdx\npop %rsi\npop %rdi\n"                 \
            ".cfi_adjust_cfa_offset -56\n"                                                         \
            "jmp *" next_name "(%rip)\n"                                                           \
            ".cfi_endproc\n"                                                                       \
            ".size " hook_name ", .-" hook_name "\n")

STUB("__cyg_profile_func_enter", "counter_enter", "counter_next_enter");
STUB("__cyg_profile_func_exit", "counter_exit", "counter_next_exit");

static void *reserve(size_t bytes, bool wiped_on_fork)
{
    void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
                   -1, 0);
    if (p == MAP_FAILED)
        return NULL;
    if (wiped_on_fork && madvise(p, bytes, MADV_WIPEONFORK) != 0)
        return NULL;
    return p;
}

static void no_hook(void *function, void *call_site)
{
    (void)function;
    (void)call_site;
}

/* Called by the constructor, and by a hook that runs earlier. */
static void set_up(void)
{
    hook *enter = (hook *)dlsym(RTLD_NEXT, "__cyg_profile_func_enter");
    hook *leave = (hook *)dlsym(RTLD_NEXT, "__cyg_profile_func_exit");
    counter_next_exit = leave ? leave : no_hook;
    counter_next_enter = enter ? enter : no_hook;
    next_exit = (void (*)(int))dlsym(RTLD_NEXT, "_exit");
    want_chain = getenv("COUNTER_RBP") != NULL;
    process = reserve(sizeof *process, true);
    if (process == NULL) {
        dprintf(2, "counter: no memory\n");
        abort();
    }
}

/* The number of the function at ADDRESS; 0 when there are too many. A number is given away by one
   compare-and-swap: who loses the race wastes a number and takes the winner's. */
static uint32_t number_of(uint64_t address)
{
    uint64_t hash = address * 0x9e3779b97f4a7c15u;
    uint32_t made = 0;
    for (uint32_t i = (uint32_t)(hash >> 43);; i++) {
        _Atomic uint32_t *slot = &slots[i % SLOTS];
        uint32_t number = atomic_load_explicit(slot, memory_order_acquire);
        if (number == 0) {
            if (made == 0) {
                made = atomic_fetch_add(&last_number, 1) + 1;
                if (made >= FUNCTIONS)
                    return 0;
                functions[made] = address;
            }
            if (atomic_compare_exchange_strong(slot, &number, made))
                return made;
        }
        if (functions[number] == address)
            return number;
    }
}

static struct thread *new_thread(void)
{
    struct thread *t = reserve(sizeof *t, false);
    if (t == NULL)
        return NULL;
    t->counts = reserve(FUNCTIONS * sizeof *t->counts, true);
    t->chain = want_chain ? chain_new() : NULL;
    if (t->counts == NULL || (want_chain && t->chain == NULL))
        return NULL;
    self = t;
    t->next = atomic_load(&threads);
    while (!atomic_compare_exchange_weak(&threads, &t->next, t))
        ;
    return t;
}

/* The record of the thread and the number of the function; NULL: no memory, counted. */
static inline struct thread *prepare(uint64_t function, uint32_t *number)
{
    if (__builtin_expect(process == NULL, 0))
        set_up();
    if (__builtin_expect(process->pid == 0, 0))
        process->pid = getpid();
    struct thread *t = self ? self : new_thread();
    *number = number_of(function);
    if (t != NULL && *number != 0)
        return t;
    lost++;
    return NULL;
}

/* One instruction, so that a signal handler in between loses nothing. */
static inline void increment(uint64_t *counter)
{
    __asm__ volatile("incq %0" : "+m"(*counter));
}

void counter_enter(uint64_t function, uint64_t call_site, uint64_t site, uint64_t frame)
{
    uint32_t number;
    struct thread *t = prepare(function, &number);
    if (t == NULL)
        return;
    increment(&t->counts[number].enters);
    if (t->chain != NULL)
        chain_enter(t->chain, (struct chain_frame){frame, call_site, site, number},
                    chain_is_inlined(functions, atomic_load(&last_number), function, site));
}

void counter_exit(uint64_t function, uint64_t call_site, uint64_t site, uint64_t frame)
{
    (void)call_site;
    (void)site;
    uint32_t number;
    struct thread *t = prepare(function, &number);
    if (t == NULL)
        return;
    increment(&t->counts[number].exits);
    if (t->chain != NULL)
        chain_exit(t->chain, frame, number);
}

/* ---- writing ---- */

static int write_module(struct dl_phdr_info *info, size_t size, void *out)
{
    (void)size;
    char self_path[4096];
    const char *path = info->dlpi_name;
    if (path[0] == '\0') {
        ssize_t n = readlink("/proc/self/exe", self_path, sizeof self_path - 1);
        self_path[n > 0 ? n : 0] = '\0';
        path = self_path;
    }
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *p = &info->dlpi_phdr[i];
        if (p->p_type == PT_LOAD && (p->p_flags & PF_X) != 0)
            fprintf(out, "map %lx %lx %lx %s\n", info->dlpi_addr + p->p_vaddr,
                    info->dlpi_addr + p->p_vaddr + p->p_memsz, info->dlpi_addr, path);
    }
    return 0;
}

static void write_counts(FILE *out)
{
    struct count total = {0, 0};
    uint32_t numbers = atomic_load(&last_number) + 1;
    for (uint32_t i = 1; i < numbers && i < FUNCTIONS; i++) {
        struct count sum = {0, 0};
        for (struct thread *t = threads; t != NULL; t = t->next) {
            sum.enters += t->counts[i].enters;
            sum.exits += t->counts[i].exits;
        }
        if (sum.enters + sum.exits > 0)
            fprintf(out, "call %lx %lu %lu\n", functions[i], sum.enters, sum.exits);
        total.enters += sum.enters;
        total.exits += sum.exits;
    }
    for (struct thread *t = threads; t != NULL; t = t->next) {
        if (t->chain != NULL)
            lost += chain_write(t->chain, functions, out);
    }
    fprintf(out, "total %lu %lu %lu\n", total.enters, total.exits, lost);
}

/* Writes the file, once, unless this process had no event of its own. */
static void write_file(void)
{
    const char *name = getenv("COUNTER_OUT");
    if (process == NULL || name == NULL || process->pid != getpid() ||
        atomic_exchange(&process->written, true))
        return;
    char path[4096];
    const char *pid = strstr(name, "%p");
    if (pid != NULL)
        snprintf(path, sizeof path, "%.*s%d%s", (int)(pid - name), name, getpid(), pid + 2);
    else
        snprintf(path, sizeof path, "%s", name);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    FILE *out = fd < 0 ? NULL : fdopen(fd, "w");
    if (out == NULL) {
        dprintf(2, "counter: %s cannot be written\n", path);
        return;
    }
    dl_iterate_phdr(write_module, out);
    write_counts(out);
    if (fclose(out) != 0)
        dprintf(2, "counter: %s cannot be written\n", path);
}

static void at_exit(void *unused)
{
    (void)unused;
    write_file();
}

extern int __cxa_atexit(void (*f)(void *), void *argument, void *dso);

/* Registered in a constructor and for no library, the handler runs behind all destructors. */
__attribute__((constructor)) static void start(void)
{
    if (process == NULL)
        set_up();
    __cxa_atexit(at_exit, NULL, NULL);
    at_quick_exit(write_file);
}

void _exit(int status)
{
    write_file();
    next_exit(status);
    __builtin_unreachable();
}

void _Exit(int status)
{
    _exit(status);
}
