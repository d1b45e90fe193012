/* 15_through.c - frames of C that an exception passes through: nothing of theirs runs then. */

void through_c_frames(void (*f)(int), int n);

__attribute__((noinline)) static void inner(void (*f)(int), int n)
{
    volatile char room[100] = {0};
    f(n + room[99]);
    room[0] = 1;
}

void through_c_frames(void (*f)(int), int n)
{
    inner(f, n);
    __asm__ volatile("");
}
