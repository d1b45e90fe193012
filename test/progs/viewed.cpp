// viewed.cpp - names with all that names in C++ may have.
#include <time.h>

#define UNSEEN __attribute__((no_instrument_function))

UNSEEN static void pass()
{
    struct timespec millisecond = {0, 1000000};
    nanosleep(&millisecond, nullptr);
}

namespace
{
using Function = void (*)(int &&);

template <class Key, class Value> struct Table {
    template <class T> void fill(T &&, const char (&)[3])
    {
        pass();
    }
    bool operator<(const Table &) const
    {
        pass();
        return true;
    }
    operator Function() const
    {
        pass();
        return nullptr;
    }
};
} // namespace

int main()
{
    Table<int, Table<char, Function>> table;
    table.fill([](char) {}, "~'");
    [] { pass(); }();
    return table < table ? 0 : Function(table) != nullptr;
}
