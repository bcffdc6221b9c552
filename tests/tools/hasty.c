// The daemon, in a hurry: segments of 512 KiB, a checkpoint every two thirds of a second whether it is worth
// it or not, and with `archive_days` set a segment is old at once; so that a test of seconds goes through
// what takes a city days, or years. While there is a file that HASTY_SLOW names, each piece that is written
// to the disk takes half a second, as if a backup were large.
#include "store/retention.h"
#include "store/store_io.h"

#include <stdlib.h>
#include <unistd.h>
#include <uv.h>

enum { SEGMENT_BYTES = 512 * 1024, CHECKPOINT_EVERY_MS = 60000, HASTE_MS = 666, SLOW_US = 500 * 1000 };

int __real_store_open(const struct store_options *, struct store **, struct store_recovery *,
                      struct store_error *);
int __wrap_store_open(const struct store_options *, struct store **, struct store_recovery *,
                      struct store_error *);
int __real_store_checkpoint(struct store *, bool, struct store_error *);
int __wrap_store_checkpoint(struct store *, bool, struct store_error *);
int __real_store_retire(struct store *, int64_t, uint64_t *, struct store_error *);
int __wrap_store_retire(struct store *, int64_t, uint64_t *, struct store_error *);
int __real_uv_timer_start(uv_timer_t *, uv_timer_cb, uint64_t, uint64_t);
int __wrap_uv_timer_start(uv_timer_t *, uv_timer_cb, uint64_t, uint64_t);
int __real_store_io_write(const struct store_io *, int, const void *, size_t, uint64_t, const char *,
                          struct store_error *);
int __wrap_store_io_write(const struct store_io *, int, const void *, size_t, uint64_t, const char *,
                          struct store_error *);

int __wrap_store_open(const struct store_options *options, struct store **out,
                      struct store_recovery *recovery, struct store_error *error)
{
    struct store_options small = *options;
    small.segment_bytes = SEGMENT_BYTES;
    return __real_store_open(&small, out, recovery, error);
}

int __wrap_store_checkpoint(struct store *store, bool force, struct store_error *error)
{
    (void)force;
    return __real_store_checkpoint(store, true, error);
}

int __wrap_store_retire(struct store *store, int64_t before_ms, uint64_t *moved, struct store_error *error)
{
    (void)before_ms;
    return __real_store_retire(store, INT64_MAX, moved, error);
}

int __wrap_uv_timer_start(uv_timer_t *timer, uv_timer_cb call, uint64_t timeout, uint64_t repeat)
{
    bool slow = timeout == CHECKPOINT_EVERY_MS && repeat == CHECKPOINT_EVERY_MS;
    return __real_uv_timer_start(timer, call, slow ? HASTE_MS : timeout, slow ? HASTE_MS : repeat);
}

int __wrap_store_io_write(const struct store_io *io, int fd, const void *bytes, size_t length,
                          uint64_t offset, const char *name, struct store_error *error)
{
    const char *slow = getenv("HASTY_SLOW");
    if (slow && access(slow, F_OK) == 0)
        usleep(SLOW_US);
    return __real_store_io_write(io, fd, bytes, length, offset, name, error);
}
