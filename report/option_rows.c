#include "report/option_rows.h"

#include "report/error.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

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

const struct option_row option_rows[] = {
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
_Static_assert(sizeof(option_rows) / sizeof(option_rows[0]) == OPTION_ROWS, "all of them");
