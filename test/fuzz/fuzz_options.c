/* The command line of cprof-report, an argument a line, and what it asks for of a fixed profile. */
#include "test/fuzz/fuzz.h"

#include "report/call_tree_print.h"
#include "report/error.h"
#include "report/figures.h"
#include "report/names.h"
#include "report/options.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WORDS_MOST 32

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    const char *files = getenv("FUZZ_FILES");

    (void)argc, (void)argv;
    if (!files || chdir(files) < 0 || access("p", R_OK) < 0)
        fuzz_fail("FUZZ_FILES", "has no profiles p and q");
    return 0;
}

/* As cprof-report does it, but for files: the profile is always the same. */
static void report(const struct options *o)
{
    struct stats s = {.unit = o->unit,
                      .columns = o->columns,
                      .grouped = o->grouped,
                      .verbatim = strcmp(o->unit->word, "s") == 0};
    struct folder folder = {0};
    struct profile_error error = {.text = ""};
    int result = stats_add_file(&s, &folder, "p", &error);

    folder_free(&folder);
    if (result == 0 && (o->hide.nfilters || o->hide.nexcludes || o->hide.inlined))
        result = stats_hide(&s, &o->hide, &error);
    if (result == 0 && o->strip_dirs)
        result = stats_strip_dirs(&s, &error);
    s.sort = o->sort;
    if (result == 0 && (figures_fill(&s.model) < 0 || names_apply(&s.model, o->names) < 0))
        fuzz_fail("figures", "out of memory");
    if (result == 0 && o->is_tree)
        result = tree_print(&s, &o->tree, o->restrictions, o->nrestrictions, stdout, &error);
    else if (result == 0 && o->threads)
        result = stats_print_threads(&s, o->threads == THREADS_ROWS, o->restrictions,
                                     o->nrestrictions, stdout, &error);
    for (size_t i = 0; i < o->nviews && !o->threads && !o->is_tree && result == 0; i++)
        result = stats_print(&s, o->views[i], o->restrictions, o->nrestrictions, stdout, &error);
    if (result < 0 && !error.text[0])
        fuzz_fail("failed", "without words");
    stats_free(&s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    double start = fuzz_clock();
    FILE *out = stdout, *err = stderr;
    char *text = malloc(size + 1), *argv[WORDS_MOST + 1] = {"cprof-report"};
    struct options o;
    int argc = 1, status;

    memcpy(text, data, size);
    text[size] = 0;
    for (char *next = text, *word; argc < WORDS_MOST && (word = strsep(&next, "\n"));)
        argv[argc++] = word;
    stdout = stderr = fuzz_sink();
    optind = 0; /* glibc's way to begin anew */
    status = options_parse(argc, argv, &o);
    if (status < 0) {
        if (!o.interactive)
            report(&o);
        options_free(&o);
    }
    fflush(stdout);
    stdout = out;
    stderr = err;
    free(text);
    fuzz_check_time(start);
    return 0;
}
