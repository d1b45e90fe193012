/*
 * snapshot.h - a raw file of one profile that the program has switched on: what of the arena
 * belongs to it, each block at the offset that it has there, and holes between them. So no number
 * in it changes.
 */
#ifndef CPROF_PRELOAD_SNAPSHOT_H
#define CPROF_PRELOAD_SNAPSHOT_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SNAPSHOT_PATH_SIZE (PATH_MAX + 64)

/* Writes the raw file of profile number PROFILE, to be published as FILE, into FILE's folder, and
   its path to RAW_PATH[SNAPSHOT_PATH_SIZE]. False: that was not possible, and nothing is left
   behind. */
bool snapshot_save(uint64_t profile, const char *file, char *raw_path);

/* The same in memory, as the open file that is returned; less than 0: not possible. */
int snapshot_in_memory(uint64_t profile);

#endif
