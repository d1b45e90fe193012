// 07_plugin.cpp - throws, catches and throws again, through a C function of its host.
#include <stdexcept>
#include <string>

static void fail(int n)
{
    throw std::runtime_error(std::to_string(n));
}

static void pass_on(int n)
{
    try {
        fail(n);
    } catch (const std::exception &) {
        throw;
    }
}

extern "C" int attempt(void (*call)(void (*)(int), int), int n)
{
    try {
        call(pass_on, n);
    } catch (const std::runtime_error &error) {
        return std::stoi(error.what());
    }
    return -1;
}
