/*
 * raw.h - layout of the raw file (OUT.PID.RANDOM.raw), the interface between libcprof.so, which
 * writes it while the program runs, and its readers (cprof-symbolize, cprof-report). Layout only.
 *
 * The file is one shared mapping of the profiled process. It may be read at any moment, also while
 * the process runs or after it was killed; a reader trusts no offset and no count in it.
 *
 *   0        raw_header                      RAW_PAGE bytes
 *   RAW_PAGE block, block, block ...         each a whole number of pages, handed out in order
 *   used     (never touched: sparse)
 *
 *   block = raw_block (64 bytes), then by its kind
 *     RAW_THREAD   one raw_thread
 *     RAW_NODES    raw_node[]                 fn == 0: not (yet) in use
 *     RAW_LEVELS   raw_level[]                all zero: not in use
 *     RAW_MODULE   one raw_module, its path behind it
 *   A page where a block should start, with kind 0, was handed out but never written (the process
 *   died in between): skip that page and look at the next one.
 *
 * One calling-context tree a thread, recursion folded:
 *
 *        main                 node: the calls of one function in one context
 *        |- parse             parent: the node of its caller
 *        |   '- expr          home:   itself; or, for a function that is already among its
 *        |       |- term              ancestors, that ancestor ("link"): callees of a link hang
 *        |       '- expr (->)         under its home, so that recursion stays finite
 *        '- run
 *
 * References are 32-bit numbers, not pointers: a node's is its file offset / sizeof(raw_node), a
 * level's its file offset / sizeof(raw_level), a thread's the file offset of its raw_thread / 64.
 * 0 is "none" for all three. All fields are little-endian (x86-64); times are in clock ticks.
 *
 * Versions: RAW_VERSION grows with every change of layout or meaning; readers accept theirs only
 * (the two sides are always installed together, and a raw file is short-lived).
 */
#ifndef CPROF_FORMAT_RAW_H
#define CPROF_FORMAT_RAW_H

#include <stdint.h>

#define RAW_MAGIC       "CPROFRAW"
#define RAW_VERSION     4u
#define RAW_PAGE        4096u
#define RAW_SUFFIX      ".raw"
#define RAW_NAME_MAX    256
#define RAW_COMMAND_MAX 2048
#define RAW_ID_MAX      32 /* bytes of a build-id that are kept */

/* Two clocks read at one moment. */
struct raw_anchor {
    uint64_t ticks;
    uint64_t ns; /* CLOCK_MONOTONIC */
};

enum raw_state {
    RAW_LIVE = 1,     /* the process runs, or died without a chance to say so */
    RAW_FINISHED = 2, /* its exit handlers ran; last is the moment of the end */
};

enum raw_clock {
    RAW_CLOCK_TSC = 1,       /* ticks of the time stamp counter */
    RAW_CLOCK_MONOTONIC = 2, /* ticks are ns of CLOCK_MONOTONIC */
};

/* What the program forbade itself while it was recorded; bits. */
enum raw_restricted {
    RAW_RESTRICTED_CALLS = 1, /* system calls (seccomp): recording ended */
    RAW_RESTRICTED_TSC = 2,   /* the time stamp counter: hooks cost more from then on */
};

struct raw_header {
    char magic[8];
    uint32_t version;
    uint32_t state;     /* enum raw_state */
    uint64_t size;      /* bytes of the mapping: the most that used can become */
    uint64_t used;      /* bytes handed out, a multiple of RAW_PAGE; 2^62 more once it is closed */
    uint64_t used_last; /* != 0: final value of used (the process finished) */

    /* The process; (pid, start_time) names it uniquely on a running system. */
    uint32_t pid;
    uint32_t parent_pid;
    uint64_t start_time;    /* field 22 of /proc/PID/stat */
    uint64_t realtime_ns;   /* CLOCK_REALTIME at the first event, since the epoch */
    uint32_t session_pid;   /* the session's root process: pid, start_time, a random number */
    uint32_t pid_namespace; /* in which pids count: inode of /proc/PID/ns/pid; 0: not known */
    uint64_t session_start;
    uint64_t session_random;

    /* The clock. first is taken at the first event; last at the end, and refreshed now and then
       before it. The two differ from the first call on (by the time that calibration takes). */
    uint32_t clock; /* enum raw_clock */
    uint32_t reserved;
    struct raw_anchor first;
    struct raw_anchor last;

    /* What one hook pair costs, in 1/1024 tick: inner lies between the two clock readings of a
       call (charged to the callee), outer around them (charged to its caller). */
    uint64_t overhead_inner;
    uint64_t overhead_outer;

    /* What was not recorded, or not in full; each a count. */
    uint64_t early_events; /* hook calls before recording was possible */
    uint64_t lost_threads; /* threads that got no memory: their calls are not recorded */
    uint64_t lost_modules; /* modules that could not be recorded */
    uint64_t max_nodes;    /* the cap on nodes (CPROF_MAX_NODES) */
    uint64_t nodes;        /* nodes made so far, all threads */
    uint64_t shared_nodes; /* of these, made past the cap: one for all contexts of an edge */

    char out_name[RAW_NAME_MAX];   /* what to publish, in the raw file's folder; 0-terminated */
    char command[RAW_COMMAND_MAX]; /* the command line, arguments separated by 0 */
    uint32_t command_size;         /* bytes used of it */
    uint32_t restricted;           /* enum raw_restricted */
    uint64_t profile; /* the file is about the threads of this profile: 0, the process's own, or one
                         that the program switched on (cprof.h) */
    uint64_t handler_events; /* as early_events; in a child that a signal handler forked which had
                                interrupted a hook: what it did until it returned */
};
_Static_assert(sizeof(struct raw_header) <= RAW_PAGE, "the header is one page");

enum raw_kind {
    RAW_THREAD = 0x44524854, /* "THRD", and so on: recognisable in a hex dump */
    RAW_NODES = 0x45444f4e,
    RAW_LEVELS = 0x4c56454c,
    RAW_MODULE = 0x45444f4d,
};

/* Start of every block; written before anything else in the block. */
struct raw_block {
    uint32_t kind;   /* enum raw_kind */
    uint32_t pages;  /* length of the block, this header included */
    uint32_t thread; /* its thread (RAW_NODES, RAW_LEVELS), else 0 */
    uint32_t next;   /* for the writer alone */
    uint32_t reserved[12];
};
_Static_assert(sizeof(struct raw_block) == 64, "blocks keep their contents cache-aligned");

enum raw_thread_flags {
    RAW_THREAD_ENDED = 1,  /* the thread has ended; its open frames were closed then */
    RAW_THREAD_SIGNAL = 2, /* not a thread: the signal handlers that interrupted cprof's hooks in
                              thread `interrupts`; a tree of their own */
};

/* Whatever becomes of a call is counted once:
 *
 *   enters + carried = exits + popped + open + dropped + calls of the RAW_LOST node
 *   enters           = calls of all nodes + dropped
 *
 * where open is that field and what the levels of functions have open; but for torn, and for one
 * event of a thread that was in the middle of it when the process ended. */
struct raw_thread {
    /* Written by every hook. */
    uint64_t last;    /* ticks of the newest event */
    uint64_t enters;  /* enter events so far, recorded or dropped */
    uint64_t current; /* file offset of the node that runs: time since last belongs to it */
    uint64_t
        profile;    /* 0: the process's; else that of cprof.h's which the thread was recorded for */
    uint64_t exits; /* exit events that ended a call */
    uint64_t earlier; /* threads that had these records before, one after the other, and ended */
    uint64_t guessed_switches; /* to stacks of which only the mapping is known */
    uint64_t reserved;
    /* Rarely written. */
    uint32_t tid;
    uint32_t flags;      /* enum raw_thread_flags */
    uint32_t interrupts; /* RAW_THREAD_SIGNAL: the thread */
    uint32_t root;       /* node whose fn is RAW_ROOT: parent of what was called by nobody */
    char name[16];       /* the kernel's name of the thread */
    uint64_t started;    /* ticks */
    uint64_t ended;      /* ticks; 0: not yet */
    uint64_t carried;    /* frames that were open at fork, in a forked child */
    uint64_t popped;     /* frames that ended without an exit event (longjmp, exceptions, exit) */
    uint64_t orphans;    /* exit events without a frame; ignored */
    uint64_t dropped;    /* enter events without a frame, for want of memory */
    uint64_t unknown_slots; /* enter events whose return-address slot could not be told */
    uint64_t open;          /* frames open when the thread ended */
    uint64_t torn; /* hooks that a signal handler left by a jump: their call may count or not */
};
_Static_assert(sizeof(struct raw_thread) == 64 + 104, "raw_thread has no holes");

#define RAW_ROOT                                                                                   \
    1u /* fn of a thread's root node: no function, time outside of all calls. Nodes with           \
          the root's level are callers above: functions that were running when a profile           \
          was switched on, which have no calls and no time */
#define RAW_LOST 2u /* fn of a thread's node for calls that found no memory */

/* In raw_node.parent, whose number needs no more than 31 bits: the node was made past the cap for
   all contexts of its edge; the parent is that of the first one. */
#define RAW_NODE_SHARED 0x80000000u

/*
 * Bits 48 to 63 of raw_node.fn, which are 0 in addresses of user space. While a module is loaded
 * its functions' nodes have 0 there. When it has been unloaded they get its epoch, so that a
 * function of another module which is loaded at the same place later is not taken for one of them;
 * a module that is loaded there again, the same by its build-id, takes its nodes back.
 */
#define RAW_EPOCH_SHIFT 48
#define RAW_EPOCH_MOST  0xffffu
#define RAW_ADDRESS     ((UINT64_C(1) << RAW_EPOCH_SHIFT) - 1)

struct raw_node {
    uint64_t fn;      /* the function's address and RAW_EPOCH_SHIFT; published last, with a release
                         store */
    uint64_t calls;   /* enter events */
    uint64_t self;    /* ticks spent in it, callees excluded, hooks included */
    uint64_t min;     /* ticks of the shortest and the longest finished call, callees included; */
    uint64_t max;     /* min > max: none has finished yet */
    uint64_t inlined; /* of the calls, those that the compiler had inlined into their caller */
    uint32_t home;
    uint32_t fn_level;   /* the level of its function */
    uint32_t edge_level; /* the level of (caller function, function) */
    uint32_t parent;     /* a root's is itself; and RAW_NODE_SHARED */
};
_Static_assert(sizeof(struct raw_node) == 64, "one cache line, and the unit of node numbers");

/*
 * Level of a function, or of an edge, in one thread: how many of its calls are open, and what
 * cProfile calls recursive calls and cumulative time. For any node of that function or edge,
 *
 *   open calls            level
 *   primitive calls       (sum of calls) - recursive - (level > 1 ? level - 1 : 0)
 *   cumulative ticks      total, plus, if level > 0, the moment of the end (modulo 2^64)
 *   hook pairs inside     inside, plus, if level > 0, the thread's enters (modulo 2^64)
 *
 * because opening the outermost call subtracts the clock from total (and the thread's enters from
 * inside) and closing it adds them. recursive may be negative: frames that were open at fork are no
 * calls of the child.
 */
struct raw_level {
    uint64_t total;
    uint64_t inside;
    int64_t recursive;
    uint32_t level;
    uint32_t used; /* 1: in use */
};
_Static_assert(sizeof(struct raw_level) == 32, "the unit of level numbers");

struct raw_module {
    uint64_t start; /* address range of the mapping, end exclusive */
    uint64_t end;
    uint64_t bias;   /* address = bias + the ELF file's virtual address */
    uint64_t loaded; /* ticks when it was noticed */
    uint32_t id_size;
    uint32_t path_size;
    uint8_t id[RAW_ID_MAX]; /* build-id (NT_GNU_BUILD_ID) */
    uint64_t unloaded;      /* ticks when that was noticed; 0: not so */
    uint32_t epoch;         /* tells modules apart that were loaded at one place; from 1 on */
    uint32_t reserved;
    char path[]; /* path_size bytes, no terminator */
};

#endif
