#include "preload/repair.h"
#include "preload/clock.h"
#include "preload/stacks.h"

/* So many calls of a function or an edge are open: makes its level say so. While any is, its sums
   are negative, because the start of the outermost one was taken from them (tree_open). */
static void repair_level(const struct thread *thread, uint32_t number, uint32_t calls)
{
    struct raw_level *level = tree_level(number);
    uint64_t now = clock_ticks(), enters = thread->raw->enters;
    level->level = calls;
    if (((int64_t)level->total < 0) != (calls > 0))
        level->total += calls > 0 ? -now : now;
    if (((int64_t)level->inside < 0) != (calls > 0))
        level->inside += calls > 0 ? -enters : enters;
}

struct open_calls {
    const struct raw_node *node;
    uint32_t of_function, of_edge;
};

static void count(void *context, const struct frame *base, const struct frame *top)
{
    struct open_calls *calls = context;
    for (const struct frame *f = base + 1; f <= top; f++) {
        calls->of_function += f->node->fn_level == calls->node->fn_level;
        calls->of_edge += f->node->edge_level == calls->node->edge_level;
    }
}

/* Sets right the levels of the call in FRAME by what is on the shadow stacks. A caller above has
   the root's level twice, of which nobody takes anything. */
static void repair_levels(const struct thread *thread, const struct frame *frame)
{
    const struct raw_node *node = frame->node;
    if (node == NULL || node->fn_level == 0 || /* never used, or for measuring only */
        node->fn_level == node->edge_level)
        return;
    struct open_calls calls = {.node = node};
    stacks_visit(thread, count, &calls);
    repair_level(thread, node->fn_level, calls.of_function);
    repair_level(thread, node->edge_level, calls.of_edge);
}

void repair(struct thread *thread)
{
    stacks_repair(thread);
    struct frame *top = thread->top;
    thread->raw->torn += thread->busy != 0;
    if (top > thread->limit)
        return;
    repair_levels(thread, top + 1);
    if (top == thread->base)
        return;
    repair_levels(thread, top);
    if (top->start < top[-1].start) /* what an earlier call left there */
        top->start = clock_ticks();
}
