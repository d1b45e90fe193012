/* Calls of which one knows how many the compiler inlines: those of functions that it must inline.
   With N as argument, main's loop runs N times. */
#include <setjmp.h>
#include <stdlib.h>

#define INLINED static inline __attribute__((always_inline))
#define CALLED  __attribute__((noinline))

static jmp_buf place;
static volatile int sum;

/* 6 N calls: 2 N by nest, N by throws, 3 N by walk; all inlined. */
INLINED void leaf(int n)
{
    sum += n;
}

/* N calls, inlined. */
INLINED void nest(int n)
{
    leaf(n);
    leaf(n + 1);
}

/* N calls, inlined, each of them left by a jump. */
INLINED void throws(int n)
{
    leaf(n);
    longjmp(place, 1);
}

/* 3 N calls, 2 N of them recursive; none inlined. */
CALLED void walk(int depth)
{
    leaf(depth);
    if (depth > 0)
        walk(depth - 1);
    sum--;
}

/* 2 N calls, of which those by flat are inlined if the compiler heeds `flatten`. */
static void plain(int n)
{
    sum += n;
}

__attribute__((noinline, flatten)) static void flat(int n)
{
    plain(n);
}

int main(int argc, char **argv)
{
    void (*volatile by_pointer)(int) = plain;
    int n = argc > 1 ? atoi(argv[1]) : 1;
    for (volatile int i = 0; i < n; i++) {
        nest(i);
        walk(2);
        flat(i);
        by_pointer(i);
        if (!setjmp(place))
            throws(i);
    }
    return 0;
}
