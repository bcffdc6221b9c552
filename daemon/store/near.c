#include "store/near.h"

#include "base/text.h"
#include "core/case.h"
#include "store/bytes.h"
#include "store/key.h"
#include "store/tables.h"

#include <math.h>

// Value: flags, latitude and longitude in 1e-7 degrees, category number, area number.
enum { PLACED = 1, OPEN = 2, COUNTS = 4, RAISED = 8, VALUE_BYTES = 17 };

// A place: by area (its number, 0) or by square (its row, its column).
enum place_kind { BY_AREA, BY_SQUARE };

static const double FINE = 1e7;
static const double SQUARE = 0.01; // degrees: 1.1 km to the north, about as much to the east

static uint8_t flags_of(const struct casefile *file)
{
    bool raised = text_same(file->whistle->source, SOURCE_REPEATED);
    bool counts = !raised && file->state != CASE_CANCELLED && file->state != CASE_REJECTED &&
                  file->state != CASE_REGISTERED;
    return (uint8_t)((file->whistle->position ? PLACED : 0) | (case_is_open(file->state) ? OPEN : 0) |
                     (counts ? COUNTS : 0) | (raised ? RAISED : 0));
}

static uint32_t square_of(double degrees)
{
    return (uint32_t)(int32_t)floor(degrees / SQUARE) ^ UINT32_C(0x80000000);
}

static struct key place_key(uint32_t class_number, enum place_kind kind, uint32_t first, uint32_t second)
{
    struct key key = {.length = 0};
    key_u32(&key, class_number);
    key_u8(&key, (uint8_t)kind);
    key_u32(&key, first);
    key_u32(&key, second);
    return key;
}

static void put(struct db_txn *txn, struct key key, const struct casefile *file,
                const uint8_t value[VALUE_BYTES])
{
    key_time(&key, file->filed_ms);
    key_u64(&key, file->id);
    db_put(txn, DB_NEAR, key.bytes, key.length, value, VALUE_BYTES);
}

void near_put(struct db_txn *txn, const struct casefile *before, const struct casefile *after)
{
    const struct whistle *whistle = after->whistle;
    const struct position *position = whistle->position;
    uint8_t value[VALUE_BYTES] = {flags_of(after)};
    if (after->history || (before && flags_of(before) == value[0]))
        return;
    uint32_t class_number = state_name(txn, text_or_empty(after->category_class));
    uint32_t area = state_name(txn, text_or_empty(whistle->area));
    put32(value + 1, (uint32_t)(int32_t)(position ? position->latitude * FINE : 0));
    put32(value + 5, (uint32_t)(int32_t)(position ? position->longitude * FINE : 0));
    put32(value + 9, state_name(txn, whistle->category));
    put32(value + 13, area);
    put(txn, place_key(class_number, BY_AREA, area, 0), after, value);
    if (position)
        put(txn,
            place_key(class_number, BY_SQUARE, square_of(position->latitude), square_of(position->longitude)),
            after, value);
}

static void read_candidate(struct db_txn *txn, struct arena *arena, const struct db_cursor *cursor,
                           size_t place_bytes, struct candidate *out)
{
    const uint8_t *value = cursor->value.bytes;
    *out = (struct candidate){.filed_ms = key_get_time(cursor->key, place_bytes),
                              .id = key_get_u64(cursor->key, place_bytes + 8),
                              .category = "",
                              .area = ""};
    if (cursor->value.length < VALUE_BYTES)
        return;
    out->placed = value[0] & PLACED;
    out->open = value[0] & OPEN;
    out->counts = value[0] & COUNTS;
    out->raised = value[0] & RAISED;
    out->position.latitude = (int32_t)get32(value + 1) / FINE;
    out->position.longitude = (int32_t)get32(value + 5) / FINE;
    uint32_t category = get32(value + 9), area = get32(value + 13);
    out->category = state_code(txn, arena, category);
    out->area = state_code(txn, arena, area);
}

// Newest first: the entries of one place are walked backwards from their end.
static size_t walk(struct db_txn *txn, struct arena *arena, const struct key *place, int64_t since_ms,
                   struct candidate *out, size_t max)
{
    struct key end = *place;
    struct db_cursor cursor;
    size_t count = 0;
    key_time(&end, INT64_MAX);
    db_cursor_open(&cursor, txn, DB_NEAR);
    bool found = db_cursor_before(&cursor, end.bytes, end.length);
    for (; found && count < max; found = db_cursor_previous(&cursor)) {
        bool same = cursor.key.length > place->length &&
                    __builtin_memcmp(cursor.key.bytes, place->bytes, place->length) == 0;
        if (!same || key_get_time(cursor.key, place->length) < since_ms)
            break;
        read_candidate(txn, arena, &cursor, place->length, &out[count++]);
    }
    db_cursor_close(&cursor);
    return count;
}

// The square of the position and those around it.
static size_t walk_squares(struct db_txn *txn, struct arena *arena, uint32_t class_number,
                           const struct position *position, int64_t since_ms, struct candidate *out,
                           size_t max)
{
    uint32_t row = square_of(position->latitude), column = square_of(position->longitude);
    size_t count = 0;
    for (uint32_t i = 0; i < 9; i++) {
        struct key place = place_key(class_number, BY_SQUARE, row + i / 3 - 1, column + i % 3 - 1);
        count += walk(txn, arena, &place, since_ms, out + count, max - count);
    }
    return count;
}

size_t near_get(struct db_txn *txn, struct arena *arena, const char *category_class, const char *area,
                const struct position *position, int64_t since_ms, struct candidate *out, size_t max)
{
    uint32_t class_number = state_find_name(txn, text_or_empty(category_class));
    uint32_t number = state_find_name(txn, text_or_empty(area));
    size_t count = 0;
    if (!class_number)
        return 0;
    if (position)
        count = walk_squares(txn, arena, class_number, position, since_ms, out, max);
    struct key place = place_key(class_number, BY_AREA, number, 0);
    return count + (number ? walk(txn, arena, &place, since_ms, out + count, max - count) : 0);
}
