// confined NAME [DIR]: puts the daemon's own filter on this process and does one thing under it.
//
//     $ confined execve                 killed by SIGSYS
//     $ confined socket-inet            "errno 97": refused, and it goes on
//     $ confined checkpoint DIR         "ok": what the daemon needs
//
// A NAME with "thread-" in front is done by a thread that was there before the filter. "confined list" names
// all of them with what is expected: killed, the errno, ok, aborted.
#include "confine.h"

#include "base/error.h"
#include "store/store.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <iconv.h>
#include <pthread.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char *directory;

// ---- system calls, raw ------------------------------------------------------------------------------------

enum { KILLED = -1, SANITIZERS_NEED = -2 }; // the second: killed, where no sanitizer is built in

struct attempt {
    const char *name;
    int expected; // or an errno
    long number;
    long arguments[6];
};

static char nowhere[] = "/nowhere";

static const struct attempt attempts[] = {
    {"execve", SANITIZERS_NEED, SYS_execve, {(long)nowhere}},
    {"execveat", KILLED, SYS_execveat, {AT_FDCWD, (long)nowhere}},
    {"process", SANITIZERS_NEED, SYS_clone, {SIGCHLD}},
    {"ptrace", SANITIZERS_NEED, SYS_ptrace, {PTRACE_TRACEME}},
    {"process_vm_writev", KILLED, SYS_process_vm_writev, {1}},
    {"kill", SANITIZERS_NEED, SYS_kill, {1, 0}},
    {"tgkill-other", SANITIZERS_NEED, SYS_tgkill, {1, 1, 0}},
    {"socket-packet", KILLED, SYS_socket, {AF_PACKET, SOCK_RAW}},
    {"socket-vsock", KILLED, SYS_socket, {AF_VSOCK, SOCK_STREAM}},
    {"socket-inet", EAFNOSUPPORT, SYS_socket, {AF_INET, SOCK_STREAM}},
    {"socket-inet6", EAFNOSUPPORT, SYS_socket, {AF_INET6, SOCK_STREAM}},
    {"socket-netlink", EAFNOSUPPORT, SYS_socket, {AF_NETLINK, SOCK_RAW}},
    {"bind", KILLED, SYS_bind, {-1}},
    {"listen", KILLED, SYS_listen, {-1}},
    {"mmap-exec", EPERM, SYS_mmap, {0, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0}},
    {"mprotect-exec", EPERM, SYS_mprotect, {0, 0, PROT_READ | PROT_EXEC}},
    {"pkey_mprotect", KILLED, SYS_pkey_mprotect, {0, 0, PROT_READ | PROT_EXEC, -1}},
    {"memfd_create", KILLED, SYS_memfd_create, {(long)nowhere}},
    {"clone3", ENOSYS, SYS_clone3, {0}},
    {"prctl-dumpable", SANITIZERS_NEED, SYS_prctl, {PR_SET_DUMPABLE, 1}},
    {"prlimit-set", SANITIZERS_NEED, SYS_prlimit64, {0, RLIMIT_CORE, (long)nowhere}},
    {"setuid", KILLED, SYS_setuid, {0}},
    {"capset", KILLED, SYS_capset, {0}},
    {"fchownat", KILLED, SYS_fchownat, {AT_FDCWD, (long)nowhere, 0, 0}},
    {"fchmodat", KILLED, SYS_fchmodat, {AT_FDCWD, (long)nowhere, 04755}},
    {"linkat", KILLED, SYS_linkat, {AT_FDCWD, (long)nowhere, AT_FDCWD, (long)nowhere}},
    {"symlinkat", KILLED, SYS_symlinkat, {(long)nowhere, AT_FDCWD, (long)nowhere}},
    {"mknodat", KILLED, SYS_mknodat, {AT_FDCWD, (long)nowhere}},
    {"mount", KILLED, SYS_mount, {(long)nowhere, (long)nowhere}},
    {"chroot", KILLED, SYS_chroot, {(long)nowhere}},
    {"unshare", KILLED, SYS_unshare, {CLONE_NEWUSER}},
    {"setns", KILLED, SYS_setns, {-1}},
    {"bpf", KILLED, SYS_bpf, {-1}},
    {"keyctl", KILLED, SYS_keyctl, {-1}},
    {"userfaultfd", KILLED, SYS_userfaultfd, {-1}},
    {"io_uring_setup", KILLED, SYS_io_uring_setup, {1}},
    {"perf_event_open", KILLED, SYS_perf_event_open, {0}},
    {"init_module", KILLED, SYS_init_module, {0}},
    {"kexec_load", KILLED, SYS_kexec_load, {0}},
    {"clock_settime", KILLED, SYS_clock_settime, {CLOCK_REALTIME}},
    {"ioctl-tiocsti", KILLED, SYS_ioctl, {0, TIOCSTI, (long)nowhere}},
    {"no-such-call", KILLED, 4095, {0}},
};

// ---- what the daemon needs --------------------------------------------------------------------------------

static void *nothing(void *argument)
{
    return argument;
}

static int begin_a_thread(void)
{
    pthread_t thread;
    return pthread_create(&thread, NULL, nothing, NULL) || pthread_join(thread, NULL);
}

static int look_up_a_user(void)
{
    struct passwd entry, *found = NULL;
    char room[4096];
    return getpwnam_r("root", &entry, room, sizeof room, &found) || !found || entry.pw_uid;
}

static int convert(void)
{
    char in[] = "\xb4\xb5\xc9\xda", out[16] = "", *from = in, *to = out; // 吹哨
    size_t in_left = 4, out_left = sizeof out;
    iconv_t converter = iconv_open("UTF-8", "GB18030");
    return converter == (iconv_t)-1 || iconv(converter, &from, &in_left, &to, &out_left) ||
           strcmp(out, "吹哨") != 0 || iconv_close(converter);
}

static int open_unix_socket(void)
{
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    return fd < 0 || close(fd);
}

static int take_checkpoint(void)
{
    struct store_options options = {.directory = directory, .segment_bytes = 1 << 20};
    struct store_error error = {0};
    struct store *store;
    bool bad = store_open(&options, &store, NULL, &error) || store_checkpoint(store, true, &error);
    if (bad)
        fprintf(stderr, "%s\n", error.text);
    else
        store_close(store);
    return bad;
}

static int fail_an_assertion(void)
{
    bool reached = true;
    assert(!reached);
    return 0;
}

static const struct {
    const char *name;
    int (*run)(void);
    const char *expected;
} needs[] = {
    {"thread", begin_a_thread, "ok"},
    {"user", look_up_a_user, "ok"},
    {"gb18030", convert, "ok"},
    {"socket-unix", open_unix_socket, "ok"},
    {"checkpoint", take_checkpoint, "ok"},
    {"assertion", fail_an_assertion, "aborted"},
};

// ---- one of them ------------------------------------------------------------------------------------------

static int say(const char *name)
{
    for (size_t i = 0; i < sizeof attempts / sizeof attempts[0]; i++) {
        const long *a = attempts[i].arguments;
        if (strcmp(attempts[i].name, name) != 0)
            continue;
        long got = syscall(attempts[i].number, a[0], a[1], a[2], a[3], a[4], a[5]);
        printf("errno %d\n", got < 0 ? errno : 0);
        return fflush(stdout);
    }
    for (size_t i = 0; i < sizeof needs / sizeof needs[0]; i++)
        if (strcmp(needs[i].name, name) == 0)
            return puts(needs[i].run() ? "failed" : "ok") == EOF || fflush(stdout);
    return 2;
}

static int list(void)
{
    for (size_t i = 0; i < sizeof attempts / sizeof attempts[0]; i++) {
        const struct attempt *a = &attempts[i];
        if (a->expected > 0)
            printf("%s %d\n", a->name, a->expected);
        else
            printf("%s %s\n", a->name, a->expected == KILLED ? "killed" : "killed unless sanitized");
    }
    for (size_t i = 0; i < sizeof needs / sizeof needs[0]; i++)
        printf("%s %s\n", needs[i].name, needs[i].expected);
    return 0;
}

static pthread_barrier_t confined;

static void *wait_and_say(void *name)
{
    pthread_barrier_wait(&confined);
    exit(say(name));
}

int main(int argc, char **argv)
{
    static const char in_thread[] = "thread-";
    const struct confine_options options = {0};
    const char *name = argc > 1 ? argv[1] : "list";
    bool beside = strncmp(name, in_thread, sizeof in_thread - 1) == 0;
    pthread_t thread;
    directory = argc > 2 ? argv[2] : ".";
    if (strcmp(name, "list") == 0)
        return list();
    pthread_barrier_init(&confined, NULL, 2);
    if (beside && pthread_create(&thread, NULL, wait_and_say, argv[1] + sizeof in_thread - 1))
        return 2;
    confine_memory(&options);
    if (confine_calls(&options))
        return 2;
    if (!beside)
        return say(name);
    pthread_barrier_wait(&confined);
    pthread_join(thread, NULL);
    return 2;
}
