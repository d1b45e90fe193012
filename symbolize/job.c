#include "symbolize/job.h"

#include <stdlib.h>

void job_clear(struct job *job)
{
    for (struct job_function *f = job->functions; f < job->functions + job->n; f++) {
        free(f->file);
        free(f->name);
        free(f->linkage);
        *f = (struct job_function){.offset = f->offset};
    }
    free(job->lack.name.bytes);
    job->lack = (struct profile_lack){0};
    job->state = 0;
}
