#include "preload/launch_program.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>

static const char HOOK[] = "__cyg_profile_func_enter";

/* A file in memory; no bytes if it could not be read. */
struct image {
    const unsigned char *bytes;
    size_t size;
};

static struct image map_file(const char *path)
{
    struct image f = {0};
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

    if (fd < 0)
        return f;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0) {
        void *bytes = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
        if (bytes != MAP_FAILED)
            f = (struct image){bytes, (size_t)st.st_size};
    }
    close(fd);
    return f;
}

static void unmap_file(struct image f)
{
    if (f.bytes)
        munmap((void *)(uintptr_t)f.bytes, f.size);
}

/* COUNT records of SIZE bytes each at OFFSET, or NULL if the file does not hold them. Linkers align
   them, so that they may be read in place; those that are not are refused. */
static const void *records(struct image f, uint64_t offset, uint64_t count, size_t size)
{
    if (offset > f.size || count > (f.size - offset) / size)
        return NULL;
    if (size > 1 && offset % sizeof(Elf64_Xword) != 0)
        return NULL;
    return f.bytes + offset;
}

/* NULL: not an ELF file. Of the header of a 32-bit file only what comes before e_entry is right. */
static const Elf64_Ehdr *elf_header(struct image f)
{
    const Elf64_Ehdr *header = records(f, 0, 1, sizeof *header);

    return header && memcmp(header->e_ident, ELFMAG, SELFMAG) == 0 ? header : NULL;
}

static bool same_machine(const Elf64_Ehdr *a, const Elf64_Ehdr *b)
{
    return a->e_ident[EI_CLASS] == b->e_ident[EI_CLASS] &&
           a->e_ident[EI_DATA] == b->e_ident[EI_DATA] && a->e_machine == b->e_machine;
}

/* A file without segments is no program, and the kernel says so better. */
static bool has_loader(struct image f, const Elf64_Ehdr *header)
{
    const Elf64_Phdr *segment = records(f, header->e_phoff, header->e_phnum, sizeof *segment);

    for (unsigned i = 0; segment && i < header->e_phnum; i++)
        if (segment[i].p_type == PT_INTERP)
            return true;
    return !segment;
}

/* Looks for the hook in one symbol table, whose names are in the section STRINGS. */
static enum program_fault hooks_in(struct image f, const Elf64_Shdr *table,
                                   const Elf64_Shdr *strings)
{
    uint64_t count = table->sh_size / sizeof(Elf64_Sym);
    const Elf64_Sym *symbol = records(f, table->sh_offset, count, sizeof *symbol);
    const char *names = records(f, strings->sh_offset, strings->sh_size, 1);

    if (!symbol || !names)
        return PROGRAM_NO_HOOKS;
    for (uint64_t i = 0; i < count; i++) {
        uint64_t name = symbol[i].st_name;
        if (name < strings->sh_size && strings->sh_size - name >= sizeof HOOK &&
            memcmp(names + name, HOOK, sizeof HOOK) == 0)
            return symbol[i].st_shndx == SHN_UNDEF ? PROGRAM_FINE : PROGRAM_OWN_HOOKS;
    }
    return PROGRAM_NO_HOOKS;
}

/* The dynamic symbols tell of hooks that the loader binds. Hooks of the program's own need not be
   among them, but are in the full table, unless that was stripped. Without any table nothing can
   be told, and the program counts as fine. */
static enum program_fault check_hooks(struct image f, const Elf64_Ehdr *header)
{
    const Elf64_Shdr *section = records(f, header->e_shoff, header->e_shnum, sizeof *section);
    enum program_fault fault = PROGRAM_FINE;

    for (unsigned i = 0; section && i < header->e_shnum; i++) {
        const Elf64_Shdr *s = &section[i];
        if ((s->sh_type != SHT_DYNSYM && s->sh_type != SHT_SYMTAB) || s->sh_link >= header->e_shnum)
            continue;
        fault = hooks_in(f, s, &section[s->sh_link]);
        if (fault != PROGRAM_NO_HOOKS)
            break;
    }
    return fault;
}

/* Whether execve changes the user, the group or the capabilities (execve(2), ld.so(8), AT_SECURE).
   Root gains nothing by file capabilities. */
static bool gains_privileges(const char *path)
{
    struct stat st;
    struct statvfs fs;

    if (stat(path, &st) != 0 || statvfs(path, &fs) != 0)
        return false;
    if ((fs.f_flag & ST_NOSUID) || prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1)
        return false;
    if ((st.st_mode & S_ISUID) && st.st_uid != getuid())
        return true;
    if ((st.st_mode & S_ISGID) && (st.st_mode & S_IXGRP) && st.st_gid != getgid())
        return true;
    return getuid() != 0 && getxattr(path, "security.capability", NULL, 0) > 0;
}

enum program_fault program_check(const char *path, const char *library)
{
    struct image program = map_file(path), ours = map_file(library);
    const Elf64_Ehdr *header = elf_header(program), *own = elf_header(ours);
    enum program_fault fault = PROGRAM_FINE;

    if (header && own && !same_machine(header, own))
        fault = PROGRAM_OTHER_MACHINE;
    else if (header && !has_loader(program, header))
        fault = PROGRAM_STATIC;
    else if ((header || !program.bytes) && gains_privileges(path)) /* of scripts it is ignored */
        fault = PROGRAM_PRIVILEGED;
    else if (header)
        fault = check_hooks(program, header);
    unmap_file(program);
    unmap_file(ours);
    return fault;
}

/* 0, or what would keep PATH from being executed. */
static int executable(const char *path)
{
    struct stat st;

    if (stat(path, &st) != 0)
        return ENOENT;
    return S_ISREG(st.st_mode) && eaccess(path, X_OK) == 0 ? 0 : EACCES;
}

/* As executable, of the first file NAME in the folders of LIST that can be executed, else of any.
 */
static int search(char path[PATH_MAX], const char *list, const char *name)
{
    int error = ENOENT;

    for (;;) {
        size_t size = strcspn(list, ":");
        int length =
            snprintf(path, PATH_MAX, "%.*s/%s", size ? (int)size : 1, size ? list : ".", name);
        int here = length < PATH_MAX ? executable(path) : ENOENT;
        if (here != ENOENT)
            error = here;
        if (here == 0 || list[size] == '\0')
            return error;
        list += size + 1;
    }
}

int program_find(char path[PATH_MAX], const char *name)
{
    const char *list = getenv("PATH");

    if (*name && !strchr(name, '/'))
        errno = search(path, list ? list : "/bin:/usr/bin", name);
    else
        errno = snprintf(path, PATH_MAX, "%s", name) < PATH_MAX ? executable(path) : ENAMETOOLONG;
    return errno ? -1 : 0;
}
