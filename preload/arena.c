#include "preload/arena.h"
#include "preload/sys.h"
#include <errno.h>
#include <string.h>
#include <sys/resource.h>

#define SMALLEST (64u * RAW_PAGE) /* an arena below this would hold next to nothing */

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

/* ftruncate beyond RLIMIT_FSIZE is answered with SIGXFSZ; and of limited address space the program
   needs the most. */
static size_t within_limits(size_t size)
{
    uint64_t file = limit_of(RLIMIT_FSIZE);
    uint64_t space = limit_of(RLIMIT_AS) / 8;
    uint64_t least = file < space ? file : space;
    return whole_pages(least < size ? least : size);
}

/* Makes pages present, disk space included; a plain store would die of SIGBUS on a full disk. */
static bool populate(void *p, size_t size)
{
    return sys3(SYS_madvise, (long)p, (long)size, MADV_POPULATE_WRITE) == 0;
}

/* Kernels before 5.14 cannot populate: take the disk space now, and no more than is likely to be
   needed. */
static size_t reserve(int fd, size_t size)
{
    if (size > 64u << 20)
        size = 64u << 20;
    return sys4(SYS_fallocate, fd, 0, 0, (long)size) == 0 ? size : 0;
}

static bool can_populate = true;
static bool full; /* the disk: a later try would only find it full again */

/* The largest mapping up to SIZE bytes that the process and the filesystem allow; its size, or 0.
 */
static size_t map(int fd, size_t size, void **base)
{
    int flags = fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE : MAP_SHARED;
    for (; size >= SMALLEST; size = whole_pages(size / 2)) {
        long p = arch_syscall(SYS_mmap, 0, (long)size, PROT_READ | PROT_WRITE, flags, fd, 0);
        if (sys_failed(p) && p != -ENOMEM)
            return 0;
        if (sys_failed(p))
            continue;
        *base = (void *)p;
        if (fd < 0)
            return size;
        long error = sys2(SYS_ftruncate, fd, (long)size);
        if (error == 0)
            return size;
        sys_release(*base, size);
        if (error != -EFBIG)
            return 0;
    }
    return 0;
}

bool arena_map(int fd, size_t size)
{
    void *base = NULL;
    size = map(fd, within_limits(size), &base);
    if (size == 0)
        return false;
    size_t usable = size;
    long error = sys3(SYS_madvise, (long)base, RAW_PAGE, MADV_POPULATE_WRITE);
    can_populate = error != -EINVAL;
    if (!can_populate && fd >= 0)
        usable = reserve(fd, size);
    if ((can_populate && error != 0) || usable < SMALLEST) {
        sys_release(base, size);
        return false;
    }
    struct raw_header *header = base;
    memcpy(header->magic, RAW_MAGIC, sizeof header->magic);
    header->version = RAW_VERSION;
    header->state = RAW_LIVE;
    header->size = usable;
    header->used = RAW_PAGE;
    arena_base = base;
    arena_size = size;
    full = false;
    return true;
}

void *arena_block(enum raw_kind kind, uint32_t pages, uint32_t thread)
{
    struct raw_header *header = arena_header();
    uint64_t bytes = (uint64_t)pages * RAW_PAGE;
    uint64_t at = __atomic_load_n(&header->used, __ATOMIC_RELAXED);
    do {
        if (full || at > header->size || bytes > header->size - at)
            return NULL;
    } while (!__atomic_compare_exchange_n(&header->used, &at, at + bytes, true, __ATOMIC_RELAXED,
                                          __ATOMIC_RELAXED));
    struct raw_block *block = (struct raw_block *)(arena_base + at);
    if (can_populate && !populate(block, bytes)) {
        full = true;
        return NULL;
    }
    block->pages = pages;
    block->thread = thread;
    __atomic_store_n(&block->kind, (uint32_t)kind, __ATOMIC_RELEASE);
    return block;
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
        if (__atomic_load_n(&block->kind, __ATOMIC_ACQUIRE) != 0)
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
