/*
 * launch.c - cprof: runs a program with libcprof.so preloaded and shows its profile, as
 * `python -m cProfile` does for a script. What would leave no profile is said before anything runs.
 */
#include "format/utf8.h"
#include "preload/launch_program.h"
#include "preload/launch_run.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <glob.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Exit statuses; the last two as shells have them. */
enum { FAILED = 1, USAGE = 2, NOT_EXECUTABLE = 126, NOT_FOUND = 127 };

#define COUNT(array) (sizeof(array) / sizeof *(array))

#define RAW_NAME_EXTRA 40 /* at most so many bytes longer is the name of the raw file */

/* As pstats has them, parted by blanks and line ends. */
#define SORT_KEYS                                                                                  \
    "  calls ncalls cumtime cumulative filename line module name nfl pcalls stdname\n"             \
    "  time tottime\n"

static const char USAGE_TEXT[] =
    "usage: cprof [-o FILE] [-s KEY] [--] PROGRAM [ARGUMENTS...]\n"
    "\n"
    "Runs PROGRAM and prints where its time went, a line for each function, as\n"
    "`python -m cProfile` does for a script. PROGRAM must be built with the flags\n"
    "-finstrument-functions -g of gcc or clang; nothing else about it changes.\n"
    "\n"
    "Examples:\n"
    "  cprof ./app --its own options  run it, print the table at the end\n"
    "  cprof -s cumtime ./app         first what took longest with all that it called\n"
    "  cprof -o app.prof ./app        keep the profile, for cprof-report app.prof\n"
    "\n"
    "Options, before PROGRAM:\n"
    "  -o FILE     write the profile to FILE and print nothing\n"
    "  -s KEY      sort the table by KEY (default: tottime)\n"
    "  -h, --help  show this\n"
    "  --version   show the version\n"
    "\n"
    "Sort keys:\n" SORT_KEYS "\n"
    "The status is the program's. More: man cprof, man cprof-report, man 7 cprof.\n";

/* What to do about each fault; %s is the program. */
static const char *const FAULTS[] = {
    [PROGRAM_OTHER_MACHINE] = "%s is built for another kind of machine than libcprof.so. Rebuild "
                              "it for this one, with -finstrument-functions.",
    [PROGRAM_STATIC] = "%s is linked statically, so libcprof.so cannot be loaded into it. Relink "
                       "it without -static or -static-pie.",
    [PROGRAM_PRIVILEGED] = "%s is setuid or setgid or has file capabilities, so the loader ignores "
                           "LD_PRELOAD. Profile a copy (cp drops these).",
    [PROGRAM_NO_HOOKS] = "%s has no function hooks. Rebuild it with -finstrument-functions "
                         "(README, \"Building a program for profiling\").",
    [PROGRAM_OWN_HOOKS] = "%s has function hooks of its own, which hide cprof's. Rebuild it "
                          "without its __cyg_profile_func_enter.",
};

struct request {
    const char *sort;
    const char *file; /* -o, or NULL */
    char **argv;      /* PROGRAM and its arguments */
};

struct installation {
    char library[PATH_MAX];
    char report[PATH_MAX];
};

/* Where the profile goes. */
struct output {
    char folder[PATH_MAX];
    char name[NAME_MAX + 1];
    char path[PATH_MAX]; /* FOLDER/NAME */
    struct stat before;  /* what was there before the run; st_ino 0: nothing */
};

/* One line on stderr, with nothing in it that works on a terminal; returns STATUS. */
__attribute__((format(printf, 2, 3))) static int complain(int status, const char *format, ...)
{
    char text[2 * PATH_MAX], escaped[4 * sizeof(text)];
    size_t size;
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    size = utf8_escape(escaped, text, strlen(text), UTF8_ESCAPE_CONTROLS);
    fprintf(stderr, "cprof: %.*s\n", (int)size, escaped);
    return status;
}

/* ---- options ---- */

static bool is_sort_key(const char *word)
{
    const char *key = SORT_KEYS;

    while (*(key += strspn(key, " \n"))) {
        size_t size = strcspn(key, " \n");
        if (size == strlen(word) && memcmp(key, word, size) == 0)
            return true;
        key += size;
    }
    return false;
}

/* Returns 0, or -1 when *status is all that is left to do. */
static int read_options(int argc, char **argv, struct request *request, int *status)
{
    static const struct option LONG[] = {
        {"help", no_argument, NULL, 'h'}, {"version", no_argument, NULL, 'V'}, {0}};
    int option;

    *request = (struct request){.sort = "tottime"};
    *status = USAGE;
    opterr = 0;
    while ((option = getopt_long(argc, argv, "+:o:s:h", LONG, NULL)) != -1) {
        switch (option) {
        case 'o':
            request->file = optarg;
            break;
        case 's':
            request->sort = optarg;
            break;
        case 'h':
            *status = fputs(USAGE_TEXT, stdout) < 0 || fflush(stdout) != 0;
            return -1;
        case 'V':
            *status = puts("cprof " CPROF_VERSION) < 0 || fflush(stdout) != 0;
            return -1;
        case ':':
            complain(USAGE, "-%c needs an argument; see cprof --help", optopt);
            return -1;
        default:
            complain(USAGE, "unknown option before PROGRAM; see cprof --help");
            return -1;
        }
    }
    request->argv = argv + optind;
    if (!argv[optind])
        fputs(USAGE_TEXT, stderr);
    else if (!is_sort_key(request->sort))
        complain(USAGE, "-s %s: unknown sort key; cprof --help lists them", request->sort);
    else
        return 0;
    return -1;
}

/* ---- files; these return 0, or the exit status after saying why ---- */

/* FOLDER/NAME, into PATH. Returns 0, or -1 if that is too long. */
static int join(char path[PATH_MAX], const char *folder, const char *name)
{
    int size = snprintf(path, PATH_MAX, "%s/%s", folder, name);

    return size < 0 || size >= PATH_MAX ? -1 : 0;
}

/* Returns 0 with the first of NAMES that is below FOLDER in PATH, else -1. */
static int first_of(char path[PATH_MAX], const char *folder, const char *const names[])
{
    for (; *names; names++)
        if (join(path, folder, *names) == 0 && access(path, R_OK) == 0)
            return 0;
    return -1;
}

/* In a build folder all lies side by side; installed, the library is in lib. */
static int find_installation(struct installation *found)
{
    static const char *const LIBRARY[] = {"libcprof.so", "../lib/libcprof.so",
                                          "../lib/cprof/libcprof.so", NULL};
    static const char *const REPORT[] = {"cprof-report", NULL};
    char folder[PATH_MAX];
    ssize_t size = readlink("/proc/self/exe", folder, sizeof folder - 1);

    if (size < 0)
        return complain(FAILED, "/proc/self/exe: %s; mount /proc", strerror(errno));
    folder[size] = '\0';
    *strrchr(folder, '/') = '\0';
    if (first_of(found->library, folder, LIBRARY) != 0)
        return complain(FAILED, "no libcprof.so in %s or its ../lib; run make install", folder);
    if (first_of(found->report, folder, REPORT) != 0)
        return complain(FAILED, "no cprof-report in %s; run make install", folder);
    if (strpbrk(found->library, ": "))
        return complain(FAILED,
                        "%s: LD_PRELOAD cannot name it; install cprof in a folder without "
                        "colons and blanks",
                        found->library);
    return 0;
}

/* Finds the program NAME, for PATH[], and says what is wrong with it. */
static int check_program(char path[PATH_MAX], const char *name, const char *library)
{
    if (program_find(path, name) != 0) {
        if (errno == EACCES)
            return complain(NOT_EXECUTABLE, "%s: a folder, or a file without chmod +x", name);
        return complain(NOT_FOUND, "%s: not found%s", name, strchr(name, '/') ? "" : " in PATH");
    }
    enum program_fault fault = program_check(path, library);
    if (fault != PROGRAM_FINE)
        complain(0, FAULTS[fault], name);
    return fault == PROGRAM_FINE || fault >= PROGRAM_NO_HOOKS ? 0 : FAILED;
}

/* Whether files can be made in FOLDER; -1 with errno if not. Permissions alone do not tell. */
static int try_folder(const char *folder)
{
    char path[PATH_MAX];

    if (join(path, folder, ".cprof-XXXXXX") != 0) {
        errno = ENAMETOOLONG;
        return -1;
    }
    int fd = mkostemp(path, O_CLOEXEC);
    if (fd < 0)
        return -1;
    close(fd);
    return unlink(path);
}

/* As a marshalled dict of pstats begins; what does not is somebody's work. */
static bool is_profile(const char *path)
{
    unsigned char start[2];
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    ssize_t size = fd < 0 ? -1 : read(fd, start, sizeof start);

    if (fd >= 0)
        close(fd);
    return size == 0 || (size == 2 && (start[0] & 0x7f) == '{' && strchr("()0", start[1] & 0x7f) &&
                         start[1] & 0x7f);
}

/* -o FILE: must be a new file or an older profile, in a folder where files can be made. */
static int choose_file(struct output *out, const char *file)
{
    const char *slash = strrchr(file, '/'), *name = slash ? slash + 1 : file;
    char folder[PATH_MAX] = ".";

    if (slash)
        snprintf(folder, sizeof folder, "%.*s", slash == file ? 1 : (int)(slash - file), file);
    if (!realpath(folder, out->folder) || try_folder(out->folder) != 0)
        return complain(FAILED, "-o %s: cannot write to the folder %s: %s", file, folder,
                        strerror(errno));
    if (strlen(name) > NAME_MAX - RAW_NAME_EXTRA || join(out->path, out->folder, name) != 0)
        return complain(FAILED, "-o %s: %s", file, strerror(ENAMETOOLONG));
    strcpy(out->name, name);
    if (lstat(out->path, &out->before) == 0 && !S_ISREG(out->before.st_mode))
        return complain(FAILED, "-o %s: is no file that could be replaced; give another name",
                        file);
    if (out->before.st_ino != 0 && !is_profile(out->path))
        return complain(FAILED, "-o %s: is there and is not a profile; give another name", file);
    return 0;
}

/* A folder that only the user can look into, to be removed after the table was printed. */
static int make_folder(struct output *out)
{
    const char *parent = getenv("TMPDIR");

    if (!parent || *parent != '/')
        parent = "/tmp";
    if (join(out->folder, parent, "cprof-XXXXXX") != 0 || !mkdtemp(out->folder))
        return complain(FAILED, "%s: cannot make a folder for the profile: %s; set TMPDIR", parent,
                        strerror(errno));
    strcpy(out->name, "out.prof");
    if (join(out->path, out->folder, out->name) != 0)
        return complain(FAILED, "%s: %s", out->folder, strerror(ENAMETOOLONG));
    return 0;
}

/* ---- after the run ---- */

/* Runs cprof-report in the profile's folder. Returns 0 if it did what it should, or if its reader
   had seen enough; else -1. */
static int report(const char *reporter, char *const *argv, bool quiet)
{
    struct command c = {.path = reporter, .argv = argv, .quiet = quiet};
    siginfo_t end;

    if (run(&c, &end) < 0)
        return complain(-1, "%s: cannot be started: %s", reporter, strerror(errno));
    if (end.si_code == CLD_EXITED)
        return end.si_status == 0 ? 0 : -1;
    return end.si_status == SIGPIPE || end.si_status == SIGINT ? 0 : -1;
}

static bool is_new(const struct output *out)
{
    struct stat now;

    return lstat(out->name, &now) == 0 &&
           (now.st_ino != out->before.st_ino ||
            memcmp(&now.st_mtim, &out->before.st_mtim, sizeof now.st_mtim) != 0);
}

/* Whether the file NAME is the raw file of the process PID, whose profile has not been written. */
static bool is_raw(const struct output *out, const char *name, pid_t pid)
{
    char start[NAME_MAX + 32];
    int size = snprintf(start, sizeof start, "%s.%d.", out->name, pid);

    return strncmp(name, start, (size_t)size) == 0;
}

/* With -o: a program that was killed has left a raw file, which cprof-report converts. */
static void complete_file(struct output *out, const char *program, pid_t pid, const char *reporter)
{
    char *argv[] = {"cprof-report", out->path, NULL};
    DIR *folder = opendir(".");
    bool has_raw = false;

    for (struct dirent *entry; folder && (entry = readdir(folder));)
        has_raw |= is_raw(out, entry->d_name, pid);
    if (folder)
        closedir(folder);
    if (!is_new(out) && has_raw)
        report(reporter, argv, true);
    else if (!is_new(out))
        complain(0, "%s recorded nothing; no profile was written to %s", program, out->path);
}

/* Without -o: prints the table of the program's own process, or, if that recorded nothing, as a
   script does, of all that it started. Returns -1 if there are profiles that were not shown. */
static int print_table(struct output *out, const char *sort, pid_t pid, const char *reporter)
{
    char *options[] = {"cprof-report", "--strip-dirs", "--pager",
                       "never",        "--sort",       (char *)(uintptr_t)sort};
    glob_t found = {0};
    size_t own = 0;

    glob("*.{prof,raw}", GLOB_BRACE, NULL, &found);
    char **argv = calloc(COUNT(options) + found.gl_pathc + 2, sizeof *argv);
    if (!argv)
        return complain(-1, "%s", strerror(errno));
    char **files = mempcpy(argv, options, sizeof options);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        files[i] = found.gl_pathv[i];
        own += strcmp(files[i], out->name) == 0 || is_raw(out, files[i], pid);
    }
    size_t others = found.gl_pathc - own;
    if (own > 0) {
        files[0] = out->name;
        files[1] = NULL;
    }

    int status = *files ? report(reporter, argv, false) : 0;
    if (!*files)
        complain(0, "nothing was recorded: no call of a function with hooks");
    else if (status == 0 && own > 0 && others > 0)
        complain(0, "profiles of other processes: %zu; -o FILE keeps them", others);
    else if (status == 0 && others > 1)
        complain(0, "this is the sum of %zu processes; -o FILE keeps them apart", others);
    free(argv);
    globfree(&found);
    return status;
}

static void remove_folder(const struct output *out)
{
    DIR *folder = opendir(out->folder);

    for (struct dirent *entry; folder && (entry = readdir(folder));)
        unlinkat(dirfd(folder), entry->d_name, 0);
    if (folder)
        closedir(folder);
    rmdir(out->folder);
}

static int show(const struct request *request, struct output *out, pid_t pid, const char *reporter)
{
    if (chdir(out->folder) != 0)
        return complain(-1, "%s: %s", out->folder, strerror(errno));
    if (!request->file)
        return print_table(out, request->sort, pid, reporter);
    complete_file(out, request->argv[0], pid, reporter);
    return 0;
}

/* Runs the program at PATH and shows what it did. Returns the exit status, if at all. */
static int profile(const struct request *request, const struct installation *installed,
                   const char *path, struct output *out)
{
    struct command c = {
        .path = path, .argv = request->argv, .library = installed->library, .profile = out->path};
    siginfo_t end;
    pid_t pid = run(&c, &end);
    int error = errno, shown = 0;

    if (pid < 0)
        complain(0, "%s: cannot be started: %s", path, strerror(error));
    else if (end.si_code != CLD_EXITED)
        complain(0, "%s was killed by signal %d (%s)", request->argv[0], end.si_status,
                 strsignal(end.si_status));
    if (pid >= 0)
        shown = show(request, out, pid, installed->report);
    if (shown != 0)
        complain(0, "the profile is kept in %s", out->folder);
    else if (!request->file)
        remove_folder(out);
    if (pid < 0)
        return error == ENOENT ? NOT_FOUND : NOT_EXECUTABLE;
    return end_as(&end);
}

int main(int argc, char **argv)
{
    struct request request;
    struct installation installed;
    struct output out = {.name = "out.prof"};
    char path[PATH_MAX];
    int status;

    if (read_options(argc, argv, &request, &status) != 0)
        return status;
    status = find_installation(&installed);
    if (status == 0)
        status = check_program(path, request.argv[0], installed.library);
    if (status == 0)
        status = request.file ? choose_file(&out, request.file) : make_folder(&out);
    if (status != 0)
        return status;
    take_signals();
    return profile(&request, &installed, path, &out);
}
