/* test_confine - what cprof-symbolize gives up. Each test runs in a process of its own. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "symbolize/confine.h"

/* The errno of a system call that failed; 0: it did not. */
#define REFUSAL(call) (errno = 0, (call) < 0 ? errno : 0)

START_TEST(no_program_is_executed)
{
    char *const argv[] = {"true", NULL};
    confine();
    ck_assert_int_eq(REFUSAL(execv("/bin/true", argv)), EPERM);
    ck_assert_int_eq(REFUSAL(syscall(SYS_execveat, -1, "/bin/true", argv, argv, 0)), EPERM);
}
END_TEST

START_TEST(no_network)
{
    int ends[2];
    confine();
    ck_assert_int_eq(REFUSAL(socket(AF_INET, SOCK_STREAM, 0)), EPERM);
    ck_assert_int_eq(REFUSAL(socket(AF_UNIX, SOCK_STREAM, 0)), EPERM);
    ck_assert_int_eq(REFUSAL(socketpair(AF_UNIX, SOCK_STREAM, 0, ends)), EPERM);
    ck_assert_int_eq(REFUSAL(syscall(SYS_io_uring_setup, 1, NULL)), EPERM);
}
END_TEST

START_TEST(no_other_process)
{
    confine();
    ck_assert_int_eq(REFUSAL(syscall(SYS_process_vm_readv, getpid(), NULL, 0, NULL, 0, 0)), EPERM);
#if !SANITIZED
    ck_assert_int_eq(REFUSAL(ptrace(PTRACE_TRACEME, 0, NULL, NULL)), EPERM);
#endif
}
END_TEST

START_TEST(no_mounts)
{
    confine();
    ck_assert_int_eq(REFUSAL(mount("none", "/nowhere", "tmpfs", 0, NULL)), EPERM);
    ck_assert_int_eq(REFUSAL(syscall(SYS_unshare, 0)), EPERM);
    ck_assert_int_eq(REFUSAL(chroot("/nowhere")), EPERM);
}
END_TEST

/* Numbers of the x32 ABI: 0x40000000 + 41 is its socket. */
START_TEST(no_way_around_by_another_abi)
{
    confine();
    ck_assert_int_eq(REFUSAL(syscall(0x40000000 + SYS_getpid)), EPERM);
    ck_assert_int_eq(REFUSAL(syscall(0x40000000 + SYS_socket, AF_INET, SOCK_STREAM, 0)), EPERM);
}
END_TEST

START_TEST(no_privileges)
{
    confine();
    ck_assert_int_eq(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), 1);
}
END_TEST

static rlim_t limit_of(__rlimit_resource_t resource)
{
    struct rlimit limit;
    ck_assert_int_eq(getrlimit(resource, &limit), 0);
    ck_assert_uint_eq(limit.rlim_cur, limit.rlim_max);
    return limit.rlim_cur;
}

START_TEST(limits)
{
    confine();
    ck_assert_uint_eq(limit_of(RLIMIT_CORE), 0);
    ck_assert_uint_eq(limit_of(RLIMIT_CPU), 600);
#if !SANITIZED
    ck_assert_uint_ge(limit_of(RLIMIT_AS), (rlim_t)2 << 30);
    ck_assert_uint_lt(limit_of(RLIMIT_AS), (rlim_t)1 << 47);
#endif
}
END_TEST

START_TEST(a_lower_limit_stays)
{
    struct rlimit low = {5, 7};
    ck_assert_int_eq(setrlimit(RLIMIT_CPU, &low), 0);
    confine();
    ck_assert_int_eq(getrlimit(RLIMIT_CPU, &low), 0);
    ck_assert_uint_eq(low.rlim_cur, 5);
    ck_assert_uint_eq(low.rlim_max, 7);
}
END_TEST

/* For one that hangs without using the processor. */
START_TEST(an_end_is_set)
{
    alarm(0);
    confine();
    unsigned left = alarm(0);
    ck_assert_uint_gt(left, 0);
    ck_assert_uint_le(left, CONFINE_SECONDS);
}
END_TEST

START_TEST(children_are_waited_for_all_the_same)
{
    sigset_t all;
    int ends[2], status;
    char byte;
    signal(SIGCHLD, SIG_IGN);
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
    confine();
    ck_assert_int_eq(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0)
        _exit(write(ends[1], "x", 1) == 1 ? 7 : 8);
    ck_assert_int_gt(child, 0);
    ck_assert_int_eq(read(ends[0], &byte, 1), 1);
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(WEXITSTATUS(status), 7);
    child = fork();
    if (child == 0)
        for (;;)
            pause();
    ck_assert_int_eq(kill(child, SIGTERM), 0);
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(WTERMSIG(status), SIGTERM);
}
END_TEST

START_TEST(a_child_is_confined_too)
{
    int status;
    confine();
    pid_t child = fork();
    if (child == 0)
        _exit(REFUSAL(socket(AF_INET, SOCK_STREAM, 0)));
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(WEXITSTATUS(status), EPERM);
}
END_TEST

START_TEST(too_large_a_file_is_an_error)
{
    char path[] = "confine-XXXXXX";
    struct rlimit small = {4, 4};
    signal(SIGXFSZ, SIG_DFL);
    confine();
    int fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    unlink(path);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &small), 0);
    ck_assert_int_eq(write(fd, "12345678", 8), 4);
    ck_assert_int_eq(REFUSAL(write(fd, "5", 1)), EFBIG);
}
END_TEST

START_TEST(nothing_is_fetched)
{
    setenv("DEBUGINFOD_URLS", "http://example.org", 1);
    confine();
    ck_assert_ptr_null(getenv("DEBUGINFOD_URLS"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("confine");
    TCase *tests = tcase_create("confine");
    tcase_add_test(tests, no_program_is_executed);
    tcase_add_test(tests, no_network);
    tcase_add_test(tests, no_other_process);
    tcase_add_test(tests, no_mounts);
    tcase_add_test(tests, no_way_around_by_another_abi);
    tcase_add_test(tests, no_privileges);
    tcase_add_test(tests, limits);
    tcase_add_test(tests, a_lower_limit_stays);
    tcase_add_test(tests, an_end_is_set);
    tcase_add_test(tests, children_are_waited_for_all_the_same);
    tcase_add_test(tests, a_child_is_confined_too);
    tcase_add_test(tests, too_large_a_file_is_an_error);
    tcase_add_test(tests, nothing_is_fetched);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
