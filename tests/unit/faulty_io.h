// System calls that fail when told to, and a disk that forgets what was not synced.
//
// The n-th call fails (`fail_at`), alone or with all after it (`dead`: the process is gone, as far as the
// disk is concerned). Syncs are counted but not carried out: these tests open thousands of journals. With
// `remember`, each write keeps what it replaced until its file is synced, and each new name of a file what it
// was called until its directory is; faulty_power_cut() then takes back some of the sectors of what was never
// synced, in no order, and some of the names, of each directory the newest first.
#pragma once

#include "store/store_io.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    FAULTY_WRITES = 4096,
    FAULTY_NAMES = 64,
    FAULTY_NAME = 48,
    FAULTY_SECTOR = 512,
    FAULTY_ATOM = 8, // aligned bytes that no disk and no kernel writes by halves
};

struct faulty_write {
    int fd;    // of its own
    bool lost; // a sync of it failed
    ino_t inode;
    size_t length;
    off_t offset;
    uint8_t *before;
};

struct faulty_name {
    int directory; // of its own
    ino_t inode;   // of the directory
    bool removed;  // `to` is where the file is kept meanwhile
    char from[FAULTY_NAME], to[FAULTY_NAME];
};

struct faulty {
    pthread_mutex_t lock;
    int calls;   // so far
    int fail_at; // 0: never
    int error;   // errno to fail with; 0: writes are cut short instead, nothing else fails
    bool dead;   // all calls after it fail too
    bool full;   // there is no room for another file
    bool remember;
    int hook_at; // before this call, `hook` is called, once
    void (*hook)(void *context);
    void *hook_context;
    struct faulty_write writes[FAULTY_WRITES];
    int count;
    struct faulty_name names[FAULTY_NAMES];
    int name_count;
};

static inline bool faulty_now(struct faulty *f)
{
    pthread_mutex_lock(&f->lock);
    f->calls++;
    bool hooked = f->hook_at && f->calls == f->hook_at;
    bool fails = f->fail_at && (f->dead ? f->calls >= f->fail_at : f->calls == f->fail_at);
    pthread_mutex_unlock(&f->lock);
    if (hooked)
        f->hook(f->hook_context);
    if (fails && f->error)
        errno = f->error;
    return fails;
}

static inline bool faulty_refuses(struct faulty *f)
{
    return faulty_now(f) && f->error;
}

static inline int faulty_mkdir(void *context, const char *path)
{
    return faulty_refuses(context) ? -1 : store_io_system.mkdir(NULL, path);
}

static inline int faulty_open(void *context, int directory, const char *name, int flags)
{
    return faulty_refuses(context) ? -1 : store_io_system.open(NULL, directory, name, flags);
}

static inline int faulty_allocate(void *context, int fd, off_t bytes)
{
    struct faulty *f = context;
    if (faulty_refuses(f))
        return -1;
    if (f->full)
        errno = ENOSPC;
    return f->full ? -1 : store_io_system.allocate(NULL, fd, bytes);
}

// A full disk can be read.
static inline ssize_t faulty_pread(void *context, int fd, void *bytes, size_t length, off_t offset)
{
    bool fails = faulty_now(context);
    int error = ((struct faulty *)context)->error;
    if (fails && error && error != ENOSPC)
        return -1;
    return pread(fd, bytes, fails && !error && length > 1 ? length / 2 : length, offset);
}

static inline void faulty_remember(struct faulty *f, int fd, size_t length, off_t offset)
{
    struct stat st;
    if (!f->remember || f->count == FAULTY_WRITES || fstat(fd, &st) != 0)
        return;
    struct faulty_write *w = &f->writes[f->count++];
    *w = (struct faulty_write){dup(fd), false, st.st_ino, length, offset, calloc(1, length)};
    if (pread(fd, w->before, length, offset) < 0)
        abort();
}

static inline ssize_t faulty_pwrite(void *context, int fd, const void *bytes, size_t length, off_t offset)
{
    struct faulty *f = context;
    bool fails = faulty_now(f);
    size_t done = fails && length > FAULTY_ATOM ? length / 2 : length;
    if (f->remember && f->dead)
        done = length; // all of it is under way when the power goes
    faulty_remember(f, fd, done, offset);
    ssize_t n = pwrite(fd, bytes, done, offset); // a refused write has left a part behind
    if (fails && f->error) {
        errno = f->error;
        return -1;
    }
    return n;
}

static inline void faulty_forget(struct faulty_write *w)
{
    close(w->fd);
    free(w->before);
}

static inline void faulty_keep_name(const struct faulty_name *name)
{
    if (name->removed && unlinkat(name->directory, name->to, 0) != 0 && errno != ENOENT)
        abort(); // a test may have removed all
    close(name->directory);
}

// Of one directory; 0: of all.
static inline void faulty_keep_names(struct faulty *f, ino_t directory)
{
    int kept = 0;
    for (int i = 0; i < f->name_count; i++) {
        if (directory && f->names[i].inode != directory)
            f->names[kept++] = f->names[i];
        else
            faulty_keep_name(&f->names[i]);
    }
    f->name_count = kept;
}

// What was lost and then written again is there: a power cut takes it back to that.
static inline void faulty_mend(struct faulty_write *lost, const struct faulty_write *later)
{
    off_t from = lost->offset > later->offset ? lost->offset : later->offset;
    off_t lost_end = lost->offset + (off_t)lost->length, end = later->offset + (off_t)later->length;
    end = end < lost_end ? end : lost_end;
    if (from < end && pread(lost->fd, lost->before + (from - lost->offset), (size_t)(end - from), from) < 0)
        abort();
}

static inline void faulty_keep_writes(struct faulty *f, ino_t inode)
{
    int kept = 0;
    for (int i = 0; i < f->count; i++)
        for (int j = i + 1; f->writes[i].lost && f->writes[i].inode == inode && j < f->count; j++)
            if (f->writes[j].inode == inode && !f->writes[j].lost)
                faulty_mend(&f->writes[i], &f->writes[j]);
    for (int i = 0; i < f->count; i++) {
        if (f->writes[i].inode != inode || f->writes[i].lost)
            f->writes[kept++] = f->writes[i];
        else
            faulty_forget(&f->writes[i]);
    }
    f->count = kept;
}

static inline void faulty_lose_writes(struct faulty *f, ino_t inode)
{
    for (int i = 0; i < f->count; i++)
        f->writes[i].lost |= f->writes[i].inode == inode;
}

static inline int faulty_sync(void *context, int fd)
{
    struct faulty *f = context;
    struct stat st;
    bool known = f->remember && fstat(fd, &st) == 0;
    if (faulty_refuses(f)) {
        if (known && f->error == EIO)
            faulty_lose_writes(f, st.st_ino);
        return -1;
    }
    if (known) {
        faulty_keep_writes(f, st.st_ino);
        if (S_ISDIR(st.st_mode))
            faulty_keep_names(f, st.st_ino);
    }
    return 0;
}

static inline void faulty_remember_name(struct faulty *f, int directory, const char *from, const char *to,
                                        bool removed)
{
    struct stat st;
    if (fstat(directory, &st) != 0)
        abort();
    if (f->name_count == FAULTY_NAMES) { // the oldest has reached the disk by now
        faulty_keep_name(&f->names[0]);
        memmove(f->names, f->names + 1, (size_t)--f->name_count * sizeof *f->names);
    }
    struct faulty_name *name = &f->names[f->name_count++];
    *name = (struct faulty_name){.directory = dup(directory), .inode = st.st_ino, .removed = removed};
    snprintf(name->from, sizeof name->from, "%s", from);
    snprintf(name->to, sizeof name->to, "%s", to);
}

static inline int faulty_rename(void *context, int directory, const char *from, const char *to)
{
    struct faulty *f = context;
    int rc = faulty_refuses(f) ? -1 : store_io_system.rename(NULL, directory, from, to);
    if (rc == 0 && f->remember)
        faulty_remember_name(f, directory, from, to, false);
    return rc;
}

static inline int faulty_unlink(void *context, int directory, const char *name)
{
    struct faulty *f = context;
    char kept[FAULTY_NAME];
    if (faulty_refuses(f))
        return -1;
    if (!f->remember)
        return store_io_system.unlink(NULL, directory, name);
    snprintf(kept, sizeof kept, "%s.gone%d", name, f->calls);
    int rc = store_io_system.rename(NULL, directory, name, kept);
    if (rc == 0)
        faulty_remember_name(f, directory, name, kept, true);
    return rc;
}

static inline struct store_io faulty_io(struct faulty *f)
{
    return (struct store_io){
        .context = f,
        .mkdir = faulty_mkdir,
        .open = faulty_open,
        .allocate = faulty_allocate,
        .pread = faulty_pread,
        .pwrite = faulty_pwrite,
        .fdatasync = faulty_sync,
        .fsync = faulty_sync,
        .rename = faulty_rename,
        .unlink = faulty_unlink,
    };
}

static inline void faulty_init(struct faulty *f)
{
    memset(f, 0, sizeof *f);
    pthread_mutex_init(&f->lock, NULL);
}

static inline uint32_t faulty_random(uint32_t *seed)
{
    *seed = *seed * 1664525 + 1013904223;
    return *seed >> 16;
}

// Sector by sector: each of them had reached the disk, or not.
static inline void faulty_take_back(const struct faulty_write *w, uint32_t *seed)
{
    for (size_t at = 0; at < w->length;) {
        size_t left = w->length - at,
               sector = FAULTY_SECTOR - (size_t)(w->offset + (off_t)at) % FAULTY_SECTOR;
        size_t piece = left < sector ? left : sector;
        if (faulty_random(seed) % 2 && pwrite(w->fd, w->before + at, piece, w->offset + (off_t)at) < 0)
            abort();
        at += piece;
    }
}

// Names are taken back in their order only, as a file system that keeps a log of them does it: of a directory
// none that is older than one that stays. Two directories may lie on two file systems.
static inline void faulty_take_names_back(struct faulty *f, uint32_t *seed)
{
    ino_t stays = 0;
    while (f->name_count > 0) {
        const struct faulty_name *name = &f->names[--f->name_count];
        bool back = name->inode != stays && faulty_random(seed) % 2;
        if (back && renameat(name->directory, name->to, name->directory, name->from) != 0)
            abort();
        stays = back ? stays : name->inode;
        if (back)
            close(name->directory);
        else
            faulty_keep_name(name);
    }
}

static inline void faulty_power_cut(struct faulty *f, uint32_t seed)
{
    while (f->count > 0) {
        faulty_take_back(&f->writes[--f->count], &seed);
        faulty_forget(&f->writes[f->count]);
    }
    faulty_take_names_back(f, &seed);
}

static inline void faulty_fini(struct faulty *f)
{
    while (f->count > 0)
        faulty_forget(&f->writes[--f->count]);
    faulty_keep_names(f, 0);
    pthread_mutex_destroy(&f->lock);
}
