/* Functions of equal code, which --icf=all makes one; an alias; a weak name. :alias: is one
 * function. */
static volatile int sink;

int first(int n) /* :first: */
{
    return sink += n;
}

int second(int n) /* :second: */
{
    return sink += n;
}

int original(int n) /* :original: */
{
    return sink -= n;
}

int other_name(int n) __attribute__((alias("original")));

int main(void) /* :main: */
{
    int (*volatile a)(int) = first, (*volatile b)(int) = second, (*volatile c)(int) = other_name;
    for (int i = 0; i < 3; i++)
        a(i), b(i), c(i);
    return 0;
}
