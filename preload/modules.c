#include "preload/modules.h"
#include "preload/arena.h"
#include "preload/clock.h"
#include "preload/sys.h"
#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <string.h>

/*
 * What is recorded so far, private: a fault in the file cannot lead the hooks astray. It only
 * grows. Two threads may record one module at the same time; readers take the first record that
 * fits.
 */
struct known {
    uintptr_t start;
    uintptr_t end;
    const struct link_map *map;
};

#define MOST 1024u /* modules that are told apart; further ones are recorded again and again */

static struct known known[MOST];
static uint32_t count;

static bool is_known(const struct dl_find_object *object)
{
    uint32_t n = __atomic_load_n(&count, __ATOMIC_ACQUIRE);
    for (uint32_t i = n < MOST ? n : MOST; i-- > 0;)
        if (known[i].map == object->dlfo_link_map &&
            known[i].start == (uintptr_t)object->dlfo_map_start &&
            known[i].end == (uintptr_t)object->dlfo_map_end)
            return true;
    return false;
}

static void remember(const struct dl_find_object *object)
{
    uint32_t i = __atomic_fetch_add(&count, 1, __ATOMIC_RELAXED);
    if (i < MOST)
        known[i] = (struct known){(uintptr_t)object->dlfo_map_start,
                                  (uintptr_t)object->dlfo_map_end, object->dlfo_link_map};
}

void modules_reset(void)
{
    memset(known, 0, sizeof known);
    count = 0;
}

/* The executable's link_map has no name; a library's may be relative to the current folder. */
static size_t write_path(char *path, size_t size, const char *name)
{
    if (*name == 0) {
        long n = sys4(SYS_readlinkat, AT_FDCWD, (long)"/proc/self/exe", (long)path, (long)size);
        return sys_failed(n) ? 0 : (size_t)n;
    }
    size_t prefix = 0;
    if (*name != '/') {
        long n = sys2(SYS_getcwd, (long)path, (long)size); /* counts the terminator */
        prefix = sys_failed(n) ? 0 : (size_t)n;
        if (prefix > 0)
            path[prefix - 1] = '/';
    }
    size_t length = strnlen(name, size - prefix);
    memcpy(path + prefix, name, length);
    return prefix + length;
}

/* The build-id among the notes of a PT_NOTE segment (ELF gABI, Note Section). */
static void find_build_id(struct raw_module *module, const char *notes, size_t size, size_t align)
{
    if (align < 4)
        align = 4;
    while (size >= sizeof(ElfW(Nhdr))) {
        const ElfW(Nhdr) *note = (const void *)notes;
        size_t contents = (sizeof *note + note->n_namesz + align - 1) & -align;
        size_t whole = contents + ((note->n_descsz + align - 1) & -align);
        if (whole > size)
            return;
        if (note->n_type == NT_GNU_BUILD_ID && note->n_namesz == 4 &&
            memcmp(notes + sizeof *note, "GNU", 4) == 0 && note->n_descsz <= RAW_ID_MAX) {
            module->id_size = note->n_descsz;
            memcpy(module->id, notes + contents, note->n_descsz);
            return;
        }
        notes += whole;
        size -= whole;
    }
}

/* The ELF header lies at the start of the first segment, with the program headers behind it. */
static void read_headers(struct raw_module *module)
{
    const char *start = (const char *)module->start;
    const ElfW(Ehdr) *elf = (const void *)start;
    if (memcmp(elf->e_ident, ELFMAG, SELFMAG) != 0 ||
        elf->e_phoff + elf->e_phnum * sizeof(ElfW(Phdr)) > RAW_PAGE)
        return;
    const ElfW(Phdr) *segment = (const void *)(start + elf->e_phoff);
    for (unsigned i = 0; i < elf->e_phnum && module->id_size == 0; i++, segment++) {
        uintptr_t at = module->bias + segment->p_vaddr;
        if (segment->p_type == PT_NOTE && at >= module->start &&
            segment->p_memsz <= module->end - at && at <= module->end)
            find_build_id(module, (const char *)at, segment->p_memsz, segment->p_align);
    }
}

/* This library: it calls its hooks itself to measure them. */
static bool is_own(const struct dl_find_object *object)
{
    uintptr_t own = (uintptr_t)known;
    return own >= (uintptr_t)object->dlfo_map_start && own < (uintptr_t)object->dlfo_map_end;
}

void modules_notice(uint64_t address)
{
    struct dl_find_object object;
    if (_dl_find_object((void *)address, &object) != 0 || is_own(&object) || is_known(&object))
        return;
    void *block = arena_block(RAW_MODULE, 2, 0);
    if (block == NULL) {
        __atomic_fetch_add(&arena_header()->lost_modules, 1, __ATOMIC_RELAXED);
        return;
    }
    struct raw_module *module = arena_contents(block);
    size_t room = 2 * RAW_PAGE - sizeof(struct raw_block) - sizeof *module;
    module->bias = object.dlfo_link_map->l_addr;
    module->start = (uintptr_t)object.dlfo_map_start;
    module->end = (uintptr_t)object.dlfo_map_end;
    module->loaded = clock_ticks();
    read_headers(module);
    module->path_size = (uint32_t)write_path(module->path, room, object.dlfo_link_map->l_name);
    remember(&object);
    arena_header()->last = clock_anchor();
}
