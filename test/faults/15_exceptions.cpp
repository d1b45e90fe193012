// 15_exceptions.cpp - functions that exceptions leave: exceptions N. Thrown, caught, rethrown,
// thrown and caught again by destructors that run meanwhile, and through frames of C: the library's
// (qsort) and, instrumented, those of 15_through.c.
#include <cstdlib>
#include <stdexcept>

#define KEPT __attribute__((noinline))

extern "C" void through_c_frames(void (*f)(int), int n);

namespace
{

KEPT void leaf()
{
    __asm__ volatile("");
}

struct Guard {
    KEPT ~Guard()
    {
        leaf();
    }
};

KEPT void thrower(int depth)
{
    Guard guard;
    leaf();
    if (depth == 0)
        throw std::runtime_error("thrown");
    thrower(depth - 1);
}

KEPT void rethrower(int depth)
{
    try {
        thrower(depth);
    } catch (const std::exception &) {
        leaf();
        throw;
    }
}

KEPT int compare(const void *a, const void *b)
{
    leaf();
    if (*static_cast<const int *>(a) == 7)
        throw 7;
    return *static_cast<const int *>(a) - *static_cast<const int *>(b);
}

KEPT void through_c()
{
    int values[] = {3, 7, 1, 5};
    qsort(values, 4, sizeof values[0], compare);
}

KEPT void after(int n)
{
    volatile char room[256] = {static_cast<char>(n)};
    (void)room;
    leaf();
}

struct Restless {
    KEPT ~Restless()
    {
        try {
            thrower(1);
        } catch (...) {
            leaf();
        }
        leaf();
    }
};

KEPT void nested()
{
    Restless restless;
    thrower(2);
}

KEPT void throw_from_c(int n)
{
    leaf();
    thrower(n);
}

template <typename F> KEPT void attempt(F f, int n)
{
    try {
        f(n);
    } catch (...) {
        leaf();
    }
    after(n);
}

} // namespace

int main(int argc, char **argv)
{
    long n = argc > 1 ? strtol(argv[1], nullptr, 10) : 0;
    for (int i = 0; i < n; i++) {
        attempt([](int k) { thrower(k % 5); }, i);
        attempt([](int k) { rethrower(k % 3); }, i);
        attempt([](int) { through_c(); }, i);
        attempt([](int) { nested(); }, i);
        attempt([](int k) { through_c_frames(throw_from_c, k % 3); }, i);
    }
    return 0;
}
