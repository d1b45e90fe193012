#include "report/line.h"

#include <editline/readline.h>
#include <locale.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Nothing is held back in stdout while a line is read, and readline has set the terminal back
   before it passes the signal on. */
static void leave(int number)
{
    (void)number;
    if (write(STDOUT_FILENO, "\n", 1) < 0)
        _exit(1);
    _exit(0);
}

static char *edit(const char *prompt)
{
    static bool started;
    struct sigaction leaving = {.sa_handler = leave}, other;
    char *line;

    if (!started) {
        setlocale(LC_CTYPE, ""); /* which characters one key makes, and how wide they are */
        started = true;
    }
    sigaction(SIGINT, &leaving, &other);
    line = readline(prompt);
    sigaction(SIGINT, &other, NULL);
    if (line && *line)
        add_history(line);
    return line;
}

static char *read_plain(const char *prompt)
{
    char *line = NULL;
    size_t room = 0;
    ssize_t size;

    fputs(prompt, stdout);
    fflush(stdout);
    size = getline(&line, &room, stdin);
    if (size < 0) {
        free(line);
        return NULL;
    }
    if (size > 0 && line[size - 1] == '\n')
        line[size - 1] = '\0';
    return line;
}

char *line_read(const char *prompt)
{
    fflush(stdout);
    if (isatty(STDIN_FILENO) && isatty(STDOUT_FILENO))
        return edit(prompt);
    return read_plain(prompt);
}
