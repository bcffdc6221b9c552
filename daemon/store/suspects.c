#include "store/suspects.h"

#include "base/error.h"
#include "store/suspect_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_BYTES = 4096 };

struct suspects {
    char path[PATH_BYTES];
    pthread_mutex_t lock;
    struct suspect list[SUSPECTS_MAX];   // under the lock
    struct suspect litter[SUSPECTS_MAX]; // under the lock: forgotten, their files are still there
    atomic_uint count;                   // changed under the lock
    atomic_uint litter_count;            // changed under the lock
};

void suspect_hex(const uint8_t name[REQUEST_NAME], char hex[SUSPECT_HEX + 1])
{
    sodium_bin2hex(hex, SUSPECT_HEX + 1, name, REQUEST_NAME);
}

// ---- in memory, under the lock --------------------------------------------------------------------

static struct suspect *find(struct suspects *s, const uint8_t name[REQUEST_NAME])
{
    for (unsigned i = 0; i < s->count; i++)
        if (memcmp(s->list[i].name, name, REQUEST_NAME) == 0)
            return &s->list[i];
    return NULL;
}

static void take_out(struct suspects *s, struct suspect *suspect)
{
    *suspect = s->list[s->count - 1];
    s->count--;
}

static bool goes_before(const struct suspect *a, const struct suspect *b)
{
    bool held_a = suspect_is_quarantined(a), held_b = suspect_is_quarantined(b);
    return held_a != held_b ? !held_a : a->last_ms < b->last_ms;
}

// Room for one more; what had to go for it is in `*gone`, with a blame, else it has none.
static struct suspect *add(struct suspects *s, struct suspect *gone)
{
    struct suspect *first = &s->list[0];
    gone->blame = 0;
    if (s->count == SUSPECTS_MAX) {
        for (unsigned i = 1; i < s->count; i++)
            if (goes_before(&s->list[i], first))
                first = &s->list[i];
        *gone = *first;
        take_out(s, first);
    }
    return &s->list[s->count++];
}

// ---- the directory --------------------------------------------------------------------------------

static int open_directory(const struct suspects *s, struct store_error *error)
{
    if (mkdir(s->path, 0700) && errno != EEXIST)
        return store_error_errno(error, "mkdir", s->path);
    int fd = open(s->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return fd < 0 ? store_error_errno(error, "open", s->path) : fd;
}

static int remove_file(const struct suspects *s, const struct suspect *suspect)
{
    int directory = open_directory(s, NULL);
    int rc = directory < 0 ? directory : suspect_file_remove(directory, suspect);
    if (directory >= 0)
        close(directory);
    return rc;
}

static unsigned read_all(struct suspects *s, DIR *directory)
{
    struct suspect read, gone;
    unsigned unread = 0;
    for (struct dirent *entry; (entry = readdir(directory));) {
        if (entry->d_name[0] == '.' || strcmp(entry->d_name, "new") == 0)
            continue;
        if (suspect_file_read(dirfd(directory), entry->d_name, &read))
            *add(s, &gone) = read;
        else
            unread++;
    }
    return unread;
}

int suspects_open(const char *directory, struct suspects **out, unsigned *unread, struct store_error *error)
{
    struct suspects *s = calloc(1, sizeof *s);
    *unread = 0;
    if (!s)
        return store_error_set(error, ERROR_NO_MEMORY, "poison");
    snprintf(s->path, sizeof s->path, "%s/poison", directory);
    DIR *found = opendir(s->path);
    if (!found && errno != ENOENT) {
        int rc = store_error_errno(error, "open", s->path);
        free(s);
        return rc;
    }
    pthread_mutex_init(&s->lock, NULL);
    if (found) {
        *unread = read_all(s, found);
        closedir(found);
    }
    *out = s;
    return 0;
}

void suspects_close(struct suspects *suspects)
{
    if (!suspects)
        return;
    pthread_mutex_destroy(&suspects->lock);
    free(suspects);
}

// ---- a death --------------------------------------------------------------------------------------

static void count_death(struct suspect *suspect, const struct suspect *more, size_t bytes)
{
    unsigned blame = suspect->blame + more->blame, deaths = suspect->deaths + 1;
    int64_t first_ms = suspect->deaths ? suspect->first_ms : more->last_ms;
    *suspect = *more;
    suspect->blame = blame;
    suspect->deaths = deaths;
    suspect->first_ms = first_ms;
    suspect->bytes = bytes;
}

static int write_file(const struct suspects *s, const struct suspect *suspect, struct blob bytes,
                      struct store_error *error)
{
    int directory = open_directory(s, error);
    if (directory < 0)
        return directory;
    int rc = suspect_file_write(directory, suspect, bytes, error);
    close(directory);
    return rc;
}

int suspects_blame(struct suspects *suspects, const struct suspect *more, struct blob bytes,
                   struct suspect *out, struct store_error *error)
{
    struct suspect gone = {0};
    pthread_mutex_lock(&suspects->lock);
    struct suspect *suspect = find(suspects, more->name);
    bool counted = suspect && suspect->run == more->run;
    if (!suspect) {
        suspect = add(suspects, &gone);
        *suspect = (struct suspect){0};
    }
    if (!counted)
        count_death(suspect, more, bytes.length);
    struct suspect now = *suspect;
    pthread_mutex_unlock(&suspects->lock);
    if (out)
        *out = now;
    if (gone.blame && remove_file(suspects, &gone))
        return store_error_errno(error, "unlink", suspects->path);
    return counted ? 0 : write_file(suspects, &now, bytes, error);
}

// ---- while the service runs -----------------------------------------------------------------------

bool suspects_any(const struct suspects *suspects)
{
    return atomic_load_explicit(&suspects->count, memory_order_relaxed) > 0;
}

bool suspects_hold(struct suspects *suspects, const uint8_t name[REQUEST_NAME])
{
    pthread_mutex_lock(&suspects->lock);
    const struct suspect *suspect = find(suspects, name);
    bool held = suspect && suspect_is_quarantined(suspect);
    pthread_mutex_unlock(&suspects->lock);
    return held;
}

void suspects_clear(struct suspects *suspects, const uint8_t name[REQUEST_NAME])
{
    pthread_mutex_lock(&suspects->lock);
    struct suspect *suspect = find(suspects, name);
    if (suspect && !suspect_is_quarantined(suspect) && suspects->litter_count < SUSPECTS_MAX) {
        suspects->litter[suspects->litter_count++] = *suspect;
        take_out(suspects, suspect);
    }
    pthread_mutex_unlock(&suspects->lock);
}

bool suspects_littered(const struct suspects *suspects)
{
    return atomic_load_explicit(&suspects->litter_count, memory_order_relaxed) > 0;
}

// A file that cannot be removed is a suspect again after the next start, as it was.
void suspects_sweep(struct suspects *suspects)
{
    struct suspect litter[SUSPECTS_MAX];
    pthread_mutex_lock(&suspects->lock);
    unsigned count = suspects->litter_count;
    memcpy(litter, suspects->litter, count * sizeof litter[0]);
    suspects->litter_count = 0;
    pthread_mutex_unlock(&suspects->lock);
    for (unsigned i = 0; i < count; i++)
        if (remove_file(suspects, &litter[i]))
            return;
}

// ---- for operators --------------------------------------------------------------------------------

static struct suspect *find_hex(struct suspects *s, const char *hex, int *rc)
{
    struct suspect *found = NULL;
    char name[SUSPECT_HEX + 1];
    *rc = ERROR_NOT_FOUND;
    for (unsigned i = 0; i < s->count; i++) {
        suspect_hex(s->list[i].name, name);
        if (strncmp(name, hex, strlen(hex)) != 0)
            continue;
        *rc = found ? ERROR_AMBIGUOUS : 0;
        found = &s->list[i];
    }
    return *rc ? NULL : found;
}

static void forget(struct suspects *s, const uint8_t name[REQUEST_NAME])
{
    pthread_mutex_lock(&s->lock);
    struct suspect *suspect = find(s, name);
    if (suspect)
        take_out(s, suspect);
    pthread_mutex_unlock(&s->lock);
}

int suspects_release(struct suspects *suspects, const char *hex, struct suspect *out)
{
    size_t length = strlen(hex);
    int rc;
    if (length < SUSPECT_SHORT || length > SUSPECT_HEX || hex[strspn(hex, "0123456789abcdef")])
        return ERROR_BAD_VALUE;
    pthread_mutex_lock(&suspects->lock);
    struct suspect *suspect = find_hex(suspects, hex, &rc);
    struct suspect was = suspect ? *suspect : (struct suspect){0};
    pthread_mutex_unlock(&suspects->lock);
    if (!rc)
        rc = remove_file(suspects, &was);
    if (!rc)
        forget(suspects, was.name);
    if (out)
        *out = was;
    return rc;
}

static int erase_if(int directory, const char *file, const char *principal, const uint8_t *id)
{
    struct suspect suspect;
    bool same = suspect_file_read(directory, file, &suspect) && strcmp(suspect.principal, principal) == 0 &&
                memcmp(suspect.id, id, INHAND_ID) == 0;
    return same ? suspect_file_remove(directory, &suspect) : 0;
}

int suspects_erase(const char *directory, const char *principal, const uint8_t *id)
{
    char path[PATH_BYTES];
    int rc = 0;
    snprintf(path, sizeof path, "%s/poison", directory);
    DIR *found = opendir(path);
    if (!found)
        return errno == ENOENT ? 0 : ERROR_IO;
    for (struct dirent *entry; !rc && (entry = readdir(found));)
        rc = erase_if(dirfd(found), entry->d_name, principal, id);
    closedir(found);
    return rc;
}

static int newest_first(const void *a, const void *b)
{
    const struct suspect *one = a, *other = b;
    return (one->last_ms < other->last_ms) - (one->last_ms > other->last_ms);
}

size_t suspects_list(struct suspects *suspects, struct suspect out[SUSPECTS_MAX])
{
    pthread_mutex_lock(&suspects->lock);
    size_t count = suspects->count;
    memcpy(out, suspects->list, count * sizeof out[0]);
    pthread_mutex_unlock(&suspects->lock);
    qsort(out, count, sizeof out[0], newest_first);
    return count;
}
