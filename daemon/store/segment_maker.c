#include "store/segment_maker.h"

#include "base/error.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { STEP_BYTES = 1024 * 1024 };

static const char unfinished[] = "next.tmp", finished[] = "next";

static void drop(struct segment_maker *m)
{
    if (m->fd >= 0)
        close(m->fd);
    m->fd = -1;
    m->filled = 0;
    m->ready = false;
}

void segment_maker_init(struct segment_maker *m, const struct store_io *io, int directory, uint64_t bytes)
{
    *m = (struct segment_maker){.io = io, .directory = directory, .bytes = bytes, .fd = -1};
    pthread_mutex_init(&m->lock, NULL);
}

void segment_maker_fini(struct segment_maker *m)
{
    drop(m);
    pthread_mutex_destroy(&m->lock);
}

static int remove_file(struct segment_maker *m, const char *name, struct store_error *error)
{
    if (m->io->unlink(m->io->context, m->directory, name) == 0 || errno == ENOENT)
        return 0;
    return store_error_errno(error, "unlink", name);
}

// "next" of the right size is taken over: it got that name after its zeros were synced, and nothing but a
// header, which is written again, was put into it since.
static int adopt(struct segment_maker *m, struct store_error *error)
{
    struct stat st;
    m->fd = m->io->open(m->io->context, m->directory, finished, O_RDWR);
    if (m->fd < 0)
        return errno == ENOENT ? 0 : store_error_errno(error, "open", finished);
    if (fstat(m->fd, &st) == 0 && (uint64_t)st.st_size == m->bytes) {
        m->filled = m->bytes;
        m->ready = true;
        return 0;
    }
    drop(m);
    return remove_file(m, finished, error);
}

int segment_maker_adopt(struct segment_maker *m, struct store_error *error)
{
    int rc = remove_file(m, unfinished, error);
    return rc ? rc : adopt(m, error);
}

// Room for the whole file is claimed at once, so that a disk that is too small says so at the first step.
static int begin(struct segment_maker *m, struct store_error *error)
{
    m->fd = m->io->open(m->io->context, m->directory, unfinished, O_RDWR | O_CREAT | O_TRUNC);
    if (m->fd < 0)
        return store_error_errno(error, "open", unfinished);
    if (m->io->allocate(m->io->context, m->fd, (off_t)m->bytes) == 0 || errno == EOPNOTSUPP)
        return 0;
    int rc = store_error_errno(error, "fallocate", unfinished);
    drop(m);
    (void)m->io->unlink(m->io->context, m->directory, unfinished);
    return rc;
}

static int finish(struct segment_maker *m, struct store_error *error)
{
    if (m->io->fsync(m->io->context, m->fd) != 0)
        return store_error_errno(error, "fsync", unfinished);
    if (m->io->rename(m->io->context, m->directory, unfinished, finished) != 0)
        return store_error_errno(error, "rename", unfinished);
    m->ready = true;
    return 0;
}

// In spare moments it is synced piece by piece, so that no single call waits for the whole file.
static int fill(struct segment_maker *m, bool spare, struct store_error *error)
{
    uint64_t left = m->bytes - m->filled, piece = left < STEP_BYTES ? left : STEP_BYTES;
    int rc = store_io_zero(m->io, m->fd, piece, m->filled, unfinished, error);
    if (rc)
        return rc;
    if (spare)
        rc = store_io_sync(m->io, m->fd, unfinished, error);
    // What a failed sync left unwritten is not known, and a second sync would not tell: begin anew.
    if (rc) {
        drop(m);
        return rc;
    }
    m->filled += piece;
    return 0;
}

static int step(struct segment_maker *m, bool spare, struct store_error *error)
{
    int rc = 0;
    if (m->ready)
        return 0;
    if (m->fd < 0)
        rc = begin(m, error);
    if (!rc && m->filled < m->bytes)
        rc = fill(m, spare, error);
    if (!rc && m->filled == m->bytes) {
        rc = finish(m, error);
        if (rc)
            drop(m);
    }
    if (rc && rc != ERROR_STORAGE_FULL)
        drop(m);
    return rc;
}

int segment_maker_step(struct segment_maker *m, bool *ready, struct store_error *error)
{
    pthread_mutex_lock(&m->lock);
    int rc = step(m, true, error);
    *ready = m->ready;
    pthread_mutex_unlock(&m->lock);
    return rc;
}

static int write_header(struct segment_maker *m, const struct segment *s, struct store_error *error)
{
    uint8_t bytes[SEGMENT_HEADER];
    segment_header_encode(&s->header, bytes);
    int rc = store_io_write(m->io, m->fd, bytes, sizeof bytes, 0, finished, error);
    return rc ? rc : store_io_sync(m->io, m->fd, finished, error);
}

static int name_it(struct segment_maker *m, const char *name, bool *named, struct store_error *error)
{
    if (m->io->rename(m->io->context, m->directory, finished, name) != 0)
        return store_error_errno(error, "rename", name);
    *named = true;
    if (m->io->fsync(m->io->context, m->directory) != 0)
        return store_error_errno(error, "fsync", "journal");
    return 0;
}

static int take(struct segment_maker *m, const struct segment_header *header, struct segment *out,
                bool *named, struct store_error *error)
{
    char name[SEGMENT_NAME];
    int rc = 0;
    while (!rc && !m->ready)
        rc = step(m, false, error);
    if (rc)
        return rc;
    struct segment s = {.io = m->io, .fd = m->fd, .seed = record_seed(header->id), .header = *header};
    s.header.bytes = m->bytes;
    segment_path(false, header->first_seq, s.path);
    segment_name(header->first_seq, name);
    rc = write_header(m, &s, error);
    if (!rc)
        rc = name_it(m, name, named, error);
    if (rc)
        return rc;
    m->fd = -1;
    drop(m);
    *out = s;
    return 0;
}

int segment_maker_take(struct segment_maker *m, const struct segment_header *header, struct segment *out,
                       bool *named, struct store_error *error)
{
    *named = false;
    pthread_mutex_lock(&m->lock);
    int rc = take(m, header, out, named, error);
    pthread_mutex_unlock(&m->lock);
    return rc;
}

bool segment_maker_is_ready(struct segment_maker *m)
{
    pthread_mutex_lock(&m->lock);
    bool ready = m->ready;
    pthread_mutex_unlock(&m->lock);
    return ready;
}
