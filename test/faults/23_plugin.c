/* 23_plugin.c - with OWN_HOOKS it has hooks of its own, which -Bsymbolic binds it to. */
int plugged(int n);

#ifdef OWN_HOOKS
#    define UNSEEN __attribute__((no_instrument_function))
void __cyg_profile_func_enter(void *function, void *site) UNSEEN;
void __cyg_profile_func_exit(void *function, void *site) UNSEEN;

void __cyg_profile_func_enter(void *function, void *site)
{
    (void)function, (void)site;
}

void __cyg_profile_func_exit(void *function, void *site)
{
    (void)function, (void)site;
}
#endif

int plugged(int n)
{
    return n;
}
