/*
 * confine.h - what cprof-symbolize gives up before it looks at anybody's file.
 *
 * It reads what may have been made to harm its reader: raw files, executables, debug information.
 * So it keeps what it needs, memory, time and files, and drops the rest for good, for itself and
 * the processes that it forks.
 */
#ifndef CPROF_SYMBOLIZE_CONFINE_H
#define CPROF_SYMBOLIZE_CONFINE_H

/* Whether AddressSanitizer is built in, which maps terabytes and has things to say. */
#if defined(__SANITIZE_ADDRESS__)
#    define SANITIZED 1
#elif defined(__has_feature)
#    if __has_feature(address_sanitizer)
#        define SANITIZED 1
#    endif
#endif
#ifndef SANITIZED
#    define SANITIZED 0
#endif

#define CONFINE_SECONDS 600 /* of time, and of processor time, until it is killed */

/*
 * To be called once, before any file is opened. After it
 *   signals have their default actions and are not blocked, whatever the parent did with them, but
 *     for SIGXFSZ: too large a file is an error of write();
 *   programs that are executed gain no privileges, and none can be executed, nor can sockets be
 *     made, other processes be traced, file systems be mounted, ...: EPERM;
 *   memory and time are limited, no core is dumped; a limit that was lower stays;
 *   nothing is looked for in the network.
 * fork, pipes, wait and kill work. What the system refuses to limit goes on without.
 */
void confine(void);

#endif
