/*
 * fuzz.h - what the fuzz targets share.
 */
#ifndef CPROF_TEST_FUZZ_H
#define CPROF_TEST_FUZZ_H

#include "report/stats.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* libFuzzer's. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);

/* Ends the run: what should hold does not. */
_Noreturn void fuzz_fail(const char *what, const char *why);

/* A number that follows from the bytes: what is to be done with this input. */
uint32_t fuzz_choice(const uint8_t *data, size_t size);

/* Takes what is printed, counts it, and ends the run if there is a byte in it that no output may
   have: a control character but the line feed and what colours are made of. */
FILE *fuzz_sink(void);

/* P, which was read or made, can be written, and what was written can be read and is as large. If
   IS_SOUND, it must be possible to write it; else that may be refused, with words. */
void fuzz_write_and_read(const struct profile *p, bool is_sound);

/* Shows MODEL in one of all the ways there are, CHOICE says which. Changes it. */
void fuzz_show(struct stats *s, uint32_t choice);

/* CPU seconds that an input may take; more ends the run. Call it when the input comes, then with
   what it returned. */
double fuzz_clock(void);
void fuzz_check_time(double start);

#endif
