/* The words that the model knows, in lower case, and their numbers: the tokens. */
#ifndef INFERENCE_VOCABULARY_H
#define INFERENCE_VOCABULARY_H

#include <stddef.h>

#define WORDS         1024
#define WORD_SIZE     16
#define TOKEN_UNKNOWN 0

extern char vocabulary[WORDS][WORD_SIZE]; /* [TOKEN_UNKNOWN] is no word */

/* Call it before anything else, once. */
void vocabulary_load(void);

/* The token of the SIZE characters at WORD, which are in lower case; by a hash table. */
int vocabulary_find(const char *word, size_t size);

#endif
