#include "model.h"
#include "random.h"
#include "vocabulary.h"
#include <math.h>

static vector weights[WORDS];

void model_load(void)
{
    uint64_t state = 42;

    for (int token = 0; token < WORDS; token++)
        for (int i = 0; i < DIMENSIONS; i++)
            weights[token][i] = (float)(random_next(&state) % 2001) / 1000.0F - 1.0F;
}

void embed(vector out, int token, int position)
{
    for (int i = 0; i < DIMENSIONS; i++)
        out[i] = weights[token][i] + 0.1F * (float)((position * (i + 1)) % 7);
}

static float dot(const vector a, const vector b)
{
    float sum = 0;

    for (int i = 0; i < DIMENSIONS; i++)
        sum += a[i] * b[i];
    return sum;
}

void softmax(float *scores, int count)
{
    float most = scores[0], sum = 0;

    for (int i = 1; i < count; i++)
        most = fmaxf(most, scores[i]);
    for (int i = 0; i < count; i++)
        sum += scores[i] = expf(scores[i] - most);
    for (int i = 0; i < count; i++)
        scores[i] /= sum;
}

void attend(vector out, const vector *context, int count, float *scores)
{
    for (int i = 0; i < count; i++)
        scores[i] = dot(context[count - 1], context[i]) / 8.0F;
    softmax(scores, count);
    for (int d = 0; d < DIMENSIONS; d++)
        out[d] = 0;
    for (int i = 0; i < count; i++)
        for (int d = 0; d < DIMENSIONS; d++)
            out[d] += scores[i] * context[i][d];
}

int sample(const vector state, uint64_t *randomness)
{
    float scores[WORDS];

    for (int token = 0; token < WORDS; token++)
        scores[token] = dot(state, weights[token]) / 8.0F;
    softmax(scores, WORDS);
    float rest = (float)(random_next(randomness) >> 8) / (float)(1 << 24);
    int token = 0;
    while (token < WORDS - 1 && rest >= scores[token])
        rest -= scores[token++];
    return token;
}
