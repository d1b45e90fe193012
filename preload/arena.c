#include "preload/arena.h"
#include "preload/sys.h"
#include <errno.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/resource.h>

#define SMALLEST     (64u * RAW_PAGE)   /* an arena below this would hold next to nothing */
#define LARGEST_STEP ((size_t)16 << 20) /* bytes that the mapping grows by at a time */

/* Added to `used` by arena_close: beyond any size, and far from wrapping around. */
#define CLOSED (UINT64_C(1) << 62)

char *arena_base;
size_t arena_size;

static uint64_t limit_of(int resource)
{
    struct rlimit limit;
    bool known = sys2(SYS_getrlimit, resource, (long)&limit) == 0;
    return known && limit.rlim_cur != RLIM_INFINITY ? limit.rlim_cur : UINT64_MAX;
}

static size_t whole_pages(uint64_t size)
{
    return size & ~(uint64_t)(RAW_PAGE - 1);
}

/* ftruncate beyond RLIMIT_FSIZE is answered with SIGXFSZ. */
static size_t within_file_limit(size_t size)
{
    uint64_t limit = limit_of(RLIMIT_FSIZE);
    return whole_pages(limit < size ? limit : size);
}

/* Of limited address space the program needs the most. */
static size_t within_space_limit(size_t size)
{
    uint64_t limit = limit_of(RLIMIT_AS) / 8;
    return whole_pages(limit < size ? limit : size);
}

/* ---- the mapping ---- */

static bool can_populate = true;
static bool full;           /* the disk: a later try would only find it full again */
static uint32_t is_growing; /* 1: a thread is at it */

/* On btrfs a store may fail for want of space even into a page that is present, unless the file is
   written in place. Only an empty file can be made so; other filesystems refuse or ignore it. */
static void write_in_place(int fd)
{
    int flags = 0;
    if (sys3(SYS_ioctl, fd, FS_IOC_GETFLAGS, (long)&flags) != 0)
        return;
    flags |= FS_NOCOW_FL;
    sys3(SYS_ioctl, fd, FS_IOC_SETFLAGS, (long)&flags);
}

/* Where nothing else is on x86-64, neither kernel nor sanitizers, and so where a mapping can grow;
   as random as the address of this library. In a forked child the parent's arena is there. */
static uintptr_t wanted_address(void)
{
    uintptr_t address =
        (UINT64_C(0x4000) << 32) + ((uintptr_t)&arena_base & UINT64_C(0xffffffff000));
    return arena_base == (char *)address ? address + (UINT64_C(64) << 32) : address;
}

/* Maps the first SIZE bytes; after mlockall the mapping would count as locked, and could not grow
   where that is limited. NULL: impossible. */
static char *map(int fd, size_t size)
{
    int flags = fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE : MAP_SHARED;
    long p =
        sys6(SYS_mmap, (long)wanted_address(), (long)size, PROT_READ | PROT_WRITE, flags, fd, 0);
    if (sys_failed(p))
        return NULL;
    sys2(SYS_munlock, p, (long)size);
    return (char *)p;
}

/* The arena takes address space as it needs it: what is mapped counts for limits that the program
   sets itself, and mlockall makes all of it resident. False: no room for END bytes. */
static bool grow(size_t end)
{
    size_t step = arena_size < LARGEST_STEP ? arena_size : LARGEST_STEP;
    size_t size = arena_size + step > end ? arena_size + step : end;
    if (size > arena_header()->size)
        size = arena_header()->size;
    for (size = within_space_limit(size); size >= end; size = end) {
        if (!sys_failed(
                sys6(SYS_mremap, (long)arena_base, (long)arena_size, (long)size, 0, 0, 0))) {
            __atomic_store_n(&arena_size, size, __ATOMIC_RELEASE);
            return true;
        }
        if (size == end)
            break;
    }
    return false;
}

/* Whether the first END bytes are mapped, after growing where they were not. The thread that is at
   it is waited for, but not for ever: it may have less priority than this one. */
static bool is_mapped(size_t end)
{
    bool mapped = __atomic_load_n(&arena_size, __ATOMIC_ACQUIRE) >= end;
    for (int i = 0; !mapped && i < 1000; i++) {
        uint64_t signals = sys_block_signals();
        bool mine = __atomic_exchange_n(&is_growing, 1, __ATOMIC_ACQUIRE) == 0;
        if (mine) {
            mapped = arena_size >= end || grow(end);
            __atomic_store_n(&is_growing, 0, __ATOMIC_RELEASE);
        }
        sys_set_signals(signals);
        if (mine)
            return mapped;
        sys0(SYS_sched_yield);
        mapped = __atomic_load_n(&arena_size, __ATOMIC_ACQUIRE) >= end;
    }
    return mapped;
}

/* Makes pages present, disk space included; a plain store would die of SIGBUS on a full disk. */
static long populate(void *p, size_t size)
{
    return sys3(SYS_madvise, (long)p, (long)size, MADV_POPULATE_WRITE);
}

/* Kernels before 5.14 cannot populate: take the disk space now, and no more than is likely to be
   needed. */
static size_t reserve(int fd, size_t size)
{
    if (size > 64u << 20)
        size = 64u << 20;
    return sys4(SYS_fallocate, fd, 0, 0, (long)size) == 0 ? size : 0;
}

/* Gives the empty file FD as many bytes as it may have, up to SIZE; 0: none. */
static size_t extend(int fd, size_t size)
{
    write_in_place(fd);
    for (size = within_file_limit(size); size >= SMALLEST; size = whole_pages(size / 2)) {
        long error = sys2(SYS_ftruncate, fd, (long)size);
        if (error == 0)
            return size;
        if (error != -EFBIG)
            return 0;
    }
    return 0;
}

/* Makes the header of MAPPED present, and says how much of SIZE can be used: 0, or at least
   SMALLEST. */
static size_t usable(int fd, char *mapped, size_t size)
{
    long error = populate(mapped, RAW_PAGE);
    can_populate = error != -EINVAL;
    if (can_populate)
        return error == 0 ? size : 0;
    size = fd >= 0 ? reserve(fd, size) : size;
    return size >= SMALLEST ? size : 0;
}

bool arena_map(int fd, size_t size)
{
    size_t file = fd < 0 ? size : extend(fd, size);
    char *mapped = file == 0 ? NULL : map(fd, SMALLEST);
    if (mapped == NULL)
        return false;
    file = usable(fd, mapped, file);
    if (file == 0) {
        sys_release(mapped, SMALLEST);
        return false;
    }
    struct raw_header *header = (void *)mapped;
    memcpy(header->magic, RAW_MAGIC, sizeof header->magic);
    header->version = RAW_VERSION;
    header->state = RAW_LIVE;
    header->size = file;
    header->used = RAW_PAGE;
    arena_base = mapped;
    arena_size = SMALLEST;
    full = false;
    is_growing = 0;
    return true;
}

/* ---- blocks ---- */

void *arena_block(enum raw_kind kind, uint32_t pages, uint32_t thread)
{
    struct raw_header *header = arena_header();
    uint64_t bytes = (uint64_t)pages * RAW_PAGE;
    uint64_t at = __atomic_load_n(&header->used, __ATOMIC_RELAXED);
    do {
        if (full || at > header->size || bytes > header->size - at || !is_mapped(at + bytes))
            return NULL;
    } while (!__atomic_compare_exchange_n(&header->used, &at, at + bytes, true, __ATOMIC_RELAXED,
                                          __ATOMIC_RELAXED));
    struct raw_block *block = (struct raw_block *)(arena_base + at);
    if (can_populate && populate(block, bytes) != 0) {
        full = true;
        return NULL;
    }
    block->pages = pages;
    block->thread = thread;
    __atomic_store_n(&block->kind, (uint32_t)kind, __ATOMIC_RELEASE);
    return block;
}

/* What was taken and found no disk space is not there; reading it could be a SIGBUS, too. */
static bool is_present(void *page)
{
    return !full || sys3(SYS_madvise, (long)page, RAW_PAGE, MADV_POPULATE_READ) == 0;
}

/* Whether FD is the file that is mapped. */
static bool is_own_file(int fd)
{
    const size_t first = offsetof(struct raw_header, pid);
    const size_t size = offsetof(struct raw_header, clock) - first; /* what never changes */
    char process[offsetof(struct raw_header, clock)];
    return sys4(SYS_pread64, fd, (long)process, (long)size, (long)first) == (long)size &&
           memcmp(process, arena_base + first, size) == 0;
}

static bool map_privately(const char *path)
{
    long mapped = -ENOENT;
    int fd = sys_open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0);
    if (fd < 0)
        return false;
    if (is_own_file(fd))
        mapped = sys6(SYS_mmap, (long)arena_base, (long)arena_size, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_FIXED | MAP_NORESERVE, fd, 0);
    sys_close(fd);
    return !sys_failed(mapped);
}

static bool copy_privately(void)
{
    uint64_t used = __atomic_load_n(&arena_header()->used, __ATOMIC_RELAXED) & (CLOSED - 1);
    void *copy = sys_memory(arena_size);
    if (copy == NULL)
        return false;
    memcpy(copy, arena_base, used < arena_size ? used : arena_size);
    return !sys_failed(sys6(SYS_mremap, (long)copy, (long)arena_size, (long)arena_size,
                            MREMAP_MAYMOVE | MREMAP_FIXED, (long)arena_base, 0));
}

bool arena_leave_to_parent(const char *path, bool at_any_cost)
{
    static uint32_t done_in;
    uint32_t pid = (uint32_t)sys_pid();
    if (*path != 0 && done_in != pid && (map_privately(path) || (at_any_cost && copy_privately())))
        done_in = pid;
    return *path == 0 || done_in == pid;
}

struct raw_block *arena_next(const struct raw_block *b)
{
    const struct raw_header *header = arena_header();
    uint64_t used = __atomic_load_n(&header->used, __ATOMIC_RELAXED) & (CLOSED - 1);
    uint64_t at = b == NULL
                      ? RAW_PAGE
                      : (uint64_t)((const char *)b - arena_base) + (uint64_t)b->pages * RAW_PAGE;
    for (; at < used; at += RAW_PAGE) {
        struct raw_block *block = (void *)(arena_base + at);
        if (is_present(block) && __atomic_load_n(&block->kind, __ATOMIC_ACQUIRE) != 0)
            return block;
    }
    return NULL;
}

uint64_t arena_close(void)
{
    struct raw_header *header = arena_header();
    uint64_t used = __atomic_fetch_add(&header->used, CLOSED, __ATOMIC_RELAXED);
    header->used_last = used;
    return used;
}
