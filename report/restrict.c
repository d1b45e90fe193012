#define PCRE2_CODE_UNIT_WIDTH 8
#include "report/restrict.h"

#include "report/error.h"
#include "report/literal.h"

#include <inttypes.h>
#include <pcre2.h>

static pcre2_code *compile(const char *pattern)
{
    pcre2_compile_context *context = pcre2_compile_context_create(NULL);
    pcre2_code *code;
    PCRE2_SIZE offset;
    int number;

    if (!context)
        return NULL;
    pcre2_set_newline(context, PCRE2_NEWLINE_LF);
    code = pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED,
                         PCRE2_UTF | PCRE2_UCP | PCRE2_MATCH_INVALID_UTF | PCRE2_NEVER_BACKSLASH_C,
                         &number, &offset, context);
    pcre2_compile_context_free(context);
    return code;
}

/* Keeps the rows that match. */
static int keep_matching(struct selection *s, pcre2_code *code, struct profile_error *error)
{
    pcre2_match_data *match = pcre2_match_data_create(1, NULL);
    size_t i, kept = 0;
    int found = 0;

    for (i = 0; i < s->nrows && match; i++) {
        const struct profile_string *name = &s->rows[i]->standard_name;

        found = pcre2_match(code, (PCRE2_SPTR)name->bytes, name->size, 0, 0, match, NULL);
        if (found >= 0)
            s->rows[kept++] = s->rows[i];
        else if (found != PCRE2_ERROR_NOMATCH)
            break;
    }
    s->nrows = kept;
    pcre2_match_data_free(match);
    if (!match)
        return error_memory(error);
    if (found < 0 && found != PCRE2_ERROR_NOMATCH)
        return error_set(error, "the pattern needs too many steps to match a name; simplify it");
    return 0;
}

static int restrict_by_pattern(struct selection *s, const char *pattern, FILE *message,
                               struct profile_error *error)
{
    pcre2_code *code = compile(pattern);
    size_t before = s->nrows;
    int result;

    if (!code) {
        fprintf(message, "   <Invalid regular expression ");
        literal_show_string(message, pattern);
        fprintf(message, ">\n");
        return 0;
    }
    result = keep_matching(s, code, error);
    pcre2_code_free(code);
    if (before > 0 && s->nrows == 0)
        s->unmatched = pattern;
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
