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

/* ftruncate beyond RLIMIT_FSIZE is answered with SIGXFSZ. */
static size_t within_file_limit(size_t size)
{
    struct rlimit limit;
    if (sys2(SYS_getrlimit, RLIMIT_FSIZE, (long)&limit) == 0 && limit.rlim_cur < size)
        size = limit.rlim_cur;
    return size & ~(size_t)(RAW_PAGE - 1);
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

bool arena_map(int fd, size_t size)
{
    long p = -ENOMEM;
    size = within_file_limit(size);
    for (; size >= SMALLEST; size = size / 2 & ~(size_t)(RAW_PAGE - 1)) {
        p = arch_syscall(SYS_mmap, 0, (long)size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        if (p != -ENOMEM)
            break;
    }
    if (size < SMALLEST || sys_failed(p))
        return false;
    void *base = (void *)p;
    if (sys2(SYS_ftruncate, fd, (long)size) != 0) {
        sys_release(base, size);
        return false;
    }
    size_t usable = size;
    long error = sys3(SYS_madvise, p, RAW_PAGE, MADV_POPULATE_WRITE);
    can_populate = error != -EINVAL;
    if (!can_populate)
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
    return true;
}

void *arena_block(enum raw_kind kind, uint32_t pages, uint32_t thread)
{
    struct raw_header *header = arena_header();
    uint64_t bytes = (uint64_t)pages * RAW_PAGE;
    uint64_t at = __atomic_load_n(&header->used, __ATOMIC_RELAXED);
    do {
        if (at > header->size || bytes > header->size - at)
            return NULL;
    } while (!__atomic_compare_exchange_n(&header->used, &at, at + bytes, true, __ATOMIC_RELAXED,
                                          __ATOMIC_RELAXED));
    struct raw_block *block = (struct raw_block *)(arena_base + at);
    if (can_populate && !populate(block, bytes)) {
        header->size = at; /* the disk is full: a later try would only find it full again */
        return NULL;
    }
    block->pages = pages;
    block->thread = thread;
    __atomic_store_n(&block->kind, (uint32_t)kind, __ATOMIC_RELEASE);
    return block;
}

uint64_t arena_close(void)
{
    struct raw_header *header = arena_header();
    uint64_t used = __atomic_fetch_add(&header->used, CLOSED, __ATOMIC_RELAXED);
    header->used_last = used;
    return used;
}
