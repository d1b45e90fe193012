// Names of C++: constructors of two kinds, destructors of three, thunks, operators, lambdas,
// templates.
static volatile int sink;

struct Base {
    virtual int get(int n) // :get:
    {
        return sink += n;
    }
    Base() // :new Base:
    {
        sink = 0;
    }
    virtual ~Base() // :~Base:
    {
        sink = 1;
    }
};

struct Other {             // :new Other:
    virtual int put(int n) // never called
    {
        return sink -= n;
    }
    virtual ~Other() // :~Other:
    {
        sink = 3;
    }
};

struct Derived : virtual Base, Other { // :new Derived:
    int put(int n) override            // :put:
    {
        return sink += 2 * n;
    }
    int operator()(int n) const // :call:
    {
        return n;
    }
    Derived &operator+=(int n) // :add:
    {
        sink += n;
        return *this;
    }
    explicit operator bool() const // :bool:
    {
        return sink != 0;
    }
    ~Derived() override // :~Derived:
    {
        sink = 4;
    }
};

namespace
{
namespace deep
{
int hidden(int n) // :hidden:
{
    return sink += n;
}
} // namespace deep
} // namespace

template <class T, int N> struct Array {
    template <class F> T each(F f) // :each:
    {
        T sum = 0;
        for (int i = 0; i < N; i++)
            sum += f(i);
        return sum;
    }
};

int main() // :main:
{
    {
        Derived d; // complete objects: C1, D1; their virtual base: C2, D2
        Base base;
        Other *other = new Derived; // deleted through a thunk: D0
        other->put(1);
        delete other;
        d += d(1);
        deep::hidden(d ? 1 : 0);
    }
    Array<long, 3> array;
    array.each([](int n) { return n + 1; });       // :lambda 1:
    array.each([](int n) { return (long)n * 2; }); // :lambda 2:
    return 0;
}
