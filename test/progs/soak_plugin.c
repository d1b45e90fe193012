/* soak_plugin.c - what soak.cpp loads and unloads. */
void plugin(void);

void plugin(void)
{
}
