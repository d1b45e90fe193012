// The same for C++: see sym_c.c.
static volatile int sink;

namespace
{
__attribute__((noinline)) int hidden(int n) // :hidden:
{
    return sink += n;
}
} // namespace

namespace outer
{
template <class T> struct Box {
    T value;
    __attribute__((noinline)) explicit Box(T v) : value(v) // :Box:
    {
    }
    __attribute__((noinline)) T get() const;
};
template <class T> T Box<T>::get() const // :get:
{
    return value;
}
} // namespace outer

template <class T> __attribute__((noinline)) T twice(T n) // :twice:
{
    sink += (int)n;
    return n + n;
}

extern "C" __attribute__((noinline)) int plain(int n) // :plain:
{
    return sink += n;
}

int main() // :main:
{
    auto lambda = [](int n) { return sink += n; }; // :lambda:
    struct Local {
        __attribute__((noinline)) int call(int n) // :call:
        {
            return sink += n;
        }
    } local;
    outer::Box<int> i(1);
    outer::Box<double> d(2);
    hidden(twice(1) + (int)twice(2.0));
    plain(i.get() + (int)d.get());
    return lambda(1) + local.call(2) > 1000;
}
