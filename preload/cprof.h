/*
 * cprof.h - Python's cProfile.Profile for C, C++ and (cprof.f90) Fortran: profiles of a part of a
 * run, switched on and off from within the program.
 *
 *     int handle(struct request *r)
 *     {
 *         CPROF_DO_PROFILE("./profiles");     // writes ./profiles/handle.prof
 *         ...
 *
 *     cprof_profile *profile = cprof_create();
 *     cprof_enable(profile);
 *     work();
 *     cprof_disable(profile);
 *     cprof_print_stats(profile, "tottime");
 *     cprof_dump_stats(profile, "work.prof");
 *     cprof_free(profile);
 *
 * Nothing is linked. The program is built with -finstrument-functions and this header; where
 * libcprof.so is preloaded, the calls below reach it, and where it is not (a static program
 * included) they do nothing and return CPROF_ABSENT. With CPROF_ENABLE=0 in the environment nothing
 * but these profiles is recorded; without it they are recorded besides the process's profile.
 *
 * Threads: a profile records the thread that enabled it. On one thread one profile is active at a
 * time, as in Python; any number of threads may each have theirs. A profile must not be used by two
 * threads at once. In a forked child all profiles are inactive and empty. None of this may be
 * called from a signal handler.
 */
#ifndef CPROF_H
#define CPROF_H

#include <stddef.h>

enum cprof_status {
    CPROF_OK = 0,
    CPROF_ABSENT = 1, /* libcprof.so is not loaded, or of another version: nothing was done */
    CPROF_BUSY = 2,   /* enable: another profile is active on this thread, or this one on another */
    CPROF_INACTIVE = 3, /* disable: the profile is not active on this thread */
    CPROF_FAILED = 4, /* no memory, no such folder, no helper program (CPROF_VERBOSE=1 says more) */
};

typedef struct cprof_profile cprof_profile;

/* Of the library; a program only keeps room for them. */
struct cprof_function {
    const char *folder;
    const char *name;
    void *state;
};

struct cprof_scope {
    cprof_profile *profile; /* NULL: nothing is recorded */
    unsigned long serial;   /* of the profile's activation by this scope */
};

/* What libcprof.so offers. Later versions add at the end. */
struct cprof_api {
    size_t size; /* of this struct, in bytes */
    cprof_profile *(*create)(void);
    void (*free)(cprof_profile *profile);
    int (*enable)(cprof_profile *profile);
    int (*disable)(cprof_profile *profile);
    int (*clear)(cprof_profile *profile);
    int (*dump_stats)(cprof_profile *profile, const char *file);
    int (*print_stats)(cprof_profile *profile, const char *sort);
    int (*begin_scope)(struct cprof_scope *scope, struct cprof_function *function,
                       cprof_profile *profile, void *frame);
    void (*end_scope)(struct cprof_scope *scope);
    void *(*find_frame)(const void *inside);
};

#define CPROF_CALL_ __attribute__((unused, always_inline, no_instrument_function)) static inline

/*
 * The library's functions, NULL without it. The symbol is weak, and is read from the global offset
 * table: the linker resolves any other reference to an undefined weak symbol to 0 for good where
 * the program is not position-independent.
 */
__attribute__((unused, noinline, no_instrument_function)) static const struct cprof_api *
cprof_find_api(void)
{
    const struct cprof_api *found;
#if defined(__x86_64__)
    __asm__(".weak cprof_api\n\tmovq cprof_api@GOTPCREL(%%rip), %0" : "=r"(found));
#else
    found = NULL;
#endif
    return found != NULL && found->size >= sizeof *found ? found : NULL;
}

/* A new profile, inactive and empty; for cprof_free. NULL: no library or no memory; the functions
   below take that, too, and return CPROF_ABSENT. */
CPROF_CALL_ cprof_profile *cprof_create(void)
{
    return cprof_find_api() == NULL ? NULL : cprof_find_api()->create();
}

/* Disables it first where it is active on this thread. */
CPROF_CALL_ void cprof_free(cprof_profile *profile)
{
    if (profile != NULL)
        cprof_find_api()->free(profile);
}

/* Records this thread from here on, besides what the profile holds already. Functions that are
   running are the callers above, without a call of their own. */
CPROF_CALL_ int cprof_enable(cprof_profile *profile)
{
    return profile == NULL ? CPROF_ABSENT : cprof_find_api()->enable(profile);
}

/* Ends the calls that are open, as if they returned now, and records no more. */
CPROF_CALL_ int cprof_disable(cprof_profile *profile)
{
    return profile == NULL ? CPROF_ABSENT : cprof_find_api()->disable(profile);
}

/* As in Python: the profile is ready to be shown, and so inactive. */
CPROF_CALL_ int cprof_create_stats(cprof_profile *profile)
{
    int status = cprof_disable(profile);
    return status == CPROF_INACTIVE ? CPROF_OK : status;
}

/* Forgets all that was recorded, calls that are open included; an active profile goes on. */
CPROF_CALL_ int cprof_clear(cprof_profile *profile)
{
    return profile == NULL ? CPROF_ABSENT : cprof_find_api()->clear(profile);
}

/* Disables the profile and writes it to FILE, which is there when this returns. */
CPROF_CALL_ int cprof_dump_stats(cprof_profile *profile, const char *file)
{
    return profile == NULL ? CPROF_ABSENT : cprof_find_api()->dump_stats(profile, file);
}

/* Disables the profile and prints the table to standard output, which is flushed before. SORT: keys
   as cprof-report --sort takes them; NULL: "stdname", as Python has it. File names are printed
   without folders. */
CPROF_CALL_ int cprof_print_stats(cprof_profile *profile, const char *sort)
{
    return profile == NULL ? CPROF_ABSENT : cprof_find_api()->print_stats(profile, sort);
}

/* Either a FUNCTION, whose profile the library keeps, or a PROFILE. FRAME: of the function that the
   scope is in. */
CPROF_CALL_ struct cprof_scope cprof_begin_scope(struct cprof_function *function,
                                                 cprof_profile *profile, void *frame)
{
    struct cprof_scope scope = {NULL, 0};
    if (cprof_find_api() != NULL)
        cprof_find_api()->begin_scope(&scope, function, profile, frame);
    return scope;
}

CPROF_CALL_ void cprof_end_scope(struct cprof_scope *scope)
{
    if (scope->profile != NULL)
        cprof_find_api()->end_scope(scope);
}

#define CPROF_JOIN2_(a, b) a##b
#define CPROF_JOIN_(a, b)  CPROF_JOIN2_(a, b)
#define CPROF_BEGIN_(function, profile)                                                            \
    __attribute__((cleanup(cprof_end_scope), unused)) struct cprof_scope CPROF_JOIN_(              \
        cprof_scope_, __LINE__) = cprof_begin_scope(function, profile, __builtin_frame_address(0))

/*
 * As a declaration in a block: PROFILE is enabled from here to the end of the block, however that
 * is left: by its end, return, break, goto, an exception, or longjmp. Where it cannot be enabled,
 * nothing happens.
 */
#define CPROF_SCOPE(profile) CPROF_BEGIN_(NULL, profile)

/*
 * At the top of a function: every call of it writes FOLDER/FUNCTION.prof (FOLDER is made where it
 * is missing), in a forked process FOLDER/FUNCTION.PID.prof, but only if PROFILE_ENABLE was set
 * when the program started: 1 for the profile of the last call, "all" for the sum of all calls. The
 * function itself counts as one call. A call inside of another one, or of an active profile, is a
 * part of that. The file is written by a process of its own, shortly after the call, and at most
 * once a second: the function does not wait for it. Until then FUNCTION.prof.PID.RANDOM.raw holds
 * the call, and cprof-report, asked for FUNCTION.prof, shows that.
 */
#define CPROF_DO_PROFILE(folder)                                                                   \
    static struct cprof_function CPROF_JOIN_(cprof_function_, __LINE__) = {folder, __func__,       \
                                                                           NULL};                  \
    CPROF_BEGIN_(&CPROF_JOIN_(cprof_function_, __LINE__), NULL)

#ifdef __cplusplus
namespace cprof
{

#    define CPROF_METHOD_ __attribute__((always_inline, no_instrument_function))

/* A profile that is freed with its variable. */
class profile
{
  public:
    CPROF_METHOD_ profile() : handle(cprof_create())
    {
    }
    CPROF_METHOD_ ~profile()
    {
        cprof_free(handle);
    }
    profile(const profile &) = delete;
    profile &operator=(const profile &) = delete;

    CPROF_METHOD_ int enable()
    {
        return cprof_enable(handle);
    }
    CPROF_METHOD_ int disable()
    {
        return cprof_disable(handle);
    }
    CPROF_METHOD_ int create_stats()
    {
        return cprof_create_stats(handle);
    }
    CPROF_METHOD_ int clear()
    {
        return cprof_clear(handle);
    }
    CPROF_METHOD_ int dump_stats(const char *file)
    {
        return cprof_dump_stats(handle, file);
    }
    CPROF_METHOD_ int print_stats(const char *sort = NULL)
    {
        return cprof_print_stats(handle, sort);
    }

  private:
    friend class scope;
    cprof_profile *handle;
};

/* Enables a profile for as long as its variable lives. */
class scope
{
  public:
    CPROF_METHOD_ explicit scope(profile &of)
        : begun(cprof_begin_scope(NULL, of.handle, __builtin_frame_address(0)))
    {
    }
    CPROF_METHOD_ ~scope()
    {
        cprof_end_scope(&begun);
    }
    scope(const scope &) = delete;
    scope &operator=(const scope &) = delete;

  private:
    cprof_scope begun;
};

} // namespace cprof
#endif

#endif
