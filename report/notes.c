#include "report/notes.h"

#include "report/terminal.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void notes_add(struct notes *n, const char *format, ...)
{
    va_list arguments;
    char *line;
    size_t i;
    int length;

    va_start(arguments, format);
    length = vasprintf(&line, format, arguments);
    va_end(arguments);
    if (length < 0) {
        n->more++;
        return;
    }
    for (i = 0; i < n->nlines; i++) {
        if (strcmp(n->lines[i], line) == 0) {
            free(line);
            return;
        }
    }
    if (n->nlines < NOTES_MAX) {
        n->lines[n->nlines++] = line;
    } else {
        n->more++;
        free(line);
    }
}

/* ---- what a profile says ---- */

static void take_end(struct notes *n, const struct profile_process *process, const char *path,
                     const char *raw)
{
    const char *end = NULL;
    const char *from = raw ? raw : "";
    const char *how = !raw                               ? ""
                      : process->end == PROFILE_END_LIVE ? ", a snapshot)"
                                                         : ", converted)";

    if (process->end == PROFILE_END_GONE)
        end = "was killed or crashed; counts are complete, open calls end at the last event";
    else if (process->end == PROFILE_END_EXEC)
        end = "ran another program (exec); open calls end at the last event";
    else if (process->end == PROFILE_END_LIVE)
        end = "was still running; open calls end at the last event";
    if (end)
        notes_add(n, "%s: the process %" PRIu32 " %s%s%s%s", path, process->pid, end,
                  raw ? " (" : "", from, how);
    else if (raw)
        notes_add(n, "%s: converted from %s", path, raw);
}

/* What went wrong with the debug information of a module, in WHY[SIZE]. */
static void describe_lack(const struct profile_lack *lack, char *why, size_t size)
{
    const char *name = lack->name.bytes ? lack->name.bytes : "";
    const char *reading = "reading its debug information";

    if (lack->kind == PROFILE_LACK_DEBUG)
        snprintf(why, size, "no debug information (-g)");
    else if (lack->kind == PROFILE_LACK_FILE)
        snprintf(why, size, "debug information in %.200s, which was not found", name);
    else if (lack->kind == PROFILE_LACK_FORMAT)
        snprintf(why, size, "debug information that cannot be read: %.200s", name);
    else if (lack->kind == PROFILE_LACK_SIGNAL)
        snprintf(why, size, "%s died of signal %" PRIu64, reading, lack->value);
    else if (lack->kind == PROFILE_LACK_TIME)
        snprintf(why, size, "%s took longer than %" PRIu64 " s", reading, lack->value);
    else if (lack->kind == PROFILE_LACK_MEMORY)
        snprintf(why, size, "%s took too much memory", reading);
    else
        snprintf(why, size, "%s failed", reading);
}

static void take_lack(struct notes *n, const struct profile_module *m)
{
    char why[300];

    describe_lack(&m->lack, why, sizeof(why));
    if (m->state == PROFILE_MODULE_NONE)
        notes_add(n, "%s: %s, no symbols: its functions are shown as module+offset", m->path.bytes,
                  why);
    else if (m->state == PROFILE_MODULE_SYMBOLS)
        notes_add(n, "%s: %s: its functions have no file and line", m->path.bytes, why);
    else if (m->lack.kind == PROFILE_LACK_DEBUG)
        notes_add(n, "%s: %s of %" PRIu64 " of its functions", m->path.bytes, why, m->lack.value);
    else
        notes_add(n, "%s: %s: lines are where the code begins", m->path.bytes, why);
}

static void take_modules(struct notes *n, const struct profile_tail *tail)
{
    size_t i;

    for (i = 0; i < tail->nmodules; i++) {
        const struct profile_module *m = &tail->modules[i];

        if (m->state == PROFILE_MODULE_CHANGED)
            notes_add(n, "%s was rebuilt since the run: its functions are shown as module+offset",
                      m->path.bytes);
        else if (m->state == PROFILE_MODULE_MISSING)
            notes_add(n, "%s cannot be read any more: its functions are shown as module+offset",
                      m->path.bytes);
        else if (m->lack.kind != PROFILE_LACK_NOTHING && m->lack.kind <= PROFILE_LACK_ANSWER)
            take_lack(n, m);
    }
}

static void take_counts(struct notes *n, const struct profile_tail *tail)
{
    size_t i;

    for (i = 0; i < tail->nthreads; i++) {
        const struct profile_thread *thread = &tail->threads[i];

        if (!(thread->flags & PROFILE_THREAD_SIGNAL))
            n->threads += 1 + thread->earlier;
        n->dropped += thread->dropped;
        n->orphans += thread->orphans;
        n->unknown_slots += thread->unknown_slots;
        n->torn += thread->torn;
    }
    for (i = 0; i < tail->nnotes; i++) {
        uint32_t note = tail->notes[i].note;

        if (note == PROFILE_NOTE_SHARED_NODES)
            n->counted[note] = tail->notes[i].value; /* a cap, no sum */
        else if (note < PROFILE_NOTES)
            n->counted[note] += tail->notes[i].value;
    }
}

void notes_take(struct notes *n, const struct profile *p, const char *path, const char *raw)
{
    if (!p->tail)
        return;
    n->measured += p->tail->process.measured;
    n->removed += p->tail->process.removed;
    take_end(n, &p->tail->process, path, raw);
    take_modules(n, p->tail);
    take_counts(n, p->tail);
}

/* ---- lines ---- */

static void print_time(FILE *to, double seconds)
{
    if (seconds >= 1 || seconds == 0)
        fprintf(to, "%.1f s", seconds);
    else if (seconds >= 1e-3)
        fprintf(to, "%.1f ms", seconds * 1e3);
    else
        fprintf(to, "%.1f us", seconds * 1e6);
}

static void print_overhead(const struct notes *n, FILE *to, const char *indent)
{
    if (n->threads == 0)
        return;
    fprintf(to, "%soverhead removed: ", indent);
    print_time(to, n->removed);
    fprintf(to, " of ");
    print_time(to, n->measured);
    fprintf(to, " measured; %" PRIu64 " thread%s\n", n->threads, n->threads == 1 ? "" : "s");
}

static void print_count(FILE *to, const char *indent, uint64_t count, const char *what)
{
    if (count > 0)
        fprintf(to, "%s%" PRIu64 " %s\n", indent, count, what);
}

void notes_print(const struct notes *n, FILE *to, const char *indent)
{
    const uint64_t *counted = n->counted;
    size_t i;

    print_overhead(n, to, indent);
    for (i = 0; i < n->nlines; i++) {
        fputs(indent, to);
        terminal_puts(to, n->lines[i]);
        fputc('\n', to);
    }
    print_count(to, indent, n->more, "more notes like these");
    print_count(to, indent, n->dropped, "calls were not recorded: no memory or disk space");
    print_count(to, indent, n->orphans, "returns without a call were ignored");
    print_count(to, indent, n->unknown_slots,
                "calls after which jumps out of functions are noticed late");
    print_count(to, indent, n->torn,
                "calls or returns were interrupted by a signal handler that jumped away: each may "
                "be missing");
    print_count(to, indent, counted[PROFILE_NOTE_EARLY],
                "calls and returns were not recorded: before the start of the C library");
    print_count(
        to, indent, counted[PROFILE_NOTE_HANDLER],
        "calls and returns were not recorded: of signal handlers that forked, in the child");
    print_count(to, indent, counted[PROFILE_NOTE_LOST_THREADS],
                "threads were not recorded: no memory or disk space");
    print_count(to, indent, counted[PROFILE_NOTE_LOST_MODULES],
                "modules were not recorded: their functions are shown as addresses");
    print_count(to, indent, counted[PROFILE_NOTE_SHARED_NODES],
                "contexts is the limit and was reached: the table is exact, the tree is coarser "
                "(CPROF_MAX_NODES raises it)");
    print_count(
        to, indent, counted[PROFILE_NOTE_GUESSED_STACKS],
        "switches to coroutines whose stacks' ends are not known: their callers may be mixed");
    print_count(to, indent, counted[PROFILE_NOTE_DAMAGED],
                "damaged records of the raw file were skipped");
    print_count(
        to, indent, counted[PROFILE_NOTE_RESTRICTED],
        "of the processes are recorded up to where they forbade themselves the system calls "
        "that it takes (seccomp)");
    print_count(to, indent, counted[PROFILE_NOTE_NO_TSC],
                "of the processes forbade themselves the time stamp counter: the clock was slower "
                "from then on, and more of its cost is in the times");
}

void notes_free(struct notes *n)
{
    size_t i;

    for (i = 0; i < n->nlines; i++)
        free(n->lines[i]);
    *n = (struct notes){0};
}
