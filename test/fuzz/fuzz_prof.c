/* The reader of profiles, and all that is made of what it read. */
#include "test/fuzz/fuzz.h"

#include "format/tail.h"
#include "report/notes.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    double start = fuzz_clock();
    uint32_t choice = fuzz_choice(data, size);
    struct stats s = {.unit = NULL};
    struct profile_error error = {.text = "", .offset = -2};
    struct profile p;

    if (profile_parse(data, size, &p, &error) < 0) {
        if (!error.text[0] || error.offset == -2)
            fuzz_fail("refused", "without words");
        fuzz_check_time(start);
        return 0;
    }
    if (choice >> 28 == 0)
        fuzz_write_and_read(&p, false);
    notes_take(&s.notes, &p, "file", NULL);
    if (model_add(&s.model, &p) < 0)
        fuzz_fail("add", "out of memory");
    profile_free(&p);
    if (choice >> 30 == 1) { /* another like it */
        if (profile_parse(data, size, &p, &error) < 0 || model_add(&s.model, &p) < 0)
            fuzz_fail("add", error.text);
        profile_free(&p);
    }
    fuzz_show(&s, choice);
    stats_free(&s);
    fuzz_check_time(start);
    return 0;
}

/* ---- mutations that keep the tail where the footer says, and sections as long as they say ---- */

#define MOST (1 << 16)

/* Where the tail begins; SIZE: nowhere. */
static size_t tail_of(const uint8_t *data, size_t size)
{
    const uint8_t *at = memmem(data, size, TAIL_MAGIC, TAIL_MAGIC_SIZE);

    return at && size - (size_t)(at - data) >= 16 + TAIL_FOOTER_SIZE ? (size_t)(at - data) : size;
}

/* Mutates PART bytes at AT of DATA, which has SIZE and room for MAX_SIZE. Returns by how much that
   made it longer. */
static int64_t mutate_part(uint8_t *data, size_t size, size_t max_size, size_t at, size_t part)
{
    static uint8_t rest[MOST];
    size_t nrest = size - at - part, most = part + 64, now;

    if (most > max_size - at - nrest)
        most = max_size - at - nrest;
    if (most == 0)
        return 0;
    memcpy(rest, data + at + part, nrest);
    now = LLVMFuzzerMutate(data + at, part, most);
    memcpy(data + at + now, rest, nrest);
    return (int64_t)now - (int64_t)part;
}

static void put_footer(uint8_t *data, size_t size, size_t tail)
{
    uint64_t start = tail;

    memcpy(data + size - TAIL_FOOTER_SIZE, &start, sizeof start);
    memcpy(data + size - TAIL_MAGIC_SIZE, TAIL_END_MAGIC, TAIL_MAGIC_SIZE);
}

/* The header of a section, chosen by SEED; 0: there is none. */
static size_t find_section(const uint8_t *data, size_t size, size_t tail, unsigned seed)
{
    size_t at = tail + 16, found = 0;

    for (unsigned i = 0; at + TAIL_HEADER_SIZE <= size - TAIL_FOOTER_SIZE; i++) {
        uint64_t length;

        memcpy(&length, data + at + 16, sizeof length);
        if (length > size - TAIL_FOOTER_SIZE - at - TAIL_HEADER_SIZE)
            break;
        found = at;
        if (i == seed % 9)
            break;
        at += TAIL_HEADER_SIZE + length;
    }
    return found;
}

static size_t mutate_section(uint8_t *data, size_t size, size_t max_size, size_t tail,
                             unsigned seed)
{
    size_t at = find_section(data, size, tail, seed);
    uint64_t length;

    if (at == 0)
        return LLVMFuzzerMutate(data, size, max_size);
    memcpy(&length, data + at + 16, sizeof length);
    if (seed >> 8 & 1) /* the header: what it is, how many */
        return mutate_part(data, size, size, at, 16), size;
    int64_t grown = mutate_part(data, size, max_size, at + TAIL_HEADER_SIZE, length);
    length += (uint64_t)grown;
    memcpy(data + at + 16, &length, sizeof length);
    size += (size_t)grown;
    put_footer(data, size, tail);
    return size;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
    size_t tail = size <= MOST ? tail_of(data, size) : size;

    if (tail == size || seed % 16 == 0)
        return LLVMFuzzerMutate(data, size, max_size);
    if (seed >> 4 & 1)
        return mutate_section(data, size, max_size, tail, seed >> 5);
    int64_t grown = mutate_part(data, size, max_size, 0, tail);
    size += (size_t)grown;
    put_footer(data, size, tail + (size_t)grown);
    return size;
}
