#include "symbolize/module.h"

#include <elfutils/libdwelf.h>
#include <elfutils/libdwfl.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "symbolize/dwarf.h"
#include "symbolize/files.h"
#include "symbolize/memory.h"

#define DEBUG_FOLDER "/usr/lib/debug"
#define ZSTD         2 /* ch_type; elf.h of 2022 does not know it */

/* ---- opening ---- */

static char *folder_of(const char *path)
{
    char *copy = memory_text("%s", path), *folder = memory_text("%s", dirname(copy));
    free(copy);
    return folder;
}

/* The standard one, but for names of what is no regular file. */
static int find_debuginfo(Dwfl_Module *module, void **user, const char *name, Dwarf_Addr base,
                          const char *file, const char *link, GElf_Word crc, char **found)
{
    char *folder = folder_of(file), *beside = memory_text("%s/.debug", folder),
         *elsewhere = memory_text(DEBUG_FOLDER "%s", folder);
    const char *const folders[] = {folder, beside, elsewhere, DEBUG_FOLDER};
    bool may = !link || files_may_be_opened(link, folders, 4);
    free(folder);
    free(beside);
    free(elsewhere);
    return may ? dwfl_standard_find_debuginfo(module, user, name, base, file, link, crc, found)
               : -1;
}

static const Dwfl_Callbacks callbacks = {
    .find_debuginfo = find_debuginfo,
    .section_address = dwfl_offline_section_address,
};

static bool has_id(struct module *m, const struct job *job)
{
    const unsigned char *id;
    GElf_Addr address;
    int size = dwfl_module_build_id(m->elf, &id, &address);
    if (size <= 0)
        return job->id_size == 0;
    return (uint32_t)size == job->id_size && memcmp(id, job->id, job->id_size) == 0;
}

void module_open(struct module *m, const struct job *job)
{
    GElf_Addr bias;
    int fd = files_open(job->path);
    *m = (struct module){.state = PROFILE_MODULE_MISSING};
    if (fd < 0)
        return;
    m->dwfl = dwfl_begin(&callbacks);
    m->elf = m->dwfl ? dwfl_report_offline(m->dwfl, "", job->path, fd) : NULL;
    if (!m->elf)
        close(fd);
    if (m->elf && dwfl_report_end(m->dwfl, NULL, NULL) == 0 && dwfl_module_getelf(m->elf, &bias)) {
        m->state = PROFILE_MODULE_NONE;
        if (has_id(m, job))
            return;
        m->state = PROFILE_MODULE_CHANGED;
    }
    module_close(m);
}

void module_close(struct module *m)
{
    dwfl_end(m->dwfl);
    m->dwfl = NULL;
    m->elf = NULL;
}

/* ---- symbol tables ---- */

enum rank { RANK_NONE, RANK_LABEL = 1, RANK_INDIRECT = 4, RANK_FUNCTION = 7 };

/* A function rather than a bare label, a global name rather than a weak or local one. */
static int rank_of(const GElf_Sym *symbol)
{
    int binding = GELF_ST_BIND(symbol->st_info);
    int rank = binding == STB_GLOBAL ? 2 : binding == STB_WEAK ? 1 : 0;
    if (symbol->st_shndx == SHN_UNDEF)
        return RANK_NONE;
    switch (GELF_ST_TYPE(symbol->st_info)) {
    case STT_FUNC:
        return RANK_FUNCTION + rank;
    case STT_GNU_IFUNC:
        return RANK_INDIRECT + rank;
    case STT_NOTYPE:
        return RANK_LABEL + rank;
    default:
        return RANK_NONE;
    }
}

static bool is_better(const char *name, int rank, const struct wanted *w, unsigned i)
{
    return rank != w->ranks[i] ? rank > w->ranks[i] : strcmp(name, w->symbols[i]) < 0;
}

/* All functions of an address are kept, as far as there is room; of what is none, the best. */
static void add_symbol(struct wanted *w, const char *name, int rank)
{
    unsigned at = 0;
    for (unsigned i = 0; i < w->nsymbols; i++)
        if (strcmp(w->symbols[i], name) == 0)
            return;
    if (w->nsymbols && rank < RANK_FUNCTION && !is_better(name, rank, w, 0))
        return;
    if (w->nsymbols && (rank < RANK_FUNCTION || w->ranks[0] < RANK_FUNCTION))
        w->nsymbols = 0;
    while (at < w->nsymbols && !is_better(name, rank, w, at))
        at++;
    w->more |= w->nsymbols == WANTED_MOST;
    if (at == WANTED_MOST)
        return;
    w->nsymbols += w->nsymbols < WANTED_MOST;
    for (unsigned i = w->nsymbols - 1; i > at; i--) {
        w->symbols[i] = w->symbols[i - 1];
        w->ranks[i] = w->ranks[i - 1];
    }
    w->symbols[at] = name;
    w->ranks[at] = rank;
}

/* dwfl_module_addrinfo would look through the whole table for each address. */
static void look_into_symbols(struct module *m, uint64_t bias, struct wanted *wanted, size_t n)
{
    int symbols = dwfl_module_getsymtab(m->elf);
    for (int i = 1; i < symbols; i++) {
        GElf_Sym symbol;
        GElf_Addr address;
        const char *name = dwfl_module_getsym_info(m->elf, i, &symbol, &address, NULL, NULL, NULL);
        size_t at = wanted_from(wanted, n, address - bias);
        if (!name || !*name || at == n || wanted[at].offset != address - bias)
            continue;
        int rank = rank_of(&symbol);
        if (rank != RANK_NONE)
            add_symbol(&wanted[at], name, rank);
    }
}

/* ---- what is missing ---- */

static struct profile_lack lack(enum profile_lack_kind kind, uint64_t value, const char *name)
{
    struct profile_lack result = {.kind = kind, .value = value};
    if (name)
        result.name =
            (struct profile_string){.bytes = memory_text("%s", name), .size = strlen(name)};
    return result;
}

/* The header of the section with functions' debug information, in *HEADER. */
static Elf_Scn *debug_section(Elf *elf, GElf_Shdr *header)
{
    size_t names;
    Elf_Scn *section = NULL;
    if (elf_getshdrstrndx(elf, &names) < 0)
        return NULL;
    while ((section = elf_nextscn(elf, section))) {
        const char *name =
            gelf_getshdr(section, header) ? elf_strptr(elf, names, header->sh_name) : NULL;
        if (name && header->sh_type != SHT_NOBITS &&
            (strcmp(name, ".debug_info") == 0 || strcmp(name, ".zdebug_info") == 0))
            return section;
    }
    return NULL;
}

/* Why there is no debug information for MISSING functions, as libdw could read none. */
static struct profile_lack why_none(Elf *elf, size_t missing, const char *message)
{
    GElf_Shdr header;
    GElf_Chdr compression;
    GElf_Word crc;
    Elf_Scn *section = debug_section(elf, &header);
    const char *link = section ? NULL : dwelf_elf_gnu_debuglink(elf, &crc);
    if (link)
        return lack(PROFILE_LACK_FILE, missing, link);
    if (!section)
        return lack(PROFILE_LACK_DEBUG, missing, NULL);
    if ((header.sh_flags & SHF_COMPRESSED) && gelf_getchdr(section, &compression) &&
        compression.ch_type == ZSTD)
        return lack(PROFILE_LACK_FORMAT, missing, "zstd is not known to this libdw");
    return lack(PROFILE_LACK_FORMAT, missing, message);
}

/* The file that dwz moved into what several modules have in common, if it is not there. */
static const char *missing_common_file(Dwarf *dwarf)
{
    const void *id;
    const char *name;
    if (dwelf_dwarf_gnu_debugaltlink(dwarf, &name, &id) <= 0 || dwarf_getalt(dwarf))
        return NULL;
    return name;
}

/* ---- both ---- */

struct profile_lack module_look_up(struct module *m, const struct job *job, struct wanted *wanted,
                                   size_t n)
{
    Dwarf_Addr bias, dwarf_bias;
    Elf *elf = m->elf ? dwfl_module_getelf(m->elf, &bias) : NULL;
    struct profile_lack result = {.kind = PROFILE_LACK_NOTHING};
    size_t missing = 0;
    if (!elf)
        return result;
    Dwarf *dwarf = job->effort == JOB_DEBUG ? dwfl_module_getdwarf(m->elf, &dwarf_bias) : NULL;
    const char *message = dwarf ? NULL : dwfl_errmsg(-1);
    if (dwarf) {
        char *folder = folder_of(job->path);
        char *split = dwarf_look_up(dwarf, bias - dwarf_bias, folder, wanted, n);
        const char *file = split ? split : missing_common_file(dwarf);
        if (file)
            result = lack(PROFILE_LACK_FILE, n, file);
        free(folder);
        free(split);
    }
    look_into_symbols(m, bias, wanted, n);
    for (size_t i = 0; i < n; i++) {
        missing += !wanted[i].file;
        if (wanted[i].file)
            m->state = PROFILE_MODULE_DWARF;
        else if (wanted[i].nsymbols && m->state == PROFILE_MODULE_NONE)
            m->state = PROFILE_MODULE_SYMBOLS;
    }
    if (missing && job->effort == JOB_DEBUG && result.kind == PROFILE_LACK_NOTHING)
        result = dwarf && m->state == PROFILE_MODULE_DWARF ? lack(PROFILE_LACK_DEBUG, missing, NULL)
                                                           : why_none(elf, missing, message);
    return result;
}
