#include "format/tail.h"

#include <stdlib.h>
#include <string.h>

static const uint32_t known_size[TAIL_SECTIONS + 1] = {
    [TAIL_PROCESS] = TAIL_PROCESS_SIZE,
    [TAIL_MODULES] = TAIL_MODULE_SIZE,
    [TAIL_SYMBOLS] = TAIL_SYMBOL_SIZE,
    [TAIL_THREADS] = TAIL_THREAD_LEAST,
    [TAIL_NODES] = TAIL_NODE_SIZE,
    [TAIL_MARKS] = TAIL_MARK_SIZE,
    [TAIL_NOTES] = TAIL_NOTE_SIZE,
    [TAIL_INLINED] = TAIL_INLINED_SIZE,
    [TAIL_THREAD_ROWS] = TAIL_THREAD_ROW_SIZE,
    [TAIL_ABOVE] = TAIL_ABOVE_SIZE,
    [TAIL_LACKS] = TAIL_LACK_SIZE,
    [TAIL_EARLIER] = TAIL_EARLIER_SIZE,
};

/* COUNT records from offset AT on, then their strings, up to END. All zero: not in the file. */
struct section {
    size_t at, end;
    size_t record_size, count;
    size_t string_at; /* the next string */
};

struct reader {
    struct cursor *in;
    struct section sections[TAIL_SECTIONS + 1];
    struct profile_tail *tail;
};

/* ---- sections ---- */

static void read_header(struct reader *r)
{
    struct cursor *in = r->in;
    size_t at = in->at;
    uint32_t id = cursor_u32(in);
    uint32_t record_size = cursor_u32(in);
    uint64_t count = cursor_u64(in);
    uint64_t length = cursor_u64(in);
    if (length > cursor_remaining(in))
        cursor_fail(in, at, "section longer than the file");
    else if (count > UINT32_MAX || (count && record_size > length / count))
        cursor_fail(in, at, "section with more records than bytes");
    struct section s = {.at = in->at, .end = in->at + length};
    cursor_skip(in, length);
    if (id == 0 || id > TAIL_SECTIONS || cursor_failed(in))
        return;
    if (r->sections[id].at)
        cursor_fail(in, at, "second section %u", id);
    if (record_size < known_size[id])
        cursor_fail(in, at, "section %u: records too short", id);
    s.record_size = record_size;
    s.count = count;
    s.string_at = s.at + s.record_size * s.count;
    r->sections[id] = s;
}

/* Memory for the records of a section, zeroed; NULL if there are none, or on a fault. */
static void *new_records(struct reader *r, enum tail_section section, size_t item_size,
                         size_t *count)
{
    size_t n = cursor_failed(r->in) ? 0 : r->sections[section].count;
    void *items = n ? calloc(n, item_size) : NULL;
    if (n && !items)
        cursor_fail(r->in, r->sections[section].at, "out of memory");
    *count = items ? n : 0;
    return items;
}

/* Moves to record I of the section. Its fields can be read unchecked: read_header has checked them.
 */
static void seek_record(struct reader *r, enum tail_section section, size_t i)
{
    cursor_seek(r->in, r->sections[section].at + i * r->sections[section].record_size);
}

static void copy_string(struct reader *r, const void *bytes, size_t size,
                        struct profile_string *out)
{
    out->bytes = malloc(size + 1);
    if (!out->bytes) {
        cursor_fail(r->in, r->in->at, "out of memory");
        return;
    }
    memcpy(out->bytes, bytes, size);
    out->bytes[size] = 0;
    out->size = size;
}

/* Reads a record's last field, the size of its string, and the string, which stands behind the
   records and the strings of the records before it. */
static void read_string(struct reader *r, enum tail_section section, struct profile_string *out)
{
    struct section *s = &r->sections[section];
    size_t at = r->in->at;
    uint32_t size = cursor_u32(r->in);
    if (size > s->end - s->string_at) {
        cursor_fail(r->in, at, "string longer than its section");
        return;
    }
    copy_string(r, r->in->bytes + s->string_at, size, out);
    s->string_at += size;
}

/* ---- records ---- */

static void read_process(struct reader *r)
{
    struct profile_process *p = &r->tail->process;
    if (r->sections[TAIL_PROCESS].count != 1) {
        cursor_fail(r->in, r->in->at, "no process section");
        return;
    }
    seek_record(r, TAIL_PROCESS, 0);
    p->pid = cursor_u32(r->in);
    p->parent_pid = cursor_u32(r->in);
    p->end = cursor_u32(r->in);
    p->clock = cursor_u32(r->in);
    p->ticks_per_second = cursor_double(r->in);
    p->realtime_ns = cursor_u64(r->in);
    p->elapsed = cursor_double(r->in);
    p->overhead_inner = cursor_double(r->in);
    p->overhead_outer = cursor_double(r->in);
    p->measured = cursor_double(r->in);
    p->removed = cursor_double(r->in);
    read_string(r, TAIL_PROCESS, &p->command);
}

static void read_modules(struct reader *r)
{
    struct profile_tail *tail = r->tail;
    tail->modules = new_records(r, TAIL_MODULES, sizeof *tail->modules, &tail->nmodules);
    for (size_t i = 0; i < tail->nmodules && !cursor_failed(r->in); i++) {
        struct profile_module *m = &tail->modules[i];
        seek_record(r, TAIL_MODULES, i);
        m->state = cursor_u32(r->in);
        m->id_size = cursor_u32(r->in);
        const uint8_t *id = cursor_bytes(r->in, sizeof m->id);
        if (id)
            memcpy(m->id, id, sizeof m->id);
        read_string(r, TAIL_MODULES, &m->path);
    }
}

static void read_symbols(struct reader *r)
{
    struct profile_tail *tail = r->tail;
    tail->symbols = new_records(r, TAIL_SYMBOLS, sizeof *tail->symbols, &tail->nsymbols);
    for (size_t i = 0; i < tail->nsymbols && !cursor_failed(r->in); i++) {
        struct profile_symbol *s = &tail->symbols[i];
        seek_record(r, TAIL_SYMBOLS, i);
        s->function = cursor_u32(r->in);
        s->module = cursor_u32(r->in);
        s->offset = cursor_u64(r->in);
        read_string(r, TAIL_SYMBOLS, &s->name);
    }
}

static void read_threads(struct reader *r)
{
    struct profile_tail *tail = r->tail;
    uint32_t next_node = 0;
    tail->threads = new_records(r, TAIL_THREADS, sizeof *tail->threads, &tail->nthreads);
    for (size_t i = 0; i < tail->nthreads && !cursor_failed(r->in); i++) {
        struct profile_thread *t = &tail->threads[i];
        seek_record(r, TAIL_THREADS, i);
        t->tid = cursor_u32(r->in);
        t->flags = cursor_u32(r->in);
        t->interrupts = cursor_u32(r->in);
        t->first_node = next_node;
        t->nodes = cursor_u32(r->in);
        next_node += t->nodes;
        t->enters = cursor_u64(r->in);
        t->carried = cursor_u64(r->in);
        t->popped = cursor_u64(r->in);
        t->orphans = cursor_u64(r->in);
        t->dropped = cursor_u64(r->in);
        t->unknown_slots = cursor_u64(r->in);
        t->open = cursor_u64(r->in);
        read_string(r, TAIL_THREADS, &t->name);
        if (r->sections[TAIL_THREADS].record_size < TAIL_THREAD_SIZE)
            continue;
        t->exits = cursor_u64(r->in);
        t->torn = cursor_u64(r->in);
    }
}

static void read_nodes(struct reader *r)
{
    struct profile_tail *tail = r->tail;
    tail->nodes = new_records(r, TAIL_NODES, sizeof *tail->nodes, &tail->nnodes);
    for (size_t i = 0; i < tail->nnodes; i++) {
        struct profile_node *n = &tail->nodes[i];
        seek_record(r, TAIL_NODES, i);
        n->symbol = cursor_u32(r->in);
        n->parent = cursor_u32(r->in);
        n->home = (uint32_t)i;
        n->calls = cursor_u64(r->in);
        n->self = cursor_double(r->in);
        n->removed = cursor_double(r->in);
        n->min = cursor_double(r->in);
        n->max = cursor_double(r->in);
    }
}

static void read_marks(struct reader *r)
{
    for (size_t i = 0; i < r->sections[TAIL_MARKS].count && !cursor_failed(r->in); i++) {
        seek_record(r, TAIL_MARKS, i);
        size_t at = r->in->at;
        uint32_t node = cursor_u32(r->in);
        if (node >= r->tail->nnodes) {
            cursor_fail(r->in, at, "mark on a node that is not there");
            return;
        }
        r->tail->nodes[node].flags = cursor_u32(r->in);
        r->tail->nodes[node].home = cursor_u32(r->in);
    }
}

static void read_inlined(struct reader *r)
{
    for (size_t i = 0; i < r->sections[TAIL_INLINED].count && !cursor_failed(r->in); i++) {
        seek_record(r, TAIL_INLINED, i);
        size_t at = r->in->at;
        uint32_t node = cursor_u32(r->in);
        if (node >= r->tail->nnodes)
            cursor_fail(r->in, at, "inlined calls of a node that is not there");
        else
            r->tail->nodes[node].inlined = cursor_u64(r->in);
    }
}

static void read_thread_rows(struct reader *r)
{
    struct profile_tail *tail = r->tail;
    tail->thread_rows =
        new_records(r, TAIL_THREAD_ROWS, sizeof *tail->thread_rows, &tail->nthread_rows);
    for (size_t i = 0; i < tail->nthread_rows; i++) {
        struct profile_thread_row *row = &tail->thread_rows[i];
        seek_record(r, TAIL_THREAD_ROWS, i);
        row->thread = cursor_u32(r->in);
        row->function = cursor_u32(r->in);
        row->cc = cursor_u64(r->in);
        row->ct = cursor_double(r->in);
    }
}

static void read_above(struct reader *r)
{
    for (size_t i = 0; i < r->sections[TAIL_ABOVE].count && !cursor_failed(r->in); i++) {
        struct profile_string both = {0};
        seek_record(r, TAIL_ABOVE, i);
        size_t at = r->in->at;
        uint32_t symbol = cursor_u32(r->in);
        int64_t line = (int64_t)cursor_u64(r->in);
        uint32_t file_size = cursor_u32(r->in);
        read_string(r, TAIL_ABOVE, &both);
        if (cursor_failed(r->in))
            return;
        if (symbol >= r->tail->nsymbols || file_size > both.size ||
            r->tail->symbols[symbol].above.file.bytes) {
            cursor_fail(r->in, at, "caller above that makes no sense");
        } else {
            struct profile_above *above = &r->tail->symbols[symbol].above;
            above->line = line;
            copy_string(r, both.bytes, file_size, &above->file);
            copy_string(r, both.bytes + file_size, both.size - file_size, &above->name);
        }
        free(both.bytes);
    }
}

static void read_lacks(struct reader *r)
{
    for (size_t i = 0; i < r->sections[TAIL_LACKS].count && !cursor_failed(r->in); i++) {
        seek_record(r, TAIL_LACKS, i);
        size_t at = r->in->at;
        uint32_t module = cursor_u32(r->in);
        if (module >= r->tail->nmodules || r->tail->modules[module].lack.name.bytes) {
            cursor_fail(r->in, at, "lack of a module that is not there, or a second one");
            return;
        }
        struct profile_lack *lack = &r->tail->modules[module].lack;
        lack->kind = cursor_u32(r->in);
        lack->value = cursor_u64(r->in);
        read_string(r, TAIL_LACKS, &lack->name);
    }
}

static void read_earlier(struct reader *r)
{
    for (size_t i = 0; i < r->sections[TAIL_EARLIER].count && !cursor_failed(r->in); i++) {
        seek_record(r, TAIL_EARLIER, i);
        size_t at = r->in->at;
        uint32_t thread = cursor_u32(r->in);
        uint64_t earlier = cursor_u64(r->in);
        if (thread >= r->tail->nthreads || earlier == 0 || r->tail->threads[thread].earlier != 0) {
            cursor_fail(r->in, at, "thread with others before it that makes no sense");
            return;
        }
        r->tail->threads[thread].earlier = earlier;
        read_string(r, TAIL_EARLIER, &r->tail->threads[thread].start);
    }
}

static void read_notes(struct reader *r)
{
    struct profile_tail *tail = r->tail;
    tail->notes = new_records(r, TAIL_NOTES, sizeof *tail->notes, &tail->nnotes);
    for (size_t i = 0; i < tail->nnotes; i++) {
        seek_record(r, TAIL_NOTES, i);
        tail->notes[i].note = cursor_u32(r->in);
        tail->notes[i].value = cursor_u64(r->in);
    }
}

/* ---- the whole ---- */

/* Whether START is where the footer says that a tail begins, and one does. Faults if only half of
   that is so, as in a file that was cut; bytes that are no tail are none of our business. */
static bool find_tail(struct cursor *in, size_t start)
{
    size_t left = in->size - start;
    size_t seen = left < TAIL_MAGIC_SIZE ? left : TAIL_MAGIC_SIZE;
    bool has_start = left > 0 && memcmp(in->bytes + start, TAIL_MAGIC, seen) == 0;
    bool has_end =
        left >= TAIL_FOOTER_SIZE && memcmp(in->bytes + in->size - seen, TAIL_END_MAGIC, seen) == 0;
    if (!has_start && !has_end)
        return false;
    if (!has_end) {
        cursor_fail(in, in->size, "truncated");
        return false;
    }
    cursor_seek(in, in->size - TAIL_FOOTER_SIZE);
    if (!has_start || cursor_u64(in) != start) {
        cursor_fail(in, in->size - TAIL_FOOTER_SIZE, "footer that points elsewhere");
        return false;
    }
    return true;
}

static void read_sections(struct reader *r, size_t start)
{
    cursor_seek(r->in, start + TAIL_MAGIC_SIZE);
    uint32_t version = cursor_u32(r->in);
    if (version != TAIL_VERSION)
        cursor_fail(r->in, start, "version %u, which needs another cprof; this one reads %u",
                    version, TAIL_VERSION);
    uint32_t count = cursor_u32(r->in);
    for (uint32_t i = 0; i < count && !cursor_failed(r->in); i++)
        read_header(r);
    if (cursor_remaining(r->in))
        cursor_fail(r->in, r->in->at, "bytes that belong to no section");
}

int tail_read(struct cursor *in, size_t nfunctions, struct profile_tail **out)
{
    *out = NULL;
    size_t start = in->at;
    if (!find_tail(in, start))
        return cursor_failed(in) ? -1 : 0;
    struct reader r = {.in = in, .tail = calloc(1, sizeof *r.tail)};
    if (!r.tail) {
        cursor_fail(in, start, "out of memory");
        return -1;
    }
    in->size -= TAIL_FOOTER_SIZE;
    read_sections(&r, start);
    read_process(&r);
    read_modules(&r);
    read_symbols(&r);
    read_threads(&r);
    read_nodes(&r);
    read_marks(&r);
    read_notes(&r);
    read_inlined(&r);
    read_thread_rows(&r);
    read_above(&r);
    read_lacks(&r);
    read_earlier(&r);
    char fault[TAIL_FAULT_SIZE];
    if (!cursor_failed(in) && tail_check(r.tail, nfunctions, fault))
        cursor_fail(in, start, "%s", fault);
    if (cursor_failed(in)) {
        tail_free(r.tail);
        return -1;
    }
    *out = r.tail;
    return 0;
}
