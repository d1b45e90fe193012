/* 09_plugin.c - what 09_host.c loads. */
int answer(void);

int answer(void)
{
    return 42;
}
