/* ends.c - every way for a process to end: ends MODE. Always after 1,000 calls of leaf, and with
   main, outer and inner open. */
#include "../progs/work.h"
#include <assert.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

static pthread_t spinners[8];

static void *spin(void *unused)
{
    (void)unused;
    for (;;)
        work(100);
    return NULL;
}

static void *end_in_thread(void *status)
{
    work(1000);
    exit(*(int *)status);
}

static void *end_later(void *unused)
{
    (void)unused;
    usleep(20000);
    work(500);
    return NULL;
}

static void spin_on(int threads)
{
    for (int i = 0; i < threads; i++)
        pthread_create(&spinners[i], NULL, spin, NULL);
    usleep(2000);
}

static void from_thread(void *(*function)(void *), void *argument)
{
    pthread_t thread;
    pthread_create(&thread, NULL, function, argument);
    pthread_join(thread, NULL);
}

static void handle(int number)
{
    leaf();
    _exit(40 + number);
}

/* Another program in the place of this one, by each of the functions that there are. */
static void execute(const char *by)
{
    char *const nobody[] = {"sh", "-c", "exit 12", NULL};
    if (strcmp(by, "execl") == 0)
        execl("/bin/sh", "sh", "-c", "exit 12", NULL);
    if (strcmp(by, "execlp") == 0)
        execlp("sh", "sh", "-c", "exit 12", NULL);
    if (strcmp(by, "execle") == 0)
        execle("/bin/sh", "sh", "-c", "exit 12", NULL, environ);
    if (strcmp(by, "execv") == 0)
        execv("/bin/sh", nobody);
    if (strcmp(by, "execvp") == 0)
        execvp("sh", nobody);
    if (strcmp(by, "execve") == 0)
        execve("/bin/sh", nobody, environ);
    if (strcmp(by, "execvpe") == 0)
        execvpe("sh", nobody, environ);
    if (strcmp(by, "fexecve") == 0)
        fexecve(open("/bin/sh", O_RDONLY | O_CLOEXEC), nobody, environ);
    if (strcmp(by, "execveat") == 0)
        syscall(SYS_execveat, open("/bin", O_PATH), "sh", nobody, environ, 0);
}

static void write_to_nobody(void)
{
    int ends[2];
    if (pipe(ends) == 0 && close(ends[0]) == 0 && write(ends[1], "", 1) < 0)
        perror("write");
}

/* Until the stack is full. The file `begun` has how many calls were about to be made. */
static volatile long *begun;

static __attribute__((noinline)) int descend(int depth)
{
    volatile char frame[256] = {(char)depth};
    ++*begun;
    return descend(depth + 1) + frame[depth % 256];
}

static void overflow(void)
{
    struct rlimit small = {1 << 20, 1 << 20};
    int fd = open("begun", O_RDWR | O_CREAT, 0600);
    setrlimit(RLIMIT_STACK, &small);
    if (ftruncate(fd, sizeof *begun) != 0)
        return;
    begun = mmap(NULL, sizeof *begun, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    descend(0);
}

static void kill_from_outside(void)
{
    pid_t parent = getpid();
    if (fork() == 0) {
        kill(parent, SIGKILL);
        syscall(SYS_exit_group, 0);
    }
    pause();
}

static void crash(const char *by)
{
    if (strcmp(by, "SEGV") == 0)
        *(volatile int *)NULL = 1;
    if (strcmp(by, "trap") == 0)
        __builtin_trap();
    if (strcmp(by, "abort") == 0)
        abort();
    if (strcmp(by, "assert") == 0)
        assert(counted == 0);
    if (strcmp(by, "overflow") == 0)
        overflow();
    if (strcmp(by, "PIPE") == 0)
        write_to_nobody();
    if (strcmp(by, "killed") == 0)
        kill_from_outside();
}

static void end(const char *mode)
{
    static int status = 9;
    pthread_t thread;
    if (strcmp(mode, "exit") == 0)
        exit(3);
    if (strcmp(mode, "_exit") == 0)
        _exit(4);
    if (strcmp(mode, "_Exit") == 0)
        _Exit(5);
    if (strcmp(mode, "quick_exit") == 0)
        quick_exit(6);
    if (strcmp(mode, "exit_group") == 0)
        syscall(SYS_exit_group, 7);
    if (strcmp(mode, "pthread_exit") == 0) {
        pthread_create(&thread, NULL, end_later, NULL);
        pthread_exit(NULL);
    }
    if (strcmp(mode, "thread") == 0)
        from_thread(end_in_thread, &status);
    if (strcmp(mode, "spinning") == 0) {
        spin_on(8);
        exit(8);
    }
    if (strcmp(mode, "spinning-thread") == 0) {
        spin_on(8);
        from_thread(end_in_thread, &status);
    }
    if (strcmp(mode, "handler") == 0) {
        signal(SIGTERM, handle);
        raise(SIGTERM);
    }
    crash(mode);
    execute(mode);
}

static void send_signal(const char *name)
{
    static const struct {
        const char *name;
        int number;
    } signals[] = {{"TERM", SIGTERM}, {"INT", SIGINT},   {"KILL", SIGKILL},
                   {"HUP", SIGHUP},   {"ALRM", SIGALRM}, {"QUIT", SIGQUIT}};
    for (unsigned i = 0; i < sizeof signals / sizeof *signals; i++)
        if (strcmp(name, signals[i].name) == 0)
            kill(getpid(), signals[i].number);
}

static void inner(const char *mode)
{
    work(1000);
    usleep(2000);
    end(mode);
    send_signal(mode);
}

static void outer(const char *mode)
{
    inner(mode);
    printf("still here\n");
}

int main(int argc, char **argv)
{
    struct rlimit no_core = {0, 0};
    setrlimit(RLIMIT_CORE, &no_core);
    printf("before the end\n");
    fflush(stdout);
    outer(argc > 1 ? argv[1] : "return");
    return 2;
}
