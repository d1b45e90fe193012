#include "preload/names.h"
#include "preload/sys.h"
#include <limits.h>
#include <string.h>

void text_add_bytes(struct text *t, const char *s, size_t length)
{
    if (t->overflow || length >= t->size - t->length) {
        t->overflow = true;
        return;
    }
    memcpy(t->bytes + t->length, s, length);
    t->length += length;
    t->bytes[t->length] = 0;
}

void text_add(struct text *t, const char *s)
{
    text_add_bytes(t, s, strlen(s));
}

void text_add_number(struct text *t, uint64_t value, unsigned base)
{
    char digits[24];
    size_t at = sizeof digits;
    do {
        digits[--at] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value != 0);
    text_add_bytes(t, digits + at, sizeof digits - at);
}

uint64_t text_read_number(const char **at, unsigned base)
{
    uint64_t value = 0;
    for (;; ++*at) {
        char c = **at;
        unsigned digit = c >= '0' && c <= '9'   ? (unsigned)(c - '0')
                         : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a' + 10)
                                                : 99;
        if (digit >= base)
            return value;
        value = value * base + digit;
    }
}

const char *names_base(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

static void add_program(struct text *t)
{
    static char path[PATH_MAX];
    long n = sys4(SYS_readlinkat, AT_FDCWD, (long)"/proc/self/exe", (long)path, sizeof path - 1);
    path[sys_failed(n) ? 0 : n] = 0;
    text_add(t, n > 0 ? names_base(path) : "program");
}

bool names_expand(const char *pattern, char *path, size_t size)
{
    struct text t = {.bytes = path, .size = size};
    for (const char *p = pattern; *p != 0; p++) {
        if (*p != '%')
            text_add_bytes(&t, p, 1);
        else if (*++p == 'p')
            text_add_number(&t, (uint64_t)sys_pid(), 10);
        else if (*p == 'n')
            add_program(&t);
        else if (*p == '%')
            text_add(&t, "%");
        else
            return false;
    }
    return !t.overflow;
}

bool names_has_pid(const char *pattern)
{
    for (const char *p = pattern; (p = strchr(p, '%')) != NULL && p[1] != 0; p += 2)
        if (p[1] == 'p')
            return true;
    return false;
}

bool names_variant(const char *base, unsigned variant, char *name, size_t size)
{
    struct text t = {.bytes = name, .size = size};
    const char *suffix = strrchr(base, '.');
    if (suffix == NULL || suffix == base)
        suffix = base + strlen(base);
    text_add_bytes(&t, base, (size_t)(suffix - base));
    if (variant >= 1) {
        text_add(&t, ".");
        text_add_number(&t, (uint64_t)sys_pid(), 10);
    }
    if (variant >= 2) {
        text_add(&t, ".");
        text_add_number(&t, variant, 10);
    }
    text_add(&t, suffix);
    return !t.overflow;
}

/* A process that has ended and waits for its parent to notice. One whose main thread alone has
   ended shows the same state, but more than one thread. */
static bool is_zombie(const char *state, const char *threads)
{
    return (*state == 'Z' || *state == 'X') && text_read_number(&threads, 10) <= 1;
}

uint64_t names_start_time(uint32_t pid)
{
    char path[40];
    char stat[1024];
    struct text t = {.bytes = path, .size = sizeof path};
    text_add(&t, "/proc/");
    text_add_number(&t, pid, 10);
    text_add(&t, "/stat");
    int fd = sys_open(path, O_RDONLY | O_CLOEXEC, 0);
    if (fd < 0)
        return 0;
    long n = sys_read(fd, stat, sizeof stat - 1);
    sys_close(fd);
    stat[n > 0 ? n : 0] = 0;
    const char *fields[23] = {0};
    const char *at = strrchr(stat, ')'); /* the name before it may hold anything */
    for (int field = 3; at != NULL && field <= 22; field++) {
        at = strchr(at + 1, ' ');
        fields[field] = at == NULL ? NULL : at + 1;
    }
    if (at == NULL || is_zombie(fields[3], fields[20]))
        return 0;
    return text_read_number(&fields[22], 10);
}
