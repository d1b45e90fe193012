#include "report/restrict.h"

#include "report/literal.h"
#include "report/pattern.h"

#include <inttypes.h>

/* Keeps the rows that match. */
static int keep_matching(struct selection *s, const struct pattern *pattern,
                         struct profile_error *error)
{
    size_t i, kept = 0;
    int found = 0;

    for (i = 0; i < s->nrows && found >= 0; i++) {
        found = pattern_find(pattern, &s->rows[i]->standard_name, error);
        if (found > 0)
            s->rows[kept++] = s->rows[i];
    }
    s->nrows = kept;
    return found < 0 ? -1 : 0;
}

static int restrict_by_pattern(struct selection *s, const char *text, FILE *message,
                               struct profile_error *error)
{
    struct pattern *pattern = pattern_new(text, NULL);
    size_t before = s->nrows;
    int result;

    if (!pattern) {
        fprintf(message, "   <Invalid regular expression ");
        literal_show_string(message, text);
        fprintf(message, ">\n");
        return 0;
    }
    result = keep_matching(s, pattern, error);
    pattern_free(pattern);
    if (before > 0 && s->nrows == 0)
        s->unmatched = text;
    return result;
}

int restrict_rows(struct selection *s, const char *word, FILE *message, struct profile_error *error)
{
    size_t before = s->nrows;
    int64_t count = 0;
    double fraction = 0;
    enum { COUNT, FRACTION, PATTERN } kind;

    kind = literal_int(word, &count) ? COUNT : literal_float(word, &fraction) ? FRACTION : PATTERN;
    if (kind == COUNT && count >= 0 && (uint64_t)count < s->nrows)
        s->nrows = (size_t)count;
    if (kind == FRACTION && fraction >= 0 && fraction < 1)
        s->nrows = (size_t)((double)s->nrows * fraction + 0.5);
    if (kind == PATTERN && restrict_by_pattern(s, word, message, error) < 0)
        return -1;
    if (s->nrows == before)
        return 0;
    fprintf(message, "   List reduced from %zu to %zu due to restriction <", before, s->nrows);
    if (kind == COUNT)
        fprintf(message, "%" PRId64, count);
    else if (kind == FRACTION)
        literal_show_float(message, fraction);
    else
        literal_show_string(message, word);
    fprintf(message, ">\n");
    return 0;
}
