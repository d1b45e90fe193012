#include "symbolize/look_up.h"

#include <stdlib.h>
#include <string.h>

#include "symbolize/memory.h"
#include "symbolize/module.h"
#include "symbolize/names.h"

/* Names of one address, each once. */
struct list {
    char *names[2 * WANTED_MOST];
    unsigned n;
};

/* Takes NAME over, or frees it if there is an equal one among those from FIRST on. Returns the
   number of that. */
static unsigned add(struct list *list, unsigned first, char *name)
{
    for (unsigned i = first; i < list->n; i++) {
        if (strcmp(list->names[i], name) == 0) {
            free(name);
            return i;
        }
    }
    list->names[list->n] = name;
    return list->n++;
}

/* Clones that the compiler made of a function are that function. */
static char *without_clone(const char *symbol)
{
    return memory_text("%.*s", (int)names_without_clone(symbol), symbol);
}

/* NULL: it is not mangled. */
static char *demangled(const char *symbol)
{
    char *original = without_clone(symbol), *name = names_demangle(original);
    free(original);
    return name;
}

static char *name_of_symbol(const char *symbol, enum job_effort effort)
{
    char *name = effort < JOB_RAW_SYMBOLS ? demangled(symbol) : NULL;
    return name ? name : without_clone(symbol);
}

/* NULL: it has none. A linkage name has the namespaces and the parameters, too. */
static char *name_of_die(const struct wanted *w, const struct wanted_die *die)
{
    char *name = die->linkage ? demangled(die->linkage) : NULL;
    if (!name && w->ndies == 1 && w->nsymbols)
        name = demangled(w->symbols[0]);
    if (!name && die->plain)
        name = memory_text("%s", die->plain);
    if (!name && die->linkage)
        name = without_clone(die->linkage);
    return name;
}

/* Every DIE is a function, every symbol, too. Those that agree on the name are one; and of the
   rest, a DIE and a symbol are one as long as there are both: the names of nested functions and of
   some of Fortran's are made up for the linker. */
static struct list names_of(const struct wanted *w, enum job_effort effort)
{
    struct list list = {0}, symbols = {0};
    bool is_known[WANTED_MOST] = {0};
    unsigned unknown = 0;
    for (unsigned i = 0; i < w->ndies; i++) {
        char *name = name_of_die(w, &w->dies[i]);
        if (name)
            add(&list, 0, name);
    }
    unsigned ndies = list.n;
    for (unsigned i = 0; i < w->nsymbols; i++) {
        char *name = name_of_symbol(w->symbols[i], effort);
        unsigned die = 0;
        while (die < ndies && strcmp(list.names[die], name) != 0)
            die++;
        if (die < ndies) {
            is_known[die] = true;
            free(name);
        } else {
            add(&symbols, 0, name);
        }
    }
    for (unsigned i = 0; i < ndies && !w->more; i++)
        unknown += !is_known[i];
    for (unsigned i = 0; i < symbols.n; i++) {
        if (i < unknown)
            free(symbols.names[i]);
        else
            add(&list, ndies, symbols.names[i]);
    }
    return list;
}

/* "a | b", the first being the one that file and line are of; NULL: there is none. */
static char *join(struct list *list, bool more)
{
    char *all = list->n ? list->names[0] : NULL;
    for (unsigned i = 1; i < list->n; i++) {
        char *longer =
            memory_text("%s | %s%s", all, list->names[i], more && i == list->n - 1 ? " | ..." : "");
        free(all);
        free(list->names[i]);
        all = longer;
    }
    return all;
}

static void describe(struct job *job, struct wanted *w, struct job_function *f)
{
    struct list names = names_of(w, job->effort);
    f->file = w->file;
    f->line = w->file ? w->line : 0;
    f->name = join(&names, w->more);
    if (w->nsymbols || (w->ndies && w->dies[0].linkage))
        f->linkage = memory_text("%s", w->nsymbols ? w->symbols[0] : w->dies[0].linkage);
}

void look_up(struct job *job)
{
    struct module module;
    module_open(&module, job);
    struct wanted *wanted = memory_zeroed(job->n, sizeof *wanted);
    for (size_t i = 0; i < job->n; i++)
        wanted[i].offset = job->functions[i].offset;
    job->lack = module_look_up(&module, job, wanted, job->n);
    job->state = module.state;
    for (size_t i = 0; i < job->n; i++)
        describe(job, &wanted[i], &job->functions[i]);
    free(wanted);
    module_close(&module);
}
