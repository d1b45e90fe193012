/* The body of a parallel region is a function of the compiler's. */
static volatile int sink;

static int work(int n) /* :work: */
{
    return n + 1;
}

int main(void) /* :main: */
{
#pragma omp parallel for num_threads(2) schedule(static, 1)
    for (int i = 0; i < 10; i++) /* :body: */
        if (work(i) > 100)
            sink = i;
    return 0;
}
