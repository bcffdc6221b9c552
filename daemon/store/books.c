#include "store/books.h"

#include "base/error.h"
#include "base/text.h"
#include "store/bytes.h"
#include "store/key.h"
#include "store/tables.h"

#include <string.h>

// A value: flags, what follows, numbers of unit, area and category; then, where they are given, the time that
// was taken, the number of the branch, the number of the member.
enum { FIXED_BYTES = 2 + 3 * 4, MOST_BYTES = FIXED_BYTES + 8 + 2 * 4 };

enum { HAS_TOOK = 1, HAS_BRANCH = 2, HAS_MEMBER = 4 };

// ---- writing ------------------------------------------------------------------------------------

void books_init(struct books *books, struct db_txn *txn)
{
    *books = (struct books){.txn = txn, .unit = ""};
}

static void find_place(struct books *books, const struct casefile *file)
{
    if (books->category)
        return;
    books->area = state_name(books->txn, file->area);
    books->category = state_name(books->txn, file->whistle->category);
}

static uint32_t name_of(struct books *books, const char *code)
{
    return text_given(code) ? state_name(books->txn, code) : 0;
}

static uint32_t unit_of(struct books *books, const char *unit)
{
    if (!text_same(books->unit, unit))
        books->unit_number = name_of(books, unit);
    books->unit = unit;
    return books->unit_number;
}

static struct key key_of(const struct casefile *file, const struct fact *fact)
{
    struct key key = {.length = 0};
    key_u8(&key, (uint8_t)fact->kind);
    key_time(&key, fact->at_ms);
    key_u64(&key, file->id);
    key_u32(&key, fact->part);
    key_u32(&key, fact->summons);
    return key;
}

// Returns its length.
static size_t make_value(struct books *books, const struct fact *fact, uint8_t value[MOST_BYTES])
{
    uint32_t branch = name_of(books, fact->branch), member = name_of(books, fact->member);
    uint8_t *at = value + FIXED_BYTES;
    value[0] = (uint8_t)fact->flags;
    value[1] =
        (uint8_t)((fact->took_ms ? HAS_TOOK : 0) | (branch ? HAS_BRANCH : 0) | (member ? HAS_MEMBER : 0));
    put32(value + 2, unit_of(books, fact->unit));
    put32(value + 6, books->area);
    put32(value + 10, books->category);
    if (fact->took_ms)
        put64(at, (uint64_t)fact->took_ms);
    at += fact->took_ms ? 8 : 0;
    if (branch)
        put32(at, branch);
    at += branch ? 4 : 0;
    if (member)
        put32(at, member);
    at += member ? 4 : 0;
    return (size_t)(at - value);
}

static void put_fact(struct books *books, const struct casefile *file, const struct fact *fact)
{
    struct key key = key_of(file, fact);
    uint8_t value[MOST_BYTES];
    find_place(books, file);
    db_put(books->txn, DB_FACTS, key.bytes, key.length, value, make_value(books, fact, value));
}

// What the core's callbacks are given.
struct writing {
    struct books *books;
    const struct casefile *file;
};

static void put_event_fact(void *context, const struct fact *fact)
{
    const struct writing *writing = context;
    put_fact(writing->books, writing->file, fact);
}

void books_event(struct books *books, const struct casefile *before, const struct casefile *file,
                 const struct event *event)
{
    struct writing writing = {books, file};
    facts_of_event(before, file, event, put_event_fact, &writing);
}

static bool has_same_key(const struct fact *a, const struct fact *b)
{
    return a->at_ms == b->at_ms && a->summons == b->summons;
}

static bool is_same(const struct fact *a, const struct fact *b)
{
    return has_same_key(a, b) && a->flags == b->flags && a->took_ms == b->took_ms &&
           text_same(a->unit, b->unit) && text_same(a->branch, b->branch);
}

static void move_limit(struct books *books, const struct casefile *before, const struct casefile *after,
                       uint32_t clock)
{
    struct fact old, new;
    bool was = before && fact_of_limit(before, clock, &old);
    bool is = fact_of_limit(after, clock, &new);
    if (was && (!is || !has_same_key(&old, &new))) {
        struct key key = key_of(after, &old);
        db_delete(books->txn, DB_FACTS, key.bytes, key.length);
    }
    if (is && (!was || !is_same(&old, &new)))
        put_fact(books, after, &new);
}

static struct key exclusion_key(const struct casefile *file, enum exclusion exclusion, uint32_t about)
{
    struct key key = {.length = 0};
    key_u64(&key, file->id);
    key_u8(&key, (uint8_t)exclusion);
    key_u32(&key, about);
    return key;
}

static void put_exclusion(void *context, enum exclusion exclusion, uint32_t about, const char *reason)
{
    const struct writing *writing = context;
    struct key key = exclusion_key(writing->file, exclusion, about);
    db_put(writing->books->txn, DB_EXCLUSIONS, key.bytes, key.length, reason, strlen(reason));
}

static void drop_exclusion(void *context, enum exclusion exclusion, uint32_t about, const char *reason)
{
    const struct writing *writing = context;
    struct key key = exclusion_key(writing->file, exclusion, about);
    (void)reason;
    db_delete(writing->books->txn, DB_EXCLUSIONS, key.bytes, key.length);
}

void books_case(struct books *books, const struct casefile *before, const struct casefile *after)
{
    struct writing writing = {books, after};
    for (uint32_t clock = 0; clock <= after->clock_count; clock++)
        move_limit(books, before, after, clock);
    if (before)
        fact_exclusions(before, drop_exclusion, &writing);
    fact_exclusions(after, put_exclusion, &writing);
}

// ---- walking ------------------------------------------------------------------------------------

void books_open(struct books_walk *walk, struct db_txn *txn, enum fact_kind kind, int64_t from_ms,
                int64_t to_ms, const uint8_t *after)
{
    struct key key = {.length = 0};
    *walk = (struct books_walk){.kind = kind, .to_ms = to_ms};
    if (after)
        key_bytes(&key, after, BOOKED_KEY_BYTES);
    key_u8(&key, after ? 0 : (uint8_t)kind); // just behind it
    if (!after)
        key_time(&key, from_ms);
    db_cursor_open(&walk->cursor, txn, DB_FACTS);
    walk->found = walk->fresh = db_cursor_seek(&walk->cursor, key.bytes, key.length);
}

static bool read_fact(const struct db_cursor *cursor, struct booked *out)
{
    const uint8_t *value = cursor->value.bytes, *at = value + FIXED_BYTES;
    uint8_t follows = cursor->value.length >= FIXED_BYTES ? value[1] : 0;
    size_t length = (size_t)FIXED_BYTES + (follows & HAS_TOOK ? 8 : 0) + (follows & HAS_BRANCH ? 4 : 0) +
                    (follows & HAS_MEMBER ? 4 : 0);
    if (cursor->key.length != BOOKED_KEY_BYTES || cursor->value.length != length)
        return false;
    *out = (struct booked){
        .kind = (enum fact_kind)cursor->key.bytes[0],
        .at_ms = key_get_time(cursor->key, 1),
        .case_id = key_get_u64(cursor->key, 9),
        .part = key_get_u32(cursor->key, 17),
        .summons = key_get_u32(cursor->key, 21),
        .flags = value[0],
        .unit = get32(value + 2),
        .area = get32(value + 6),
        .category = get32(value + 10),
    };
    if (follows & HAS_TOOK)
        out->took_ms = (int64_t)get64(at);
    at += follows & HAS_TOOK ? 8 : 0;
    if (follows & HAS_BRANCH)
        out->branch = get32(at);
    at += follows & HAS_BRANCH ? 4 : 0;
    if (follows & HAS_MEMBER)
        out->member = get32(at);
    return true;
}

bool books_next(struct books_walk *walk, struct booked *out)
{
    struct db_cursor *cursor = &walk->cursor;
    if (!walk->fresh && walk->found)
        walk->found = db_cursor_next(cursor);
    walk->fresh = false;
    if (!walk->found || cursor->key.bytes[0] != (uint8_t)walk->kind)
        return false;
    if (!read_fact(cursor, out)) {
        cursor->txn->error = cursor->txn->error ? cursor->txn->error : ERROR_CORRUPT;
        return false;
    }
    return out->at_ms < walk->to_ms;
}

void books_close(struct books_walk *walk)
{
    db_cursor_close(&walk->cursor);
}

void books_place(const struct books_walk *walk, uint8_t key[BOOKED_KEY_BYTES])
{
    memcpy(key, walk->cursor.key.bytes, BOOKED_KEY_BYTES);
}

bool books_is_place(const uint8_t key[BOOKED_KEY_BYTES], enum fact_kind kind, int64_t from_ms, int64_t to_ms)
{
    int64_t at_ms = key_get_time((struct blob){key, BOOKED_KEY_BYTES}, 1);
    return key[0] == (uint8_t)kind && at_ms >= from_ms && at_ms < to_ms;
}

// ---- exclusions ---------------------------------------------------------------------------------

// Those whose keys begin so.
static bool read_exclusions(struct db_txn *txn, struct arena *arena, const struct key *prefix,
                            struct books_exclusions *out)
{
    struct db_cursor cursor;
    size_t room = 0;
    *out = (struct books_exclusions){0};
    db_cursor_open(&cursor, txn, DB_EXCLUSIONS);
    bool more = db_cursor_seek(&cursor, prefix->bytes, prefix->length);
    for (; more && memcmp(cursor.key.bytes, prefix->bytes, prefix->length) == 0;
         more = db_cursor_next(&cursor)) {
        struct books_exclusion *grown = arena_grow(arena, out->items, out->count, &room, sizeof *grown);
        if (!grown)
            break;
        out->items = grown;
        grown[out->count++] = (struct books_exclusion){key_get_u64(cursor.key, 0), key_get_u32(cursor.key, 9),
                                                       cursor.key.bytes[8]};
    }
    db_cursor_close(&cursor);
    return !arena_failed(arena);
}

bool books_exclusions(struct db_txn *txn, struct arena *arena, struct books_exclusions *out)
{
    const struct key all = {.length = 0};
    return read_exclusions(txn, arena, &all, out);
}

bool books_exclusions_of(struct db_txn *txn, struct arena *arena, uint64_t case_id,
                         struct books_exclusions *out)
{
    struct key key = {.length = 0};
    key_u64(&key, case_id);
    return read_exclusions(txn, arena, &key, out);
}

// The first of this case, in keys' order.
static size_t first_of(const struct books_exclusions *exclusions, uint64_t case_id)
{
    size_t low = 0, high = exclusions->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (exclusions->items[middle].case_id < case_id)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

uint32_t books_excluded(const struct books_exclusions *exclusions, const struct booked *fact)
{
    uint32_t bits = 0;
    for (size_t i = first_of(exclusions, fact->case_id);
         i < exclusions->count && exclusions->items[i].case_id == fact->case_id; i++) {
        const struct books_exclusion *item = &exclusions->items[i];
        if (fact_is_excluded(fact->kind, fact->part, fact->summons, (enum exclusion)item->exclusion,
                             item->about))
            bits |= EXCLUDED_BIT(item->exclusion);
    }
    return bits;
}
