#include "format/profile.h"

#include "format/tail.h"

#include <stdlib.h>

void profile_free(struct profile *p)
{
    for (size_t i = 0; i < p->nfunctions; i++) {
        free(p->functions[i].file.bytes);
        free(p->functions[i].name.bytes);
        free(p->functions[i].callers);
    }
    free(p->functions);
    tail_free(p->tail);
    *p = (struct profile){0};
}
