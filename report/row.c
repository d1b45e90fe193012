#include "report/row.h"

#include "format/utf8.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct profile_string place(char **at, const char *bytes, size_t size)
{
    struct profile_string s = {*at, size};

    memcpy(*at, bytes, size);
    (*at)[size] = '\0';
    *at += size + 1;
    return s;
}

/* Writes the standard name of ROW to AT, which has room for the file, the name and 32 bytes. */
static struct profile_string standard_name(const struct row *row, char *at)
{
    const struct profile_string *name = &row->name;
    struct profile_string s = {at, 0};

    if (row->line == 0 && row->file.size == 1 && row->file.bytes[0] == '~') {
        memcpy(at, name->bytes, name->size);
        s.size = name->size;
        if (s.size >= 2 && at[0] == '<' && at[s.size - 1] == '>') {
            at[0] = '{';
            at[s.size - 1] = '}';
        }
    } else {
        memcpy(at, row->file.bytes, row->file.size);
        s.size = row->file.size;
        s.size += (size_t)sprintf(at + s.size, ":%" PRId64 "(", row->line);
        memcpy(at + s.size, name->bytes, name->size);
        s.size += name->size;
        at[s.size++] = ')';
    }
    at[s.size] = '\0';
    return s;
}

int row_own_strings(struct row *row)
{
    size_t size = 2 * (row->file.size + row->name.size) + 2 + 32;
    char *at = malloc(size);

    if (!at)
        return -1;
    row->file = place(&at, row->file.bytes, row->file.size);
    row->name = place(&at, row->name.bytes, row->name.size);
    row->standard_name = standard_name(row, at);
    return 0;
}
