/* cprof-symbolize: raw files of profiled processes to .prof files. */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "format/utf8.h"
#include "symbolize/confine.h"
#include "symbolize/memory.h"
#include "symbolize/publish.h"

static const char usage[] =
    "usage: cprof-symbolize [-o FILE] [--keep] RAW...\n"
    "       cprof-symbolize --session PID:START:RANDOM DIR\n"
    "\n"
    "Turns raw files (OUT.PID.RANDOM.raw), which profiled processes write, into\n"
    "profiles for cprof-report and Python's pstats. Each profile is put beside its\n"
    "raw file under the name that the process was given; the raw file and older ones\n"
    "of that name are removed. It is started when a profiled program ends; by hand it\n"
    "is of use after a crash.\n"
    "\n"
    "Examples:\n"
    "  cprof-symbolize out.prof.4711.1f6e.raw              makes out.prof of it\n"
    "  cprof-symbolize --keep *.raw                        all, and keeps them\n"
    "  cprof-symbolize -o now.prof out.prof.4711.1f6e.raw  of a running process: what\n"
    "                                                      it has done so far\n"
    "\n"
    "Options:\n"
    "  -o FILE     write the profile of one raw file to FILE (-: stdout, and the raw\n"
    "              file stays)\n"
    "  --keep      do not remove raw files\n"
    "  --session PID:START:RANDOM\n"
    "              all raw files of one session in DIR whose processes have ended\n"
    "  -h, --help  show this\n"
    "  --version   show the version\n"
    "\n"
    "The status is 0, 1 if a file cannot be converted, or 2 if the command line makes\n"
    "no sense. More: man 8 cprof-symbolize, man 7 cprof.\n";

struct options {
    const char *out;
    const char *session;
    bool keep;
};

/* FILE: TEXT (at offset N), with nothing in it that would work on a terminal. */
static int report(const char *file, const struct profile_error *error)
{
    char *line = error->offset < 0 ? memory_text("%s: %s", file, error->text)
                                   : memory_text("%s: %s (at offset %" PRId64 ")", file,
                                                 error->text, error->offset);
    size_t size = strlen(line);
    char *escaped = memory_grow(NULL, 4 * size, 1);
    size = utf8_escape(escaped, line, size, UTF8_ESCAPE_CONTROLS);
    fprintf(stderr, "cprof-symbolize: %.*s\n", (int)size, escaped);
    free(escaped);
    free(line);
    return 1;
}

static int report_errno(const char *file)
{
    struct profile_error error = {.offset = -1};
    snprintf(error.text, sizeof error.text, "%s", strerror(errno));
    return report(file, &error);
}

static int wrong_usage(const char *text)
{
    fprintf(stderr, "cprof-symbolize: %s (cprof-symbolize --help)\n", text);
    return 2;
}

/* Converts RAW and writes the profile to OUT, "-" being stdout. Returns the exit status. */
static int convert(struct resolver *r, const struct rawfile *raw, const char *out)
{
    struct profile profile;
    struct profile_error error;
    if (publish_convert(r, raw, &profile, &error) < 0)
        return report(raw->path, &error);
    bool to_stdout = strcmp(out, "-") == 0;
    int status = to_stdout ? profile_write(STDOUT_FILENO, &profile, &error)
                           : profile_save(out, &profile, &error);
    profile_free(&profile);
    return status < 0 ? report(to_stdout ? "stdout" : out, &error) : 0;
}

/* The same, beside RAW. */
static int publish(struct resolver *r, const struct rawfile *raw)
{
    struct profile_error error;
    char *out = publish_path(raw, &error);
    int status = out ? convert(r, raw, out) : report(raw->path, &error);
    free(out);
    return status;
}

static int convert_to_file(struct resolver *r, const struct rawfile *raw, const struct options *o)
{
    int status = convert(r, raw, o->out);
    bool stays = o->keep || raw->state == RAWFILE_LIVE || strcmp(o->out, "-") == 0;
    if (status == 0 && !stays && unlink(raw->path) < 0 && errno != ENOENT)
        return report_errno(raw->path);
    return status;
}

static int convert_in_place(struct resolver *r, const struct rawfile *raw, const struct options *o)
{
    struct rawfile *list;
    size_t n;
    if (raw->state == RAWFILE_LIVE) {
        struct profile_error error = {.offset = -1};
        snprintf(error.text, sizeof error.text,
                 "process %" PRIu32 " is still running; -o FILE writes what has happened so far",
                 raw->header.pid);
        return report(raw->path, &error);
    }
    int status = publish(r, raw);
    if (status != 0 || o->keep)
        return status;
    char *folder = memory_text("%s", raw->path);
    if (rawfile_list(dirname(folder), &list, &n) < 0) {
        list = NULL;
        n = 0;
    }
    free(folder);
    publish_clean_up(raw, list, n);
    rawfile_list_free(list, n);
    return 0;
}

static int convert_file(struct resolver *r, const char *path, const struct options *o)
{
    struct rawfile raw;
    struct profile_error error;
    if (rawfile_look(path, &raw, &error) < 0)
        return report(path, &error);
    int status = o->out ? convert_to_file(r, &raw, o) : convert_in_place(r, &raw, o);
    rawfile_free(&raw);
    return status;
}

static int convert_session(struct resolver *r, const char *session, const char *folder)
{
    uint32_t pid;
    uint64_t start, random;
    struct rawfile *list;
    size_t n;
    int end = 0, status = 0;
    if (sscanf(session, "%" SCNu32 ":%" SCNu64 ":%" SCNx64 "%n", &pid, &start, &random, &end) !=
            3 ||
        session[end])
        return wrong_usage("a session is PID:START:RANDOM");
    if (rawfile_list(folder, &list, &n) < 0)
        return report_errno(folder);
    for (struct rawfile *raw = list; raw < list + n; raw++) {
        const struct raw_header *h = &raw->header;
        if (!raw->path || raw->state == RAWFILE_LIVE || h->session_pid != pid ||
            h->session_start != start || h->session_random != random)
            continue;
        int failed = publish(r, raw);
        if (!failed)
            publish_clean_up(raw, list, n);
        status |= failed;
    }
    rawfile_list_free(list, n);
    return status;
}

/* Returns 0, or the exit status + 1 with which the program ends at once. */
static int read_options(int argc, char **argv, struct options *o)
{
    static const struct option longs[] = {{"keep", no_argument, NULL, 'k'},
                                          {"session", required_argument, NULL, 's'},
                                          {"help", no_argument, NULL, 'h'},
                                          {"version", no_argument, NULL, 'v'},
                                          {NULL, 0, NULL, 0}};
    int c;
    while ((c = getopt_long(argc, argv, "o:h", longs, NULL)) != -1) {
        if (c == 'o')
            o->out = optarg;
        else if (c == 'k')
            o->keep = true;
        else if (c == 's')
            o->session = optarg;
        else if (c == 'h')
            return fputs(usage, stdout) < 0 ? 2 : 1;
        else if (c == 'v')
            return puts("cprof-symbolize " CPROF_VERSION) < 0 ? 2 : 1;
        else
            return 3;
    }
    if (o->session && (o->out || o->keep || argc - optind != 1))
        return wrong_usage("--session takes one folder and no other option") + 1;
    if (!o->session && argc == optind)
        return wrong_usage("no raw file given") + 1;
    if (o->out && argc - optind != 1)
        return wrong_usage("-o takes one raw file") + 1;
    return 0;
}

int main(int argc, char **argv)
{
    struct options o = {0};
    confine();
    int status = read_options(argc, argv, &o);
    if (status != 0)
        return status - 1;
    struct resolver *r = resolver_new(NULL);
    if (o.session)
        status = convert_session(r, o.session, argv[optind]);
    else
        for (int i = optind; i < argc; i++)
            status |= convert_file(r, argv[i], &o);
    resolver_free(r);
    return status;
}
