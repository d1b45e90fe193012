#define PCRE2_CODE_UNIT_WIDTH 8
#include "report/pattern.h"

#include "report/error.h"

#include <pcre2.h>
#include <stdlib.h>

struct pattern {
    pcre2_code *code;
    pcre2_match_data *match;
};

static pcre2_code *compile(const char *text, struct profile_error *why)
{
    pcre2_compile_context *context = pcre2_compile_context_create(NULL);
    PCRE2_UCHAR message[120] = "";
    pcre2_code *code;
    PCRE2_SIZE offset;
    int number;

    if (!context) {
        error_memory(why);
        return NULL;
    }
    pcre2_set_newline(context, PCRE2_NEWLINE_LF);
    code = pcre2_compile((PCRE2_SPTR)text, PCRE2_ZERO_TERMINATED,
                         PCRE2_UTF | PCRE2_UCP | PCRE2_MATCH_INVALID_UTF | PCRE2_NEVER_BACKSLASH_C,
                         &number, &offset, context);
    pcre2_compile_context_free(context);
    if (!code) {
        pcre2_get_error_message(number, message, sizeof(message));
        error_set(why, "'%.40s' is no regular expression: %s", text, (const char *)message);
    }
    return code;
}

struct pattern *pattern_new(const char *text, struct profile_error *why)
{
    struct profile_error unused;
    struct pattern *p = calloc(1, sizeof(*p));

    if (!why)
        why = &unused;
    if (!p) {
        error_memory(why);
        return NULL;
    }
    p->code = compile(text, why);
    p->match = p->code ? pcre2_match_data_create(1, NULL) : NULL;
    if (p->match)
        return p;
    if (p->code)
        error_memory(why);
    pattern_free(p);
    return NULL;
}

int pattern_find(const struct pattern *p, const struct profile_string *text,
                 struct profile_error *error)
{
    int found = pcre2_match(p->code, (PCRE2_SPTR)text->bytes, text->size, 0, 0, p->match, NULL);

    if (found < 0 && found != PCRE2_ERROR_NOMATCH)
        return error_set(error, "the pattern needs too many steps to match a name; simplify it");
    return found >= 0;
}

void pattern_free(struct pattern *p)
{
    if (!p)
        return;
    pcre2_match_data_free(p->match);
    pcre2_code_free(p->code);
    free(p);
}
