#include "format/array.h"
#include "format/marshal.h"
#include "format/profile.h"
#include "format/tail.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A reference repeats a long name in five bytes. The names of all functions, written out, may be
   this many times as long as the file. */
#define NAMES_PER_BYTE 256

struct parsed_function {
    struct profile_function f; /* its strings are set last, from these */
    uint32_t file, name;       /* numbers of strings */
    uint32_t caller_of;        /* the row that names it as a caller (the newest one) */
    uint32_t caller_at;        /* and its place in that row's callers */
};

/* What one key of the dicts, made of numbers, is equal by. */
struct key {
    int64_t line;
    uint32_t file, name;
};
_Static_assert(sizeof(struct key) == 16, "hashed as bytes: no holes");

/* Functions are numbered as their keys appear, be it as a row or as a caller, until the end. */
struct parser {
    struct marshal_reader in;
    struct intern keys;
    struct parsed_function *functions;
    size_t room;
    uint32_t *rows; /* functions that are rows, in the dict's order */
    size_t nrows, rows_room;
    uint32_t row_count; /* rows read, repeated ones too */
    bool sampled;
};

static void fail_memory(struct parser *p)
{
    cursor_fail(&p->in.in, p->in.in.at, "out of memory");
}

static int status(const struct parser *p)
{
    return cursor_failed(&p->in.in) ? -1 : 0;
}

/* ---- keys ---- */

static bool is_key(const struct parser *p, const struct marshal_value *v)
{
    if (v->kind != MARSHAL_IS_TUPLE || v->count != 3)
        return false;
    const struct marshal_value *items = marshal_items(&p->in, v);
    return items[0].kind == MARSHAL_IS_STRING && items[1].kind == MARSHAL_IS_INTEGER &&
           items[2].kind == MARSHAL_IS_STRING;
}

/* The number of the function with this key, a new one if need be; -1 on a fault. */
static int64_t function_of(struct parser *p, const struct marshal_value *v, size_t at)
{
    if (!is_key(p, v)) {
        cursor_fail(&p->in.in, at, "key that is not (file, line, name)");
        return -1;
    }
    const struct marshal_value *items = marshal_items(&p->in, v);
    struct key key = {(int64_t)items[1].integer, items[0].string, items[2].string};
    if (key.line != items[1].integer) {
        cursor_fail(&p->in.in, at, "line number out of range");
        return -1;
    }
    size_t known = p->keys.count;
    uint32_t number = intern_add(&p->keys, &key, sizeof key);
    struct parsed_function *functions =
        array_grow(p->functions, &p->room, known + 1, sizeof *functions);
    if (functions)
        p->functions = functions;
    if (number == INTERN_FAILED || !functions) {
        fail_memory(p);
        return -1;
    }
    if (number == known)
        functions[number] =
            (struct parsed_function){.f.line = key.line, .file = key.file, .name = key.name};
    return number;
}

/* ('__sampled__',), which Python 3.15's sampling profiler adds as if it were a row. */
static bool is_sampled_marker(const struct parser *p, const struct marshal_value *v)
{
    if (v->kind != MARSHAL_IS_TUPLE || v->count != 1)
        return false;
    const struct marshal_value *item = marshal_items(&p->in, v);
    if (item->kind != MARSHAL_IS_STRING)
        return false;
    static const char marker[] = "__sampled__";
    size_t size;
    const char *bytes = intern_bytes(&p->in.strings, item->string, &size);
    return size == sizeof marker - 1 && memcmp(bytes, marker, size) == 0;
}

/* ---- values ---- */

static profile_count count_of(struct parser *p, const struct marshal_value *v, size_t at)
{
    if (v->kind == MARSHAL_IS_INTEGER)
        return v->integer;
    cursor_fail(&p->in.in, at, "count that is no integer");
    return 0;
}

static double seconds_of(struct parser *p, const struct marshal_value *v, size_t at)
{
    double seconds = v->kind == MARSHAL_IS_INTEGER ? (double)v->integer
                     : v->kind == MARSHAL_IS_REAL  ? v->real
                                                   : (double)NAN;
    if (!isfinite(seconds))
        cursor_fail(&p->in.in, at, "time that is no finite number");
    return seconds;
}

static profile_count read_count(struct parser *p)
{
    size_t at = p->in.in.at;
    struct marshal_value v;
    return marshal_read(&p->in, &v) ? 0 : count_of(p, &v, at);
}

static double read_seconds(struct parser *p)
{
    size_t at = p->in.in.at;
    struct marshal_value v;
    return marshal_read(&p->in, &v) ? 0 : seconds_of(p, &v, at);
}

/* (nc, cc, tt, ct); a sampled profile, and Python 2.4, have a single count instead. */
static void read_caller_value(struct parser *p, struct profile_caller *out)
{
    size_t at = p->in.in.at;
    struct marshal_value v;
    if (marshal_read(&p->in, &v))
        return;
    if (v.kind == MARSHAL_IS_TUPLE && v.count == 4) {
        const struct marshal_value *items = marshal_items(&p->in, &v);
        out->nc = count_of(p, &items[0], at);
        out->cc = count_of(p, &items[1], at);
        out->tt = seconds_of(p, &items[2], at);
        out->ct = seconds_of(p, &items[3], at);
    } else {
        out->nc = out->cc = count_of(p, &v, at);
        out->plain = true;
    }
}

/* ---- rows ---- */

/* As in Python, a repeated key keeps its place and takes the later value. */
static int read_caller(struct parser *p, struct profile_function *row, size_t *room)
{
    size_t at = p->in.in.at;
    struct marshal_value v;
    if (marshal_read(&p->in, &v))
        return -1;
    int64_t number = function_of(p, &v, at);
    if (number < 0)
        return -1;
    struct profile_caller caller = {.function = (uint32_t)number};
    read_caller_value(p, &caller);
    struct parsed_function *f = &p->functions[number];
    if (f->caller_of != p->row_count) {
        struct profile_caller *callers =
            array_grow(row->callers, room, row->ncallers + 1, sizeof *callers);
        if (!callers) {
            fail_memory(p);
            return -1;
        }
        row->callers = callers;
        f->caller_of = p->row_count;
        f->caller_at = (uint32_t)row->ncallers++;
    }
    row->callers[f->caller_at] = caller;
    return status(p);
}

/* (cc, nc, tt, ct, callers) */
static int read_row_value(struct parser *p, struct profile_function *row)
{
    if (marshal_open_tuple(&p->in, 5, "(cc, nc, tt, ct, callers)"))
        return -1;
    row->cc = read_count(p);
    row->nc = read_count(p);
    row->tt = read_seconds(p);
    row->ct = read_seconds(p);
    if (cursor_failed(&p->in.in) || marshal_open_dict(&p->in, "a dict of callers"))
        return -1;
    size_t room = 0;
    while (!marshal_dict_ended(&p->in))
        if (read_caller(p, row, &room))
            return -1;
    return status(p);
}

static int add_row(struct parser *p, uint32_t number, const struct profile_function *row)
{
    struct profile_function *f = &p->functions[number].f;
    if (!f->is_row) {
        uint32_t *rows = array_grow(p->rows, &p->rows_room, p->nrows + 1, sizeof *rows);
        if (!rows) {
            fail_memory(p);
            return -1;
        }
        p->rows = rows;
        p->rows[p->nrows++] = number;
    }
    free(f->callers);
    *f = *row;
    return 0;
}

static int read_row(struct parser *p)
{
    size_t at = p->in.in.at;
    struct marshal_value key;
    if (marshal_read(&p->in, &key))
        return -1;
    if (is_sampled_marker(p, &key)) {
        p->sampled = true;
        return marshal_read(&p->in, &key);
    }
    int64_t number = function_of(p, &key, at);
    if (number < 0)
        return -1;
    p->row_count++;
    struct profile_function row = {.line = p->functions[number].f.line, .is_row = true};
    if (read_row_value(p, &row) || add_row(p, (uint32_t)number, &row)) {
        free(row.callers);
        return -1;
    }
    return 0;
}

static int read_dict(struct parser *p)
{
    if (marshal_open_dict(&p->in, "a dict"))
        return -1;
    while (!marshal_dict_ended(&p->in))
        if (read_row(p))
            return -1;
    if (p->nrows == 0)
        cursor_fail(&p->in.in, 0, "no rows");
    return status(p);
}

/* ---- from the order of appearance to the profile's ---- */

static int copy_string(struct parser *p, uint32_t number, struct profile_string *out)
{
    size_t size;
    const char *bytes = intern_bytes(&p->in.strings, number, &size);
    out->bytes = malloc(size + 1);
    if (!out->bytes) {
        fail_memory(p);
        return -1;
    }
    memcpy(out->bytes, bytes, size);
    out->bytes[size] = 0;
    out->size = size;
    return 0;
}

static int check_names(struct parser *p)
{
    size_t total = 0, file, name;
    for (size_t i = 0; i < p->keys.count; i++) {
        (void)intern_bytes(&p->in.strings, p->functions[i].file, &file);
        (void)intern_bytes(&p->in.strings, p->functions[i].name, &name);
        total += file + name;
    }
    if (total / NAMES_PER_BYTE > p->in.in.size)
        cursor_fail(&p->in.in, p->in.in.at, "names out of all proportion to the file");
    return status(p);
}

/* The place of each function in the profile: rows in the dict's order, then mere callers. */
static uint32_t *places_of(const struct parser *p)
{
    uint32_t *places = calloc(p->keys.count, sizeof *places);
    if (!places)
        return NULL;
    uint32_t next = 0;
    for (size_t i = 0; i < p->nrows; i++)
        places[p->rows[i]] = next++;
    for (size_t i = 0; i < p->keys.count; i++)
        if (!p->functions[i].f.is_row)
            places[i] = next++;
    return places;
}

static int move_functions(struct parser *p, struct profile *out)
{
    if (check_names(p))
        return -1;
    uint32_t *places = places_of(p);
    out->functions = calloc(p->keys.count, sizeof *out->functions);
    if (!places || !out->functions) {
        free(places);
        fail_memory(p);
        return -1;
    }
    out->nfunctions = p->keys.count;
    for (size_t i = 0; i < p->keys.count; i++) {
        struct profile_function *f = &out->functions[places[i]];
        *f = p->functions[i].f;
        p->functions[i].f.callers = NULL;
        for (size_t j = 0; j < f->ncallers; j++)
            f->callers[j].function = places[f->callers[j].function];
        if (copy_string(p, p->functions[i].file, &f->file) ||
            copy_string(p, p->functions[i].name, &f->name))
            break;
    }
    free(places);
    return status(p);
}

/* ---- the whole file ---- */

static void parser_free(struct parser *p)
{
    for (size_t i = 0; p->functions && i < p->keys.count; i++)
        free(p->functions[i].f.callers);
    free(p->functions);
    free(p->rows);
    intern_free(&p->keys);
    marshal_reader_free(&p->in);
}

int profile_parse(const void *bytes, size_t size, struct profile *out, struct profile_error *error)
{
    struct parser p = {0};
    *out = (struct profile){0};
    error->offset = -1;
    marshal_reader_start(&p.in, bytes, size);
    bool damaged_tail = false;
    int result = read_dict(&p);
    if (result == 0)
        result = move_functions(&p, out);
    if (result == 0) {
        out->sampled = p.sampled;
        result = tail_read(&p.in.in, p.nrows, &out->tail);
        damaged_tail = result != 0;
    }
    if (result) {
        const struct cursor *in = &p.in.in;
        if (size == 0)
            snprintf(error->text, sizeof error->text, "not a profile (the file is empty)");
        else
            snprintf(error->text, sizeof error->text, "%s (%s at offset %zu)",
                     damaged_tail ? "damaged behind the rows" : "not a profile", in->fault,
                     in->fault_at);
        profile_free(out);
    }
    parser_free(&p);
    return result;
}
