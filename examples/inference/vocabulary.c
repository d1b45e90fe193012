#include "vocabulary.h"
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define SLOTS (4 * WORDS)

char vocabulary[WORDS][WORD_SIZE] = {[TOKEN_UNKNOWN] = "<unknown>"};
static int slots[SLOTS]; /* tokens by hash; TOKEN_UNKNOWN: free */

/* The slot that holds WORD, or the free one where it belongs. */
static unsigned find_slot(const char *word, size_t size)
{
    uint32_t hash = 2166136261U;

    for (size_t i = 0; i < size; i++)
        hash = (hash ^ (unsigned char)word[i]) * 16777619U;
    unsigned slot = hash % SLOTS;
    while (slots[slot] != TOKEN_UNKNOWN) {
        const char *here = vocabulary[slots[slot]];
        if (strncmp(here, word, size) == 0 && here[size] == '\0')
            break;
        slot = (slot + 1) % SLOTS;
    }
    return slot;
}

void vocabulary_load(void)
{
    static const char *const SYLLABLES[] = {"ka", "lo", "mi", "ru", "ne", "sa", "to", "vi"};

    for (int token = 1; token < WORDS; token++) {
        char *word = vocabulary[token];
        int length =
            snprintf(word, WORD_SIZE, "%s%s%s%s", SYLLABLES[token % 8], SYLLABLES[token / 8 % 8],
                     SYLLABLES[token / 64 % 8], token / 512 ? "n" : "s");
        slots[find_slot(word, (size_t)length)] = token;
    }
}

int vocabulary_find(const char *word, size_t size)
{
    return slots[find_slot(word, size)];
}
