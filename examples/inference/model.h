/* The model: one attention layer over the tokens so far, with weights that are made up. */
#ifndef INFERENCE_MODEL_H
#define INFERENCE_MODEL_H

#include <stdint.h>

#define DIMENSIONS 64

typedef float vector[DIMENSIONS];

/* Fills the weights; before anything else, once. */
void model_load(void);

/* The vector of TOKEN at POSITION. */
void embed(vector out, int token, int position);

/* What the last of COUNT vectors takes from all of them, into OUT. SCORES is room for COUNT. */
void attend(vector out, const vector *context, int count, float *scores);

/* Turns COUNT scores into probabilities. */
void softmax(float *scores, int count);

/* The next token: a random one, by the probabilities that STATE leads to. */
int sample(const vector state, uint64_t *randomness);

#endif
