#include "service.h"
#include "cprof.h"
#include "model.h"
#include "random.h"
#include "tokenise.h"
#include "vocabulary.h"
#include <ctype.h>
#include <string.h>

#define PROMPT_WORDS 192 /* of a request */
#define ANSWER_WORDS 6
#define TOKENS       (PROMPT_WORDS + ANSWER_WORDS)

/* The text of a request: sentences of eight words. */
static void read_request(char *text, uint64_t *randomness)
{
    for (int i = 0; i < PROMPT_WORDS; i++) {
        const char *word = vocabulary[1 + random_next(randomness) % (WORDS - 1)];
        size_t size = strlen(word);
        memcpy(text, word, size);
        if (i % 8 == 0)
            *text = (char)toupper((unsigned char)*text);
        text += size;
        *text++ = i % 8 == 7 ? '.' : ' ';
    }
    *text = '\0';
}

uint64_t serve(int request)
{
    CPROF_DO_PROFILE("./profiles");
    uint64_t randomness = (uint64_t)request + 1, checksum = (uint64_t)request;
    char text[PROMPT_WORDS * WORD_SIZE + 1];
    int tokens[TOKENS];
    vector context[TOKENS], state;
    float scores[TOKENS];

    read_request(text, &randomness);
    int count = tokenise(text, tokens, PROMPT_WORDS);
    for (int i = 0; i < count; i++)
        embed(context[i], tokens[i], i);
    for (int end = count + ANSWER_WORDS; count < end; count++) {
        attend(state, (const vector *)context, count, scores);
        tokens[count] = sample(state, &randomness);
        embed(context[count], tokens[count], count);
        checksum = checksum * 31 + (uint64_t)tokens[count];
    }
    return checksum;
}
