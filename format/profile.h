/*
 * profile.h - a profile in memory, and the .prof file that holds it (docs/FORMAT.md).
 *
 * A .prof file is what Python's pstats reads, a marshalled dict
 *     {(file, line, name): (cc, nc, tt, ct, {caller: (nc, cc, tt, ct)})}
 * and behind it, unseen by Python, cprof's own tail: process, threads, calling-context trees,
 * modules, symbols, overhead, what was dropped. Files that Python wrote have no tail.
 *
 * Memory: a struct profile owns everything that hangs on it; profile_free frees it. Each string is
 * an allocation of its own. Strings have a length, because names in Python's files may hold any
 * character, 0 too. Those of functions are valid UTF-8 when read: other bytes become the text \xNN;
 * written, control characters become that too. Those of the tail are bytes as the system had them.
 * Threads: none of this is locked. Errors: functions return 0, or -1 with *error set.
 */
#ifndef CPROF_FORMAT_PROFILE_H
#define CPROF_FORMAT_PROFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A count as Python has it: sums of 64-bit counts of several files still fit. */
__extension__ typedef __int128 profile_count;

struct profile_string {
    char *bytes; /* size bytes, then a 0 */
    size_t size;
};

/* Times are in seconds. */
struct profile_caller {
    uint32_t function; /* index into profile.functions */
    profile_count nc, cc;
    double tt, ct;
    bool plain; /* nc is all there is: files of Python's old profiler, and sampled ones */
};

struct profile_function {
    struct profile_string file; /* full path, "~" for what has no file */
    int64_t line;
    struct profile_string name;
    bool is_row;          /* false: known as a caller only; no row of the dict */
    profile_count cc, nc; /* primitive calls, all calls */
    double tt, ct;        /* own and cumulative seconds */
    struct profile_caller *callers;
    size_t ncallers;
};

/* ---- the tail ---- */

enum profile_end {
    PROFILE_END_EXIT = 1, /* exit handlers ran */
    PROFILE_END_GONE = 2, /* the process ended without: killed by a signal, or crashed */
    PROFILE_END_EXEC = 3, /* the image was replaced by execve */
    PROFILE_END_LIVE = 4, /* a snapshot: the process was running */
};

struct profile_process {
    uint32_t pid, parent_pid;
    uint32_t end;   /* enum profile_end */
    uint32_t clock; /* enum raw_clock */
    double ticks_per_second;
    uint64_t realtime_ns;                  /* start, since the epoch */
    double elapsed;                        /* s, from the first event to the end */
    double overhead_inner, overhead_outer; /* s per hook pair: in the callee, in its caller */
    double measured;                       /* s, sum of self times as measured, hooks included */
    double removed;                        /* s taken out of them as the hooks' own */
    struct profile_string command;         /* arguments separated by 0 */
};

enum profile_module_state {
    PROFILE_MODULE_DWARF = 1,   /* file and line known */
    PROFILE_MODULE_SYMBOLS = 2, /* names only: no debug information */
    PROFILE_MODULE_NONE = 3,    /* neither: module+offset */
    PROFILE_MODULE_CHANGED = 4, /* the file there now has another build-id: module+offset */
    PROFILE_MODULE_MISSING = 5, /* no such file now (or unreadable): module+offset */
};

/* Why not all functions of a module have their file and line. */
enum profile_lack_kind {
    PROFILE_LACK_NOTHING = 0,
    PROFILE_LACK_DEBUG = 1,  /* there is no debug information of VALUE functions */
    PROFILE_LACK_FILE = 2,   /* the file with it, NAME, is not there */
    PROFILE_LACK_FORMAT = 3, /* it is there, and cannot be read: NAME says why */
    /* The process that read it */
    PROFILE_LACK_SIGNAL = 4, /* died of signal VALUE */
    PROFILE_LACK_TIME = 5,   /* took longer than VALUE s of processor time */
    PROFILE_LACK_MEMORY = 6, /* ran out of memory */
    PROFILE_LACK_ANSWER = 7, /* gave no sensible answer, and ended with status VALUE */
};

struct profile_lack {
    uint32_t kind; /* enum profile_lack_kind; an unknown one is kept and not shown */
    uint64_t value;
    struct profile_string name; /* no bytes: none */
};

struct profile_module {
    struct profile_string path;
    uint8_t id[32];
    uint32_t id_size;
    uint32_t state; /* enum profile_module_state */
    struct profile_lack lack;
};

#define PROFILE_NO_FUNCTION UINT32_MAX

/* What only symbols have that are of no function of the table. */
struct profile_above {
    struct profile_string file, name;
    int64_t line;
};

/* One address that a function of the table was called at (clones of one function: several); or that
   of a caller above: a function that was running when the program switched the profile on, and was
   not called since. Nodes of such a one have neither calls nor time. */
struct profile_symbol {
    uint32_t function;          /* index into profile.functions; PROFILE_NO_FUNCTION: above */
    uint32_t module;            /* index into modules, or UINT32_MAX */
    uint64_t offset;            /* virtual address in the module's file, or the address itself */
    struct profile_string name; /* as in the symbol table (mangled); may be empty */
    struct profile_above above;
};

enum profile_thread_flags {
    PROFILE_THREAD_ENDED = 1,  /* it had ended before the process did */
    PROFILE_THREAD_SIGNAL = 2, /* signal handlers that interrupted the hooks in `interrupts` */
};

/* Counts of events: enters + carried = exits + popped + open + dropped, give or take torn, and one
   event where the process ended without a word. exits and torn are 0 in older files. */
struct profile_thread {
    uint32_t tid;
    uint32_t flags;
    uint32_t interrupts;        /* index into threads, PROFILE_THREAD_SIGNAL only */
    uint32_t first_node, nodes; /* its range of profile_tail.nodes, behind the previous thread's */
    struct profile_string name;
    uint64_t enters, carried, popped, orphans, dropped, unknown_slots, open;
    uint64_t exits;   /* events that ended a call; those that did not are orphans */
    uint64_t torn;    /* hooks that a signal handler left by a jump */
    uint64_t earlier; /* not 0: so many threads that began with the same function, one after the
                         other, and ended before this one began, are in here, too */
    struct profile_string start; /* that function; bytes NULL where earlier is 0 */
};

enum profile_node_flags {
    PROFILE_NODE_LINK = 1,   /* recursion: its callees hang under `home` */
    PROFILE_NODE_SHARED = 2, /* made past the cap: all contexts of one edge */
};

/* A node of a calling-context tree; see raw.h. Parents stand before their children. */
struct profile_node {
    uint32_t symbol; /* index into symbols; PROFILE_NO_FUNCTION: a thread's root */
    uint32_t parent; /* index into nodes; a root's is its own */
    uint32_t home;   /* index into nodes, before it and no link; its own unless PROFILE_NODE_LINK */
    uint32_t flags;
    uint64_t calls;
    double self;      /* s, overhead removed */
    double removed;   /* s of overhead that were taken out of self */
    double min, max;  /* s, inclusive, as measured; min > max: no call finished */
    uint64_t inlined; /* of the calls, those that the compiler had inlined into their caller */
};

/* What a function's row has of one thread. Its calls and own time are the sums of the thread's
   nodes; the other two do not follow from these. Several for one thread and function add up. */
struct profile_thread_row {
    uint32_t thread;   /* index into threads; in ascending order */
    uint32_t function; /* index into profile.functions */
    uint64_t cc;       /* primitive calls */
    double ct;         /* cumulative seconds */
};

enum profile_note {
    PROFILE_NOTE_EARLY = 1,        /* hook calls before recording was possible */
    PROFILE_NOTE_LOST_THREADS = 2, /* threads without memory */
    PROFILE_NOTE_LOST_MODULES = 3,
    PROFILE_NOTE_SHARED_NODES = 4, /* contexts were merged past the cap: value is the cap */
    PROFILE_NOTE_DAMAGED = 5,      /* records of the raw file that made no sense and were skipped */
    PROFILE_NOTE_GUESSED_STACKS = 6, /* switches to stacks of which only the mapping is known */
    PROFILE_NOTE_RESTRICTED = 7,     /* recording ended: the program forbade itself system calls */
    PROFILE_NOTE_NO_TSC = 8,  /* the clock became slower: the program forbade itself the counter */
    PROFILE_NOTE_HANDLER = 9, /* hook calls of a handler that forked, in the middle of a hook */
    PROFILE_NOTES
};

struct profile_counted_note {
    uint32_t note; /* enum profile_note; an unknown one is kept and not shown */
    uint64_t value;
};

struct profile_tail {
    struct profile_process process;
    struct profile_module *modules;
    size_t nmodules;
    struct profile_symbol *symbols;
    size_t nsymbols;
    struct profile_thread *threads;
    size_t nthreads;
    struct profile_node *nodes;
    size_t nnodes;
    struct profile_thread_row *thread_rows; /* none if one thread made all calls */
    size_t nthread_rows;
    struct profile_counted_note *notes;
    size_t nnotes;
};

/* The function of a node; PROFILE_NO_FUNCTION: none, it is a thread's root or a caller above. */
static inline uint32_t profile_node_function(const struct profile_tail *tail,
                                             const struct profile_node *node)
{
    return node->symbol == PROFILE_NO_FUNCTION ? PROFILE_NO_FUNCTION
                                               : tail->symbols[node->symbol].function;
}

struct profile {
    struct profile_function *functions; /* in the dict's order */
    size_t nfunctions;
    bool sampled;              /* Python 3.15's sampling profiler wrote it */
    struct profile_tail *tail; /* NULL: none */
};

/* What went wrong, for one line on stderr: "FILE: TEXT (at offset N)". */
struct profile_error {
    char text[200];
    int64_t offset; /* in bytes; -1: has none, or TEXT says it */
};

/* Reads the file at PATH. On success *out owns the profile. */
int profile_read(const char *path, struct profile *out, struct profile_error *error);

/* The same from the open descriptor FD, a pipe perhaps, up to its end. */
int profile_read_stream(int fd, struct profile *out, struct profile_error *error);

/* The same from SIZE bytes in memory. */
int profile_parse(const void *bytes, size_t size, struct profile *out, struct profile_error *error);

/* Writes P to the open descriptor FD (a file or a pipe), dict and, if there is one, tail. Nothing
   is written if P cannot be: there is no row, a caller or a symbol's function has none, two rows
   have one key, a time is not finite, a tail's index is out of range. */
int profile_write(int fd, const struct profile *p, struct profile_error *error);

/* Writes P to PATH: a temporary file in the same folder (O_EXCL, mode 0600), then rename. PATH must
   be an older profile, be empty or not be there. Nothing is left behind on error. */
int profile_save(const char *path, const struct profile *p, struct profile_error *error);

void profile_free(struct profile *p);

#endif
