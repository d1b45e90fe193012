/* Functions that gcc clones (constprop, isra, part, cold) and link-time optimisation renames. Each
   is called 10 times, half_cold's inner part less often; the program counts. */
#include <stdio.h>
#include <stdlib.h>

static volatile int sink;

struct pair {
    int a, b;
};

__attribute__((noinline)) static int constant(int n, int always) /* :constant: */
{
    for (int i = 0; i < always; i++)
        sink += n * i;
    return sink;
}

__attribute__((noinline)) static int first_of(struct pair *p, int unused) /* :first_of: */
{
    (void)unused;
    return sink += p->a;
}

static int partly(struct pair *p) /* :partly: */
{
    if (!p)
        return 0;
    for (int i = 0; i < p->a; i++)
        sink += i * p->b;
    for (int i = 0; i < p->b; i++)
        sink -= i * p->a;
    return sink;
}

__attribute__((noinline)) static int half_cold(int n) /* :half_cold: */
{
    if (__builtin_expect(n > 100, 0)) {
        fprintf(stderr, "never\n");
        abort();
    }
    return sink += n;
}

int main(void) /* :main: */
{
    struct pair p = {2, 3};
    for (int i = 0; i < 10; i++) {
        constant(i, 7);
        first_of(&p, i);
        partly(i == 5 ? NULL : &p);
        half_cold(i);
    }
    return 0;
}
