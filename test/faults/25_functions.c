/* 25_functions.c - calls each of the functions of 25_functions.awk three times. */
#include <stddef.h>

extern void (*const functions[])(void);

int main(void)
{
    for (int i = 0; i < 3; i++)
        for (void (*const *f)(void) = functions; *f != NULL; f++)
            (*f)();
    return 0;
}
