#include "report/names.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* ---- shortening ---- */

/* A name that is read from AT up to END, and what has been kept of it. */
struct shortener {
    const char *start, *at, *end;
    char *out;
    size_t used;
    bool failed; /* brackets that do not match */
};

static bool starts_with(const struct shortener *s, const char *text)
{
    size_t size = strlen(text);

    return (size_t)(s->end - s->at) >= size && memcmp(s->at, text, size) == 0;
}

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '$' || (c & 0x80);
}

static void keep(struct shortener *s, size_t n)
{
    memcpy(s->out + s->used, s->at, n);
    s->used += n;
    s->at += n;
}

/* Whether the word "operator" stands here. */
static bool is_operator(const struct shortener *s)
{
    return starts_with(s, "operator") && (s->at == s->start || !is_word(s->at[-1])) &&
           (s->at + 8 == s->end || !is_word(s->at[8]));
}

/* Length of the operator's symbol at AT, 0: there is none but a type. */
static size_t symbol_length(const struct shortener *s)
{
    static const char *const symbols[] = {
        "<=>", "<<=", ">>=", "->*", "()", "[]", "<<", ">>", "<=", ">=", "->", "&&", "||",
        "++",  "--",  "==",  "!=",  "+=", "-=", "*=", "/=", "%=", "^=", "&=", "|=", "<",
        ">",   "+",   "-",   "*",   "/",  "%",  "^",  "&",  "|",  "~",  "!",  "=",  ","};
    size_t i;

    for (i = 0; i < sizeof(symbols) / sizeof(symbols[0]); i++)
        if (starts_with(s, symbols[i]))
            return strlen(symbols[i]);
    return 0;
}

static char closing(char c)
{
    return c == '<' ? '>' : c == '(' ? ')' : c == '[' ? ']' : c == '{' ? '}' : '\0';
}

/* The brackets that are open, as what closes them. */
struct brackets {
    char stack[100];
    size_t depth;
};

/* One that does not fit is a comparison's, in an expression within other brackets. */
static void close_bracket(struct brackets *b, char c)
{
    size_t depth = b->depth;

    while (c != '>' && depth > 0 && b->stack[depth - 1] == '>' && depth > 1)
        depth--;
    if (b->stack[depth - 1] == c)
        b->depth = depth - 1;
}

/* Passes over a bracket and all up to the one that closes it. */
static void skip_brackets(struct shortener *s)
{
    struct brackets b = {.depth = 0};

    do {
        char c = *s->at;

        if (is_operator(s)) { /* its < and > are no brackets, nor is its ( */
            s->at += 8;
            s->at += symbol_length(s);
            continue;
        }
        if (starts_with(s, "->")) {
            s->at += 2;
            continue;
        }
        if (closing(c) != '\0' && b.depth == sizeof(b.stack))
            break;
        if (closing(c) != '\0')
            b.stack[b.depth++] = closing(c);
        else if (c == '>' || c == ')' || c == ']' || c == '}')
            close_bracket(&b, c);
        s->at++;
    } while (b.depth > 0 && s->at < s->end);
    s->failed |= b.depth > 0;
}

/* "{lambda(int)#1}" without what is in brackets inside. */
static void keep_braces(struct shortener *s)
{
    keep(s, 1);
    while (s->at < s->end && *s->at != '}' && !s->failed) {
        if (*s->at == '(' || *s->at == '<' || *s->at == '{')
            skip_brackets(s);
        else
            keep(s, 1);
    }
    if (s->at < s->end)
        keep(s, 1);
    else
        s->failed = true;
}

/* The word, then a symbol, new or delete, or a type up to its parameters. */
static void keep_operator(struct shortener *s)
{
    size_t symbol;

    keep(s, 8);
    symbol = symbol_length(s);
    if (symbol > 0) {
        keep(s, symbol);
        if (starts_with(s, " <"))
            s->at++;
        return;
    }
    while (s->at < s->end && *s->at != '(' && !s->failed) {
        if (*s->at == '<')
            skip_brackets(s);
        else
            keep(s, 1);
    }
}

/* Words that follow parameters. */
static size_t qualifier_length(const struct shortener *s)
{
    static const char *const words[] = {" const", " volatile", " noexcept", " &&", " &"};
    size_t i;

    for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        size_t size = strlen(words[i]);

        if (starts_with(s, words[i]) && (s->at + size == s->end || !is_word(s->at[size])))
            return size;
    }
    return 0;
}

static void shorten_next(struct shortener *s)
{
    size_t qualifier = qualifier_length(s);

    if (is_operator(s)) {
        keep_operator(s);
    } else if (starts_with(s, "(anonymous namespace)::")) {
        s->at += strlen("(anonymous namespace)::");
    } else if (*s->at == '<' || *s->at == '(' || starts_with(s, "[abi:") ||
               starts_with(s, "[clone ")) {
        skip_brackets(s);
    } else if (*s->at == '{') {
        keep_braces(s);
    } else if (*s->at == '>' || *s->at == ')' || *s->at == ']' || *s->at == '}') {
        s->failed = true;
    } else if (qualifier > 0) {
        s->at += qualifier;
    } else if (*s->at == ' ') { /* what was before is a return type, unless nothing follows */
        s->at++;
        if (s->at < s->end && !starts_with(s, "[clone "))
            s->used = 0;
    } else {
        keep(s, 1);
    }
}

size_t names_shorten(const char *name, size_t size, char *out)
{
    struct shortener s = {.start = name, .at = name, .end = name + size, .out = out};

    /* "<T as Trait>::f" is Rust's, "<x.so+0x10>" a place. */
    s.failed = size == 0 || *name == '<';
    while (s.at < s.end && !s.failed)
        shorten_next(&s);
    if (s.failed || s.used == 0) {
        memcpy(out, name, size);
        s.used = size;
    }
    out[s.used] = '\0';
    return s.used;
}

/* ---- a model ---- */

/* Gives ROW the name of SIZE bytes. */
static int rename_row(struct row *row, char *bytes, size_t size)
{
    char *old = row->file.bytes;

    row->name = (struct profile_string){bytes, size};
    if (row_own_strings(row) < 0)
        return -1;
    free(old);
    return 0;
}

static int shorten_rows(struct row *rows, size_t n)
{
    size_t i;

    for (i = 0; i < n; i++) {
        char *name = malloc(rows[i].name.size + 1);
        size_t size = name ? names_shorten(rows[i].name.bytes, rows[i].name.size, name) : 0;
        int result = name ? rename_row(&rows[i], name, size) : -1;

        free(name);
        if (result < 0)
            return -1;
    }
    return 0;
}

/* Of several symbols of one function the first is its name. */
static int mangle_rows(struct model *m)
{
    size_t i;

    for (i = m->tail ? m->tail->nsymbols : 0; i-- > 0;) {
        const struct profile_symbol *symbol = &m->tail->symbols[i];

        if (symbol->function != PROFILE_NO_FUNCTION && symbol->name.size > 0 &&
            rename_row(&m->rows[symbol->function], symbol->name.bytes, symbol->name.size) < 0)
            return -1;
    }
    return 0;
}

int names_apply(struct model *m, enum names names)
{
    if (names == NAMES_MANGLED)
        return mangle_rows(m);
    if (names == NAMES_FULL)
        return 0;
    return shorten_rows(m->rows, m->nrows) < 0 ? -1 : shorten_rows(m->strangers, m->nstrangers);
}
