#include "store/doubt.h"

#include "store/crash.h"
#include "store/db.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

const char *doubt_name(enum doubt_why why)
{
    static const char *const names[] = {
#define X(id, text) [DOUBT_##id] = text,
        DOUBTS(X)
#undef X
    };
    return names[why];
}

static enum doubt_why judge(const char letters[DOUBT_LETTERS], int *count)
{
    enum doubt_why why = DOUBT_NONE;
    *count = 0;
    for (; *count < DOUBT_LETTERS && letters[*count]; ++*count) {
        char letter = letters[*count];
        why = letter == 'D' ? DOUBT_DAMAGE : letter == 'S' && why != DOUBT_DAMAGE ? DOUBT_DIED : why;
    }
    return why == DOUBT_NONE && *count >= DOUBT_CRASHES ? DOUBT_CRASHED : why;
}

// Async-signal-safe. The room is there: this needs none of the disk.
static void put(struct doubt *doubt, char letter)
{
    if (doubt->fd < 0 || doubt->count >= DOUBT_LETTERS)
        return;
    if (pwrite(doubt->fd, &letter, 1, doubt->count) == 1)
        doubt->count++;
}

static void on_crash(void *context, bool own)
{
    put(context, own && db_is_inside() ? 'S' : 'C');
}

static bool wipe(int fd)
{
    static const char zeros[DOUBT_LETTERS];
    return pwrite(fd, zeros, sizeof zeros, 0) == sizeof zeros;
}

enum doubt_why doubt_begin(struct doubt *doubt, const char *directory)
{
    char path[PATH_MAX], letters[DOUBT_LETTERS];
    *doubt = (struct doubt){.fd = -1};
    if ((size_t)snprintf(path, sizeof path, "%s/doubt", directory) >= sizeof path)
        return DOUBT_NONE;
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
    if (fd < 0)
        return DOUBT_NONE;
    if (pread(fd, letters, sizeof letters, 0) != sizeof letters) {
        memset(letters, 0, sizeof letters);
        if (!wipe(fd)) {
            close(fd);
            return DOUBT_NONE;
        }
    }
    doubt->fd = fd;
    enum doubt_why why = judge(letters, &doubt->count);
    crash_watch(on_crash, doubt);
    return why;
}

void doubt_settle(struct doubt *doubt)
{
    if (doubt->fd >= 0 && wipe(doubt->fd))
        doubt->count = 0;
}

int doubt_note_damage(struct doubt *doubt)
{
    struct store_error error;
    put(doubt, 'D');
    return doubt->fd < 0 || fdatasync(doubt->fd) ? store_error_errno(&error, "fdatasync", "doubt") : 0;
}

void doubt_end(struct doubt *doubt, bool orderly)
{
    char letters[DOUBT_LETTERS];
    if (doubt->fd < 0)
        return;
    crash_unwatch(on_crash, doubt);
    bool damaged = pread(doubt->fd, letters, sizeof letters, 0) == sizeof letters &&
                   memchr(letters, 'D', sizeof letters);
    if (orderly && !damaged)
        doubt_settle(doubt);
    close(doubt->fd);
    doubt->fd = -1;
}
