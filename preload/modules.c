#include "preload/modules.h"
#include "preload/arena.h"
#include "preload/clock.h"
#include "preload/libc.h"
#include "preload/slots.h"
#include "preload/sys.h"
#include "preload/tree.h"
#include <elf.h>
#include <link.h>
#include <string.h>
#include <sys/auxv.h>

/*
 * What is recorded so far, private: a fault in the file cannot lead the hooks astray. It only
 * grows. Two threads may record one module at the same time; readers take the first record that
 * fits.
 */
struct known {
    const struct link_map *map; /* NULL: not filled in yet */
    uintptr_t start;
    uintptr_t end;
    struct raw_module *module;
    uint32_t epoch;
    bool gone;
};

#define MOST 4096u /* modules that are told apart; further ones are recorded again and again */

static struct known known[MOST];
static uint32_t count;
static uint32_t newest; /* the one that was asked for last: most questions are about one module */

static uint32_t number_known(void)
{
    uint32_t n = __atomic_load_n(&count, __ATOMIC_ACQUIRE);
    return n < MOST ? n : MOST;
}

static bool is_record_of(const struct known *k, const struct dl_find_object *object)
{
    return __atomic_load_n(&k->map, __ATOMIC_ACQUIRE) == object->dlfo_link_map &&
           k->start == (uintptr_t)object->dlfo_map_start &&
           k->end == (uintptr_t)object->dlfo_map_end &&
           !__atomic_load_n(&k->gone, __ATOMIC_ACQUIRE);
}

/* The record of a module that is loaded; NULL: none. */
static const struct known *find(const struct dl_find_object *object)
{
    uint32_t last = __atomic_load_n(&newest, __ATOMIC_RELAXED);
    if (is_record_of(&known[last], object))
        return &known[last];
    for (uint32_t i = number_known(); i-- > 0;)
        if (is_record_of(&known[i], object)) {
            __atomic_store_n(&newest, i, __ATOMIC_RELAXED);
            return &known[i];
        }
    return NULL;
}

static void remember(const struct dl_find_object *object, struct raw_module *module)
{
    uint32_t i = __atomic_fetch_add(&count, 1, __ATOMIC_RELAXED);
    if (i >= MOST)
        return;
    known[i].start = module->start;
    known[i].end = module->end;
    known[i].module = module;
    known[i].epoch = module->epoch;
    known[i].gone = false;
    __atomic_store_n(&known[i].map, object->dlfo_link_map, __ATOMIC_RELEASE);
}

void modules_reset(void)
{
    memset(known, 0, sizeof known);
    count = newest = 0;
}

/* The executable's link_map has no name; a library's may be relative to the current folder. */
static size_t write_path(char *path, size_t size, const char *name)
{
    if (*name == 0) {
        long n = sys4(SYS_readlinkat, AT_FDCWD, (long)"/proc/self/exe", (long)path, (long)size);
        if (!sys_failed(n))
            return (size_t)n;
        name = (const char *)getauxval(AT_EXECFN); /* no /proc: as it was started */
        if (name == NULL)
            return 0;
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

/* All but path and epoch. */
static struct raw_module describe(const struct dl_find_object *object)
{
    struct raw_module module = {.bias = object->dlfo_link_map->l_addr,
                                .start = (uintptr_t)object->dlfo_map_start,
                                .end = (uintptr_t)object->dlfo_map_end,
                                .loaded = clock_ticks()};
    read_headers(&module);
    return module;
}

/* ---- unloaded, and loaded again ---- */

/* The module of K is not loaded any more. */
static void retire(struct known *k)
{
    if (__atomic_exchange_n(&k->gone, true, __ATOMIC_ACQ_REL))
        return; /* another thread does it */
    k->module->unloaded = clock_ticks();
    tree_change_epoch(k->start, k->end, 0, k->epoch);
    slots_forget(k->start, k->end);
}

/* It is again. Two threads may do this at the same time. */
static void revive(struct known *k, const struct dl_find_object *object)
{
    tree_change_epoch(k->start, k->end, k->epoch, 0);
    k->module->unloaded = 0;
    __atomic_store_n(&k->map, object->dlfo_link_map, __ATOMIC_RELAXED);
    __atomic_store_n(&k->gone, false, __ATOMIC_RELEASE);
}

/* The path ends in the name by which the module was loaded. */
static bool is_same_file(const struct raw_module *old, const struct raw_module *new,
                         const char *name)
{
    size_t length = strlen(name);
    return new->id_size > 0 &&
           old->id_size == new->id_size &&memcmp(old->id, new->id, new->id_size) == 0 &&
           length <= old->path_size &&memcmp(old->path + old->path_size - length, name, length) ==
               0;
}

static bool is_same(const struct known *k, const struct raw_module *new, const char *name)
{
    return k->start == new->start && k->end == new->end &&
           k->module->bias == new->bias &&is_same_file(k->module, new, name);
}

/* Looks at what was loaded where MODULE is. Gives it the epoch that follows; true: it is one of
   them, with that one's. */
static bool was_known(struct raw_module *module, const struct dl_find_object *object)
{
    module->epoch = 1;
    for (struct known *k = known; k < known + number_known(); k++) {
        if (k->map == NULL || k->end <= module->start || module->end <= k->start)
            continue;
        bool is_record = is_record_of(k, object); /* another thread has just made it */
        if (!is_record)
            retire(k);
        if (is_record || is_same(k, module, object->dlfo_link_map->l_name)) {
            if (!is_record)
                revive(k, object);
            module->epoch = k->epoch;
            return true;
        }
        if (module->epoch <= k->epoch)
            module->epoch = k->epoch < RAW_EPOCH_MOST ? k->epoch + 1 : RAW_EPOCH_MOST;
    }
    return false;
}

void modules_unloaded(void)
{
    struct dl_find_object object;
    if (arena_base == NULL)
        return;
    for (struct known *k = known; k < known + number_known(); k++)
        if (k->map != NULL && !k->gone &&
            (_dl_find_object((void *)k->start, &object) != 0 || !is_record_of(k, &object)))
            retire(k);
}

/* ---- new ones ---- */

static uint32_t notice(const struct dl_find_object *object)
{
    struct raw_module module = describe(object);
    if (was_known(&module, object))
        return module.epoch;
    void *block = arena_block(RAW_MODULE, 2, 0);
    if (block == NULL) {
        __atomic_fetch_add(&arena_header()->lost_modules, 1, __ATOMIC_RELAXED);
        return module.epoch;
    }
    struct raw_module *record = arena_contents(block);
    size_t room = 2 * RAW_PAGE - sizeof(struct raw_block) - sizeof module;
    *record = module;
    record->path_size = (uint32_t)write_path(record->path, room, object->dlfo_link_map->l_name);
    remember(object, record);
    arena_header()->last = clock_anchor();
    return record->epoch;
}

uint64_t modules_identity(uint64_t address)
{
    struct dl_find_object object;
    if (address > RAW_ADDRESS || _dl_find_object((void *)address, &object) != 0 || is_own(&object))
        return address;
    const struct known *k = find(&object);
    uint64_t epoch = k != NULL ? k->epoch : notice(&object);
    return address | (epoch - 1) << RAW_EPOCH_SHIFT;
}
