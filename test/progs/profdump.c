/*
 * profdump FILE        prints the rows of a profile, one line a row and one a caller, for
 *                      comparison with what test/e2e/profdump.py prints.
 * profdump FILE COPY   writes the profile to COPY instead.
 */
#include "format/profile.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Counts are small here: 128 bits are printed as two halves. */
static void print_count(profile_count count)
{
    printf(" %" PRIx64 ":%" PRIx64, (uint64_t)((unsigned __int128)count >> 64), (uint64_t)count);
}

static void print_seconds(double seconds)
{
    uint64_t bits;
    memcpy(&bits, &seconds, sizeof bits);
    printf(" %016" PRIx64, bits);
}

static void print_text(const struct profile_string *s)
{
    for (size_t i = 0; i < s->size; i++)
        printf("%02x", (unsigned char)s->bytes[i]);
}

static void print_key(const struct profile_function *f)
{
    print_text(&f->file);
    printf(":%" PRId64 ":", f->line);
    print_text(&f->name);
}

static void print_row(const struct profile *p, const struct profile_function *f)
{
    print_key(f);
    print_count(f->cc);
    print_count(f->nc);
    print_seconds(f->tt);
    print_seconds(f->ct);
    puts("");
    for (size_t i = 0; i < f->ncallers; i++) {
        const struct profile_caller *c = &f->callers[i];
        fputs("    ", stdout);
        print_key(&p->functions[c->function]);
        print_count(c->nc);
        print_count(c->cc);
        print_seconds(c->tt);
        print_seconds(c->ct);
        puts("");
    }
}

int main(int argc, char **argv)
{
    struct profile p;
    struct profile_error error;
    if (argc < 2 || argc > 3) {
        fputs("usage: profdump FILE [COPY]\n", stderr);
        return 2;
    }
    int result = profile_read(argv[1], &p, &error);
    if (result == 0 && argc == 3)
        result = profile_save(argv[2], &p, &error);
    if (result) {
        fprintf(stderr, "profdump: %s\n", error.text);
        profile_free(&p);
        return 1;
    }
    if (p.sampled)
        puts("sampled");
    for (size_t i = 0; argc == 2 && i < p.nfunctions; i++)
        if (p.functions[i].is_row)
            print_row(&p, &p.functions[i]);
    profile_free(&p);
    return 0;
}
