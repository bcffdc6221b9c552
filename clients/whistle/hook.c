#include "hook.h"

#include <inttypes.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "intl.h"

extern char **environ;

static int input_of(const char *json)
{
    int fd = memfd_create("event", MFD_CLOEXEC);
    size_t length = strlen(json);
    bool written = fd >= 0 && write(fd, json, length) == (ssize_t)length && write(fd, "\n", 1) == 1;
    if (fd >= 0 && (!written || lseek(fd, 0, SEEK_SET) != 0)) {
        close(fd);
        return -1;
    }
    return fd;
}

// The child gets this process's environment as it stands at the spawn.
static void set_environment(const struct hook *hook)
{
    char number[24];
    snprintf(number, sizeof number, "%" PRIu64, hook->seq);
    setenv("WHISTLE_SEQ", number, 1);
    snprintf(number, sizeof number, "%u", hook->attempt);
    setenv("WHISTLE_TRY", number, 1);
    setenv("WHISTLE_NUMBER", hook->number, 1);
    setenv("WHISTLE_EVENT", hook->event, 1);
}

pid_t hook_start(const struct hook *hook)
{
    char *const argv[] = {(char[]){"sh"}, (char[]){"-c"}, (char *)(uintptr_t)hook->command, NULL};
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t defaults;
    pid_t pid;
    int fd = input_of(hook->json);
    if (fd < 0)
        return -1;
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGPIPE);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, fd, STDIN_FILENO);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setsigdefault(&attributes, &defaults);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
    set_environment(hook);
    bool started = posix_spawn(&pid, "/bin/sh", &actions, &attributes, argv, environ) == 0;
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    close(fd);
    return started ? pid : -1;
}

bool hook_ended(pid_t pid, bool *good, const char **why)
{
    static char text[64];
    int status;
    if (waitpid(pid, &status, WNOHANG) != pid)
        return false;
    *good = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    if (WIFEXITED(status))
        snprintf(text, sizeof text, _("ended with status %d"), WEXITSTATUS(status));
    else
        snprintf(text, sizeof text, _("ended by signal %d"), WTERMSIG(status));
    *why = text;
    return true;
}

void hook_kill(pid_t pid)
{
    kill(-pid, SIGKILL);
}
