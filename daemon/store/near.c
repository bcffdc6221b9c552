#include "store/near.h"

#include "base/text.h"
#include "core/case.h"
#include "store/bytes.h"
#include "store/key.h"
#include "store/tables.h"

#include <math.h>
#include <string.h>

// Value: flags, latitude and longitude in 1e-7 degrees, category number, area number; the case's number, NUL,
// its title.
enum { PLACED = 1, OPEN = 2, COUNTS = 4, RAISED = 8, VALUE_BYTES = 17, TEXT_BYTES = 256 };

// A place: by area (its number, 0) or by square (its row, its column).
enum place_kind { BY_AREA, BY_SQUARE };

static const double FINE = 1e7;
static const double SQUARE = 0.01; // degrees: 1.1 km to the north, about as much to the east

static uint8_t flags_of(const struct casefile *file)
{
    bool given_up = file->state == CASE_CANCELLED || file->state == CASE_REJECTED;
    bool repeated = text_same(file->whistle->source, SOURCE_REPEATED), raised = repeated && !given_up;
    bool counts = !repeated && !given_up && file->state != CASE_REGISTERED && file->state != CASE_MERGED &&
                  file->state != CASE_AWAITING_APPROVAL;
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

static struct key entry_key(struct key place, const struct casefile *file)
{
    key_time(&place, file->filed_ms);
    key_u64(&place, file->id);
    return place;
}

static void put(struct db_txn *txn, struct key place, const struct casefile *file, const uint8_t *value,
                size_t length)
{
    struct key key = entry_key(place, file);
    db_put(txn, DB_NEAR, key.bytes, key.length, value, length);
}

static struct key square_key(uint32_t class_number, const struct position *position)
{
    return place_key(class_number, BY_SQUARE, square_of(position->latitude), square_of(position->longitude));
}

// Its position was erased.
static void leave_square(struct db_txn *txn, uint32_t class_number, const struct casefile *before)
{
    struct key key = entry_key(square_key(class_number, before->whistle->position), before);
    db_delete(txn, DB_NEAR, key.bytes, key.length);
}

// Behind what has a fixed length; how long the whole is.
static size_t put_texts(uint8_t *value, const struct casefile *file)
{
    size_t number = strnlen(text_or_empty(file->number), TEXT_BYTES / 2 - 1) + 1;
    size_t title = strnlen(text_or_empty(file->whistle->title), TEXT_BYTES - number);
    memcpy(value + VALUE_BYTES, text_or_empty(file->number), number);
    memcpy(value + VALUE_BYTES + number, text_or_empty(file->whistle->title), title);
    return VALUE_BYTES + number + title;
}

void near_put(struct db_txn *txn, const struct casefile *before, const struct casefile *after)
{
    const struct whistle *whistle = after->whistle;
    const struct position *position = whistle->position;
    uint8_t value[VALUE_BYTES + TEXT_BYTES] = {flags_of(after)};
    if (after->history || (before && flags_of(before) == value[0]))
        return;
    uint32_t class_number = state_name(txn, text_or_empty(after->category_class));
    uint32_t area = state_name(txn, text_or_empty(whistle->area));
    put32(value + 1, (uint32_t)(int32_t)(position ? position->latitude * FINE : 0));
    put32(value + 5, (uint32_t)(int32_t)(position ? position->longitude * FINE : 0));
    put32(value + 9, state_name(txn, whistle->category));
    put32(value + 13, area);
    size_t length = put_texts(value, after);
    put(txn, place_key(class_number, BY_AREA, area, 0), after, value, length);
    if (position)
        put(txn, square_key(class_number, position), after, value, length);
    else if (before && before->whistle->position)
        leave_square(txn, class_number, before);
}

// What a walk looks for, and how much of it is left to look at.
struct walk_near {
    struct db_txn *txn;
    struct arena *arena;
    const struct near_query *query;
    struct candidate *out;
    size_t count, max;
    size_t patience;   // entries
    uint32_t names[2]; // the numbers of a category and an area that were asked for last, and their codes
    const char *codes[2];
};

enum { CATEGORY, AREA };

// Neighbours are mostly of one category and area.
static const char *code_of(struct walk_near *w, int which, uint32_t number)
{
    if (w->names[which] != number || !w->codes[which]) {
        w->names[which] = number;
        w->codes[which] = state_code(w->txn, w->arena, number);
    }
    return w->codes[which];
}

static struct position position_of(const uint8_t *value)
{
    return (struct position){(int32_t)get32(value + 1) / FINE, (int32_t)get32(value + 5) / FINE, DATUM_WGS84};
}

// By square: within the distance. By area: those without a position; all, where none is asked for.
static bool is_meant(const struct walk_near *w, const uint8_t *value, enum place_kind kind)
{
    const struct position *here = w->query->position;
    struct position there = position_of(value);
    if (kind == BY_AREA)
        return !here || !(value[0] & PLACED);
    return position_distance_m(here, &there) <= w->query->metres;
}

static void add_candidate(struct walk_near *w, const struct db_cursor *cursor, size_t place_bytes)
{
    const uint8_t *value = cursor->value.bytes;
    uint32_t category = get32(value + 9), area = get32(value + 13);
    const char *number =
        arena_strndup(w->arena, (const char *)value + VALUE_BYTES, cursor->value.length - VALUE_BYTES);
    size_t before = VALUE_BYTES + strlen(text_or_empty(number)) + 1;
    const char *title = cursor->value.length > before ? arena_strndup(w->arena, (const char *)value + before,
                                                                      cursor->value.length - before)
                                                      : "";
    w->out[w->count++] = (struct candidate){
        .id = key_get_u64(cursor->key, place_bytes + 8),
        .number = text_or_empty(number),
        .title = text_or_empty(title),
        .filed_ms = key_get_time(cursor->key, place_bytes),
        .open = value[0] & OPEN,
        .counts = value[0] & COUNTS,
        .raised = value[0] & RAISED,
        .category = code_of(w, CATEGORY, category),
        .area = code_of(w, AREA, area),
        .placed = value[0] & PLACED,
        .position = position_of(value),
    };
}

// Newest first: the entries of one place are walked backwards from their end.
static void walk(struct walk_near *w, const struct key *place, enum place_kind kind)
{
    struct key end = *place;
    struct db_cursor cursor;
    key_time(&end, INT64_MAX);
    db_cursor_open(&cursor, w->txn, DB_NEAR);
    bool found = db_cursor_before(&cursor, end.bytes, end.length);
    for (; found && w->count < w->max && w->patience > 0; found = db_cursor_previous(&cursor)) {
        bool same = cursor.key.length > place->length && cursor.value.length >= VALUE_BYTES &&
                    memcmp(cursor.key.bytes, place->bytes, place->length) == 0;
        if (!same || key_get_time(cursor.key, place->length) < w->query->since_ms)
            break;
        w->patience--;
        if (is_meant(w, cursor.value.bytes, kind))
            add_candidate(w, &cursor, place->length);
    }
    db_cursor_close(&cursor);
}

// The square of the position and those around it that the distance reaches.
static void walk_squares(struct walk_near *w, uint32_t class_number)
{
    const struct position *here = w->query->position;
    uint32_t row = square_of(here->latitude), column = square_of(here->longitude);
    for (uint32_t i = 0; i < 9; i++) {
        struct key place = place_key(class_number, BY_SQUARE, row + i / 3 - 1, column + i % 3 - 1);
        walk(w, &place, BY_SQUARE);
    }
}

size_t near_get(struct db_txn *txn, struct arena *arena, const struct near_query *query,
                struct candidate *out, size_t max)
{
    struct walk_near w = {
        .txn = txn, .arena = arena, .query = query, .out = out, .max = max, .patience = 8192};
    uint32_t class_number = state_find_name(txn, text_or_empty(query->category_class));
    uint32_t area = state_find_name(txn, text_or_empty(query->area));
    if (!class_number)
        return 0;
    if (query->position)
        walk_squares(&w, class_number);
    struct key place = place_key(class_number, BY_AREA, area, 0);
    if (area)
        walk(&w, &place, BY_AREA);
    return w.count;
}
