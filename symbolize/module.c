#include "symbolize/module.h"

#include <elfutils/libdwfl.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "symbolize/dwarf.h"

static const Dwfl_Callbacks callbacks = {
    .find_debuginfo = dwfl_standard_find_debuginfo,
    .section_address = dwfl_offline_section_address,
};

/* Returns -1 for anything that is not a regular file; never blocks. */
static int open_regular(const char *path)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd >= 0 && (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))) {
        close(fd);
        fd = -1;
    }
    return fd;
}

static bool has_id(struct module *m)
{
    const unsigned char *id;
    GElf_Addr address;
    int size = dwfl_module_build_id(m->elf, &id, &address);
    if (size <= 0)
        return m->id_size == 0;
    return (uint32_t)size == m->id_size && memcmp(id, m->id, m->id_size) == 0;
}

void module_open(struct module *m)
{
    GElf_Addr bias;
    int fd = open_regular(m->path);
    m->state = PROFILE_MODULE_MISSING;
    if (fd < 0)
        return;
    m->dwfl = dwfl_begin(&callbacks);
    m->elf = m->dwfl ? dwfl_report_offline(m->dwfl, "", m->path, fd) : NULL;
    if (!m->elf)
        close(fd);
    if (m->elf && dwfl_report_end(m->dwfl, NULL, NULL) == 0 && dwfl_module_getelf(m->elf, &bias)) {
        m->state = PROFILE_MODULE_NONE;
        if (has_id(m))
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

/* A function rather than a bare label, a global name rather than a weak or local one; 0: none. */
static int rank_of(const GElf_Sym *symbol)
{
    int type = GELF_ST_TYPE(symbol->st_info), binding = GELF_ST_BIND(symbol->st_info);
    int rank = binding == STB_GLOBAL ? 3 : binding == STB_WEAK ? 2 : 1;
    if (symbol->st_shndx == SHN_UNDEF)
        return 0;
    if (type == STT_FUNC || type == STT_GNU_IFUNC)
        return rank + 3;
    return type == STT_NOTYPE ? rank : 0;
}

static bool is_better(const char *name, int rank, const struct wanted *w)
{
    if (!w->symbol || rank != w->symbol_rank)
        return rank > w->symbol_rank;
    return strcmp(name, w->symbol) < 0;
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
        if (rank && is_better(name, rank, &wanted[at])) {
            wanted[at].symbol = name;
            wanted[at].symbol_rank = rank;
        }
    }
}

void module_look_up(struct module *m, struct wanted *wanted, size_t n)
{
    Dwarf_Addr bias, dwarf_bias;
    if (!m->elf || !dwfl_module_getelf(m->elf, &bias))
        return;
    Dwarf *dwarf = dwfl_module_getdwarf(m->elf, &dwarf_bias);
    if (dwarf)
        dwarf_look_up(dwarf, bias - dwarf_bias, wanted, n);
    look_into_symbols(m, bias, wanted, n);
    for (size_t i = 0; i < n; i++) {
        if (wanted[i].file)
            m->state = PROFILE_MODULE_DWARF;
        else if (wanted[i].symbol && m->state == PROFILE_MODULE_NONE)
            m->state = PROFILE_MODULE_SYMBOLS;
    }
}
