#include "preload/maps.h"
#include "preload/sys.h"
#include <linux/ioctl.h>
#include <sys/prctl.h>

#define BUFFER 4096u

/* PROCMAP_QUERY (Linux 6.11), which headers of older kernels do not have. */
struct query {
    uint64_t size, flags, address;
    uint64_t start, end, vma_flags, page_size, offset, inode;
    uint32_t dev_major, dev_minor;
    uint32_t name_size, build_id_size;
    uint64_t name, build_id;
};
#define QUERY _IOWR('f', 17, struct query)

static bool ask(int fd, uintptr_t address, uintptr_t *low, uintptr_t *high)
{
    struct query query = {.size = sizeof query, .address = address};
    if (sys3(SYS_ioctl, fd, (long)QUERY, (long)&query) != 0)
        return false;
    *low = query.start;
    *high = query.end;
    return true;
}

/* A line is "START-END ", in hex, and what does not matter here. */
struct line {
    uintptr_t numbers[2];
    unsigned number; /* that is being read; 2: the rest of the line */
};

/* Takes one more character; true: both numbers are there. */
static bool take(struct line *line, char c)
{
    if (c == '\n') {
        *line = (struct line){.number = 0};
    } else if (line->number < 2) {
        if (c == '-' || c == ' ')
            return ++line->number == 2;
        line->numbers[line->number] =
            line->numbers[line->number] << 4 | (uintptr_t)(c <= '9' ? c - '0' : c - 'a' + 10);
    }
    return false;
}

static bool read_through(int fd, uintptr_t address, uintptr_t *low, uintptr_t *high)
{
    char *buffer = sys_memory(BUFFER);
    struct line line = {.number = 0};
    bool found = false;
    long n;
    if (buffer == NULL)
        return false;
    while (!found && (n = sys_read(fd, buffer, BUFFER)) > 0)
        for (long i = 0; i < n && !found; i++)
            found = take(&line, buffer[i]) &&
                    address - line.numbers[0] < line.numbers[1] - line.numbers[0];
    sys_release(buffer, BUFFER);
    *low = line.numbers[0];
    *high = line.numbers[1];
    return found;
}

bool maps_find(uintptr_t address, uintptr_t *low, uintptr_t *high)
{
    if (sys1(SYS_prctl, PR_GET_SECCOMP) != 0)
        return false;
    int fd = sys_open("/proc/self/maps", O_RDONLY | O_CLOEXEC, 0);
    if (fd < 0)
        return false;
    bool found = ask(fd, address, low, high) || read_through(fd, address, low, high);
    sys_close(fd);
    return found;
}
