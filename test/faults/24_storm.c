/* storm.c - threads, recursion and forks without end: storm TRUTH. It keeps count in the file
   TRUTH, an array of struct truth, one for each process, which is right at any moment of a sudden
   end. */
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define UNSEEN    __attribute__((no_instrument_function))
#define PROCESSES 4096

struct truth {
    _Atomic long pid;
    _Atomic long begun; /* calls of leaf that were about to be made */
    _Atomic long done;  /* calls of leaf that had returned */
};

static struct truth *all;
static struct truth *own;

UNSEEN static void take_place(void)
{
    for (own = all; own < all + PROCESSES - 1; own++) {
        long nobody = 0;
        if (atomic_compare_exchange_strong(&own->pid, &nobody, getpid()))
            return;
    }
    _exit(1);
}

static void leaf(void)
{
    __asm__ volatile("");
}

static void descend(int depth)
{
    atomic_fetch_add(&own->begun, 1);
    leaf();
    atomic_fetch_add(&own->done, 1);
    if (depth > 0)
        descend(depth - 1);
}

static void *rain(void *rounds)
{
    for (long i = 0; i < (long)rounds; i++)
        descend((int)(i % 40));
    return NULL;
}

static void shower(long rounds)
{
    pthread_t threads[3];
    for (int i = 0; i < 3; i++)
        pthread_create(&threads[i], NULL, rain, (void *)rounds);
    rain((void *)rounds);
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
}

int main(int argc, char **argv)
{
    int fd = argc > 1 ? open(argv[1], O_RDWR | O_CREAT, 0600) : -1;
    size_t size = PROCESSES * sizeof *all;
    if (ftruncate(fd, (off_t)size) != 0)
        return 1;
    all = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    take_place();
    for (;;) {
        shower(50);
        if (fork() == 0) {
            take_place();
            shower(20);
            if (fork() == 0) {
                take_place();
                descend(10);
            }
            return 0;
        }
        while (waitpid(-1, NULL, WNOHANG) > 0)
            ;
    }
}
