/* Text to tokens. This is the step that differs between version 1 and version 2. */
#ifndef INFERENCE_TOKENISE_H
#define INFERENCE_TOKENISE_H

/* The tokens of the first MAX words of TEXT, into TOKENS; how many. Capitals do not matter. */
int tokenise(const char *text, int *tokens, int max);

#endif
