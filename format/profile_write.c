#include "format/intern.h"
#include "format/marshal.h"
#include "format/output.h"
#include "format/profile.h"
#include "format/savefile.h"
#include "format/tail.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NO_REF UINT32_MAX

/* A row's key: the numbers of its strings, and what equal keys are equal by. */
struct key {
    int64_t line;
    uint32_t file, name;
};
_Static_assert(sizeof(struct key) == 16, "hashed as bytes: no holes");

struct writer {
    struct output out;
    const struct profile *p;
    struct intern strings, keys;
    struct key *key_of;  /* of each function */
    uint32_t *rows;      /* of each function: its number among the rows */
    uint32_t *key_refs;  /* of each function: the reference to its key, or NO_REF */
    uint32_t *file_refs; /* of each string: the reference to it as a file, or NO_REF */
    uint32_t refs;       /* objects numbered so far */
};

static int fail(struct profile_error *error, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static int fail(struct profile_error *error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error->text, sizeof error->text, format, arguments);
    va_end(arguments);
    error->offset = -1;
    return -1;
}

/* ---- what a profile must be to be written ---- */

static int check_function(const struct profile *p, size_t i, struct profile_error *error)
{
    const struct profile_function *f = &p->functions[i];
    if (!isfinite(f->tt) || !isfinite(f->ct))
        return fail(error, "function %zu: time that is not finite", i);
    if (f->file.size > INT32_MAX / 4 || f->name.size > INT32_MAX / 4)
        return fail(error, "function %zu: name too long", i);
    for (size_t j = 0; j < f->ncallers; j++) {
        const struct profile_caller *c = &f->callers[j];
        if (c->function >= p->nfunctions || !p->functions[c->function].is_row)
            return fail(error, "function %zu: caller %zu has no row", i, j);
        if (!isfinite(c->tt) || !isfinite(c->ct))
            return fail(error, "function %zu: caller %zu: time that is not finite", i, j);
    }
    return 0;
}

static int check_tail(const struct profile *p, struct profile_error *error)
{
    const struct profile_tail *tail = p->tail;
    if (!tail)
        return 0;
    char fault[TAIL_FAULT_SIZE];
    if (tail_check(tail, p->nfunctions, fault))
        return fail(error, "%s", fault);
    for (size_t i = 0; i < tail->nsymbols; i++)
        if (tail->symbols[i].function != PROFILE_NO_FUNCTION &&
            !p->functions[tail->symbols[i].function].is_row)
            return fail(error, "symbol %zu: its function has no row", i);
    for (size_t i = 0; i < tail->nthread_rows; i++)
        if (!p->functions[tail->thread_rows[i].function].is_row)
            return fail(error, "thread's row %zu: its function has no row", i);
    return 0;
}

static int check(const struct profile *p, struct profile_error *error)
{
    size_t rows = 0;
    for (size_t i = 0; i < p->nfunctions; i++) {
        if (!p->functions[i].is_row)
            continue;
        rows++;
        if (check_function(p, i, error))
            return -1;
    }
    if (rows == 0)
        return fail(error, "a profile without rows");
    return check_tail(p, error);
}

/* ---- numbers of strings, keys and rows ---- */

static uint32_t text(struct writer *w, const struct profile_string *s)
{
    return intern_text(&w->strings, s->bytes, s->size, UTF8_ESCAPE_CONTROLS);
}

static int number_function(struct writer *w, size_t i, struct profile_error *error)
{
    const struct profile_function *f = &w->p->functions[i];
    struct key key = {f->line, text(w, &f->file), text(w, &f->name)};
    if (key.file == INTERN_FAILED || key.name == INTERN_FAILED)
        return fail(error, "out of memory");
    size_t known = w->keys.count;
    uint32_t number = intern_add(&w->keys, &key, sizeof key);
    if (number == INTERN_FAILED)
        return fail(error, "out of memory");
    if (number != known)
        return fail(error, "function %zu: a row with the same file, line and name precedes it", i);
    w->key_of[i] = key;
    w->rows[i] = number;
    return 0;
}

static uint32_t *no_refs(size_t count)
{
    uint32_t *refs = reallocarray(NULL, count, sizeof *refs);
    for (size_t i = 0; refs && i < count; i++)
        refs[i] = NO_REF;
    return refs;
}

static int number_functions(struct writer *w, struct profile_error *error)
{
    size_t n = w->p->nfunctions;
    w->key_of = calloc(n, sizeof *w->key_of);
    w->rows = calloc(n, sizeof *w->rows);
    w->key_refs = no_refs(n);
    if (!w->key_of || !w->rows || !w->key_refs)
        return fail(error, "out of memory");
    for (size_t i = 0; i < n; i++)
        if (w->p->functions[i].is_row && number_function(w, i, error))
            return -1;
    w->file_refs = no_refs(w->strings.count);
    return w->file_refs ? 0 : fail(error, "out of memory");
}

/* ---- the dict ---- */

static void write_key(struct writer *w, size_t function)
{
    const struct key *key = &w->key_of[function];
    if (w->key_refs[function] != NO_REF) {
        marshal_write_ref(&w->out, w->key_refs[function]);
        return;
    }
    size_t size;
    const char *bytes;
    w->key_refs[function] = w->refs++;
    marshal_write_tuple(&w->out, 3, MARSHAL_FLAG);
    if (w->file_refs[key->file] != NO_REF) {
        marshal_write_ref(&w->out, w->file_refs[key->file]);
    } else {
        w->file_refs[key->file] = w->refs++;
        bytes = intern_bytes(&w->strings, key->file, &size);
        marshal_write_string(&w->out, bytes, size, MARSHAL_FLAG);
    }
    marshal_write_integer(&w->out, key->line);
    bytes = intern_bytes(&w->strings, key->name, &size);
    marshal_write_string(&w->out, bytes, size, 0);
}

static void write_row(struct writer *w, size_t function)
{
    const struct profile_function *f = &w->p->functions[function];
    write_key(w, function);
    marshal_write_tuple(&w->out, 5, 0);
    marshal_write_integer(&w->out, f->cc);
    marshal_write_integer(&w->out, f->nc);
    marshal_write_real(&w->out, f->tt);
    marshal_write_real(&w->out, f->ct);
    output_u8(&w->out, MARSHAL_DICT);
    for (size_t i = 0; i < f->ncallers; i++) {
        const struct profile_caller *c = &f->callers[i];
        write_key(w, c->function);
        if (c->plain) {
            marshal_write_integer(&w->out, c->nc);
            continue;
        }
        marshal_write_tuple(&w->out, 4, 0);
        marshal_write_integer(&w->out, c->nc);
        marshal_write_integer(&w->out, c->cc);
        marshal_write_real(&w->out, c->tt);
        marshal_write_real(&w->out, c->ct);
    }
    output_u8(&w->out, MARSHAL_END);
}

/* As Python 3.15's sampling profiler has it. */
static void write_sampled_mark(struct writer *w)
{
    static const char mark[] = "__sampled__";
    marshal_write_tuple(&w->out, 1, 0);
    marshal_write_string(&w->out, mark, sizeof mark - 1, 0);
    output_u8(&w->out, 'T');
}

static void write_dict(struct writer *w)
{
    /* Flagged, the first byte is none that UTF-8 text begins with: tuna takes a file that could be
       text for another format. */
    output_u8(&w->out, MARSHAL_DICT | MARSHAL_FLAG);
    w->refs = 1;
    if (w->p->sampled)
        write_sampled_mark(w);
    for (size_t i = 0; i < w->p->nfunctions; i++)
        if (w->p->functions[i].is_row)
            write_row(w, i);
    output_u8(&w->out, MARSHAL_END);
}

static void writer_free(struct writer *w)
{
    intern_free(&w->strings);
    intern_free(&w->keys);
    free(w->key_of);
    free(w->rows);
    free(w->key_refs);
    free(w->file_refs);
}

int profile_write(int fd, const struct profile *p, struct profile_error *error)
{
    struct writer w = {.p = p};
    int result = check(p, error) || number_functions(&w, error) ? -1 : 0;
    if (result == 0) {
        output_start(&w.out, fd);
        write_dict(&w);
        if (p->tail)
            tail_write(&w.out, p->tail, w.rows);
        if (output_finish(&w.out))
            result = fail(error, "cannot write: %s", strerror(errno));
    }
    writer_free(&w);
    return result;
}

/* ---- a file of its own ---- */

static int write_profile(int fd, const void *profile, struct profile_error *error)
{
    return profile_write(fd, profile, error);
}

static bool starts_as_profile(const unsigned char *start, ssize_t size)
{
    return size == 2 && (start[0] & ~MARSHAL_FLAG) == MARSHAL_DICT &&
           memchr("()0", start[1] & ~MARSHAL_FLAG, 3) != NULL; /* a key, a tuple, or the end */
}

/* A file that is no profile is somebody's work, named by mistake. What is no file, savefile tells.
 */
static int check_old(const char *path, struct profile_error *error)
{
    unsigned char start[2];
    struct stat st;
    if (lstat(path, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size == 0)
        return 0;
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return fail(error, "cannot write: exists and cannot be read: %s", strerror(errno));
    ssize_t size = read(fd, start, sizeof start);
    close(fd);
    return starts_as_profile(start, size)
               ? 0
               : fail(error, "cannot write: exists and is not a profile");
}

int profile_save(const char *path, const struct profile *p, struct profile_error *error)
{
    return check_old(path, error) ? -1 : savefile(path, write_profile, p, error);
}
