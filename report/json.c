#include "report/json.h"

#include "format/utf8.h"
#include "report/cell.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

/* Beyond U+FFFF as two, as UTF-16 has them. */
static void put_escaped(uint32_t code, FILE *to)
{
    if (code > 0xffff)
        fprintf(to, "\\u%04x\\u%04x", 0xd7c0u + (code >> 10), 0xdc00u + (code & 0x3ff));
    else
        fprintf(to, "\\u%04x", code);
}

void json_put_string(struct profile_string s, FILE *to)
{
    const char *at = s.bytes, *end = s.bytes + s.size;

    fputc('"', to);
    while (at < end) {
        size_t length = utf8_character(at, (size_t)(end - at));

        if (length == 0)
            fprintf(to, "\\u%04x",
                    0xdc00u + (unsigned char)*at); /* Python's way with such a byte */
        else if (*at == '"' || *at == '\\')
            fprintf(to, "\\%c", *at);
        else if (utf8_is_clean(at, length, UTF8_ESCAPE_CONTROLS))
            fwrite(at, 1, length, to);
        else
            put_escaped(utf8_code(at, length), to);
        at += length ? length : 1;
    }
    fputc('"', to);
}

static void put_time(const struct table *t, const char *name, double seconds, FILE *to)
{
    double value = t->unit->per_second > 0 ? seconds * t->unit->per_second : seconds;

    if (isfinite(value))
        fprintf(to, "\"%s\": %.3f, ", name, value);
    else
        fprintf(to, "\"%s\": null, ", name);
}

static void put_percall(const struct table *t, const char *name, double seconds,
                        profile_count calls, FILE *to)
{
    if (calls == 0)
        fprintf(to, "\"%s\": -1, ", name);
    else
        put_time(t, name, seconds / (double)calls, to);
}

static void put_row(const struct table *t, const struct row *row, FILE *to)
{
    json_put_string(row->name, to);
    fputs(": {\"ncalls\": \"", to);
    cell_put_calls(row->nc, row->cc, false, 0, to);
    fputs("\", ", to);
    put_time(t, "tottime", row->tt, to);
    put_percall(t, "percall_tottime", row->tt, row->nc, to);
    put_time(t, "cumtime", row->ct, to);
    put_percall(t, "percall_cumtime", row->ct, row->cc, to);
    fputs("\"file_name\": ", to);
    json_put_string(row->file, to);
    fprintf(to, ", \"line_number\": %" PRId64 "}", row->line);
}

/* Of the rows of one name, the last takes the place of the first. ROWS: room for the result.
   Returns how many are left, or -1: memory is out. */
static int64_t last_of_each_name(const struct selection *s, const struct row **rows)
{
    struct intern names = {0};
    int64_t n = 0;
    size_t i;

    for (i = 0; i < s->nrows && n >= 0; i++) {
        const struct profile_string *name = &s->rows[i]->name;
        uint32_t number = intern_add(&names, name->bytes, name->size);

        if (number != INTERN_FAILED)
            rows[number] = s->rows[i];
        n = number == INTERN_FAILED ? -1 : (int64_t)names.count;
    }
    intern_free(&names);
    return n;
}

int json_print(const struct table *t, const struct selection *s, FILE *to)
{
    const struct row **rows = calloc(s->nrows + 1, sizeof(const struct row *));
    int64_t i, n = rows ? last_of_each_name(s, rows) : -1;

    if (n >= 0) {
        fputc('{', to);
        put_time(t, "total_tt", t->model->total_tt, to);
        fputs("\"func_profiles\": {", to);
        for (i = 0; i < n; i++) {
            fputs(i ? ", " : "", to);
            put_row(t, rows[i], to);
        }
        fputs("}}\n", to);
    }
    free(rows);
    return n < 0 ? -1 : 0;
}
