/* 01_resolver.c - indirect functions (IFUNC), whose resolvers run while libraries are being
   relocated: as a library (-shared -DLIBRARY, -z now), whose resolver calls instrumented functions
   before libcprof.so is relocated, and as the program, which does the same a little later, and in
   constructors. */
#include <stdio.h>

static __attribute__((noinline)) int early(int n)
{
    __asm__ volatile("");
    return n + 1;
}

static __attribute__((noinline, no_instrument_function)) int implementation(int n)
{
    return n * 2;
}

/* Two hook pairs: resolve itself, and early. */
#ifdef LIBRARY
#    define NAME  library_function
#    define OTHER library_constructed
#else
#    define NAME  own_function
#    define OTHER own_constructed
int library_function(int n);
extern int library_constructed;
#endif

static int (*resolve(void))(int)
{
    return early(1) == 2 ? implementation : NULL;
}

int NAME(int n) __attribute__((ifunc("resolve")));

/* The library's own use of an indirect function: it is resolved when the library is relocated, and not
   only with the program, which is the last one. A hidden one is relocated behind the hooks' slots. */
int own_use(int n) __attribute__((ifunc("resolve"), visibility("hidden")));

int OTHER;

__attribute__((constructor)) static void construct(void)
{
    OTHER = early(41) + own_use(0);
}

#ifndef LIBRARY
static __attribute__((noinline)) int leaf(int n)
{
    return own_function(n) + library_function(n);
}

int main(void)
{
    int sum = library_constructed + own_constructed;
    for (int i = 0; i < 100; i++)
        sum += leaf(i);
    printf("%d\n", sum);
    return 11;
}
#endif
