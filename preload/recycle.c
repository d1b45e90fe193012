#include "preload/recycle.h"
#include "preload/sys.h"
#include <errno.h>
#include <string.h>

#define LISTS 64u

/* Records that were kept once stay in their list, whoever has them: no list ever loses a member, so
   that it can be walked without a lock. */
static struct list {
    struct thread *first;
    uint32_t unused; /* members that can be had, or soon: without any the list is not walked */
} lists[LISTS];

/* What the first call of all was of: that node was made first, behind root and lost. 0: none. */
static uint64_t first_function(const struct thread *thread)
{
    const struct raw_node *node = thread->tree.lost + 1;
    return node->parent == tree_number(thread->tree.root) ? node->fn : 0;
}

static struct list *list_of(uint64_t fn)
{
    return &lists[fn * UINT64_C(0x9E3779B97F4A7C15) >> 58];
}

/* Whether the kernel knows the thread no more. Of a number that was given to a later thread it
   still does: then these records wait for the end of that one, too. */
static bool is_gone(const struct thread *thread)
{
    return sys3(SYS_tgkill, sys_pid(), thread->raw->tid, 0) == -ESRCH;
}

static void add(struct list *list, struct thread *thread)
{
    thread->next = __atomic_load_n(&list->first, __ATOMIC_RELAXED);
    while (!__atomic_compare_exchange_n(&list->first, &thread->next, thread, true, __ATOMIC_RELEASE,
                                        __ATOMIC_RELAXED))
        ;
}

void recycle_keep(struct thread *thread)
{
    uint64_t fn = first_function(thread);
    if (fn <= RAW_LOST || thread->ends % 2 != 0)
        return;
    if (!thread->listed)
        add(list_of(fn), thread);
    thread->listed = true;
    __atomic_fetch_add(&list_of(fn)->unused, 1, __ATOMIC_RELAXED);
    __atomic_store_n(&thread->ends, thread->ends + 1, __ATOMIC_RELEASE);
}

/* That the count is what it was before the question was asked says that the answer is about this
   end, and not about a thread that has come and gone meanwhile. */
static bool take(struct thread *thread, uint64_t fn)
{
    uint32_t ends = __atomic_load_n(&thread->ends, __ATOMIC_ACQUIRE);
    return ends % 2 != 0 && first_function(thread) == fn && is_gone(thread) &&
           __atomic_compare_exchange_n(&thread->ends, &ends, ends + 1, false, __ATOMIC_ACQUIRE,
                                       __ATOMIC_RELAXED);
}

struct thread *recycle_take(uint64_t fn)
{
    struct list *list = list_of(fn);
    if (__atomic_load_n(&list->unused, __ATOMIC_RELAXED) == 0)
        return NULL;
    struct thread *thread = __atomic_load_n(&list->first, __ATOMIC_ACQUIRE);
    while (thread != NULL && !take(thread, fn))
        thread = thread->next;
    if (thread != NULL)
        __atomic_fetch_sub(&list->unused, 1, __ATOMIC_RELAXED);
    return thread;
}

void recycle_forget(void)
{
    memset(lists, 0, sizeof lists);
}
