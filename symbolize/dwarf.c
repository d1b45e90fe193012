#include "symbolize/dwarf.h"

#include <dwarf.h>
#include <stdlib.h>
#include <string.h>

#include "symbolize/files.h"
#include "symbolize/memory.h"
#include "symbolize/names.h"

#define DEEPEST 64 /* nesting of DIEs that is followed: namespaces, classes, blocks, functions */

struct lookup {
    uint64_t delta;
    struct wanted *wanted;
    size_t n;
    Dwarf_Die unit;       /* with the addresses and the line table: a skeleton if split */
    const char *comp_dir; /* the unit's, or NULL */
    const char *folder;   /* of the file that DW was read from */
    char *missing;        /* the first split unit that was not found; for free() */
};

static struct wanted *find(const struct lookup *l, Dwarf_Addr address)
{
    size_t i = wanted_from(l->wanted, l->n, address - l->delta);
    return i < l->n && l->wanted[i].offset == address - l->delta ? &l->wanted[i] : NULL;
}

/* A function may have several ranges, one of which starts with its entry. */
static struct wanted *find_by_entry(const struct lookup *l, Dwarf_Die *die)
{
    Dwarf_Addr entry, base, end;
    struct wanted *w = NULL;
    if (dwarf_entrypc(die, &entry) == 0)
        return find(l, entry);
    if (!dwarf_hasattr(die, DW_AT_ranges))
        return NULL;
    for (ptrdiff_t at = 0; !w && (at = dwarf_ranges(die, at, &base, &entry, &end)) > 0;)
        w = find(l, entry);
    return w;
}

static const char *string_of(Dwarf_Die *die, unsigned name)
{
    Dwarf_Attribute attribute;
    return dwarf_formstring(dwarf_attr_integrate(die, name, &attribute));
}

/* The file's number counts in the unit that holds the attribute, which with link-time optimisation
   is another one than the function's. DWARF 5 counts from 0; dwarf_decl_file does not know that. */
static const char *declared_file(Dwarf_Die *die)
{
    Dwarf_Attribute attribute;
    Dwarf_Word number;
    Dwarf_Die unit;
    Dwarf_Files *files;
    size_t n;
    if (dwarf_formudata(dwarf_attr_integrate(die, DW_AT_decl_file, &attribute), &number) != 0 ||
        !dwarf_cu_die(attribute.cu, &unit, NULL, NULL, NULL, NULL, NULL, NULL) ||
        dwarf_getsrcfiles(&unit, &files, &n) != 0 || number >= n)
        return NULL;
    return dwarf_filesrc(files, number, NULL, NULL);
}

/* The line table knows where the code of the entry comes from: the line of the opening brace, or
   with optimisation the first statement. */
static void look_into_line_table(struct lookup *l, struct wanted *w)
{
    int line;
    Dwarf_Line *row = dwarf_getsrc_die(&l->unit, w->offset + l->delta);
    if (!row || w->file || dwarf_lineno(row, &line) != 0 || line <= 0)
        return;
    const char *file = dwarf_linesrc(row, NULL, NULL);
    if (!file)
        return;
    w->file = names_full_path(l->comp_dir, file);
    w->line = line;
}

static bool are_equal(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

/* Returns whether the address has not been described by the like before. */
static bool add_die(struct wanted *w, struct wanted_die die)
{
    for (unsigned i = 0; i < w->ndies; i++)
        if (die.linkage ? are_equal(w->dies[i].linkage, die.linkage)
                        : are_equal(w->dies[i].plain, die.plain))
            return false;
    if (w->ndies == WANTED_MOST)
        w->more = true;
    else
        w->dies[w->ndies++] = die;
    return true;
}

static void describe(struct lookup *l, Dwarf_Die *die, struct wanted *w)
{
    Dwarf_Attribute attribute;
    Dwarf_Word line;
    struct wanted_die new = {.plain = string_of(die, DW_AT_name),
                             .linkage = string_of(die, DW_AT_linkage_name)};
    if (!new.linkage)
        new.linkage = string_of(die, DW_AT_MIPS_linkage_name);
    if (!add_die(w, new) || w->file)
        return;
    const char *file = declared_file(die);
    if (file &&
        dwarf_formudata(dwarf_attr_integrate(die, DW_AT_decl_line, &attribute), &line) == 0) {
        w->file = names_full_path(l->comp_dir, file);
        w->line = line <= INT32_MAX ? (int64_t)line : 0;
    }
}

static bool may_hold_functions(int tag)
{
    switch (tag) {
    case DW_TAG_subprogram:
    case DW_TAG_lexical_block:
    case DW_TAG_namespace:
    case DW_TAG_module:
    case DW_TAG_class_type:
    case DW_TAG_structure_type:
    case DW_TAG_union_type:
    case DW_TAG_enumeration_type:
        return true;
    default:
        return false;
    }
}

static void walk(struct lookup *l, Dwarf_Die *parent, int depth)
{
    Dwarf_Die die;
    if (depth == DEEPEST || dwarf_child(parent, &die) != 0)
        return;
    do {
        int tag = dwarf_tag(&die);
        struct wanted *w = tag == DW_TAG_subprogram ? find_by_entry(l, &die) : NULL;
        if (w)
            describe(l, &die, w);
        if (may_hold_functions(tag))
            walk(l, &die, depth + 1);
    } while (dwarf_siblingof(&die, &die) == 0);
}

/* Calls DO_IT for every wanted address in the unit's code; returns how many there are. */
static size_t each_in_unit(struct lookup *l, void (*do_it)(struct lookup *, struct wanted *))
{
    Dwarf_Addr base, start, end;
    size_t found = 0;
    for (ptrdiff_t at = 0; (at = dwarf_ranges(&l->unit, at, &base, &start, &end)) > 0;) {
        size_t i = wanted_from(l->wanted, l->n, start - l->delta);
        for (; i < l->n && l->wanted[i].offset + l->delta < end; i++, found++)
            if (do_it)
                do_it(l, &l->wanted[i]);
    }
    return found;
}

static const char *split_file(Dwarf_Die *unit)
{
    Dwarf_Attribute attribute;
    const char *name = dwarf_formstring(dwarf_attr(unit, DW_AT_dwo_name, &attribute));
    return name ? name : dwarf_formstring(dwarf_attr(unit, DW_AT_GNU_dwo_name, &attribute));
}

/* The DIE with the functions of the skeleton unit, which lies in a file of its own. */
static bool open_split(struct lookup *l, Dwarf_Die *split)
{
    const char *file = split_file(&l->unit);
    const char *const folders[] = {l->comp_dir, l->folder};
    if (file && files_may_be_opened(file, folders, 2) &&
        dwarf_cu_info(l->unit.cu, NULL, NULL, NULL, split, NULL, NULL, NULL) == 0 && split->cu)
        return true;
    if (!l->missing)
        l->missing = memory_text("%s", file ? file : "?");
    return false;
}

static void look_into_unit(struct lookup *l, bool is_skeleton)
{
    Dwarf_Attribute attribute;
    Dwarf_Die split;
    if (each_in_unit(l, NULL) == 0)
        return;
    l->comp_dir = dwarf_formstring(dwarf_attr(&l->unit, DW_AT_comp_dir, &attribute));
    walk(l, is_skeleton && open_split(l, &split) ? &split : &l->unit, 0);
    each_in_unit(l, look_into_line_table);
}

char *dwarf_look_up(Dwarf *dw, uint64_t delta, const char *folder, struct wanted *wanted, size_t n)
{
    struct lookup l = {.delta = delta, .wanted = wanted, .n = n, .folder = folder};
    Dwarf_CU *cu = NULL;
    uint8_t type;
    while (dwarf_get_units(dw, cu, &cu, NULL, &type, &l.unit, NULL) == 0)
        if (type == DW_UT_compile || type == DW_UT_skeleton)
            look_into_unit(&l, type == DW_UT_skeleton);
    return l.missing;
}
