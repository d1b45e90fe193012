// 24_terminate.cpp - ends by std::terminate, after 1,000 calls of leaf: terminate WHY.
#include <cstring>
#include <exception>
#include <sys/resource.h>

extern "C" {
static volatile long counted;

__attribute__((noinline)) void leaf()
{
    counted = counted + 1;
}

__attribute__((noinline)) void fail()
{
    throw 1;
}

__attribute__((noinline)) void inner(const char *why) noexcept
{
    for (int i = 0; i < 1000; i++)
        leaf();
    if (std::strcmp(why, "thrown") == 0)
        fail();
    std::terminate();
}

__attribute__((noinline)) void outer(const char *why)
{
    inner(why);
    leaf();
}
}

int main(int, char **argv)
{
    struct rlimit no_core = {0, 0};
    setrlimit(RLIMIT_CORE, &no_core);
    outer(argv[1]);
    return 0;
}
