#include "report/complete.h"

#include "format/utf8.h"
#include "report/sort.h"

#include <editline/readline.h>
#include <stdlib.h>
#include <string.h>

static const struct complete_command *commands;
static size_t ncommands;

/* The functions below are called with STATE 0 for the first word that begins with TEXT, then for
   each further one; a word is to be freed by who asked, NULL ends them. */

static char *next_command(const char *text, int state)
{
    static size_t next;

    if (state == 0)
        next = 0;
    while (next < ncommands) {
        const char *name = commands[next++].name;

        if (strncmp(name, text, strlen(text)) == 0)
            return strdup(name);
    }
    return NULL;
}

static char *next_sort_key(const char *text, int state)
{
    static size_t next;
    const char *word;

    if (state == 0)
        next = 0;
    while ((word = sort_word(next))) {
        next++;
        if (strncmp(word, text, strlen(text)) == 0)
            return strdup(word);
    }
    return NULL;
}

static char *nothing(const char *text, int state)
{
    (void)text, (void)state;
    return NULL;
}

/* Names that would act on the terminal are left out: the library writes them as they are. */
static char *next_file(const char *text, int state)
{
    char *name = rl_filename_completion_function(text, state);

    while (name && !utf8_is_clean(name, strlen(name), UTF8_ESCAPE_CONTROLS)) {
        free(name);
        name = rl_filename_completion_function(text, 1);
    }
    return name;
}

/* What a word is that begins at START of the line. */
static enum complete_kind kind_at(const char *line, size_t start)
{
    size_t blanks = strspn(line, " \t");
    size_t size = strcspn(line + blanks, " \t");
    size_t i;

    if (start <= blanks)
        return COMPLETE_COMMAND;
    for (i = 0; i < ncommands; i++)
        if (strlen(commands[i].name) == size && strncmp(commands[i].name, line + blanks, size) == 0)
            return commands[i].argument;
    return COMPLETE_NOTHING;
}

static char **complete(const char *text, int start, int end)
{
    (void)end;
    rl_attempted_completion_over = 1; /* file names are no substitute for what is not found */
    switch (kind_at(rl_line_buffer, (size_t)start)) {
    case COMPLETE_COMMAND:
        return rl_completion_matches(text, next_command);
    case COMPLETE_SORT_KEY:
        return rl_completion_matches(text, next_sort_key);
    case COMPLETE_FILE:
        return rl_completion_matches(text, next_file);
    case COMPLETE_NOTHING:
        break;
    }
    return rl_completion_matches(text, nothing);
}

void complete_commands(const struct complete_command *list, size_t n)
{
    commands = list;
    ncommands = n;
    rl_attempted_completion_function = complete;
}
