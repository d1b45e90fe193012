#include "symbolize/answer.h"

#include <stdlib.h>
#include <string.h>

#include "format/cursor.h"
#include "symbolize/memory.h"

#define MAGIC    0x52574e41u /* "ANWR" */
#define NO_TEXT  UINT32_MAX
#define FOR_EACH ((size_t)16 << 10) /* bytes for a function: C++ names can be long */
#define FOR_ALL  ((size_t)64 << 20)

size_t answer_most(const struct job *job)
{
    return FOR_ALL + FOR_EACH * job->n;
}

/* ---- writing ---- */

static void put_u32(FILE *to, uint32_t value)
{
    value = htole32(value);
    fwrite(&value, sizeof value, 1, to);
}

static void put_u64(FILE *to, uint64_t value)
{
    value = htole64(value);
    fwrite(&value, sizeof value, 1, to);
}

static void put_text(FILE *to, const char *text)
{
    uint32_t size = text ? (uint32_t)strnlen(text, ANSWER_TEXT_MOST) : NO_TEXT;
    put_u32(to, size);
    if (text)
        fwrite(text, 1, size, to);
}

int answer_write(FILE *to, const struct job *job)
{
    put_u32(to, MAGIC);
    put_u32(to, job->state);
    put_u32(to, job->lack.kind);
    put_u64(to, job->lack.value);
    put_text(to, job->lack.name.bytes);
    for (const struct job_function *f = job->functions; f < job->functions + job->n; f++) {
        put_u64(to, f->offset);
        put_u64(to, (uint64_t)f->line);
        put_text(to, f->file);
        put_text(to, f->name);
        put_text(to, f->linkage);
    }
    return fflush(to) == 0 && !ferror(to) ? 0 : -1;
}

/* ---- reading ---- */

static char *get_text(struct cursor *in)
{
    uint32_t size = cursor_u32(in);
    if (size == NO_TEXT || cursor_failed(in))
        return NULL;
    if (size > ANSWER_TEXT_MOST)
        cursor_fail(in, in->at, "text too long");
    const uint8_t *bytes = cursor_bytes(in, size);
    return bytes ? memory_text("%.*s", (int)size, (const char *)bytes) : NULL;
}

static void get_function(struct cursor *in, struct job_function *f)
{
    if (cursor_u64(in) != f->offset)
        cursor_fail(in, in->at, "another function");
    f->line = (int64_t)cursor_u64(in);
    if (f->line < 0 || f->line > INT32_MAX)
        cursor_fail(in, in->at, "impossible line");
    f->file = get_text(in);
    f->name = get_text(in);
    f->linkage = get_text(in);
    if (f->line && !f->file)
        cursor_fail(in, in->at, "line without file");
}

int answer_read(struct job *job, const void *bytes, size_t size)
{
    struct cursor in = cursor_over(bytes, size);
    if (cursor_u32(&in) != MAGIC)
        cursor_fail(&in, 0, "no answer");
    job->state = cursor_u32(&in);
    job->lack.kind = cursor_u32(&in);
    job->lack.value = cursor_u64(&in);
    job->lack.name.bytes = get_text(&in);
    job->lack.name.size = job->lack.name.bytes ? strlen(job->lack.name.bytes) : 0;
    if (job->state < PROFILE_MODULE_DWARF || job->state > PROFILE_MODULE_MISSING)
        cursor_fail(&in, in.at, "impossible state");
    if (job->lack.kind > PROFILE_LACK_FORMAT)
        cursor_fail(&in, in.at, "impossible lack");
    for (size_t i = 0; i < job->n && !cursor_failed(&in); i++)
        get_function(&in, &job->functions[i]);
    if (!cursor_failed(&in) && cursor_remaining(&in) == 0)
        return 0;
    job_clear(job);
    return -1;
}
