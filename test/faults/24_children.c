/* children.c - a process that would notice children which it did not make: children MODE. While it
   ends, a second thread waits for any child, and counts SIGCHLD; each one that comes is said. */
#include "../progs/work.h"
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define UNSEEN __attribute__((no_instrument_function))

UNSEEN static void say(const char *text)
{
    if (write(1, text, strlen(text)) < 0)
        abort();
}

UNSEEN static void on_child(int number)
{
    (void)number;
    say("SIGCHLD\n");
}

UNSEEN static void *look_for_children(void *unused)
{
    (void)unused;
    for (;;) {
        if (waitpid(-1, NULL, WNOHANG) >= 0)
            say("a child\n");
        usleep(50);
    }
    return NULL;
}

static void *end_in_thread(void *unused)
{
    (void)unused;
    exit(5);
}

int main(int argc, char **argv)
{
    const char *mode = argc > 1 ? argv[1] : "";
    struct sigaction action = {.sa_handler = on_child};
    pthread_t thread;
    sigaction(SIGCHLD, &action, NULL);
    work(100);
    if (strcmp(mode, "closed") == 0) {
        printf("counted %ld\n", counted);
        fflush(stdout);
        syscall(SYS_close_range, 3, ~0u, 0);
        return 0;
    }
    pthread_create(&thread, NULL, look_for_children, NULL);
    if (strcmp(mode, "thread") == 0) {
        pthread_create(&thread, NULL, end_in_thread, NULL);
        pause();
    }
    if (strcmp(mode, "_exit") == 0)
        _exit(4);
    return 3;
}
