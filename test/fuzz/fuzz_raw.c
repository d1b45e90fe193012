/*
 * The reader of raw files, and the profile that is made of what it read. Names come from a fixed
 * list: whoever resolves addresses opens files.
 *
 * A raw file is mostly zeros. An input is what remains, in pieces:
 *     zeros in front (u16, in words of 8 bytes), words (u8), the words
 */
#include "test/fuzz/fuzz.h"

#include "symbolize/fold.h"
#include "symbolize/raw_read.h"
#include "symbolize/root.h"

#include <stdlib.h>
#include <string.h>

#define WORDS_MOST (48 * RAW_PAGE / 8)

static _Alignas(64) uint64_t words[WORDS_MOST];

/* Returns the number of bytes, whole pages of them. */
static size_t unpack(const uint8_t *data, size_t size)
{
    static size_t dirty; /* words that are not 0 any more, at most */
    size_t at = 0;

    memset(words, 0, dirty * 8);
    for (size_t i = 0; i + 3 <= size;) {
        size_t zeros = data[i] | (size_t)data[i + 1] << 8, n = data[i + 2];

        i += 3;
        n = n < (size - i) / 8 ? n : (size - i) / 8;
        if (zeros + n > WORDS_MOST - at)
            break;
        memcpy(words + at + zeros, data + i, n * 8);
        at += zeros + n;
        i += n * 8;
    }
    size = (at * 8 + RAW_PAGE - 1) / RAW_PAGE * RAW_PAGE;
    dirty = size / 8 > sizeof(struct raw_header) / 8 ? size / 8 : sizeof(struct raw_header) / 8;
    return size;
}

static size_t pack(size_t nwords, uint8_t *data, size_t max_size)
{
    size_t used = 0;

    for (size_t at = 0; at < nwords;) {
        size_t first = at, end;

        while (first < nwords && words[first] == 0)
            first++;
        for (end = first; end < nwords && end - first < 255 && words[end];)
            end++;
        if (end == first || used + 3 + (end - first) * 8 > max_size)
            break;
        data[used++] = (uint8_t)(first - at);
        data[used++] = (uint8_t)((first - at) >> 8);
        data[used++] = (uint8_t)(end - first);
        memcpy(data + used, words + first, (end - first) * 8);
        used += (end - first) * 8;
        at = end;
    }
    return used;
}

/* What no machine's clock shows would be measured anew, which takes time. */
static void mend_header(size_t size)
{
    struct raw_header *h = (struct raw_header *)words;

    h->used &= ~((uint64_t)1 << 62);
    if (h->used < RAW_PAGE)
        h->used = size;
    if (h->used_last < RAW_PAGE)
        h->used_last = 0;
    if ((int64_t)(h->last.ticks - h->first.ticks) <= 0 || (int64_t)(h->last.ns - h->first.ns) <= 0)
        h->clock = RAW_CLOCK_MONOTONIC;
    h->command_size %= RAW_COMMAND_MAX;
}

static void name_symbols(struct symbol *symbols, size_t n)
{
    static const char *const names[] = {"main", "f", "g<int>", "h", "parse", "ns::k", "run"};

    for (size_t i = 0; i < n; i++) {
        symbols[i].offset = symbols[i].address;
        symbols[i].file = symbols[i].address & 16 ? "/src/a.c" : "~";
        symbols[i].name = names[symbols[i].address % (sizeof names / sizeof *names)];
        symbols[i].linkage = "";
        symbols[i].line = symbols[i].address & 3;
    }
}

static void convert(const struct raw_image *image, bool is_written)
{
    struct profile p = {0};
    size_t n;
    struct symbol *symbols = fold_symbols(image, &n);

    if (n > 0) {
        name_symbols(symbols, n);
        fold_profile(image, symbols, n, &p);
        root_add(&p);
    }
    free(symbols);
    if (p.nfunctions > 0 && is_written)
        fuzz_write_and_read(&p, true);
    profile_free(&p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    double start = fuzz_clock();
    uint32_t choice = fuzz_choice(data, size);
    struct profile_error error = {.text = ""};
    struct raw_image image;
    size_t bytes = unpack(data, size);

    mend_header(bytes);
    if (raw_image_parse(words, bytes, choice % 4, &image, &error) == 0) {
        convert(&image, (choice & 12) == 0);
        raw_image_free(&image);
    } else if (!error.text[0]) {
        fuzz_fail("refused", "without words");
    }
    fuzz_check_time(start);
    return 0;
}

/* ---- mutations of fields and records ---- */

static uint64_t random_word(unsigned *seed)
{
    static const uint64_t telling[] = {0,
                                       1,
                                       2,
                                       UINT32_MAX,
                                       UINT64_MAX,
                                       INT64_MAX,
                                       (uint64_t)1 << 63,
                                       RAW_NODE_SHARED,
                                       RAW_THREAD,
                                       RAW_NODES | (uint64_t)1 << 32,
                                       RAW_LEVELS | (uint64_t)1 << 32,
                                       RAW_MODULE | (uint64_t)1 << 32};
    unsigned r = *seed = *seed * 1103515245u + 12345u;

    return r >> 16 & 1 ? telling[(r >> 17) % (sizeof telling / sizeof *telling)]
                       : (r >> 17) % (sizeof words / 32);
}

/* A record that is in use, by its number. */
static size_t some_record(size_t nwords, unsigned seed)
{
    size_t nrecords = nwords / 8, at = seed % nrecords;

    for (size_t i = 0; i < nrecords; i++, at = (at + 1) % nrecords)
        for (size_t j = 0; j < 8; j++)
            if (words[at * 8 + j])
                return at;
    return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
    size_t nwords = unpack(data, size) / 8;

    if (nwords == 0 || seed % 8 == 0)
        return LLVMFuzzerMutate(data, size, max_size);
    for (unsigned i = 0; i <= (seed >> 3 & 3); i++) {
        size_t record = some_record(nwords, seed >> 5);
        uint64_t word = random_word(&seed);
        uint64_t *field = &words[record * 8 + (seed >> 8) % 8];

        if (seed >> 11 & 1)
            memcpy(&words[record * 8], &words[some_record(nwords, seed >> 12) * 8], 64);
        else if (seed >> 12 & 1)
            LLVMFuzzerMutate((uint8_t *)&words[record * 8], 64, 64);
        else if (seed >> 13 & 1)
            memcpy((char *)field + (seed >> 14 & 4), &word, 4);
        else
            *field = word;
    }
    return pack(nwords, data, max_size);
}
