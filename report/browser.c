#include "report/browser.h"

#include "report/complete.h"
#include "report/error.h"
#include "report/figures.h"
#include "report/line.h"
#include "report/literal.h"
#include "report/terminal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BLANKS " \t\n\v\f\r\x1c\x1d\x1e\x1f" /* of ASCII, what Python strips */

/* ---- loading ---- */

static void print_text(const char *before, const char *text, const char *behind)
{
    fputs(before, stdout);
    terminal_puts(stdout, text);
    fputs(behind, stdout);
}

static void print_error(const char *before, const struct profile_error *error)
{
    print_text(before, error->text, "\n");
}

/* Why the system does not let PATH be read; 0: it does. */
static int system_error(const char *path)
{
    struct stat st;

    if (stat(path, &st) < 0)
        return errno;
    if (S_ISDIR(st.st_mode))
        return EISDIR;
    return access(path, R_OK) < 0 ? errno : 0;
}

/* Adds FILE to S and prints the notes, unless they stand in every table. */
static int load_into(struct stats *s, const char *file, struct profile_error *error)
{
    struct folder folder = {0};
    int result = stats_add_file(s, &folder, file, error);

    folder_free(&folder);
    if (result == 0 && figures_fill(&s->model) < 0)
        result = error_memory(error);
    if (result == 0 && s->verbatim)
        notes_print(&s->notes, stderr, "");
    return result;
}

void browser_read(struct browser *b, const char *file)
{
    struct stats fresh = stats_empty(&b->stats);
    struct profile_error error;
    char *name = strdup(file);

    if (!name || load_into(&fresh, file, &error) < 0) {
        int number = name ? system_error(file) : ENOMEM;

        if (number)
            printf("%s\n", strerror(number));
        else
            print_error("ValueError: ", &error);
        stats_free(&fresh);
        free(name);
        return;
    }
    stats_free(&b->stats);
    free(b->name);
    b->stats = fresh;
    b->loaded = true;
    b->name = name;
}

/* Whether there is something to work on; says so if not. */
static bool is_loaded(const struct browser *b)
{
    if (!b->loaded)
        puts("No statistics object is loaded.");
    return b->loaded;
}

void browser_add(struct browser *b, const char *file)
{
    struct profile_error error;
    int number;

    if (!is_loaded(b) || load_into(&b->stats, file, &error) == 0)
        return;
    number = system_error(file);
    print_text("Failed to load statistics for ", file, ": ");
    if (number) {
        printf("[Errno %d] %s: ", number, strerror(number));
        literal_show_string(stdout, file);
    } else {
        print_error("", &error);
        return;
    }
    putchar('\n');
}

/* ---- commands: each gets the rest of its line; false: that was the last one ---- */

static bool do_read(struct browser *b, char *rest)
{
    char *name;

    if (*rest) {
        browser_read(b, rest);
    } else if (!b->name) {
        puts("No statistics object is current -- cannot reload.");
    } else if ((name = strdup(b->name))) {
        browser_read(b, name);
        free(name);
    }
    return true;
}

static bool do_add(struct browser *b, char *rest)
{
    browser_add(b, rest);
    return true;
}

static bool do_sort(struct browser *b, char *rest)
{
    struct sort sort = {0};
    char *word, *next = NULL;
    bool known = *rest != '\0';

    if (!is_loaded(b))
        return true;
    for (word = strtok_r(rest, BLANKS, &next); word && known; word = strtok_r(NULL, BLANKS, &next))
        known = sort_add(&sort, word, strlen(word)) == 0;
    if (known) {
        b->stats.sort = sort;
    } else {
        puts("Valid sort keys (unique prefixes are accepted):");
        sort_list(stdout);
    }
    return true;
}

static bool do_reverse(struct browser *b, char *rest)
{
    (void)rest;
    if (is_loaded(b))
        stats_reverse(&b->stats);
    return true;
}

static bool do_strip(struct browser *b, char *rest)
{
    struct profile_error error;

    (void)rest;
    if (is_loaded(b) &&
        (stats_strip_dirs(&b->stats, &error) < 0 || figures_fill(&b->stats.model) < 0))
        puts("out of memory");
    return true;
}

/* Whether WORD can restrict a list. As in pstats, what is no integer may be a fraction. */
static bool is_restriction(const char *word)
{
    int64_t count;
    double fraction;

    if (literal_int(word, &count) || !literal_float(word, &fraction))
        return true;
    if (!(fraction > 1 || fraction < 0))
        return true;
    puts("Fraction argument must be in [0, 1]");
    return false;
}

static bool print(struct browser *b, enum stats_view view, char *rest)
{
    const char **words = calloc(strlen(rest) / 2 + 1, sizeof(const char *));
    struct profile_error error;
    char *word, *next = NULL;
    size_t n = 0;

    for (word = strtok_r(rest, BLANKS, &next); word && words; word = strtok_r(NULL, BLANKS, &next))
        if (is_restriction(word))
            words[n++] = word;
    if (is_loaded(b) && words && stats_print(&b->stats, view, words, n, stdout, &error) < 0)
        print_error("", &error);
    free(words);
    return true;
}

static bool do_stats(struct browser *b, char *rest)
{
    return print(b, STATS_TABLE, rest);
}

static bool do_callers(struct browser *b, char *rest)
{
    return print(b, STATS_CALLERS, rest);
}

static bool do_callees(struct browser *b, char *rest)
{
    return print(b, STATS_CALLEES, rest);
}

static bool do_quit(struct browser *b, char *rest)
{
    (void)b, (void)rest;
    return false;
}

static bool do_eof(struct browser *b, char *rest)
{
    (void)b, (void)rest;
    putchar('\n');
    return false;
}

static bool do_help(struct browser *b, char *rest);

#define RESTRICTIONS                                                                               \
    "Arguments may be:\n"                                                                          \
    "* An integer maximum number of entries to print.\n"                                           \
    "* A decimal fractional number between 0 and 1, controlling\n"                                 \
    "  what fraction of selected entries to print.\n"                                              \
    "* A regular expression; only entries with function names\n"                                   \
    "  that match it are printed."

/* What a terminal shows must be what pstats shows, so these are its words. */
static const struct command {
    const char *name;
    bool (*carry_out)(struct browser *b, char *rest);
    enum complete_kind argument;
    const char *help;
} commands[] = {
    {"EOF", do_eof, COMPLETE_NOTHING, "Leave the profile browser."},
    {"add", do_add, COMPLETE_FILE,
     "Add profile info from given file to current statistics object."},
    {"callees", do_callees, COMPLETE_NOTHING,
     "Print callees statistics from the current stat object.\n" RESTRICTIONS},
    {"callers", do_callers, COMPLETE_NOTHING,
     "Print callers statistics from the current stat object.\n" RESTRICTIONS},
    {"help", do_help, COMPLETE_COMMAND, "Show help for a given command."},
    {"quit", do_quit, COMPLETE_NOTHING, "Leave the profile browser."},
    {"read", do_read, COMPLETE_FILE,
     "Read in profile data from a specified file.\n"
     "Without argument, reload the current file."},
    {"reverse", do_reverse, COMPLETE_NOTHING, "Reverse the sort order of the profiling report."},
    {"sort", do_sort, COMPLETE_SORT_KEY,
     "Sort profile data according to specified keys.\n"
     "(Typing `sort' without arguments lists valid keys.)"},
    {"stats", do_stats, COMPLETE_NOTHING,
     "Print statistics from the current stat object.\n" RESTRICTIONS},
    {"strip", do_strip, COMPLETE_NOTHING,
     "Strip leading path information from filenames in the report."},
};
#define NCOMMANDS (sizeof(commands) / sizeof(commands[0]))

static const struct command *find_command(const char *name, size_t size)
{
    size_t i;

    for (i = 0; i < NCOMMANDS; i++)
        if (strlen(commands[i].name) == size && strncmp(commands[i].name, name, size) == 0)
            return &commands[i];
    return NULL;
}

static bool do_help(struct browser *b, char *rest)
{
    const struct command *c = find_command(rest, strlen(rest));
    size_t i;

    (void)b;
    if (c) {
        puts(c->help);
    } else if (*rest) {
        print_text("*** No help on ", rest, "\n");
    } else {
        puts("\nDocumented commands (type help <topic>):\n"
             "========================================");
        for (i = 0; i < NCOMMANDS; i++)
            printf("%s%s", i ? "  " : "", commands[i].name);
        puts("\n");
    }
    return true;
}

/* ---- lines ---- */

static char *strip(char *line)
{
    size_t size;

    line += strspn(line, BLANKS);
    size = strlen(line);
    while (size > 0 && strchr(BLANKS, line[size - 1]))
        line[--size] = '\0';
    return line;
}

/* Carries out LINE, which has no blanks around it and is changed. */
static bool carry_out(struct browser *b, char *line)
{
    size_t size = strspn(line, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
    const struct command *c = find_command(line, size);

    if (c)
        return c->carry_out(b, strip(line + size));
    print_text("*** Unknown syntax: ", line, "\n");
    return true;
}

/* The line that LINE stands for: "?" for help; nothing, for the LAST one again. To be freed. */
static char *meaning(const char *line, const char *last)
{
    char *result;

    if (*line == '\0')
        return strdup(last);
    if (*line != '?')
        return strdup(line);
    return asprintf(&result, "help %s", line + 1) < 0 ? NULL : result;
}

/* To be freed; NULL: no memory. */
static char *prompt_of(const struct browser *b)
{
    char *prompt = NULL;
    size_t size;
    FILE *to = open_memstream(&prompt, &size);

    if (!to)
        return NULL;
    terminal_puts(to, b->name ? b->name : "");
    fputs("% ", to);
    return fclose(to) == 0 ? prompt : NULL;
}

/* Reads one line and carries it out. *LAST is the line to repeat, and is replaced. */
static bool step(struct browser *b, char **last)
{
    char *prompt = prompt_of(b), *line, *stripped, *meant, *copy;
    bool go_on = false;

    if (!prompt)
        return false;
    line = line_read(prompt);
    free(prompt);
    stripped = line ? strip(line) : NULL;
    meant = stripped ? meaning(stripped, *last) : strdup("EOF");
    copy = meant ? strdup(meant) : NULL;
    if (copy)
        go_on = *copy == '\0' || carry_out(b, copy);
    if (meant && *meant != '!') { /* pstats forgets these, as it has no shell to pass them to */
        free(*last);
        *last = meant;
        meant = NULL;
    }
    free(copy);
    free(meant);
    free(line);
    return go_on;
}

/* Ctrl-C while a command is carried out: long lists end early. */
static volatile sig_atomic_t interrupted;

static void interrupt(int number)
{
    (void)number;
    interrupted = 1;
}

void browser_run(struct browser *b)
{
    static struct complete_command known[NCOMMANDS];
    struct sigaction stop = {.sa_handler = interrupt, .sa_flags = SA_RESTART};
    char *last = strdup("");
    size_t i;

    for (i = 0; i < NCOMMANDS; i++)
        known[i] = (struct complete_command){commands[i].name, commands[i].argument};
    complete_commands(known, NCOMMANDS);
    if (isatty(STDIN_FILENO))
        sigaction(SIGINT, &stop, NULL);
    b->stats.stop = &interrupted;
    puts("Welcome to the profile statistics browser.");
    while (last && step(b, &last))
        interrupted = 0;
    free(last);
    puts("Goodbye.");
}

void browser_free(struct browser *b)
{
    stats_free(&b->stats);
    free(b->name);
}
