#include "preload/session.h"
#include "preload/arena.h"
#include "preload/clock.h"
#include "preload/config.h"
#include "preload/names.h"
#include "preload/sys.h"
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

struct session session;

static char raw_path[PATH_MAX + 64];
static char folder[PATH_MAX];
static char base[RAW_NAME_MAX]; /* name of the profile, nothing added to it */
static bool founded;

/* ---- the session ---- */

/* CPROF_OUT made absolute, by a folder of *ADDED bytes before it; a % in that is only itself. */
static bool absolute_out(char *out, size_t size, size_t *added)
{
    struct text t = {.bytes = out, .size = size};
    if (config.out[0] != '/') {
        char cwd[PATH_MAX];
        if (sys_failed(sys2(SYS_getcwd, (long)cwd, sizeof cwd)))
            return false;
        for (const char *c = cwd; *c != 0; c++)
            text_add_bytes(&t, *c == '%' ? "%%" : c, *c == '%' ? 2 : 1);
        text_add(&t, "/");
    }
    *added = t.length;
    text_add(&t, config.out);
    return !t.overflow;
}

static bool join(const char *text)
{
    if (text == NULL)
        return false;
    session.root_pid = (uint32_t)text_read_number(&text, 10);
    if (*text++ != ':')
        return false;
    session.root_start = text_read_number(&text, 10);
    if (*text++ != ':')
        return false;
    session.random = text_read_number(&text, 16);
    if (*text++ != ':')
        return false;
    session.out_added = text_read_number(&text, 10);
    if (*text++ != ':' || *text != '/' || strlen(text) >= PATH_MAX)
        return false;
    /* It is ours only if CPROF_OUT says here what it said there. */
    if (session.out_added >= strlen(text) || strcmp(text + session.out_added, config.out) != 0)
        return false;
    strcpy(session.out, text);
    return true;
}

static uint64_t random_number(void)
{
    uint64_t value;
    if (sys3(SYS_getrandom, (long)&value, sizeof value, GRND_NONBLOCK) != sizeof value)
        value = clock_ticks() * UINT64_C(0x9E3779B97F4A7C15);
    return value;
}

bool session_join(void)
{
    static bool joined;
    if (joined)
        return true;
    if (!join(config_variable("CPROF_SESSION"))) {
        if (!absolute_out(session.out, sizeof session.out, &session.out_added))
            return false;
        session.root_pid = (uint32_t)sys_pid();
        session.root_start = names_start_time(session.root_pid);
        session.random = random_number();
        founded = true;
    }
    joined = true;
    return true;
}

/* LD_PRELOAD's entries are separated by spaces or colons. */
static void make_preload_absolute(void)
{
    static char buffer[2 * PATH_MAX];
    struct text t = {.bytes = buffer, .size = sizeof buffer};
    const char *preload = getenv("LD_PRELOAD");
    char cwd[PATH_MAX];
    if (preload == NULL || sys_failed(sys2(SYS_getcwd, (long)cwd, sizeof cwd)) ||
        strpbrk(cwd, " :") != NULL)
        return; /* an absolute path would fall apart there */
    while (*preload != 0) {
        size_t length = strcspn(preload, " :");
        if (*preload != '/' && memchr(preload, '/', length) != NULL) {
            text_add(&t, cwd);
            text_add(&t, "/");
        }
        text_add_bytes(&t, preload, length);
        preload += length;
        text_add_bytes(&t, preload, strspn(preload, " :"));
        preload += strspn(preload, " :");
    }
    if (!t.overflow)
        setenv("LD_PRELOAD", buffer, 1);
}

void session_add_id(struct text *t)
{
    text_add_number(t, session.root_pid, 10);
    text_add(t, ":");
    text_add_number(t, session.root_start, 10);
    text_add(t, ":");
    text_add_number(t, session.random, 16);
}

void session_announce(void)
{
    if (!founded)
        return;
    static char buffer[PATH_MAX + 100];
    struct text t = {.bytes = buffer, .size = sizeof buffer};
    session_add_id(&t);
    text_add(&t, ":");
    text_add_number(&t, session.out_added, 10);
    text_add(&t, ":");
    text_add(&t, session.out);
    if (!t.overflow)
        setenv("CPROF_SESSION", buffer, 1);
    make_preload_absolute();
}

/* By its start, too: another process may have got the number since, or have it in a container. */
static bool is_root(uint64_t start_time)
{
    return start_time == session.root_start || start_time == 0; /* 0: no /proc here */
}

bool session_is_root(void)
{
    uint32_t pid = (uint32_t)sys_pid();
    return session.root_pid == pid && is_root(names_start_time(pid));
}

bool session_root_converts(void)
{
    const char *percent = strchr(session.out, '%');
    bool one_folder = percent == NULL || strchr(percent, '/') == NULL;
    return one_folder && sys2(SYS_kill, session.root_pid, 0) == 0 &&
           names_start_time(session.root_pid) == session.root_start;
}

/* ---- raw files in the folder ---- */

struct dirent_header {
    uint64_t inode;
    int64_t offset;
    uint16_t length;
    uint8_t type;
    char name[];
};

static bool read_header(int dir, const char *name, struct raw_header *header)
{
    size_t length = strlen(name);
    if (length < sizeof RAW_SUFFIX || strcmp(name + length - strlen(RAW_SUFFIX), RAW_SUFFIX) != 0)
        return false;
    int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
    int fd = (int)sys4(SYS_openat, dir, (long)name, flags, 0);
    if (fd < 0)
        return false;
    long n = sys_read(fd, header, sizeof *header);
    sys_close(fd);
    return n == sizeof *header && memcmp(header->magic, RAW_MAGIC, 8) == 0 &&
           header->version == RAW_VERSION;
}

/* Whether TEST holds for any raw file in the folder whose name begins so, but this process's own.
 */
static bool any_raw_file(const char *beginning, bool (*test)(const struct raw_header *))
{
    static char entries[8192];
    static struct raw_header header;
    bool found = false;
    int dir = sys_open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
    if (dir < 0)
        return false;
    long n;
    while (!found && (n = sys3(SYS_getdents64, dir, (long)entries, sizeof entries)) > 0) {
        const struct dirent_header *entry;
        for (long at = 0; !found && at < n; at += entry->length) {
            entry = (const void *)(entries + at);
            found = strncmp(entry->name, beginning, strlen(beginning)) == 0 &&
                    strcmp(entry->name, names_base(raw_path)) != 0 &&
                    read_header(dir, entry->name, &header) && test(&header);
        }
    }
    sys_close(dir);
    return found;
}

static bool is_of_session(const struct raw_header *h)
{
    return h->session_pid == session.root_pid && h->session_start == session.root_start &&
           h->session_random == session.random;
}

static bool is_live(const struct raw_header *other)
{
    return other->state == RAW_LIVE && names_start_time(other->pid) == other->start_time;
}

static bool has_our_name(const struct raw_header *other)
{
    const char *own = arena_header()->out_name;
    return strncmp(other->out_name, own, RAW_NAME_MAX) == 0;
}

/* It has its name, but not its time yet: whether it or we were first is not decided. */
static bool is_undecided(const struct raw_header *other)
{
    return has_our_name(other) && other->realtime_ns == 0 && is_live(other);
}

/* An earlier image of this process has the name; or a live process of another session was there
   first. */
static bool has_priority(const struct raw_header *other)
{
    const struct raw_header *own = arena_header();
    if (!has_our_name(other))
        return false;
    if (is_of_session(other))
        return true;
    bool earlier = other->realtime_ns != own->realtime_ns ? other->realtime_ns < own->realtime_ns
                                                          : other->pid < own->pid;
    return earlier && is_live(other);
}

/* ---- this process's raw file ---- */

static bool find_folder(void)
{
    static char path[PATH_MAX];
    if (!names_expand(session.out, path, sizeof path))
        return false;
    const char *name = names_base(path);
    size_t length = strlen(name);
    if (length == 0 || length > RAW_NAME_MAX - 64)
        return false;
    strcpy(base, name);
    size_t size = (size_t)(name - path);
    memcpy(folder, path, size);
    folder[size > 1 ? size - 1 : size] = 0;
    return true;
}

/* A device or a pipe does not become a profile, and its folder is no place for a raw file. */
static bool may_become_profile(void)
{
    static char path[PATH_MAX];
    struct stat st;
    struct text t = {.bytes = path, .size = sizeof path};
    text_add(&t, folder);
    text_add(&t, "/");
    text_add(&t, base);
    long error = sys4(SYS_newfstatat, AT_FDCWD, (long)path, (long)&st, AT_SYMLINK_NOFOLLOW);
    return error != 0 || S_ISREG(st.st_mode) || S_ISDIR(st.st_mode) || S_ISLNK(st.st_mode);
}

int session_open_raw(const char *in, const char *name, char *path, size_t size)
{
    struct text t = {.bytes = path, .size = size};
    text_add(&t, in);
    text_add(&t, "/");
    text_add(&t, name);
    text_add(&t, ".");
    text_add_number(&t, (uint64_t)sys_pid(), 10);
    text_add(&t, ".");
    text_add_number(&t, random_number() & 0xffffffff, 16);
    text_add(&t, RAW_SUFFIX ".new");
    if (t.overflow)
        return -1;
    return sys_open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
}

/* Not on the stack, which may be a handler's of 8 KiB. */
bool session_name_raw(char *path)
{
    size_t size = strlen(path) + 1;
    char *new_path = sys_memory(size);
    if (new_path == NULL) {
        sys1(SYS_unlink, (long)path);
        return false;
    }
    memcpy(new_path, path, size);
    path[size - sizeof ".new"] = 0;
    bool named = sys2(SYS_rename, (long)new_path, (long)path) == 0;
    if (!named)
        sys1(SYS_unlink, (long)new_path);
    sys_release(new_path, size);
    return named;
}

static void read_command(struct raw_header *header)
{
    int fd = sys_open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC, 0);
    if (fd < 0)
        return;
    long n = sys_read(fd, header->command, sizeof header->command);
    sys_close(fd);
    header->command_size = n > 0 ? (uint32_t)n : 0;
}

/* The inode of the namespace that pids count in, which is what tells one container from another. */
static uint32_t pid_namespace(void)
{
    struct stat st;
    if (sys4(SYS_newfstatat, AT_FDCWD, (long)"/proc/self/ns/pid", (long)&st, 0) != 0)
        return 0;
    return (uint32_t)st.st_ino;
}

static void fill_header(void)
{
    struct raw_header *header = arena_header();
    header->pid = (uint32_t)sys_pid();
    header->parent_pid = (uint32_t)sys0(SYS_getppid);
    header->start_time = names_start_time(header->pid);
    header->pid_namespace = pid_namespace();
    header->session_pid = session.root_pid;
    header->session_start = session.root_start;
    header->session_random = session.random;
    header->max_nodes = config.max_nodes;
    read_command(header);
}

/*
 * Lamport's bakery, with files: the raw file gets its name, then its time, then looks at the
 * others, and waits for those that have a name but no time yet. So of two that begin at once, each
 * sees the other and its time, and one yields. But for the time the header is whole before the file
 * has a name on which others rely.
 */
static bool choose_name(void)
{
    struct raw_header *header = arena_header();
    unsigned variant = session_is_root() || names_has_pid(session.out) ? 0 : 1;
    static char own[RAW_NAME_MAX + 32]; /* what raw files of the same name begin with */
    struct text t = {.bytes = own, .size = sizeof own};

    names_variant(base, variant, header->out_name, sizeof header->out_name);
    if (!session_name_raw(raw_path))
        return false;
    __atomic_store_n(&header->realtime_ns, clock_realtime(), __ATOMIC_SEQ_CST);

    text_add(&t, base);
    text_add(&t, ".");
    if (variant > 0) {
        text_add_number(&t, header->pid, 10);
        text_add(&t, ".");
    }
    struct timespec moment = {.tv_nsec = 200000};
    for (int i = 0; i < 500 && any_raw_file(own, is_undecided); i++)
        sys2(SYS_nanosleep, (long)&moment, 0);
    while (any_raw_file(own, has_priority))
        names_variant(base, ++variant, header->out_name, sizeof header->out_name);
    return true;
}

/* 64 bytes a node, as much again for levels, and 512 MiB for threads and modules. */
static size_t largest_arena(void)
{
    uint64_t nodes = config.max_nodes < UINT64_C(1) << 28 ? config.max_nodes : UINT64_C(1) << 28;
    return (size_t)(nodes * 128 + (UINT64_C(512) << 20));
}

bool session_create_private(void)
{
    *raw_path = 0;
    if (!arena_map(-1, largest_arena())) {
        config_complain("no profile: no memory", "");
        return false;
    }
    fill_header();
    return true;
}

bool session_create_raw(void)
{
    if (!find_folder()) {
        config_complain("CPROF_OUT is no file name:", session.out);
        return false;
    }
    if (!may_become_profile()) {
        config_complain("no profile: CPROF_OUT is a device or a pipe:", session.out);
        return false;
    }
    int fd = session_open_raw(folder, base, raw_path, sizeof raw_path);
    if (fd < 0) {
        config_complain("no profile: cannot create a file in", folder);
        *raw_path = 0;
        return false;
    }
    bool mapped = arena_map(fd, largest_arena());
    sys_close(fd);
    if (!mapped) {
        config_complain("no profile: no memory or disk space for", raw_path);
        sys1(SYS_unlink, (long)raw_path);
        *raw_path = 0;
        return false;
    }
    fill_header();
    if (choose_name())
        return true;
    config_complain("no profile: cannot name", raw_path);
    *raw_path = 0;
    return false;
}

bool session_has_files(void)
{
    return (*folder != 0 || find_folder()) && any_raw_file("", is_of_session);
}

const char *session_raw_path(void)
{
    return raw_path;
}

const char *session_folder(void)
{
    return folder;
}
