// soak.cpp - everything at once, for a while: soak SECONDS PLUGIN. Threads that come and go,
// signals, exceptions, longjmp, coroutines, forks, and a plugin that is loaded and unloaded. It
// counts its calls itself: a line FUNCTION CALLS for each function; then what it took over time, a
// line WHAT BEFORE AFTER for each: the most in the second and in the last quarter.
#include <algorithm>
#include <atomic>
#include <csetjmp>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <dlfcn.h>
#include <glob.h>
#include <pthread.h>
#include <string>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>
#include <vector>

#define UNSEEN __attribute__((no_instrument_function))
#define CALLED extern "C" __attribute__((noinline)) void

enum function { LEAF, THROWER, CATCHER, JUMPER, LANDER, HANDLED, STRAND, CHILD, PLUGIN, FUNCTIONS };
static const char *const names[] = {"leaf",    "thrower", "catcher", "jumper", "lander",
                                    "handled", "strand",  "child",   "plugin"};

// Shared with forked children.
static std::atomic<long> *counts;

UNSEEN static void count(function f)
{
    counts[f].fetch_add(1, std::memory_order_relaxed);
}

CALLED leaf()
{
    __asm__ volatile("");
}

UNSEEN static void call_leaf()
{
    count(LEAF);
    leaf();
}

CALLED thrower(int depth)
{
    call_leaf();
    if (depth == 0)
        throw 1;
    count(THROWER);
    thrower(depth - 1);
}

CALLED catcher()
{
    try {
        count(THROWER);
        thrower(3);
    } catch (int) {
        call_leaf();
    }
}

CALLED jumper(jmp_buf *to, int depth)
{
    call_leaf();
    if (depth == 0)
        longjmp(*to, 1);
    count(JUMPER);
    jumper(to, depth - 1);
}

CALLED lander()
{
    jmp_buf here;
    if (setjmp(here) == 0) {
        count(JUMPER);
        jumper(&here, 3);
    }
    call_leaf();
}

extern "C" void handled(int)
{
    count(HANDLED);
}

// A coroutine that switches back and forth.
static thread_local ucontext_t outside, inside;

CALLED strand()
{
    for (int i = 0; i < 3; i++) {
        call_leaf();
        swapcontext(&inside, &outside);
    }
}

static void run_strand(std::vector<char> &stack)
{
    getcontext(&inside);
    inside.uc_stack.ss_sp = stack.data();
    inside.uc_stack.ss_size = stack.size();
    inside.uc_link = &outside;
    makecontext(&inside, strand, 0);
    count(STRAND);
    for (int i = 0; i < 4; i++) {
        call_leaf();
        swapcontext(&outside, &inside);
    }
}

static void *work(void *)
{
    std::vector<char> stack(64 << 10);
    for (int i = 0; i < 50; i++) {
        count(CATCHER);
        catcher();
        count(LANDER);
        lander();
        run_strand(stack);
    }
    return nullptr;
}

static void shower()
{
    pthread_t threads[4];
    for (pthread_t &thread : threads)
        pthread_create(&thread, nullptr, work, nullptr);
    for (pthread_t &thread : threads)
        pthread_join(thread, nullptr);
}

CALLED child()
{
    __asm__ volatile("");
}

static void fork_one()
{
    pid_t pid = fork();
    if (pid == 0) {
        count(CHILD);
        child();
        _exit(0);
    }
    waitpid(pid, nullptr, 0);
}

static void load(const char *path)
{
    void *library = dlopen(path, RTLD_NOW);
    void (*function)() = library ? reinterpret_cast<void (*)()>(dlsym(library, "plugin")) : nullptr;
    if (function == nullptr)
        exit(3);
    count(PLUGIN);
    function();
    dlclose(library);
}

// What is taken: KiB of memory, mappings, KiB of the raw file.
struct taken {
    long rss, mappings, file;
};

// The number after FIELD in a file of /proc; without FIELD, how many lines it has.
UNSEEN static long read_proc(const char *path, const char *field)
{
    FILE *f = fopen(path, "r");
    char line[4096];
    long n = 0, lines = 0;
    while (f != nullptr && fgets(line, sizeof line, f) != nullptr) {
        lines++;
        if (field != nullptr)
            sscanf(line, field, &n);
    }
    fclose(f);
    return field == nullptr ? lines : n;
}

UNSEEN static taken measure()
{
    glob_t found = {};
    struct stat st = {};
    std::string pattern = "out.prof." + std::to_string(getpid()) + ".*.raw";
    if (glob(pattern.c_str(), 0, nullptr, &found) == 0)
        stat(found.gl_pathv[0], &st);
    globfree(&found);
    return {read_proc("/proc/self/status", "VmRSS: %ld"), read_proc("/proc/self/maps", nullptr),
            st.st_blocks / 2};
}

UNSEEN static void print(const char *what, const std::vector<taken> &all, long taken::*field)
{
    size_t quarter = all.size() / 4;
    auto most = [&](size_t from) {
        long m = 0;
        for (size_t i = from; i < from + quarter; i++)
            m = std::max(m, all[i].*field);
        return m;
    };
    printf("%s %ld %ld\n", what, most(quarter), most(all.size() - quarter));
}

int main(int argc, char **argv)
{
    counts = static_cast<std::atomic<long> *>(
        mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
    struct sigaction action = {};
    action.sa_handler = handled;
    action.sa_flags = SA_RESTART;
    sigaction(SIGALRM, &action, nullptr);
    struct itimerval often = {{0, 1000}, {0, 1000}};
    setitimer(ITIMER_REAL, &often, nullptr);

    time_t end = time(nullptr) + (argc > 1 ? atoi(argv[1]) : 10);
    std::vector<taken> all;
    all.reserve(100000);
    for (long round = 0; time(nullptr) < end; round++) {
        shower();
        if (round % 64 == 0)
            fork_one();
        if (round % 16 == 0)
            load(argv[2]);
        if (round % 8 == 0)
            all.push_back(measure());
    }
    often = {};
    setitimer(ITIMER_REAL, &often, nullptr);
    for (int i = 0; i < FUNCTIONS; i++)
        printf("%s %ld\n", names[i], counts[i].load());
    print("rss", all, &taken::rss);
    print("mappings", all, &taken::mappings);
    print("file", all, &taken::file);
    return 0;
}
