// 19_coroutines.cpp - coroutines of C++20, which have no stacks of their own: a suspended one
// returns to its resumer, and its frame is memory.
#include <coroutine>
#include <utility>

#define KEPT __attribute__((noinline))

static long leaves;

KEPT static void leaf()
{
    leaves++;
}

struct Generator {
    struct promise_type {
        int value = 0;
        Generator get_return_object()
        {
            return Generator{std::coroutine_handle<promise_type>::from_promise(*this)};
        }
        std::suspend_always initial_suspend() noexcept
        {
            return {};
        }
        std::suspend_always final_suspend() noexcept
        {
            return {};
        }
        std::suspend_always yield_value(int v)
        {
            value = v;
            return {};
        }
        void return_void()
        {
        }
        void unhandled_exception()
        {
            throw;
        }
    };
    std::coroutine_handle<promise_type> handle;
    explicit Generator(std::coroutine_handle<promise_type> h) : handle(h)
    {
    }
    Generator(Generator &&other) : handle(std::exchange(other.handle, nullptr))
    {
    }
    ~Generator()
    {
        if (handle)
            handle.destroy();
    }
};

KEPT static Generator count(int n)
{
    for (int i = 0; i < n; i++) {
        leaf();
        co_yield i;
    }
}

KEPT static Generator fails(int n)
{
    leaf();
    co_yield n;
    leaf();
    throw n;
}

KEPT static void resume(Generator &g)
{
    g.handle.resume();
}

KEPT static void after()
{
    leaf();
}

KEPT static void interleave(int n)
{
    Generator one = count(n), other = count(2 * n);
    while (!one.handle.done() || !other.handle.done()) {
        if (!one.handle.done())
            resume(one);
        if (!other.handle.done())
            resume(other);
        after();
    }
}

KEPT static void throwing(int n)
{
    for (int i = 0; i < n; i++) {
        Generator g = fails(i);
        resume(g);
        after();
        try {
            resume(g);
        } catch (int) {
            leaf();
        }
        after();
    }
}

int main()
{
    interleave(100);
    throwing(100);
    Generator abandoned = count(3);
    resume(abandoned);
    return leaves != 1002;
}
