#include "store/segment.h"

#include "base/crc32c.h"
#include "base/error.h"
#include "store/bytes.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char magic[8] = {'W', 'H', 'I', 'S', 'T', 'L', 'E', 'D'};

enum {
    AT_VERSION = 8,
    AT_ID = 16,
    AT_EPOCH = 32,
    AT_FIRST_SEQ = 40,
    AT_BYTES = 48,
    AT_CHAIN = 56,
    AT_CRC = SEGMENT_HEADER - 4,
    DIGITS = 20,
    FIRST_READ = 4096, // most records come with one read
    SCAN_BYTES = 64 * 1024,
};

void segment_name(uint64_t first_seq, char out[SEGMENT_NAME])
{
    snprintf(out, SEGMENT_NAME, "%020" PRIu64 ".seg", first_seq);
}

void segment_fresh(uint64_t first_seq, char out[SEGMENT_FRESH])
{
    snprintf(out, SEGMENT_FRESH, "%020" PRIu64 ".seg.new", first_seq);
}

void segment_path(bool archived, uint64_t first_seq, char out[SEGMENT_PATH])
{
    snprintf(out, SEGMENT_PATH, "%s/%020" PRIu64 ".seg", archived ? "archive" : "journal", first_seq);
}

bool segment_name_parse(const char *name, uint64_t *first_seq)
{
    uint64_t value = 0;
    for (int i = 0; i < DIGITS; i++) {
        if (name[i] < '0' || name[i] > '9' || __builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, (uint64_t)(name[i] - '0'), &value))
            return false;
    }
    *first_seq = value;
    return strcmp(name + DIGITS, ".seg") == 0;
}

void segment_header_encode(const struct segment_header *header, uint8_t out[SEGMENT_HEADER])
{
    memset(out, 0, SEGMENT_HEADER);
    memcpy(out, magic, sizeof magic);
    put16(out + AT_VERSION, SEGMENT_VERSION);
    memcpy(out + AT_ID, header->id, sizeof header->id);
    put64(out + AT_EPOCH, header->epoch);
    put64(out + AT_FIRST_SEQ, header->first_seq);
    put64(out + AT_BYTES, header->bytes);
    memcpy(out + AT_CHAIN, header->chain, RECORD_CHAIN);
    put32(out + AT_CRC, crc32c(0, out, AT_CRC));
}

static bool crc_fits(const uint8_t bytes[SEGMENT_HEADER])
{
    return get32(bytes + AT_CRC) == crc32c(0, bytes, AT_CRC);
}

// A newer layout may keep its checksum elsewhere, so the version is believed without one; except where the
// header is whole but for the version itself: that is a flipped bit.
static int check_version(const uint8_t bytes[SEGMENT_HEADER])
{
    if (get16(bytes + AT_VERSION) <= SEGMENT_VERSION)
        return ERROR_CORRUPT;
    uint8_t ours[SEGMENT_HEADER];
    memcpy(ours, bytes, SEGMENT_HEADER);
    put16(ours + AT_VERSION, SEGMENT_VERSION);
    return crc_fits(ours) ? ERROR_CORRUPT : ERROR_STORE_VERSION;
}

int segment_header_decode(const uint8_t bytes[SEGMENT_HEADER], struct segment_header *out)
{
    if (memcmp(bytes, magic, sizeof magic) != 0)
        return ERROR_CORRUPT;
    if (get16(bytes + AT_VERSION) != SEGMENT_VERSION)
        return check_version(bytes);
    if (!crc_fits(bytes))
        return ERROR_CORRUPT;
    memcpy(out->id, bytes + AT_ID, sizeof out->id);
    out->epoch = get64(bytes + AT_EPOCH);
    out->first_seq = get64(bytes + AT_FIRST_SEQ);
    out->bytes = get64(bytes + AT_BYTES);
    memcpy(out->chain, bytes + AT_CHAIN, RECORD_CHAIN);
    return 0;
}

static int load_header(struct segment *s, uint64_t first_seq, struct store_error *error)
{
    struct stat st;
    uint8_t bytes[SEGMENT_HEADER];
    int rc = store_io_read(s->io, s->fd, bytes, sizeof bytes, 0, s->path, error);
    if (rc)
        return rc;
    rc = segment_header_decode(bytes, &s->header);
    if (rc == ERROR_STORE_VERSION)
        return store_error_set(error, rc, "%s is of version %u, this program knows %d", s->path,
                               (unsigned)get16(bytes + AT_VERSION), SEGMENT_VERSION);
    if (rc || s->header.first_seq != first_seq)
        return store_error_set(
            error, ERROR_CORRUPT, "%s: bytes 0 to %d, the header (before seq %" PRIu64 "), %s", s->path,
            SEGMENT_HEADER - 1, first_seq, rc ? "are damaged" : "belong to another segment");
    if (fstat(s->fd, &st) != 0)
        return store_error_errno(error, "fstat", s->path);
    if ((uint64_t)st.st_size != s->header.bytes)
        return store_error_set(error, ERROR_CORRUPT, "%s has %ju bytes and was made with %" PRIu64, s->path,
                               (uintmax_t)st.st_size, s->header.bytes);
    s->seed = record_seed(s->header.id);
    return 0;
}

// In the one folder, else in the other.
static int open_file(struct segment *s, const struct segment_home *home, uint64_t first_seq, int flags)
{
    char name[SEGMENT_NAME];
    segment_name(first_seq, name);
    segment_path(false, first_seq, s->path);
    int fd = s->io->open(s->io->context, home->journal, name, flags);
    if (fd >= 0 || errno != ENOENT || home->archive < 0)
        return fd;
    segment_path(true, first_seq, s->path);
    return s->io->open(s->io->context, home->archive, name, flags);
}

int segment_open(const struct store_io *io, const struct segment_home *home, uint64_t first_seq, int flags,
                 struct segment *out, struct store_error *error)
{
    struct segment s = {.io = io};
    s.fd = open_file(&s, home, first_seq, flags);
    if (s.fd < 0 && errno == ENOENT)
        return store_error_set(error, ERROR_NOT_FOUND, "%s is not here", s.path);
    if (s.fd < 0)
        return store_error_errno(error, "open", s.path);
    int rc = load_header(&s, first_seq, error);
    if (rc)
        segment_close(&s);
    else
        *out = s;
    return rc;
}

void segment_close(struct segment *s)
{
    if (s->fd >= 0)
        close(s->fd);
    s->fd = -1;
}

// Makes `into` hold bytes [have, want) as well.
static int read_more(const struct segment *s, uint64_t offset, size_t have, size_t want, struct buffer *into,
                     struct store_error *error)
{
    uint8_t *at = buffer_extend(into, want - have);
    if (!at)
        return store_error_set(error, ERROR_NO_MEMORY, "no memory for %zu bytes of %s", want, s->path);
    return store_io_read(s->io, s->fd, at, want - have, offset + have, s->path, error);
}

int segment_read(const struct segment *s, uint64_t offset, uint64_t end, struct buffer *into,
                 struct record *out, enum record_shape *shape, struct store_error *error)
{
    uint64_t room = offset < end ? end - offset : 0;
    size_t have = room < FIRST_READ ? (size_t)room : FIRST_READ;
    buffer_clear(into);
    *shape = RECORD_NONE;
    if (room < RECORD_HEADER)
        return 0;
    int rc = read_more(s, offset, 0, have, into, error);
    if (rc)
        return rc;
    *shape = record_peek(into->bytes, room, out);
    if (*shape != RECORD_WHOLE)
        return 0;
    if (out->length > have)
        rc = read_more(s, offset, have, out->length, into, error);
    if (rc)
        return rc;
    *shape = record_decode(into->bytes, out->length, s->seed, out);
    return 0;
}

// The end of the last byte that is not zero in [offset, end of file), or `offset`.
static int find_end(const struct segment *s, uint64_t offset, uint64_t *end, struct store_error *error)
{
    uint8_t bytes[SCAN_BYTES];
    *end = offset;
    while (offset < s->header.bytes) {
        uint64_t left = s->header.bytes - offset;
        size_t piece = left < sizeof bytes ? (size_t)left : sizeof bytes;
        int rc = store_io_read(s->io, s->fd, bytes, piece, offset, s->path, error);
        if (rc)
            return rc;
        for (size_t i = piece; i > 0; i--) {
            if (bytes[i - 1]) {
                *end = offset + i;
                break;
            }
        }
        offset += piece;
    }
    return 0;
}

// Records begin at multiples of 8 from the start of the file, which `start` is too, and none behind
// `out->end`, where all is zero.
static void find_whole(const struct segment *s, const struct buffer *rest, uint64_t start, uint64_t seq,
                       struct segment_rest *out)
{
    struct record found;
    size_t at = 0;
    while (start + at < out->end && rest->length - at >= RECORD_HEADER) {
        enum record_shape shape = record_decode(rest->bytes + at, rest->length - at, s->seed, &found);
        if (shape != RECORD_WHOLE || found.epoch != s->header.epoch || found.first_seq < seq) {
            at += 8;
            continue;
        }
        if (out->whole++ == 0) {
            out->next_valid = start + at;
            out->next_seq = found.first_seq;
        }
        out->later_batch |= found.batch_seq > seq;
        at += found.length;
    }
}

int segment_examine_rest(const struct segment *s, uint64_t offset, uint64_t seq, struct segment_rest *out,
                         struct store_error *error)
{
    *out = (struct segment_rest){0};
    int rc = find_end(s, offset, &out->end, error);
    if (rc || out->end == offset)
        return rc;
    struct buffer rest;
    buffer_init(&rest);
    rc = read_more(s, offset, 0, (size_t)(s->header.bytes - offset), &rest, error);
    if (!rc)
        find_whole(s, &rest, offset, seq, out);
    buffer_fini(&rest);
    return rc;
}

int segment_wipe(const struct segment *s, uint64_t offset, uint64_t end, struct store_error *error)
{
    int rc = store_io_zero(s->io, s->fd, end - offset, offset, s->path, error);
    return rc ? rc : store_io_sync(s->io, s->fd, s->path, error);
}

int segment_erase(const struct segment *s, uint64_t offset, const struct record *record,
                  struct store_error *error)
{
    uint8_t mark[RECORD_PRIVATE_HEADER];
    uint64_t at = offset + record_private_offset(record);
    record_erased_header(mark);
    // Only the mark, four aligned bytes in one sector, goes first: with the crc still there it says "half".
    int rc = store_io_write(s->io, s->fd, mark, 4, at, s->path, error);
    if (!rc)
        rc = store_io_sync(s->io, s->fd, s->path, error);
    if (!rc)
        rc = store_io_zero(s->io, s->fd, record_private_padded(record) + 4, at + 4, s->path, error);
    return rc ? rc : store_io_sync(s->io, s->fd, s->path, error);
}
