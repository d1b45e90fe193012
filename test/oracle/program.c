/* program.c - what test_counter.sh counts: program MODE [N]. Functions called a known number of
   times, in every way that a process forks and ends. */
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

void leaf(void);
void middle(int n);
void deep(int n);
void thrower(int n);
void catcher(int n);
int compare(const void *a, const void *b);
void sorter(void);

static jmp_buf back;
static volatile int ticks;

void leaf(void)
{
}

void middle(int n)
{
    for (int i = 0; i < n; i++)
        leaf();
}

void deep(int n)
{
    if (n > 1)
        deep(n - 1);
}

void thrower(int n)
{
    if (n > 1)
        thrower(n - 1);
    else
        longjmp(back, 1);
}

/* After each longjmp a callee of another size is called where the dead frames were. */
void catcher(int n)
{
    for (volatile int i = 0; i < n; i++) {
        if (setjmp(back) == 0)
            thrower(5);
        leaf();
    }
}

int compare(const void *a, const void *b)
{
    leaf();
    return *(const int *)a - *(const int *)b;
}

void sorter(void)
{
    int values[] = {3, 1, 2, 5, 4};
    qsort(values, 5, sizeof values[0], compare);
}

static void on_tick(int signal_number)
{
    (void)signal_number;
    leaf();
    ticks++;
}

static void *worker(void *n)
{
    middle(*(int *)n);
    return NULL;
}

static void run_threads(int n)
{
    pthread_t ids[1000];
    int calls = 100;
    for (int i = 0; i < n; i++)
        pthread_create(&ids[i], NULL, worker, &calls);
    for (int i = 0; i < n; i++)
        pthread_join(ids[i], NULL);
}

static void run_ticks(int n)
{
    struct itimerval every = {{0, 100}, {0, 100}}, never = {{0, 0}, {0, 0}};
    signal(SIGALRM, on_tick);
    setitimer(ITIMER_REAL, &every, NULL);
    while (ticks < n)
        middle(1000);
    setitimer(ITIMER_REAL, &never, NULL);
}

int main(int argc, char **argv)
{
    int n = argc > 2 ? atoi(argv[2]) : 1;
    const char *mode = argv[1];
    if (strcmp(mode, "threads") == 0)
        run_threads(n);
    if (strcmp(mode, "ticks") == 0)
        run_ticks(n);
    if (strcmp(mode, "deep") == 0)
        deep(n);
    if (strcmp(mode, "jump") == 0)
        catcher(n);
    if (strcmp(mode, "sort") == 0)
        sorter();
    middle(3);
    if (strcmp(mode, "fork") == 0 && fork() == 0) {
        middle(n);
        return 0;
    }
    if (strcmp(mode, "vfork") == 0 && vfork() == 0)
        _exit(0);
    while (wait(NULL) > 0)
        ;
    if (strcmp(mode, "_exit") == 0)
        _exit(0);
    if (strcmp(mode, "quick_exit") == 0)
        quick_exit(0);
    return 0;
}
