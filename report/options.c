#include "report/options.h"

#include "report/error.h"
#include "report/terminal.h"

#include <getopt.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- the options ---- */

static int set_sort(struct options *o, const char *value, struct profile_error *error)
{
    return sort_parse_more(value, &o->sort, error);
}

static int set_reverse(struct options *o, const char *value, struct profile_error *error)
{
    (void)value, (void)error;
    o->sort.reverse = true;
    return 0;
}

static int add_restriction(struct options *o, const char *value, struct profile_error *error)
{
    (void)error;
    o->restrictions[o->nrestrictions++] = value;
    return 0;
}

static int set_strip_dirs(struct options *o, const char *value, struct profile_error *error)
{
    (void)value, (void)error;
    o->strip_dirs = true;
    return 0;
}

static int set_unit(struct options *o, const char *value, struct profile_error *error)
{
    o->unit = unit_find(value);
    return o->unit ? 0
                   : error_set(error, "'%.40s' is no unit; the units are: auto s ms us ns", value);
}

/* Views other than the table are shown once each, in the order in which they are asked for. */
static void add_view(struct options *o, enum stats_view view)
{
    size_t i;

    for (i = 0; i < o->nviews; i++)
        if (o->views[i] == view)
            return;
    o->views[o->nviews++] = view;
}

static int add_callers(struct options *o, const char *value, struct profile_error *error)
{
    (void)value, (void)error;
    add_view(o, STATS_CALLERS);
    return 0;
}

static int add_callees(struct options *o, const char *value, struct profile_error *error)
{
    (void)value, (void)error;
    add_view(o, STATS_CALLEES);
    return 0;
}

static int set_format(struct options *o, const char *value, struct profile_error *error)
{
    o->json = strcmp(value, "json") == 0;
    o->exporter = export_find(value);
    if (o->json || o->exporter || strcmp(value, "text") == 0)
        return 0;
    return error_set(error,
                     "'%.40s' is no format; the formats are: text json collapsed speedscope "
                     "callgrind dot csv",
                     value);
}

static int set_output(struct options *o, const char *value, struct profile_error *error)
{
    (void)error;
    o->output = value;
    return 0;
}

static int set_diff(struct options *o, const char *value, struct profile_error *error)
{
    (void)value, (void)error;
    o->diff = true;
    return 0;
}

static int add_old(struct options *o, const char *value, struct profile_error *error)
{
    (void)error;
    o->old[o->nold++] = value;
    return 0;
}

static int add_new(struct options *o, const char *value, struct profile_error *error)
{
    (void)error;
    o->new[o->nnew++] = value;
    return 0;
}

static int set_percent(double *percent, const char *value, struct profile_error *error)
{
    char *end;

    *percent = strtod(value, &end);
    if (end > value && (!*end || strcmp(end, "%") == 0) && *percent >= 0 && *percent < HUGE_VAL)
        return 0;
    return error_set(error, "'%.40s' is no percentage, such as 10%%", value);
}

static int set_fail_above(struct options *o, const char *value, struct profile_error *error)
{
    return set_percent(&o->fail_above, value, error);
}

static int set_tree(struct options *o, const char *value, struct profile_error *error)
{
    (void)value, (void)error;
    o->is_tree = true;
    return 0;
}

static int set_inverted(struct options *o, const char *value, struct profile_error *error)
{
    o->tree.inverted = true;
    return set_tree(o, value, error);
}

static int set_min_percent(struct options *o, const char *value, struct profile_error *error)
{
    return set_percent(&o->tree.min_percent, value, error);
}

static int set_dump(struct options *o, const char *value, struct profile_error *error)
{
    (void)error;
    o->dump = value;
    return 0;
}

static int set_columns(struct options *o, const char *value, struct profile_error *error)
{
    return columns_parse(value, &o->columns, error);
}

static int add_pattern(struct pattern **list, size_t *n, const char *value,
                       struct profile_error *error)
{
    list[*n] = pattern_new(value, error);
    return list[*n] ? (++*n, 0) : -1;
}

static int add_filter(struct options *o, const char *value, struct profile_error *error)
{
    return add_pattern(o->hide.filters, &o->hide.nfilters, value, error);
}

static int add_exclude(struct options *o, const char *value, struct profile_error *error)
{
    return add_pattern(o->hide.excludes, &o->hide.nexcludes, value, error);
}

static int set_fold_inlined(struct options *o, const char *value, struct profile_error *error)
{
    (void)value, (void)error;
    o->hide.inlined = true;
    return 0;
}

static int set_threads(struct options *o, const char *value, struct profile_error *error)
{
    o->threads = THREADS_TABLES;
    if (!value || strcmp(value, "tables") == 0)
        return 0;
    o->threads = THREADS_ROWS;
    return strcmp(value, "rows") == 0
               ? 0
               : error_set(error, "'%.40s' is neither tables nor rows", value);
}

static int set_names(struct options *o, const char *value, struct profile_error *error)
{
    static const char *const words[] = {
        [NAMES_FULL] = "full", [NAMES_SHORT] = "short", [NAMES_MANGLED] = "mangled"};
    size_t i;

    for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strcmp(value, words[i]) != 0)
            continue;
        o->names = (enum names)i;
        return 0;
    }
    return error_set(error, "'%.40s' is none of: full short mangled", value);
}

static int set_grouped(struct options *o, const char *value, struct profile_error *error)
{
    (void)value, (void)error;
    o->grouped = true;
    return 0;
}

/* Options that say when: as git's. */
static int set_when(enum when *when, const char *value, struct profile_error *error)
{
    static const char *const words[] = {
        [WHEN_AUTO] = "auto", [WHEN_ALWAYS] = "always", [WHEN_NEVER] = "never"};
    size_t i;

    for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strcmp(value, words[i]) != 0)
            continue;
        *when = (enum when)i;
        return 0;
    }
    return error_set(error, "'%.40s' is none of: auto always never", value);
}

static int set_color(struct options *o, const char *value, struct profile_error *error)
{
    return set_when(&o->color, value, error);
}

static int set_interactive(struct options *o, const char *value, struct profile_error *error)
{
    (void)value, (void)error;
    o->interactive = true;
    return 0;
}

static int set_pager(struct options *o, const char *value, struct profile_error *error)
{
    return set_when(&o->pager, value, error);
}

static const struct row_of_options {
    const char *name;
    char letter;          /* 0: none */
    const char *argument; /* NULL: takes none; words to choose from stand as one|two */
    const char *help;     /* lines of up to 52 characters */
    int (*set)(struct options *o, const char *value, struct profile_error *error);
} rows[] = {
    {"sort", 's', "KEY[,KEY...]",
     "order the rows by these keys (default: tottime; with\n"
     "--unit s the order of the file, as pstats)",
     set_sort},
    {"reverse", 0, NULL, "the same order from its other end", set_reverse},
    {"restrict", 0, "R",
     "show fewer rows: a number of them (10), a fraction\n"
     "(0.1), or those that a regular expression matches;\n"
     "may be repeated, each applies to what the one before\n"
     "has left",
     add_restriction},
    {"threads", 0, "[=tables|rows]",
     "a table for each thread (tables, the default), or a\n"
     "row for each thread and function",
     set_threads},
    {"filter", 0, "RE",
     "only functions whose source file or module has a\n"
     "path that the regular expression matches; what the\n"
     "others took goes to their callers, so that the sum\n"
     "stays; may be repeated: what any of them matches",
     add_filter},
    {"exclude", 0, "RE", "all but those, in the same way", add_exclude},
    {"fold-inlined", 0, NULL,
     "the same for calls that the compiler inlined: what\n"
     "they took goes to the function they are part of",
     set_fold_inlined},
    {"diff", 0, NULL,
     "what changed from the first FILE to the second: a\n"
     "sentence for each finding, the worst first, then a\n"
     "table of all functions",
     set_diff},
    {"old", 0, "FILE", "with --diff: one of several runs to compare with", add_old},
    {"new", 0, "FILE",
     "and one of several new runs; five and more of both\n"
     "tell what is noise",
     add_new},
    {"fail-above", 0, "PERCENT",
     "with --diff: status 3 if the total, or a function's\n"
     "tottime, grew by more than this share of the total",
     set_fail_above},
    {"callers", 0, NULL, "in place of the table: who called each function", add_callers},
    {"callees", 0, NULL, "in place of the table: what each function called", add_callees},
    {"tree", 0, NULL,
     "in place of the table: calling contexts, each with\n"
     "what it calls below it",
     set_tree},
    {"inverted", 0, NULL, "the tree from its leaves: below each its callers", set_inverted},
    {"min-percent", 0, "PERCENT",
     "no contexts in the tree that have less of the time\n"
     "(default: 1)",
     set_min_percent},
    {"columns", 0, "LIST",
     "these columns, in this order, separated by commas;\n"
     "file:line(function) always comes last",
     set_columns},
    {"strip-dirs", 0, NULL,
     "file names without their folders; rows that become\n"
     "equal are added",
     set_strip_dirs},
    {"unit", 0, "auto|s|ms|us|ns",
     "auto: 1 s and more in seconds, less with a unit, as\n"
     "12.35us (default); ms, us, ns: all in this unit; s:\n"
     "exactly what Python's pstats prints (notes then go\n"
     "to stderr)",
     set_unit},
    {"names", 0, "full|short|mangled",
     "short: C++ names without template arguments,\n"
     "parameters and return types; mangled: as the linker\n"
     "has them",
     set_names},
    {"thousands", 0, NULL, "counts as 8,115,038", set_grouped},
    {"color", 0, "auto|always|never", "auto (default): on a terminal, without NO_COLOR", set_color},
    {"pager", 0, "auto|always|never",
     "auto (default): on a terminal; the pager is that of\n"
     "CPROF_PAGER or PAGER, or less",
     set_pager},
    {"format", 0, "text|json|collapsed|speedscope|callgrind|dot|csv",
     "json: one object with what pstats' get_stats_profile\n"
     "returns, times in seconds or in the --unit;\n"
     "collapsed: stacks for flamegraph.pl; speedscope: for\n"
     "www.speedscope.app; callgrind: for KCachegrind; dot:\n"
     "call graph, for graphviz; csv: all columns",
     set_format},
    {"output", 'o', "FILE", "write what --format says (but text, json) to FILE", set_output},
    {"dump", 0, "FILE",
     "print nothing; write the sum of the profiles to\n"
     "FILE, a profile again, after --strip-dirs if given",
     set_dump},
    {"interactive", 'i', NULL,
     "read commands (help lists them) and answer as\n"
     "python -m pstats does",
     set_interactive},
};
#define NROWS (sizeof(rows) / sizeof(rows[0]))

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

static void print_option(const struct row_of_options *row)
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

    for (i = 0; i < NROWS; i++) {
        for (group = 0; group < sizeof(groups) / sizeof(groups[0]); group++)
            if (strcmp(groups[group].first, rows[i].name) == 0)
                printf("\n%s\n", groups[group].title);
        print_option(&rows[i]);
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
    return rows[row].letter ? rows[row].letter : CODE_ROWS + (int)row;
}

/* What getopt_long takes, made of the rows. */
struct getopt_tables {
    char letters[3 + 2 * NROWS];
    struct option names[NROWS + 3];
};

static void make_tables(struct getopt_tables *t)
{
    char *letter = t->letters;
    size_t i;

    *letter++ = ':'; /* getopt_long prints nothing itself */
    *letter++ = CODE_HELP;
    for (i = 0; i < NROWS; i++) {
        int has_argument = !rows[i].argument            ? no_argument
                           : rows[i].argument[0] == '[' ? optional_argument
                                                        : required_argument;

        if (rows[i].letter)
            *letter++ = rows[i].letter;
        if (rows[i].letter && has_argument)
            *letter++ = ':';
        t->names[i] = (struct option){rows[i].name, has_argument, NULL, code_of(i)};
    }
    *letter = '\0';
    t->names[NROWS] = (struct option){"help", no_argument, NULL, CODE_HELP};
    t->names[NROWS + 1] = (struct option){"version", no_argument, NULL, CODE_VERSION};
    t->names[NROWS + 2] = (struct option){0};
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
    if (rows[row].set(o, optarg, &why) == 0)
        return -1;
    error_set(&error, "--%s: %.180s", rows[row].name, why.text);
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
