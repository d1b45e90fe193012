#include "report/cell.h"

#include "report/terminal.h"

const char *cell_count(profile_count count, bool grouped, char buffer[CELL_COUNT_SIZE])
{
    unsigned __int128 left = count < 0 ? -(unsigned __int128)count : (unsigned __int128)count;
    char *at = buffer + CELL_COUNT_SIZE - 1;
    int digits = 0;

    *at = '\0';
    do {
        if (grouped && digits++ % 3 == 0 && digits > 1)
            *--at = ',';
        *--at = (char)('0' + (int)(left % 10));
        left /= 10;
    } while (left);
    if (count < 0)
        *--at = '-';
    return at;
}

void cell_put_calls(profile_count calls, profile_count primitive, bool grouped, int width, FILE *to)
{
    char buffer[CELL_COUNT_SIZE], rest[CELL_COUNT_SIZE], both[2 * CELL_COUNT_SIZE];
    const char *text = cell_count(calls, grouped, buffer);

    if (calls != primitive) {
        snprintf(both, sizeof(both), "%s/%s", text, cell_count(primitive, grouped, rest));
        text = both;
    }
    fprintf(to, "%*s", width, text);
}

void cell_put_time(const struct unit *unit, double seconds, FILE *to)
{
    char cell[UNIT_CELL_SIZE];

    unit_cell(unit, seconds, cell);
    fputc(' ', to);
    fputs(cell, to);
}

void cell_put_text(struct profile_string text, FILE *to)
{
    terminal_put(to, text.bytes, text.size);
}

void cell_put_function(const struct row *row, const char *before, const char *after, FILE *to)
{
    struct profile_string place = row->standard_name;

    if (place.bytes[place.size - 1] != ')') {
        cell_put_text(place, to);
        return;
    }
    place.size -= row->name.size + 2; /* "(name)" */
    cell_put_text(row->name, to);
    fputs(before, to);
    cell_put_text(place, to);
    fputs(after, to);
}

size_t cell_name_length(const struct row *row)
{
    return terminal_length(row->standard_name.bytes, row->standard_name.size);
}
