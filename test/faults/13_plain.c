/* 13_plain.c - a program that says something on both outputs and ends with status 3. */
#include <stdio.h>

static void say(FILE *to, const char *text)
{
    fputs(text, to);
}

int main(void)
{
    say(stdout, "to stdout\n");
    say(stderr, "to stderr\n");
    return 3;
}
