#include "tokenise.h"
#include "vocabulary.h"
#include <ctype.h>

/* The vocabulary is in lower case, and so is looked up what the user wrote. */
static int token_of(const char *word, size_t size)
{
    char lower[WORD_SIZE];

    if (size >= sizeof lower)
        return TOKEN_UNKNOWN;
    for (size_t i = 0; i < size; i++)
        lower[i] = (char)tolower((unsigned char)word[i]);
    return vocabulary_find(lower, size);
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
