#include "report/unit.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct unit units[] = {
    {"auto", "", 0, 8},    {"s", "", 1, 8},       {"ms", "ms", 1e3, 12},
    {"us", "us", 1e6, 15}, {"ns", "ns", 1e9, 18},
};

const struct unit *unit_find(const char *word)
{
    size_t i;

    for (i = 0; i < sizeof(units) / sizeof(units[0]); i++)
        if (strcmp(units[i].word, word) == 0)
            return &units[i];
    return NULL;
}

/*
 * The time is rounded once, to four digits ("d.ddde-XX"), and the unit follows from the exponent
 * of what that gave: 999.96 us is 1.000e-03 and so 1.000ms.
 */
static void suitable_cell(int width, double seconds, char cell[UNIT_CELL_SIZE])
{
    static const char *const suffixes[] = {"ms", "us", "ns"};
    char rounded[32], text[32];
    const char *d = rounded + (seconds < 0);
    int exponent;

    snprintf(rounded, sizeof(rounded), "%.3e", seconds);
    exponent = isfinite(seconds) ? atoi(strchr(rounded, 'e') + 1) : 0;
    if (exponent >= 0) {
        snprintf(cell, UNIT_CELL_SIZE, "%*.3f", width, seconds);
        return;
    }
    if (exponent < -9) {
        snprintf(text, sizeof(text), "%.3fns", seconds * 1e9);
    } else {
        char digits[] = {d[0], d[2], d[3], d[4], '\0'};
        int whole = 3 - (-exponent - 1) % 3;

        snprintf(text, sizeof(text), "%s%.*s.%s%s", seconds < 0 ? "-" : "", whole, digits,
                 digits + whole, suffixes[(-exponent - 1) / 3]);
    }
    snprintf(cell, UNIT_CELL_SIZE, "%*s", width, text);
}

void unit_cell(const struct unit *unit, double seconds, char cell[UNIT_CELL_SIZE])
{
    if (unit->per_second == 0)
        suitable_cell(unit->width, seconds, cell);
    else
        snprintf(cell, UNIT_CELL_SIZE, "%*.3f%s", unit->width - (int)strlen(unit->suffix),
                 seconds * unit->per_second, unit->suffix);
}
