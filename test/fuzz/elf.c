/*
 * elf RAW MODULE cut STEP | flip STEP | random COUNT SEED - converts the raw file RAW again and
 * again while MODULE, which it names, is damaged: cut at every STEPth byte, every STEPth byte
 * changed, or both and worse at random. Each profile must be written, be read again and have every
 * call. Says what became of the processes that read MODULE; leaves MODULE as it was, or as it
 * failed.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "symbolize/confine.h"
#include "symbolize/publish.h"

#define SIZE_MOST (1 << 20)

static const struct worker_limits limits = {.first_cpu = 2, .cpu = 2, .all = 20, .workers = 2};

static uint8_t whole[SIZE_MOST], damaged[SIZE_MOST];
static size_t whole_size;
static struct rawfile raw;
static const char *module;
static profile_count calls_expected;
static unsigned long done, by_state[8], by_lack[8];

static _Noreturn void fail(const char *what, const char *why)
{
    printf("not ok - input %lu: %s: %s\n", done, what, why);
    exit(1);
}

static void write_module(const uint8_t *bytes, size_t size)
{
    int fd = open(module, O_WRONLY | O_TRUNC | O_CLOEXEC);
    if (fd < 0 || write(fd, bytes, size) != (ssize_t)size || close(fd) < 0)
        fail(module, strerror(errno));
}

static profile_count all_calls(const struct profile *p)
{
    profile_count sum = 0;
    for (size_t i = 0; i < p->nfunctions; i++)
        sum += p->functions[i].nc;
    return sum;
}

/* Writes P, and reads it back as AGAIN. */
static void write_and_read(const struct profile *p, struct profile *again)
{
    static int fd = -1;
    struct profile_error error;
    if (fd < 0)
        fd = memfd_create("profile", MFD_CLOEXEC);
    if (ftruncate(fd, 0) < 0 || lseek(fd, 0, SEEK_SET) < 0)
        fail("memfd", strerror(errno));
    if (profile_write(fd, p, &error) < 0)
        fail("cannot be written", error.text);
    lseek(fd, 0, SEEK_SET);
    if (profile_read_stream(fd, again, &error) < 0)
        fail("cannot be read again", error.text);
}

/* Returns the number of calls in the profile. */
static profile_count convert(void)
{
    struct profile p, again;
    struct profile_error error;
    struct resolver *r = resolver_new(&limits);
    if (publish_convert(r, &raw, &p, &error) < 0)
        fail("cannot be converted", error.text);
    write_and_read(&p, &again);
    profile_count calls = all_calls(&again);
    for (size_t i = 0; i < again.tail->nmodules; i++) {
        by_state[again.tail->modules[i].state % 8]++;
        by_lack[again.tail->modules[i].lack.kind % 8]++;
    }
    profile_free(&p);
    profile_free(&again);
    resolver_free(r);
    return calls;
}

static void try(const uint8_t *bytes, size_t size)
{
    write_module(bytes, size);
    if (convert() != calls_expected)
        fail("calls", "not all are there");
    done++;
}

static uint64_t random_number(uint64_t *seed) /* xorshift */
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    return *seed ^= *seed << 17;
}

static void damage(uint64_t *seed, size_t *size)
{
    static const uint64_t telling[] = {0, 1, 0x7f, 0x80, 0xff, UINT32_MAX, INT64_MAX, UINT64_MAX};
    uint64_t r = random_number(seed), value = telling[r >> 8 & 7];
    size_t at = random_number(seed) % *size, from = random_number(seed) % *size;
    size_t n = (size_t)1 << (r >> 16 & 3);
    n = n < *size - at ? n : *size - at;
    n = n < *size - from ? n : *size - from;
    if (r % 8 < 3)
        damaged[at] ^= (uint8_t)(1 << (r >> 8 & 7));
    else if (r % 8 < 5)
        memcpy(damaged + at, &value, n);
    else if (r % 8 < 6)
        memmove(damaged + at, damaged + from, n);
    else if (r % 8 < 7)
        damaged[at] = (uint8_t)(r >> 24);
    else if ((r >> 24) % 16 == 0)
        *size = at + 1;
}

static void at_random(unsigned long count, uint64_t seed)
{
    seed = seed * 0x9e3779b97f4a7c15u + 1;
    for (unsigned long i = 0; i < count; i++) {
        size_t size = whole_size;
        memcpy(damaged, whole, whole_size);
        for (uint64_t n = random_number(&seed) % 6 + 1; n > 0; n--)
            damage(&seed, &size);
        try(damaged, size);
    }
}

static void in_order(size_t step, bool cut)
{
    for (size_t at = 0; at < whole_size; at += step) {
        memcpy(damaged, whole, whole_size);
        damaged[at] ^= (uint8_t)(at / step % 2 ? 0xff : 1 << at % 8);
        try(cut ? whole : damaged, cut ? at : whole_size);
    }
}

int main(int argc, char **argv)
{
    const struct rlimit memory = {(rlim_t)1 << 30, (rlim_t)1 << 30};
    struct profile_error error;
    int fd = argc > 4 ? open(argv[2], O_RDONLY | O_CLOEXEC) : -1;
    ssize_t size = read(fd, whole, sizeof whole);
    if (size <= 0 || rawfile_look(argv[1], &raw, &error) < 0)
        return 2;
    close(fd);
    module = argv[2];
    whole_size = (size_t)size;
    if (!SANITIZED)
        setrlimit(RLIMIT_AS, &memory);
    calls_expected = convert();
    if (by_state[PROFILE_MODULE_DWARF] != 1 || by_lack[PROFILE_LACK_NOTHING] != 1)
        fail(module, "has no debug information to begin with");
    if (strcmp(argv[3], "random") == 0)
        at_random(strtoul(argv[4], NULL, 10), argc > 5 ? strtoul(argv[5], NULL, 10) : 1);
    else
        in_order(strtoul(argv[4], NULL, 10), strcmp(argv[3], "cut") == 0);
    write_module(whole, whole_size);
    printf("ok - %s: %lu inputs: read %lu, names %lu, nothing %lu, rebuilt %lu, unreadable %lu; "
           "died %lu, too late %lu, out of memory %lu, no answer %lu\n",
           argv[3], done, by_state[1], by_state[2], by_state[3], by_state[4], by_state[5],
           by_lack[4], by_lack[5], by_lack[6], by_lack[7]);
    rawfile_free(&raw);
    return 0;
}
