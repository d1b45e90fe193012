#include "tokenise.h"
#include "vocabulary.h"
#include <ctype.h>
#include <strings.h>

/* Compares without regard to case, so that no copy of the word is needed. */
static int token_of(const char *word, size_t size)
{
    for (int token = 1; token < WORDS; token++)
        if (strncasecmp(vocabulary[token], word, size) == 0 && vocabulary[token][size] == '\0')
            return token;
    return TOKEN_UNKNOWN;
}

int tokenise(const char *text, int *tokens, int max)
{
    int count = 0;

    while (*text && count < max) {
        const char *word = text;
        while (isalpha((unsigned char)*text))
            text++;
        if (text > word)
            tokens[count++] = token_of(word, (size_t)(text - word));
        else
            text++;
    }
    return count;
}
