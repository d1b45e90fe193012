/* Functions whose names, files and lines are looked up. The test finds the line of each by the word
   between colons. */
#include <signal.h>
#include <string.h>
#include <unistd.h>

static volatile int sink;

__attribute__((noinline)) static int leaf(int n) /* :leaf: */
{
    return sink += n;
}

__attribute__((noinline)) int visible(int n) /* :visible: */
{
    return leaf(n) + leaf(n + 1);
}

/* Told to "die", ends as a crash would; told to "wait", waits to be killed. */
int main(int argc, char **argv) /* :main: */
{
    for (int i = 0; i < 10; i++)
        visible(i);
    if (argc > 1 && strcmp(argv[1], "die") == 0)
        raise(SIGKILL);
    while (argc > 1)
        pause();
    return 0;
}
