// System calls that fail when told to, and a disk that forgets what was not synced.
//
// The n-th call fails (`fail_at`), alone or with all after it (`dead`: the process is gone, as far as the
// disk is concerned). Syncs are counted but not carried out: these tests open thousands of journals. With
// `remember`, each write keeps what it replaced until its file is synced; faulty_power_cut() then takes back
// some of the sectors of what was never synced, in no order.
#pragma once

#include "store/store_io.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    FAULTY_WRITES = 4096,
    FAULTY_SECTOR = 512,
    FAULTY_ATOM = 8, // aligned bytes that no disk and no kernel writes by halves
};

struct faulty_write {
    int fd; // of its own; −1: synced
    ino_t inode;
    size_t length;
    off_t offset;
    uint8_t *before;
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

static inline ssize_t faulty_pread(void *context, int fd, void *bytes, size_t length, off_t offset)
{
    bool fails = faulty_now(context);
    if (fails && ((struct faulty *)context)->error)
        return -1;
    return pread(fd, bytes, fails && length > 1 ? length / 2 : length, offset);
}

static inline void faulty_remember(struct faulty *f, int fd, size_t length, off_t offset)
{
    struct stat st;
    if (!f->remember || f->count == FAULTY_WRITES || fstat(fd, &st) != 0)
        return;
    struct faulty_write *w = &f->writes[f->count++];
    *w = (struct faulty_write){dup(fd), st.st_ino, length, offset, calloc(1, length)};
    if (pread(fd, w->before, length, offset) < 0)
        abort();
}

static inline ssize_t faulty_pwrite(void *context, int fd, const void *bytes, size_t length, off_t offset)
{
    struct faulty *f = context;
    bool fails = faulty_now(f);
    size_t done = fails && length > FAULTY_ATOM ? length / 2 : length;
    if (f->remember)
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
    if (w->fd < 0)
        return;
    close(w->fd);
    free(w->before);
    w->fd = -1;
}

static inline int faulty_sync(void *context, int fd)
{
    struct faulty *f = context;
    struct stat st;
    if (faulty_refuses(f))
        return -1;
    if (f->remember && fstat(fd, &st) == 0) {
        for (int i = 0; i < f->count; i++) {
            if (f->writes[i].inode == st.st_ino)
                faulty_forget(&f->writes[i]);
        }
    }
    return 0;
}

static inline int faulty_rename(void *context, int directory, const char *from, const char *to)
{
    return faulty_refuses(context) ? -1 : store_io_system.rename(NULL, directory, from, to);
}

static inline int faulty_unlink(void *context, int directory, const char *name)
{
    return faulty_refuses(context) ? -1 : store_io_system.unlink(NULL, directory, name);
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

// Newest first, sector by sector: each of them had reached the disk, or not.
static inline void faulty_power_cut(struct faulty *f, uint32_t seed)
{
    while (f->count > 0) {
        struct faulty_write *w = &f->writes[--f->count];
        for (size_t at = 0; w->fd >= 0 && at < w->length;) {
            size_t left = w->length - at,
                   sector = FAULTY_SECTOR - (size_t)(w->offset + (off_t)at) % FAULTY_SECTOR;
            size_t piece = left < sector ? left : sector;
            if (faulty_random(&seed) % 2 && pwrite(w->fd, w->before + at, piece, w->offset + (off_t)at) < 0)
                abort();
            at += piece;
        }
        faulty_forget(w);
    }
}

static inline void faulty_fini(struct faulty *f)
{
    while (f->count > 0)
        faulty_forget(&f->writes[--f->count]);
    pthread_mutex_destroy(&f->lock);
}
