/* A nested function of gcc, called through a trampoline on the stack. */
static volatile int sink;

static void call(void (*f)(int), int n) /* :call: */
{
    f(n);
}

int main(void) /* :main: */
{
    int local = 0;
    void nested(int n) /* :nested: */
    {
        local += n;
    }
    for (int i = 0; i < 10; i++)
        call(nested, i);
    sink = local;
    return sink != 45;
}
