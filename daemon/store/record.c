#include "store/record.h"

#include "base/crc32c.h"
#include "store/bytes.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

#define MAGIC       UINT32_C(0x57684a52) // "WhJR"
#define MARK_LIVE   UINT32_C(0x4c495645) // "LIVE"
#define MARK_ERASED UINT32_C(0x474f4e45) // "GONE"

enum {
    AT_MAGIC = 0,
    AT_VERSION = 4,
    AT_ZERO_16 = 6,
    AT_LENGTH = 8,
    AT_COUNT = 12,
    AT_EPOCH = 16,
    AT_FIRST_SEQ = 24,
    AT_BATCH_SEQ = 32,
    AT_PUBLIC_BYTES = 40,
    AT_PRIVATE_BYTES = 44,
    AT_CHAIN = 48,
    AT_ZERO_32 = 80,
    AT_CRC = 84,
};

const char *record_shape_name(enum record_shape shape)
{
    static const char *const names[] = {
#define X(id, text) [RECORD_##id] = text,
        RECORD_SHAPES(X)
#undef X
    };
    return names[shape];
}

const char *record_private_name(enum record_private state)
{
    static const char *const names[] = {
#define X(id, text) [RECORD_PRIVATE_##id] = text,
        RECORD_PRIVATES(X)
#undef X
    };
    return names[state];
}

uint32_t record_seed(const uint8_t id[16])
{
    return crc32c(0, id, 16);
}

static uint64_t padded(uint64_t bytes)
{
    return (bytes + 7) / 8 * 8;
}

uint64_t record_size(size_t public_bytes, size_t private_bytes)
{
    return RECORD_HEADER + padded(public_bytes) + RECORD_PRIVATE_HEADER + padded(private_bytes);
}

uint32_t record_private_offset(const struct record *record)
{
    return (uint32_t)(RECORD_HEADER + padded(record->public_part.length));
}

uint32_t record_private_padded(const struct record *record)
{
    return (uint32_t)padded(record->private_bytes);
}

void record_erased_header(uint8_t out[RECORD_PRIVATE_HEADER])
{
    put32(out, MARK_ERASED);
    put32(out + 4, 0);
}

// Copies a part and its padding; returns the padded length.
static size_t put_part(uint8_t *at, struct blob part)
{
    size_t total = (size_t)padded(part.length);
    if (part.length)
        memcpy(at, part.bytes, part.length);
    memset(at + part.length, 0, total - part.length);
    return total;
}

static uint32_t public_crc(const uint8_t *record, size_t public_padded, uint32_t seed)
{
    return crc32c(crc32c(seed, record, AT_CRC), record + RECORD_HEADER, public_padded);
}

void record_encode(const struct record *record, uint32_t seed, uint8_t *out)
{
    uint64_t length = record_size(record->public_part.length, record->private_part.length);
    assert(record->public_part.length <= RECORD_MAX_PART && record->private_part.length <= RECORD_MAX_PART);
    assert(record->count > 0 && record->batch_seq <= record->first_seq);
    put32(out + AT_MAGIC, MAGIC);
    put16(out + AT_VERSION, RECORD_VERSION);
    put16(out + AT_ZERO_16, 0);
    put32(out + AT_LENGTH, (uint32_t)length);
    put32(out + AT_COUNT, record->count);
    put64(out + AT_EPOCH, record->epoch);
    put64(out + AT_FIRST_SEQ, record->first_seq);
    put64(out + AT_BATCH_SEQ, record->batch_seq);
    put32(out + AT_PUBLIC_BYTES, (uint32_t)record->public_part.length);
    put32(out + AT_PRIVATE_BYTES, (uint32_t)record->private_part.length);
    memcpy(out + AT_CHAIN, record->chain, RECORD_CHAIN);
    put32(out + AT_ZERO_32, 0);
    size_t public_padded = put_part(out + RECORD_HEADER, record->public_part);
    put32(out + AT_CRC, public_crc(out, public_padded, seed));
    uint8_t *private_header = out + RECORD_HEADER + public_padded;
    size_t private_padded = put_part(private_header + RECORD_PRIVATE_HEADER, record->private_part);
    put32(private_header, MARK_LIVE);
    put32(private_header + 4, crc32c(seed, private_header + RECORD_PRIVATE_HEADER, private_padded));
}

static bool all_zero(const uint8_t *bytes, size_t length)
{
    return length == 0 || (bytes[0] == 0 && memcmp(bytes, bytes + 1, length - 1) == 0);
}

enum record_shape record_peek(const uint8_t header[RECORD_HEADER], uint64_t room, struct record *out)
{
    if (all_zero(header, RECORD_HEADER))
        return RECORD_NONE;
    uint32_t public_bytes = get32(header + AT_PUBLIC_BYTES), private_bytes = get32(header + AT_PRIVATE_BYTES);
    uint32_t length = get32(header + AT_LENGTH);
    bool fits = get32(header + AT_MAGIC) == MAGIC && public_bytes <= RECORD_MAX_PART &&
                private_bytes <= RECORD_MAX_PART && length == record_size(public_bytes, private_bytes) &&
                length <= room;
    out->length = length;
    return fits ? RECORD_WHOLE : RECORD_BAD;
}

static enum record_private private_state(const uint8_t *header, size_t private_padded, uint32_t seed)
{
    const uint8_t *part = header + RECORD_PRIVATE_HEADER;
    uint32_t mark = get32(header), crc = get32(header + 4);
    if (mark == MARK_ERASED)
        return crc == 0 && all_zero(part, private_padded) ? RECORD_PRIVATE_ERASED
                                                          : RECORD_PRIVATE_HALF_ERASED;
    bool fits = mark == MARK_LIVE && crc == crc32c(seed, part, private_padded);
    return fits ? RECORD_PRIVATE_LIVE : RECORD_PRIVATE_DAMAGED;
}

static void read_fields(const uint8_t *bytes, uint32_t seed, struct record *out)
{
    out->count = get32(bytes + AT_COUNT);
    out->epoch = get64(bytes + AT_EPOCH);
    out->first_seq = get64(bytes + AT_FIRST_SEQ);
    out->batch_seq = get64(bytes + AT_BATCH_SEQ);
    memcpy(out->chain, bytes + AT_CHAIN, RECORD_CHAIN);
    out->public_part = (struct blob){bytes + RECORD_HEADER, get32(bytes + AT_PUBLIC_BYTES)};
    out->private_bytes = get32(bytes + AT_PRIVATE_BYTES);
    out->private_part = (struct blob){NULL, 0};
    const uint8_t *private_header = bytes + record_private_offset(out);
    out->private_is = private_state(private_header, record_private_padded(out), seed);
    if (out->private_is == RECORD_PRIVATE_LIVE)
        out->private_part = (struct blob){private_header + RECORD_PRIVATE_HEADER, out->private_bytes};
}

enum record_shape record_decode(const uint8_t *bytes, size_t length, uint32_t seed, struct record *out)
{
    struct record found;
    if (length < RECORD_HEADER)
        return all_zero(bytes, length) ? RECORD_NONE : RECORD_BAD;
    enum record_shape shape = record_peek(bytes, length, &found);
    if (shape != RECORD_WHOLE)
        return shape;
    size_t public_padded = (size_t)padded(get32(bytes + AT_PUBLIC_BYTES));
    if (get32(bytes + AT_CRC) != public_crc(bytes, public_padded, seed))
        return RECORD_BAD;
    if (get16(bytes + AT_VERSION) != RECORD_VERSION)
        return RECORD_NEWER;
    read_fields(bytes, seed, &found);
    if (found.count == 0 || found.batch_seq > found.first_seq || found.first_seq > UINT64_MAX - found.count)
        return RECORD_BAD;
    *out = found;
    return RECORD_WHOLE;
}

void record_chain(const uint8_t before[RECORD_CHAIN], struct blob public_part, uint8_t out[RECORD_CHAIN])
{
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, RECORD_CHAIN);
    crypto_generichash_update(&state, before, RECORD_CHAIN);
    if (public_part.length)
        crypto_generichash_update(&state, public_part.bytes, public_part.length);
    crypto_generichash_final(&state, out, RECORD_CHAIN);
}

void record_genesis(const uint8_t id[16], uint8_t out[RECORD_CHAIN])
{
    crypto_generichash(out, RECORD_CHAIN, id, 16, NULL, 0);
}
