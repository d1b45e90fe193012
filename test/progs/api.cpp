// api: cprof.h's classes and scopes in C++, with exceptions.
#include "preload/cprof.h"

#include <cstdio>
#include <stdexcept>

static volatile int sink;

__attribute__((noinline)) static void leaf()
{
    sink = sink + 1;
}

template <typename T> __attribute__((noinline)) static T work(T leaves)
{
    for (T i = 0; i < leaves; i++)
        leaf();
    return leaves;
}

__attribute__((noinline)) static void fails(int leaves)
{
    work(leaves);
    throw std::runtime_error("on purpose");
}

__attribute__((noinline)) static void scope(cprof::profile &profile, bool fail)
{
    cprof::scope on(profile);
    work(2);
    if (fail)
        fails(3);
}

struct server {
    __attribute__((noinline)) int operator()(int n)
    {
        CPROF_DO_PROFILE("profiles");
        return work(n);
    }
    __attribute__((noinline)) int handle(int n)
    {
        CPROF_DO_PROFILE("profiles");
        work(n);
        fails(1);
        return n;
    }
};

int main()
{
    cprof::profile profile, other;
    std::printf("enable %d\n", profile.enable());
    work(1L);
    std::printf("busy %d\n", other.enable());
    std::printf("disable %d\n", profile.disable());
    std::fflush(stdout);
    std::printf("dump %d\n", profile.dump_stats("class.prof"));
    std::printf("clear %d\n", profile.clear());
    for (bool fail : {false, true}) {
        try {
            scope(profile, fail);
        } catch (const std::exception &e) {
            work(1000);
            std::printf("%s\n", e.what());
        }
    }
    std::printf("inactive %d\n", profile.disable());
    std::fflush(stdout);
    std::printf("dump %d\n", profile.dump_stats("scope.prof"));
    server s;
    s(4);
    try {
        s.handle(5);
    } catch (const std::exception &) {
        work(7);
    }
    return 0;
}
