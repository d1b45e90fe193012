#include "preload/snapshot.h"
#include "preload/arena.h"
#include "preload/clock.h"
#include "preload/config.h"
#include "preload/names.h"
#include "preload/overhead.h"
#include "preload/session.h"
#include "preload/sys.h"
#include <string.h>

static bool write_all(int fd, const void *bytes, size_t size, uint64_t offset)
{
    while (size > 0) {
        long n = sys4(SYS_pwrite64, fd, (long)bytes, (long)size, (long)offset);
        if (n <= 0)
            return false;
        bytes = (const char *)bytes + n;
        size -= (size_t)n;
        offset += (uint64_t)n;
    }
    return true;
}

static bool is_wanted(const struct raw_block *block, uint64_t profile)
{
    const struct raw_thread *thread = (const void *)(arena_base + (size_t)block->thread * 64);
    if (block->kind == RAW_THREAD)
        thread = (const void *)(block + 1);
    return block->kind == RAW_MODULE || thread->profile == profile;
}

/* The header as that of a process that ended just now; it takes its time from the moment of
   writing, so that a later file of the same name is the newer one. */
static void fill_header(struct raw_header *header, uint64_t profile, const char *name)
{
    *header = *arena_header();
    header->state = RAW_FINISHED;
    header->realtime_ns = clock_realtime();
    header->last = clock_anchor();
    header->session_pid = 0;
    header->session_start = header->session_random = 0;
    header->early_events = header->lost_threads = 0;
    header->profile = profile;
    memset(header->out_name, 0, sizeof header->out_name);
    memcpy(header->out_name, name, strlen(name));
    if (config.enabled)
        overhead_store_both(header);
}

static bool write_blocks(int fd, uint64_t profile, uint64_t *used)
{
    for (const struct raw_block *b = arena_next(NULL); b != NULL; b = arena_next(b)) {
        uint64_t offset = (uint64_t)((const char *)b - arena_base);
        size_t size = (size_t)b->pages * RAW_PAGE;
        if (!is_wanted(b, profile))
            continue;
        if (!write_all(fd, b, size, offset))
            return false;
        *used = offset + size;
    }
    return true;
}

static bool write_raw(int fd, uint64_t profile, const char *name)
{
    uint64_t used = RAW_PAGE;
    struct raw_header *header = sys_memory(RAW_PAGE);
    if (header == NULL)
        return false;
    bool written = write_blocks(fd, profile, &used);
    fill_header(header, profile, name);
    header->size = header->used = header->used_last = used;
    written = written && write_all(fd, header, RAW_PAGE, 0);
    sys_release(header, RAW_PAGE);
    return written;
}

/* The program may be elsewhere by the time the raw file is converted. Where FILE has no room behind
   it, FOLDER stays relative. */
static void add_working_folder(struct text *folder, const char *file)
{
    long n = sys2(SYS_getcwd, (long)folder->bytes, (long)(folder->size - 1));
    if (n <= 1 || folder->bytes[0] != '/' || (size_t)n + strlen(file) >= folder->size)
        return;
    folder->length = (size_t)n - 1;
    text_add(folder, "/");
}

/* FILE's folder, "." where it names none, to FOLDER. */
static bool split(const char *file, struct text *folder, const char **name)
{
    *name = names_base(file);
    if (*file != '/')
        add_working_folder(folder, file);
    if (*name == file)
        text_add(folder, ".");
    else
        text_add_bytes(folder, file, *name - file > 1 ? (size_t)(*name - file - 1) : 1);
    return !folder->overflow && **name != 0 && strlen(*name) < RAW_NAME_MAX - 64;
}

bool snapshot_save(uint64_t profile, const char *file, char *raw_path)
{
    char *buffer = sys_memory(PATH_MAX);
    struct text folder = {.bytes = buffer, .size = PATH_MAX};
    const char *name;
    int fd = -1;
    if (buffer != NULL && split(file, &folder, &name))
        fd = session_open_raw(buffer, name, raw_path, SNAPSHOT_PATH_SIZE);
    if (buffer != NULL)
        sys_release(buffer, PATH_MAX);
    if (fd < 0) {
        config_complain("no profile: cannot create a file for", file);
        return false;
    }
    bool written = write_raw(fd, profile, name);
    sys_close(fd);
    if (!written)
        sys1(SYS_unlink, (long)raw_path);
    written = written && session_name_raw(raw_path);
    if (!written)
        config_complain("no profile: cannot write", raw_path);
    return written;
}

int snapshot_in_memory(uint64_t profile)
{
    int fd = sys_memory_file();
    if (fd >= 0 && write_raw(fd, profile, "stdout.prof"))
        return fd;
    config_complain("no profile: no memory", "");
    if (fd >= 0)
        sys_close(fd);
    return -1;
}
