/* Lines that a user types into the browser, and their completion. */
#include "test/fuzz/fuzz.h"

#include "report/browser.h"

#include <editline/readline.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Two profiles, p and q, and nothing else, in the current folder. */
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    const char *seeds = getenv("FUZZ_FILES");

    (void)argc, (void)argv;
    if (!seeds || chdir(seeds) < 0 || access("p", R_OK) < 0)
        fuzz_fail("FUZZ_FILES", "has no profiles p and q");
    return 0;
}

/* The words that would be added to LINE, all of which begin as its last word does. */
static void complete(char *line)
{
    size_t size = strlen(line), start = size;
    char **found;

    while (start > 0 && line[start - 1] != ' ')
        start--;
    rl_line_buffer = line;
    rl_point = rl_end = (int)size;
    found = rl_attempted_completion_function(line + start, (int)start, (int)size);
    for (size_t i = 0; found && found[i]; i++) {
        if (strncmp(found[i], line + start, size - start) != 0)
            fuzz_fail("completed to another word", found[i]);
        free(found[i]);
    }
    free(found);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    double start = fuzz_clock();
    FILE *in = stdin, *out = stdout, *err = stderr;
    struct browser b = {.stats.unit = unit_find("s"), .stats.verbatim = true};
    char *text = malloc(size + 1);

    if (size == 0 || memmem(data, size, "..", 2) || memchr(data, '/', size)) {
        free(text); /* other people's files */
        return 0;
    }
    memcpy(text, data, size);
    text[size] = 0;
    if (fuzz_choice(data, size) & 1)
        b.stats.unit = unit_find("auto"), b.stats.verbatim = false;
    stdin = fmemopen(text, size, "r");
    stdout = stderr = fuzz_sink();
    browser_read(&b, "p");
    browser_run(&b);
    browser_free(&b);
    fclose(stdin);
    fflush(stdout);
    stdin = in;
    stdout = out;
    stderr = err;
    text[strcspn(text, "\n")] = 0;
    complete(text);
    free(text);
    fuzz_check_time(start);
    return 0;
}
