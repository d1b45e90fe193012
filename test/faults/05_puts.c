/* puts.c - prints a line that stays in stdio's buffer until the program ends. */
#include <stdio.h>

__attribute__((noinline)) static void leaf(void)
{
    __asm__ volatile("");
}

int main(void)
{
    for (int i = 0; i < 1000; i++)
        leaf();
    puts("at the end");
    return 0;
}
