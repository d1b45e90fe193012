/*
 * sort.h - the order of a table's rows: pstats' sort keys, their abbreviations and descriptions.
 */
#ifndef CPROF_REPORT_SORT_H
#define CPROF_REPORT_SORT_H

#include "report/model.h"

#include <stdio.h>

#define SORT_MAX 16 /* keys in one order */

struct sort_key;

struct sort {
    const struct sort_key *keys[SORT_MAX]; /* compared in this order */
    size_t nkeys;                          /* 0: rows stay in the order of the file */
    bool reverse;
};

/* Sets the keys of SORT from TEXT: keys or abbreviations separated by commas, or one number from
   -1 to 2 as in old versions of pstats. -1: error says which word is no key, and lists the keys. */
int sort_parse(const char *text, struct sort *sort, struct profile_error *error);

/* The same, and the keys that are cprof's own: words that stand for themselves only, so that
   pstats' abbreviations keep their meaning. */
int sort_parse_more(const char *text, struct sort *sort, struct profile_error *error);

/* Adds one key, or abbreviation, to SORT. -1: there is none such, or SORT is full. */
int sort_add(struct sort *sort, const char *word, size_t size);

/* The words for keys that pstats has, in its order; NULL: there are no more than I. */
const char *sort_word(size_t i);

/* Sorts N pointers to rows of one array. Equal rows stay in the order of that array (with
   reverse: in the opposite order). */
void sort_rows(const struct sort *sort, const struct row **rows, size_t n);

/* The order of callers: by file, line and name. */
int sort_compare_keys(const struct row *a, const struct row *b);

/* Writes what pstats calls the order, as "internal time, function name". */
void sort_describe(const struct sort *sort, FILE *to);

/* Writes the words for keys and what they mean, as pstats' browser does. */
void sort_list(FILE *to);

/* Writes one line for each key, cprof's own too: the key and its description. */
void sort_help(FILE *to);

#endif
