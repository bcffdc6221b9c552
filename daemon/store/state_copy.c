#include "store/state_copy.h"

#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sodium.h>
#include <unistd.h>

// Synced so often, the journal beside it never waits for long, and nothing is left to wait for at the end.
enum { PIECE_BYTES = 64 * 1024, SYNC_BYTES = 64 * 1024 * 1024 };

// ---- LMDB's side --------------------------------------------------------------------------------

struct spring {
    struct db *db;
    int fd; // of the pipe; owned
    int rc;
    struct store_error error;
    pthread_t thread;
};

static void *pour(void *context)
{
    struct spring *spring = context;
    spring->rc = db_copy_to(spring->db, spring->fd, &spring->error);
    close(spring->fd); // the end of what there is to read
    return NULL;
}

// `*fd` is where it is read.
static int open_spring(struct spring *spring, int *fd, struct store_error *error)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC))
        return store_error_errno(error, "pipe", "the state");
    *fd = ends[0];
    spring->fd = ends[1];
    if (pthread_create(&spring->thread, NULL, pour, spring) == 0)
        return 0;
    close(ends[0]);
    close(ends[1]);
    return store_error_set(error, ERROR_NO_MEMORY, "no thread to copy the state");
}

// ---- the file's side ----------------------------------------------------------------------------

// A whole piece, as far as there is one; 0 at the end, −1 and errno.
static ssize_t read_piece(int fd, uint8_t piece[PIECE_BYTES])
{
    size_t filled = 0;
    while (filled < PIECE_BYTES) {
        ssize_t got = read(fd, piece + filled, PIECE_BYTES - filled);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -1;
        if (got == 0)
            break;
        filled += (size_t)got;
    }
    return (ssize_t)filled;
}

static int take_piece(const struct store_io *io, const struct state_copy *copy, int fd, uint64_t at,
                      crypto_generichash_state *state, size_t *taken, struct store_error *error)
{
    uint8_t piece[PIECE_BYTES];
    int rc = file_copy_wanted(copy->cut_off, copy->name, error);
    if (rc)
        return rc;
    ssize_t got = read_piece(fd, piece);
    if (got < 0)
        return store_error_errno(error, "read", copy->name);
    *taken = (size_t)got;
    if (!got)
        return 0;
    crypto_generichash_update(state, piece, *taken);
    rc = store_io_write(io, copy->to, piece, *taken, at, copy->name, error);
    if (!rc && (at + *taken) % SYNC_BYTES == 0)
        rc = store_io_sync(io, copy->to, copy->name, error);
    return rc;
}

static int take_all(const struct store_io *io, const struct state_copy *copy, int fd, uint64_t *bytes,
                    uint8_t sum[FILE_SUM], struct store_error *error)
{
    crypto_generichash_state state;
    size_t taken;
    int rc = 0;
    crypto_generichash_init(&state, NULL, 0, FILE_SUM);
    *bytes = 0;
    do {
        taken = 0;
        rc = take_piece(io, copy, fd, *bytes, &state, &taken, error);
        *bytes += taken;
    } while (!rc && taken);
    crypto_generichash_final(&state, sum, FILE_SUM);
    return rc;
}

int state_copy(const struct store_io *io, const struct state_copy *copy, uint64_t *bytes,
               uint8_t sum[FILE_SUM], struct store_error *error)
{
    struct spring spring = {.db = copy->db};
    int fd = -1, rc = open_spring(&spring, &fd, error);
    if (rc)
        return rc;
    rc = take_all(io, copy, fd, bytes, sum, error);
    close(fd); // whatever is still poured is not wanted
    pthread_join(spring.thread, NULL);
    if (!rc && spring.rc)
        rc = store_error_set(error, spring.rc, "%s", spring.error.text);
    if (!rc && io->fsync(io->context, copy->to))
        rc = store_error_errno(error, "fsync", copy->name);
    return rc;
}
