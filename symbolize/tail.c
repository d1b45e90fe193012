#include "symbolize/tail.h"

#include <string.h>

#include "format/utf8.h"
#include "symbolize/memory.h"

/* SIZE bytes of a text that the profiled process wrote. */
static struct profile_string text(const char *bytes, size_t size)
{
    struct profile_string s = {.bytes = memory_grow(NULL, 4 * size + 1, 1)};
    s.size = utf8_escape(s.bytes, bytes, size, UTF8_ESCAPE_INVALID);
    s.bytes[s.size] = 0;
    return s;
}

static uint32_t end_of(enum rawfile_state state)
{
    switch (state) {
    case RAWFILE_FINISHED:
        return PROFILE_END_EXIT;
    case RAWFILE_GONE:
        return PROFILE_END_GONE;
    case RAWFILE_REPLACED:
        return PROFILE_END_EXEC;
    case RAWFILE_LIVE:
        break;
    }
    return PROFILE_END_LIVE;
}

static void fill_process(const struct raw_image *image, double per_second, uint64_t end,
                         struct profile_process *p)
{
    const struct raw_header *h = image->header;
    uint32_t size = h->command_size < RAW_COMMAND_MAX ? h->command_size : RAW_COMMAND_MAX;
    int64_t elapsed = (int64_t)(end - h->first.ticks);
    p->pid = h->pid;
    p->parent_pid = h->parent_pid;
    p->end = end_of(image->state);
    p->clock = h->clock;
    p->ticks_per_second = per_second;
    p->realtime_ns = h->realtime_ns;
    p->elapsed = elapsed > 0 ? (double)elapsed / per_second : 0;
    p->overhead_inner = (double)h->overhead_inner / 1024 / per_second;
    p->overhead_outer = (double)h->overhead_outer / 1024 / per_second;
    p->command = text(h->command, size);
}

static void fill_thread(const struct raw_image *image, const struct raw_tree *t,
                        struct profile_thread *out)
{
    const struct raw_thread *raw = t->thread;
    *out = (struct profile_thread){.tid = raw->tid,
                                   .interrupts = t->interrupts,
                                   .nodes = t->nnodes,
                                   .name = text(raw->name, strnlen(raw->name, sizeof raw->name)),
                                   .enters = raw->enters,
                                   .carried = raw->carried,
                                   .popped = raw->popped,
                                   .orphans = raw->orphans,
                                   .dropped = raw->dropped + t->lost,
                                   .unknown_slots = raw->unknown_slots,
                                   .open = raw->open + t->open_above,
                                   .exits = raw->exits,
                                   .torn = raw->torn,
                                   .earlier = raw->earlier};
    if (raw->flags & RAW_THREAD_ENDED)
        out->flags |= PROFILE_THREAD_ENDED;
    if ((raw->flags & RAW_THREAD_SIGNAL) && t->interrupts != (uint32_t)(t - image->trees))
        out->flags |= PROFILE_THREAD_SIGNAL;
}

static void fill_notes(const struct raw_image *image, struct profile_tail *tail)
{
    const struct raw_header *h = image->header;
    uint64_t guessed_switches = 0;
    for (uint32_t i = 0; i < image->ntrees; i++)
        guessed_switches += image->trees[i].thread->guessed_switches;
    const struct profile_counted_note notes[] = {
        {PROFILE_NOTE_EARLY, h->early_events},
        {PROFILE_NOTE_LOST_THREADS, h->lost_threads},
        {PROFILE_NOTE_LOST_MODULES, h->lost_modules},
        {PROFILE_NOTE_SHARED_NODES, h->shared_nodes ? h->max_nodes : 0},
        {PROFILE_NOTE_DAMAGED, image->damaged},
        {PROFILE_NOTE_HANDLER, h->handler_events},
        {PROFILE_NOTE_GUESSED_STACKS, guessed_switches},
        {PROFILE_NOTE_RESTRICTED, (h->restricted & RAW_RESTRICTED_CALLS) != 0},
        {PROFILE_NOTE_NO_TSC, (h->restricted & RAW_RESTRICTED_TSC) != 0},
    };
    size_t most = sizeof notes / sizeof *notes;
    tail->notes = memory_zeroed(most, sizeof *tail->notes);
    for (size_t i = 0; i < most; i++)
        if (notes[i].value)
            tail->notes[tail->nnotes++] = notes[i];
}

void tail_fill(const struct raw_image *image, double per_second, uint64_t end,
               struct profile_tail *tail)
{
    fill_process(image, per_second, end, &tail->process);
    fill_notes(image, tail);
    tail->nthreads = image->ntrees;
    tail->threads = memory_zeroed(image->ntrees, sizeof *tail->threads);
    for (uint32_t i = 0; i < image->ntrees; i++) {
        fill_thread(image, &image->trees[i], &tail->threads[i]);
        tail->threads[i].first_node = (uint32_t)tail->nnodes;
        tail->nnodes += image->trees[i].nnodes;
    }
    tail->nodes = memory_zeroed(tail->nnodes, sizeof *tail->nodes);
}
