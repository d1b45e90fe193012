// 22_ends.cpp - calls before main and after it, and after the end of threads. With LIBRARY: the
// library of it, whose constructor runs before the executable's and whose destructor runs after.
#include <cstdio>
#include <cstdlib>
#include <pthread.h>

#define NOINLINE __attribute__((noinline))

#ifdef LIBRARY

NOINLINE static void in_library()
{
    __asm__ volatile("");
}

__attribute__((constructor)) static void library_begins()
{
    in_library();
}

__attribute__((destructor)) static void library_ends()
{
    in_library();
    in_library();
}

extern "C" void library_call()
{
    in_library();
}

#else

extern "C" void library_call();

NOINLINE static void leaf()
{
    __asm__ volatile("");
}

NOINLINE static void from_static()
{
    leaf();
}

struct whole_run {
    whole_run()
    {
        from_static();
    }
    ~whole_run()
    {
        from_static();
    }
};

NOINLINE static void from_thread_local()
{
    leaf();
}

struct thread_run {
    int n = 0;
    ~thread_run()
    {
        from_thread_local();
    }
};

static whole_run run;
static thread_local thread_run own;
static pthread_key_t key;

static void at_end()
{
    leaf();
}

// Comes in every round that there is.
static void destroy(void *value)
{
    leaf();
    pthread_setspecific(key, value);
}

static void *start(void *value)
{
    own.n++;
    pthread_setspecific(key, &key);
    return value;
}

int main()
{
    std::atexit(at_end);
    pthread_key_create(&key, destroy);
    own.n++;
    library_call();
    for (int i = 0; i < 10; i++) {
        pthread_t thread;
        pthread_create(&thread, nullptr, start, nullptr);
        pthread_join(thread, nullptr);
    }
    std::puts("over");
    return 0;
}

#endif
