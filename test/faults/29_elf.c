/* A small library: functions of C with debug information of several kinds. */
static volatile int sink;

struct point {
    int x, y;
};

enum color { RED, GREEN };

static int add(const struct point *p, enum color c)
{
    return sink += p->x + p->y + (int)c;
}

static inline __attribute__((always_inline)) int twice(int n)
{
    return n + n;
}

int entry(int n)
{
    struct point p = {n, twice(n)};
    for (int i = 0; i < n; i++)
        add(&p, i % 2 ? RED : GREEN);
    return sink;
}
