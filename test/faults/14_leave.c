/* 14_leave.c - a program that leaves behind what it was started with, in the order of the
   arguments:

     work=N      calls leaf N times
     next        says which descriptor comes next
     range       close_range(3, ~0)        loop    closes 0 to 1023 but 1, one by one
     over        dup2 of /dev/null over 3 to 63
     all         closes all, stdout included
     chdir=DIR   chroot=DIR   umask
     nobody      gives up groups, users and capabilities
     session     setsid                    daemon  daemon(0, 1)
     double      forks twice, and goes on in the grandchild, as daemons do
     unshare=N   unshare(N)
     say         prints the number of calls so far */
#include "../progs/work.h"
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/close_range.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define UNSEEN __attribute__((no_instrument_function))

UNSEEN static void say_next(void)
{
    int fd = open("/", O_RDONLY);
    printf("next %d\n", fd);
    close(fd);
}

UNSEEN static void close_all(int but)
{
    for (int fd = 0; fd < 1024; fd++)
        if (fd != but)
            close(fd);
}

UNSEEN static void cover(void)
{
    int fd = open("/dev/null", O_RDWR);
    for (int other = 3; other < 64; other++)
        dup2(fd, other);
}

UNSEEN static void become_nobody(void)
{
    if (setgroups(0, NULL) != 0 || setgid(65534) != 0 || setuid(65534) != 0)
        printf("%s\n", strerror(errno));
}

UNSEEN static void fork_twice(void)
{
    if (fork() != 0)
        _exit(0);
    setsid();
    if (fork() != 0)
        _exit(0);
}

UNSEEN static void step(const char *a)
{
    const char *value = strchr(a, '=') ? strchr(a, '=') + 1 : "";
    int result = 0;
    if (strncmp(a, "work=", 5) == 0)
        work(atol(value));
    else if (strcmp(a, "next") == 0)
        say_next();
    else if (strcmp(a, "range") == 0)
        result = close_range(3, ~0u, 0);
    else if (strcmp(a, "loop") == 0)
        close_all(1);
    else if (strcmp(a, "all") == 0)
        close_all(-1);
    else if (strcmp(a, "over") == 0)
        cover();
    else if (strncmp(a, "chdir=", 6) == 0)
        result = chdir(value);
    else if (strncmp(a, "chroot=", 7) == 0)
        result = chroot(value) || chdir("/");
    else if (strcmp(a, "umask") == 0)
        umask(0777);
    else if (strcmp(a, "nobody") == 0)
        become_nobody();
    else if (strcmp(a, "session") == 0)
        setsid();
    else if (strcmp(a, "daemon") == 0)
        result = daemon(0, 1);
    else if (strcmp(a, "double") == 0)
        fork_twice();
    else if (strncmp(a, "unshare=", 8) == 0)
        result = unshare(atoi(value));
    else if (strcmp(a, "say") == 0)
        printf("%ld calls\n", counted);
    if (result != 0)
        printf("%s: %s\n", a, strerror(errno));
    fflush(stdout);
}

UNSEEN int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        step(argv[i]);
    return 4;
}
