#include "report/option_rows.h"

#include "report/error.h"
#include "report/terminal.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

/* Titles in the help, each above the row of that name. */
static const struct {
    const char *first, *title;
} groups[] = {
    {"sort", "Which functions, in which order:"},
    {"diff", "What changed:"},
    {"callers", "Who called whom:"},
    {"columns", "How they are shown:"},
    {"dump", "Where to:"},
    {"interactive", "Other:"},
};

/* ---- help ---- */

static void print_option(const struct option_row *row)
{
    char left[64];
    const char *line = row->help;
    int used = row->letter ? snprintf(left, sizeof(left), "-%c, ", row->letter)
                           : snprintf(left, sizeof(left), "    ");

    used += snprintf(left + used, sizeof(left) - (size_t)used, "--%s%s%s", row->name,
                     row->argument && row->argument[0] != '[' ? " " : "",
                     row->argument ? row->argument : "");
    if (used > 25)
        printf("  %s\n%28s", left, "");
    else
        printf("  %-25s ", left);
    for (; strchr(line, '\n'); line = strchr(line, '\n') + 1)
        printf("%.*s\n%28s", (int)strcspn(line, "\n"), line, "");
    printf("%s\n", line);
}

static void print_options(void)
{
    size_t i, group;

    for (i = 0; i < OPTION_ROWS; i++) {
        for (group = 0; group < sizeof(groups) / sizeof(groups[0]); group++)
            if (strcmp(groups[group].first, option_rows[i].name) == 0)
                printf("\n%s\n", groups[group].title);
        print_option(&option_rows[i]);
    }
    printf("  %-25s %s\n  %-25s %s\n", "-h, --help", "show this", "    --version",
           "show the version");
}

static int print_help(void)
{
    printf("usage: cprof-report [options] FILE...\n"
           "       cprof-report --diff [options] OLD NEW\n"
           "       cprof-report -i [options] [FILE...]\n\n"
           "Shows where the time of a profiled run went: a line for each function, in the\n"
           "words and columns of Python's cProfile.\n\n"
           "  ncalls   calls; 9/3: 9 calls, of which 3 were not made in recursion\n"
           "  tottime  time in the function itself; percall: for each call\n"
           "  cumtime  time in the function and all that it called; percall: for each\n"
           "           call that was not made in recursion\n\n"
           "FILE is a profile (out.prof), also one that Python's cProfile wrote, or the raw\n"
           "file of a run (*.raw); that of a running process shows it as it is now; - is a\n"
           "profile from standard input. Several are added up.\n\n"
           "Examples:\n"
           "  cprof-report out.prof                           all functions\n"
           "  cprof-report out.prof -s cumtime --restrict 20  the 20 of the largest cumtime\n"
           "  cprof-report out.prof --restrict 'src/parse'    those with this name or path\n"
           "  cprof-report --diff monday.prof today.prof      what got slower\n");
    print_options();
    printf("\nColumns:\n");
    columns_help(stdout);
    printf("\nSort keys, which may be abbreviated:\n");
    sort_help(stdout);
    printf("\nThe status is 0, 1 if there is nothing to show or a file cannot be read, or 2 if\n"
           "the command line makes no sense. More: man cprof-report, man 7 cprof.\n");
    return 0;
}

static int usage(const struct profile_error *error)
{
    fprintf(stderr, "cprof-report: ");
    terminal_puts(stderr, error->text);
    fprintf(stderr, " (cprof-report --help shows how to use it)\n");
    return 2;
}

/* ---- parsing ---- */

static void free_patterns(struct pattern **list, size_t n)
{
    while (n > 0)
        pattern_free(list[--n]);
    free(list);
}

enum { CODE_HELP = 'h', CODE_VERSION = 256, CODE_ROWS };

/* What getopt_long returns for a row. */
static int code_of(size_t row)
{
    return option_rows[row].letter ? option_rows[row].letter : CODE_ROWS + (int)row;
}

/* What getopt_long takes, made of the rows. */
struct getopt_tables {
    char letters[3 + 2 * OPTION_ROWS];
    struct option names[OPTION_ROWS + 3];
};

static void make_tables(struct getopt_tables *t)
{
    char *letter = t->letters;
    size_t i;

    *letter++ = ':'; /* getopt_long prints nothing itself */
    *letter++ = CODE_HELP;
    for (i = 0; i < OPTION_ROWS; i++) {
        int has_argument = !option_rows[i].argument            ? no_argument
                           : option_rows[i].argument[0] == '[' ? optional_argument
                                                               : required_argument;

        if (option_rows[i].letter)
            *letter++ = option_rows[i].letter;
        if (option_rows[i].letter && has_argument)
            *letter++ = ':';
        t->names[i] = (struct option){option_rows[i].name, has_argument, NULL, code_of(i)};
    }
    *letter = '\0';
    t->names[OPTION_ROWS] = (struct option){"help", no_argument, NULL, CODE_HELP};
    t->names[OPTION_ROWS + 1] = (struct option){"version", no_argument, NULL, CODE_VERSION};
    t->names[OPTION_ROWS + 2] = (struct option){0};
}

/* Acts on one option, which WORD of the command line holds. -1: go on; else the exit status. */
static int take_option(int code, struct options *o, const char *word)
{
    struct profile_error why, error;
    size_t row = 0;

    if (code == CODE_HELP)
        return print_help();
    if (code == CODE_VERSION)
        return puts("cprof-report " CPROF_VERSION) < 0;
    if (code == ':' || code == '?') {
        error_set(&error, "%.100s: %s", word,
                  code == ':' ? "a value is missing" : "there is no such option");
        return usage(&error);
    }
    while (code_of(row) != code)
        row++;
    if (option_rows[row].set(o, optarg, &why) == 0)
        return -1;
    error_set(&error, "--%s: %.180s", option_rows[row].name, why.text);
    return usage(&error);
}

static int finish_interactive(struct options *o, struct profile_error *error)
{
    if (o->nviews > 0 || o->nrestrictions > 0 || o->json || o->exporter || o->output || o->dump ||
        o->threads || o->names || o->diff || o->nold > 0 || o->nnew > 0)
        return error_set(error,
                         "--interactive takes no option that asks for output; type commands");
    if (!o->unit)
        o->unit = unit_find("s");
    return 0;
}

/* --diff OLD NEW is --old OLD --new NEW. */
static int finish_diff(struct options *o, struct profile_error *error)
{
    if (o->nviews > 0 || o->json || o->exporter || o->output || o->is_tree || o->dump ||
        o->threads || o->sort.nkeys > 0 || o->columns.n > 0)
        return error_set(error, "--diff has a table of its own: no --callers, --callees, --sort, "
                                "--columns, --threads, --dump, --format json");
    if (o->nfiles == 2 && o->nold == 0 && o->nnew == 0) {
        o->old[o->nold++] = o->files[0];
        o->new[o->nnew++] = o->files[1];
        o->nfiles = 0;
    }
    if (o->nfiles > 0 || o->nold == 0 || o->nnew == 0)
        return error_set(error, "name two profiles, as in: cprof-report --diff old.prof new.prof "
                                "(more runs: --old FILE and --new FILE, for each)");
    if (!o->unit)
        o->unit = unit_find("auto");
    return 0;
}

/* What follows from all options together. */
static int finish(struct options *o, struct profile_error *error)
{
    if (o->interactive)
        return finish_interactive(o, error);
    if (o->nold > 0 || o->nnew > 0)
        o->diff = true;
    if (o->diff)
        return finish_diff(o, error);
    if (o->fail_above >= 0)
        return error_set(error, "--fail-above goes with --diff");
    if (o->nfiles == 0)
        return error_set(error, "name a profile, as in: cprof-report out.prof");
    if (o->output && !o->exporter)
        return error_set(error, "--output needs one of: --format collapsed speedscope callgrind "
                                "dot csv");
    if (o->exporter && (o->is_tree || o->nviews > 0 || o->threads || o->dump ||
                        o->nrestrictions > 0 || o->columns.n > 0))
        return error_set(error,
                         "--format %s is of the whole profile: no --tree, --callers, "
                         "--callees, --threads, --restrict, --columns, --dump",
                         o->exporter->name);
    if (o->json && o->nviews > 0)
        return error_set(error, "--format json has no --callers and no --callees");
    if (o->is_tree && (o->json || o->nviews > 0 || o->dump || o->sort.nkeys > 0 ||
                       o->columns.n > 0 || o->threads == THREADS_ROWS))
        return error_set(error, "--tree has an order and columns of its own: no --callers, "
                                "--callees, --sort, --columns, --threads=rows, --dump, "
                                "--format json");
    o->tree.by_thread = o->threads;
    if (o->threads && (o->json || o->nviews > 0))
        return error_set(error, "--threads shows tables: no --callers, --callees, --format json");
    if (!o->unit)
        o->unit = unit_find("auto");
    if (o->nviews == 0)
        o->views[o->nviews++] = o->json ? STATS_JSON : STATS_TABLE;
    if (o->sort.nkeys == 0 && strcmp(o->unit->word, "s") != 0)
        sort_parse("tottime", &o->sort, error);
    return 0;
}

int options_parse(int argc, char **argv, struct options *out)
{
    struct getopt_tables tables;
    struct profile_error error;
    int code, status = -1;

    *out = (struct options){.fail_above = -1, .tree.min_percent = 1};
    out->restrictions = calloc((size_t)argc, sizeof(*out->restrictions));
    out->hide.filters = calloc((size_t)argc, sizeof(*out->hide.filters));
    out->hide.excludes = calloc((size_t)argc, sizeof(*out->hide.excludes));
    out->old = calloc((size_t)argc, sizeof(*out->old));
    out->new = calloc((size_t)argc, sizeof(*out->new));
    if (!out->restrictions || !out->hide.filters || !out->hide.excludes || !out->old || !out->new) {
        options_free(out);
        fprintf(stderr, "cprof-report: out of memory\n");
        return 1;
    }
    make_tables(&tables);
    while (status < 0 && (code = getopt_long(argc, argv, tables.letters, tables.names, NULL)) != -1)
        status = take_option(code, out, argv[optind - 1]);
    out->files = argv + optind;
    out->nfiles = (size_t)(argc - optind);
    if (status < 0 && finish(out, &error) < 0)
        status = usage(&error);
    if (status >= 0)
        options_free(out);
    return status;
}

void options_free(struct options *o)
{
    free(o->restrictions);
    free(o->old);
    free(o->new);
    o->restrictions = o->old = o->new = NULL;
    free_patterns(o->hide.filters, o->hide.nfilters);
    free_patterns(o->hide.excludes, o->hide.nexcludes);
    o->hide = (struct hide){0};
}
