#include "format/tail.h"

static void write_header(struct output *out, enum tail_section section, uint32_t record_size,
                         uint64_t count, uint64_t string_bytes)
{
    output_u32(out, section);
    output_u32(out, record_size);
    output_u64(out, count);
    output_u64(out, count * record_size + string_bytes);
}

static void write_string(struct output *out, const struct profile_string *s)
{
    output_bytes(out, s->bytes, s->size);
}

static void write_process(struct output *out, const struct profile_process *p)
{
    write_header(out, TAIL_PROCESS, TAIL_PROCESS_SIZE, 1, p->command.size);
    output_u32(out, p->pid);
    output_u32(out, p->parent_pid);
    output_u32(out, p->end);
    output_u32(out, p->clock);
    output_double(out, p->ticks_per_second);
    output_u64(out, p->realtime_ns);
    output_double(out, p->elapsed);
    output_double(out, p->overhead_inner);
    output_double(out, p->overhead_outer);
    output_double(out, p->measured);
    output_double(out, p->removed);
    output_u32(out, (uint32_t)p->command.size);
    write_string(out, &p->command);
}

static void write_modules(struct output *out, const struct profile_tail *tail)
{
    uint64_t string_bytes = 0;
    for (size_t i = 0; i < tail->nmodules; i++)
        string_bytes += tail->modules[i].path.size;
    write_header(out, TAIL_MODULES, TAIL_MODULE_SIZE, tail->nmodules, string_bytes);
    for (size_t i = 0; i < tail->nmodules; i++) {
        const struct profile_module *m = &tail->modules[i];
        output_u32(out, m->state);
        output_u32(out, m->id_size);
        output_bytes(out, m->id, sizeof m->id);
        output_u32(out, (uint32_t)m->path.size);
    }
    for (size_t i = 0; i < tail->nmodules; i++)
        write_string(out, &tail->modules[i].path);
}

static bool is_above(const struct profile_symbol *s)
{
    return s->function == PROFILE_NO_FUNCTION;
}

static void write_symbols(struct output *out, const struct profile_tail *tail, const uint32_t *rows)
{
    uint64_t string_bytes = 0;
    for (size_t i = 0; i < tail->nsymbols; i++)
        string_bytes += tail->symbols[i].name.size;
    write_header(out, TAIL_SYMBOLS, TAIL_SYMBOL_SIZE, tail->nsymbols, string_bytes);
    for (size_t i = 0; i < tail->nsymbols; i++) {
        const struct profile_symbol *s = &tail->symbols[i];
        output_u32(out, is_above(s) ? PROFILE_NO_FUNCTION : rows[s->function]);
        output_u32(out, s->module);
        output_u64(out, s->offset);
        output_u32(out, (uint32_t)s->name.size);
    }
    for (size_t i = 0; i < tail->nsymbols; i++)
        write_string(out, &tail->symbols[i].name);
}

static void write_threads(struct output *out, const struct profile_tail *tail)
{
    uint64_t string_bytes = 0;
    for (size_t i = 0; i < tail->nthreads; i++)
        string_bytes += tail->threads[i].name.size;
    write_header(out, TAIL_THREADS, TAIL_THREAD_SIZE, tail->nthreads, string_bytes);
    for (size_t i = 0; i < tail->nthreads; i++) {
        const struct profile_thread *t = &tail->threads[i];
        output_u32(out, t->tid);
        output_u32(out, t->flags);
        output_u32(out, t->interrupts);
        output_u32(out, t->nodes);
        output_u64(out, t->enters);
        output_u64(out, t->carried);
        output_u64(out, t->popped);
        output_u64(out, t->orphans);
        output_u64(out, t->dropped);
        output_u64(out, t->unknown_slots);
        output_u64(out, t->open);
        output_u32(out, (uint32_t)t->name.size);
        output_u64(out, t->exits);
        output_u64(out, t->torn);
    }
    for (size_t i = 0; i < tail->nthreads; i++)
        write_string(out, &tail->threads[i].name);
}

static void write_nodes(struct output *out, const struct profile_tail *tail)
{
    size_t marks = 0;
    write_header(out, TAIL_NODES, TAIL_NODE_SIZE, tail->nnodes, 0);
    for (size_t i = 0; i < tail->nnodes; i++) {
        const struct profile_node *n = &tail->nodes[i];
        marks += n->flags != 0;
        output_u32(out, n->symbol);
        output_u32(out, n->parent);
        output_u64(out, n->calls);
        output_double(out, n->self);
        output_double(out, n->removed);
        output_double(out, n->min);
        output_double(out, n->max);
    }
    write_header(out, TAIL_MARKS, TAIL_MARK_SIZE, marks, 0);
    for (size_t i = 0; i < tail->nnodes; i++) {
        const struct profile_node *n = &tail->nodes[i];
        if (n->flags == 0)
            continue;
        output_u32(out, (uint32_t)i);
        output_u32(out, n->flags);
        output_u32(out, n->home);
    }
}

static void write_notes(struct output *out, const struct profile_tail *tail)
{
    write_header(out, TAIL_NOTES, TAIL_NOTE_SIZE, tail->nnotes, 0);
    for (size_t i = 0; i < tail->nnotes; i++) {
        output_u32(out, tail->notes[i].note);
        output_u64(out, tail->notes[i].value);
    }
}

static void write_inlined(struct output *out, const struct profile_tail *tail)
{
    size_t count = 0;
    for (size_t i = 0; i < tail->nnodes; i++)
        count += tail->nodes[i].inlined != 0;
    write_header(out, TAIL_INLINED, TAIL_INLINED_SIZE, count, 0);
    for (size_t i = 0; i < tail->nnodes; i++) {
        if (tail->nodes[i].inlined == 0)
            continue;
        output_u32(out, (uint32_t)i);
        output_u64(out, tail->nodes[i].inlined);
    }
}

static void write_thread_rows(struct output *out, const struct profile_tail *tail,
                              const uint32_t *rows)
{
    write_header(out, TAIL_THREAD_ROWS, TAIL_THREAD_ROW_SIZE, tail->nthread_rows, 0);
    for (size_t i = 0; i < tail->nthread_rows; i++) {
        const struct profile_thread_row *row = &tail->thread_rows[i];
        output_u32(out, row->thread);
        output_u32(out, rows[row->function]);
        output_u64(out, row->cc);
        output_double(out, row->ct);
    }
}

/* The string of a record is file and name in one. */
static void write_above(struct output *out, const struct profile_tail *tail)
{
    uint64_t string_bytes = 0;
    size_t count = 0;
    for (size_t i = 0; i < tail->nsymbols; i++) {
        const struct profile_above *above = &tail->symbols[i].above;
        count += is_above(&tail->symbols[i]);
        if (is_above(&tail->symbols[i]))
            string_bytes += above->file.size + above->name.size;
    }
    write_header(out, TAIL_ABOVE, TAIL_ABOVE_SIZE, count, string_bytes);
    for (size_t i = 0; i < tail->nsymbols; i++) {
        const struct profile_above *above = &tail->symbols[i].above;
        if (!is_above(&tail->symbols[i]))
            continue;
        output_u32(out, (uint32_t)i);
        output_u64(out, (uint64_t)above->line);
        output_u32(out, (uint32_t)above->file.size);
        output_u32(out, (uint32_t)(above->file.size + above->name.size));
    }
    for (size_t i = 0; i < tail->nsymbols; i++) {
        if (!is_above(&tail->symbols[i]))
            continue;
        write_string(out, &tail->symbols[i].above.file);
        write_string(out, &tail->symbols[i].above.name);
    }
}

static bool has_lack(const struct profile_module *m)
{
    return m->lack.kind != PROFILE_LACK_NOTHING;
}

static void write_lacks(struct output *out, const struct profile_tail *tail, size_t count)
{
    uint64_t string_bytes = 0;
    for (size_t i = 0; i < tail->nmodules; i++)
        if (has_lack(&tail->modules[i]))
            string_bytes += tail->modules[i].lack.name.size;
    write_header(out, TAIL_LACKS, TAIL_LACK_SIZE, count, string_bytes);
    for (size_t i = 0; i < tail->nmodules; i++) {
        const struct profile_lack *lack = &tail->modules[i].lack;
        if (!has_lack(&tail->modules[i]))
            continue;
        output_u32(out, (uint32_t)i);
        output_u32(out, lack->kind);
        output_u64(out, lack->value);
        output_u32(out, (uint32_t)lack->name.size);
    }
    for (size_t i = 0; i < tail->nmodules; i++)
        if (has_lack(&tail->modules[i]))
            write_string(out, &tail->modules[i].lack.name);
}

static void write_earlier(struct output *out, const struct profile_tail *tail)
{
    uint64_t string_bytes = 0;
    size_t count = 0;
    for (size_t i = 0; i < tail->nthreads; i++) {
        count += tail->threads[i].earlier != 0;
        string_bytes += tail->threads[i].start.size;
    }
    write_header(out, TAIL_EARLIER, TAIL_EARLIER_SIZE, count, string_bytes);
    for (size_t i = 0; i < tail->nthreads; i++) {
        if (tail->threads[i].earlier == 0)
            continue;
        output_u32(out, (uint32_t)i);
        output_u64(out, tail->threads[i].earlier);
        output_u32(out, (uint32_t)tail->threads[i].start.size);
    }
    for (size_t i = 0; i < tail->nthreads; i++)
        write_string(out, &tail->threads[i].start);
}

void tail_write(struct output *out, const struct profile_tail *tail, const uint32_t *rows)
{
    uint64_t start = out->offset;
    bool has_above = false, has_earlier = false;
    size_t lacks = 0;
    for (size_t i = 0; i < tail->nsymbols; i++)
        has_above = has_above || is_above(&tail->symbols[i]);
    for (size_t i = 0; i < tail->nmodules; i++)
        lacks += has_lack(&tail->modules[i]);
    for (size_t i = 0; i < tail->nthreads; i++)
        has_earlier = has_earlier || tail->threads[i].earlier != 0;
    output_bytes(out, TAIL_MAGIC, TAIL_MAGIC_SIZE);
    output_u32(out, TAIL_VERSION);
    output_u32(out, TAIL_ABOVE - 1 + (uint32_t)has_above + (lacks > 0) + (uint32_t)has_earlier);
    write_process(out, &tail->process);
    write_modules(out, tail);
    write_symbols(out, tail, rows);
    write_threads(out, tail);
    write_nodes(out, tail);
    write_notes(out, tail);
    write_inlined(out, tail);
    write_thread_rows(out, tail, rows);
    if (has_above)
        write_above(out, tail);
    if (lacks)
        write_lacks(out, tail, lacks);
    if (has_earlier)
        write_earlier(out, tail);
    output_u64(out, start);
    output_bytes(out, TAIL_END_MAGIC, TAIL_MAGIC_SIZE);
}
