/*
 * raw_build.h - makes raw files by hand for tests, as format/raw.h says and with none of the code
 * that reads or writes them in earnest.
 *
 * One tick is one second, unless the test changes the anchors. Each thread has room for 63 nodes,
 * its root among them, and 126 levels.
 */
#ifndef CPROF_TEST_RAW_BUILD_H
#define CPROF_TEST_RAW_BUILD_H

#include <stddef.h>
#include <stdint.h>

#include "format/profile.h"
#include "format/raw.h"
#include "format/rawfile.h"

struct raw_build {
    char bytes[64 * RAW_PAGE];
    size_t used;
};

struct raw_header *raw_build_header(struct raw_build *b);

/* A finished process without threads, whose session is its own. */
void raw_build_start(struct raw_build *b);

/* Returns the thread's number; its nodes and levels follow it. */
uint32_t raw_build_thread(struct raw_build *b);
struct raw_thread *raw_build_thread_at(struct raw_build *b, uint32_t thread);

/* Returns the number of a level of THREAD. */
uint32_t raw_build_level(struct raw_build *b, uint32_t thread, struct raw_level level);

/* Returns the number of a node of THREAD. PARENT 0: the thread's root. HOME 0: itself. */
uint32_t raw_build_node(struct raw_build *b, uint32_t thread, struct raw_node node);
struct raw_node *raw_build_node_at(struct raw_build *b, uint32_t node);

void raw_build_module(struct raw_build *b, uint64_t start, uint64_t end, uint64_t bias,
                      const char *path, const void *id, size_t id_size);

/* Writes the first SIZE bytes to a new temporary file; its path is for unlink and free. */
char *raw_build_write(const struct raw_build *b, size_t size);

/* Writes the file, converts it in this process, and removes it. Returns 0, or -1 and *error. */
int raw_build_convert(const struct raw_build *b, size_t size, struct profile *out,
                      struct profile_error *error);

/* The function of that name in P, or NULL; and F's entry for the caller of that name, or NULL. */
const struct profile_function *raw_build_function(const struct profile *p, const char *name);
const struct profile_caller *raw_build_caller(const struct profile *p, const char *callee,
                                              const char *caller);

#endif
