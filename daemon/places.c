#include "places.h"

#include "base/error.h"
#include "base/text.h"
#include "offline.h"
#include "service/log.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_ROOM = 512 };

// ---- one file ---------------------------------------------------------------------------------------------

// "g-w,o-rw": what chmod is to be told about these bits.
static void advise(unsigned bits, char text[16])
{
    static const char who[] = "go", may[] = "rwx";
    char *at = text;
    for (unsigned i = 0; i < 2; i++) {
        unsigned theirs = bits >> (i ? 0 : 3) & 7u;
        if (!theirs)
            continue;
        if (at > text)
            *at++ = ',';
        *at++ = who[i];
        *at++ = '-';
        for (unsigned b = 0; b < 3; b++)
            if (theirs & 4u >> b)
                *at++ = may[b];
    }
    *at = '\0';
}

static int judge(const char *path, const struct stat *st, unsigned refused, char text[PLACES_TEXT])
{
    char advice[16];
    unsigned open = st->st_mode & refused & (S_IRWXG | S_IRWXO);
    if (refused & PLACES_OWNER && st->st_uid && st->st_uid != geteuid()) {
        snprintf(text, PLACES_TEXT, "%s belongs to user %u, neither to root nor to user %u, who runs this",
                 path, (unsigned)st->st_uid, (unsigned)geteuid());
        return ERROR_UNSAFE;
    }
    if (!open)
        return 0;
    advise(open, advice);
    snprintf(text, PLACES_TEXT, "%s is open to others (mode %04o): chmod %s %s", path,
             (unsigned)(st->st_mode & 07777), advice, path);
    return ERROR_UNSAFE;
}

int places_file(const char *path, unsigned refused, char text[PLACES_TEXT])
{
    struct stat st;
    if (!stat(path, &st))
        return judge(path, &st, refused, text);
    snprintf(text, PLACES_TEXT, "%s: %s", path, strerrordesc_np(errno));
    return errno == ENOENT || errno == ENOTDIR ? ERROR_NOT_FOUND : ERROR_IO;
}

// ---- directories ------------------------------------------------------------------------------------------

// What is looked for in a directory, and what was found of what is no more than loose: one line for all.
struct search {
    unsigned refused;
    unsigned loose;
    unsigned private; // loose, too, in a file of personal data
    size_t found;
    char first[PLACES_TEXT];
};

// A file that went away meanwhile, or a link that leads nowhere, can do no harm.
static int look(const char *path, struct search *search, bool private)
{
    char text[PLACES_TEXT];
    int rc = places_file(path, search->refused, text);
    if (rc == ERROR_UNSAFE)
        offline_complain(rc, text);
    if (rc)
        return rc == ERROR_UNSAFE ? rc : 0;
    if (places_file(path, search->loose | (private ? search->private : 0), text) == ERROR_UNSAFE &&
        !search->found++)
        memcpy(search->first, text, sizeof text);
    return 0;
}

static void say_loose(const struct search *search)
{
    if (search->found == 1)
        log_line(LOG_WARNING, "loose: %s", search->first);
    else if (search->found)
        log_line(LOG_WARNING, "loose: %s; and %zu more", search->first, search->found - 1);
}

static bool ends_with(const char *name, const char *end)
{
    size_t length = strlen(name), tail = strlen(end);
    return length >= tail && strcmp(name + length - tail, end) == 0;
}

// The directory and what lies in it; one that cannot be read is for its reader to complain of.
static int look_around(const char *path, struct search *search)
{
    int rc = look(path, search, false);
    DIR *stream = rc ? NULL : opendir(path);
    for (const struct dirent *entry; !rc && stream && (entry = readdir(stream));) {
        char inner[PATH_ROOM];
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        if ((size_t)snprintf(inner, sizeof inner, "%s/%s", path, entry->d_name) < sizeof inner)
            rc = look(inner, search, ends_with(entry->d_name, ".private.csv"));
    }
    if (stream)
        closedir(stream);
    return rc;
}

static int look_at_store(const char *store)
{
    struct search search = {.refused = PLACES_OWNER | S_IWOTH, .loose = S_IWGRP};
    static const char *const parts[] = {"", "/journal", "/state", "/checkpoint", "/poison"};
    int rc = 0;
    for (size_t i = 0; i < sizeof parts / sizeof parts[0] && !rc; i++) {
        char path[PATH_ROOM];
        if ((size_t)snprintf(path, sizeof path, "%s%s", store, parts[i]) < sizeof path)
            rc = look_around(path, &search);
    }
    say_loose(&search);
    return rc;
}

// Who may not enter the directory may not read in it either, whatever a file's own mode is.
static int look_at_rules(const char *rules)
{
    struct stat st;
    bool entered = !stat(rules, &st) && st.st_mode & S_IXOTH;
    struct search search = {
        .refused = S_IWOTH, .loose = PLACES_OWNER | S_IWGRP, .private = entered ? S_IROTH : 0};
    int rc = look_around(rules, &search);
    say_loose(&search);
    return rc;
}

int places_check(const char *store, const char *rules)
{
    if (!geteuid())
        log_line(LOG_WARNING, "loose: runs as root, which nothing here needs; give it a user of its own");
    int rc = look_at_store(store);
    return rc ? rc : look_at_rules(rules);
}

// ---- sockets and groups -----------------------------------------------------------------------------------

void places_socket(const char *path)
{
    char directory[PATH_ROOM], text[PLACES_TEXT];
    const char *slash = strrchr(path, '/');
    size_t length = slash > path ? (size_t)(slash - path) : 1;
    if ((size_t)snprintf(directory, sizeof directory, "%.*s", (int)length, slash ? path : ".") >=
        sizeof directory)
        return;
    if (places_file(directory, S_IWOTH, text) == ERROR_UNSAFE)
        log_line(LOG_WARNING, "loose: anybody may put a socket beside or in place of %s: %s", path, text);
}

int places_group(const char *name, gid_t *out)
{
    const struct group *group = getgrnam(name);
    char *end;
    unsigned long number = strtoul(name, &end, 10);
    if (!group && (!*name || *end || number >= (gid_t)-1)) {
        offline_complain(ERROR_NOT_FOUND, name);
        return ERROR_NOT_FOUND;
    }
    *out = group ? group->gr_gid : (gid_t)number;
    return 0;
}

// ---- the store's directory --------------------------------------------------------------------------------

int places_store(const char *path)
{
    char parent[PATH_MAX];
    if (mkdir(path, 0750) && errno != EEXIST)
        return ERROR_IO;
    if (snprintf(parent, sizeof parent, "%s/..", path) >= (int)sizeof parent)
        return ERROR_IO;
    int fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return 0;
    int rc = fsync(fd) ? ERROR_IO : 0;
    close(fd);
    return rc;
}
