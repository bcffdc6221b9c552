#include "store/tables.h"

#include "base/error.h"
#include "base/text.h"
#include "base/ulid.h"
#include "codec/messages.h"
#include "core/number.h"
#include "journal.pb-c.h"
#include "store/bytes.h"
#include "store/key.h"

#include <string.h>

static struct blob get(struct db_txn *txn, enum db_table table, const struct key *key)
{
    return db_get(txn, table, key->bytes, key->length);
}

static void put(struct db_txn *txn, enum db_table table, const struct key *key, const void *value,
                size_t length)
{
    db_put(txn, table, key->bytes, key->length, value, length);
}

static uint64_t get_u64(struct db_txn *txn, enum db_table table, const struct key *key)
{
    struct blob value = get(txn, table, key);
    return value.length == 8 ? get64(value.bytes) : 0;
}

static void put_u64(struct db_txn *txn, enum db_table table, const struct key *key, uint64_t value)
{
    uint8_t bytes[8];
    put64(bytes, value);
    put(txn, table, key, bytes, sizeof bytes);
}

static struct key text_key(const char *text)
{
    struct key key = {.length = 0};
    key_text(&key, text);
    return key;
}

static struct key pair_key(const char *first, const char *second)
{
    struct key key = text_key(first);
    key_u8(&key, 0);
    key_text(&key, second);
    return key;
}

// ---- meta ---------------------------------------------------------------------------------------

enum { POSITION_BYTES = JOURNAL_ID + 8 + 8 + RECORD_CHAIN + 8 + 8 };

bool state_get_position(struct db_txn *txn, struct state_position *out)
{
    struct key key = text_key("position");
    struct blob value = get(txn, DB_META, &key);
    const uint8_t *at = value.bytes;
    if (value.length != POSITION_BYTES)
        return false;
    memcpy(out->journal_id, at, JOURNAL_ID);
    at += JOURNAL_ID;
    out->at.epoch = get64(at);
    out->at.next_seq = get64(at + 8);
    memcpy(out->at.chain, at + 16, RECORD_CHAIN);
    out->at.place.segment = get64(at + 16 + RECORD_CHAIN);
    out->at.place.offset = get64(at + 24 + RECORD_CHAIN);
    return true;
}

void state_put_position(struct db_txn *txn, const struct state_position *position)
{
    uint8_t bytes[POSITION_BYTES], *at = bytes;
    struct key key = text_key("position");
    memcpy(at, position->journal_id, JOURNAL_ID);
    at += JOURNAL_ID;
    put64(at, position->at.epoch);
    put64(at + 8, position->at.next_seq);
    memcpy(at + 16, position->at.chain, RECORD_CHAIN);
    put64(at + 16 + RECORD_CHAIN, position->at.place.segment);
    put64(at + 24 + RECORD_CHAIN, position->at.place.offset);
    put(txn, DB_META, &key, bytes, sizeof bytes);
}

uint64_t state_get_count(struct db_txn *txn, const char *name)
{
    struct key key = text_key(name);
    return get_u64(txn, DB_META, &key);
}

void state_put_count(struct db_txn *txn, const char *name, uint64_t value)
{
    struct key key = text_key(name);
    put_u64(txn, DB_META, &key, value);
}

// ---- cases --------------------------------------------------------------------------------------

static struct key id_key(uint64_t id)
{
    struct key key = {.length = 0};
    key_u64(&key, id);
    return key;
}

struct blob state_stored_case(struct db_txn *txn, uint64_t id)
{
    struct key key = id_key(id);
    return get(txn, DB_CASES, &key);
}

struct casefile *state_get_case(struct db_txn *txn, struct arena *arena, uint64_t id)
{
    return state_decode_case(txn, arena, state_stored_case(txn, id));
}

struct casefile *state_decode_case(struct db_txn *txn, struct arena *arena, struct blob value)
{
    struct casefile *file = value.bytes ? arena_alloc(arena, sizeof *file) : NULL;
    if (!file)
        return NULL;
    int error = codec_decode(arena, &codec_casefile, value, file);
    if (error && !txn->error)
        txn->error = error;
    return error ? NULL : file;
}

void state_put_case(struct db_txn *txn, struct arena *arena, const struct casefile *file)
{
    struct blob value;
    struct key key = id_key(file->id);
    int error = codec_encode(arena, &codec_casefile, file, &value);
    if (error && !txn->error)
        txn->error = error;
    if (!error)
        put(txn, DB_CASES, &key, value.bytes, value.length);
}

static bool number_key(const char *text, struct key *key)
{
    struct number number;
    if (number_parse(text, &number))
        return false;
    key_clear(key);
    key_u32(key, (uint32_t)number.day);
    key_u32(key, number.count);
    return true;
}

uint64_t state_number_case(struct db_txn *txn, const char *number)
{
    struct key key;
    return number && number_key(number, &key) ? get_u64(txn, DB_NUMBERS, &key) : 0;
}

void state_put_number(struct db_txn *txn, const char *number, uint64_t id)
{
    struct key key;
    if (number_key(number, &key))
        put_u64(txn, DB_NUMBERS, &key, id);
}

uint32_t state_day_count(struct db_txn *txn, int32_t day)
{
    struct key key = {.length = 0};
    struct db_cursor cursor;
    uint32_t count = 0;
    key_u32(&key, (uint32_t)day + 1);
    db_cursor_open(&cursor, txn, DB_NUMBERS);
    if (db_cursor_before(&cursor, key.bytes, key.length) && key_get_u32(cursor.key, 0) == (uint32_t)day)
        count = key_get_u32(cursor.key, 4);
    db_cursor_close(&cursor);
    return count;
}

uint64_t state_source_case(struct db_txn *txn, const char *source, const char *source_no)
{
    struct key key = pair_key(source, source_no);
    return get_u64(txn, DB_SOURCES, &key);
}

void state_put_source(struct db_txn *txn, const char *source, const char *source_no, uint64_t id)
{
    struct key key = pair_key(source, source_no);
    put_u64(txn, DB_SOURCES, &key, id);
}

// ---- names --------------------------------------------------------------------------------------

static struct key code_key(const char *code)
{
    struct key key = {.length = 0};
    key_u8(&key, 'c');
    key_text(&key, code);
    return key;
}

static struct key name_key(uint32_t number)
{
    struct key key = {.length = 0};
    key_u8(&key, 'n');
    key_u32(&key, number);
    return key;
}

uint32_t state_find_name(struct db_txn *txn, const char *code)
{
    struct key key = code_key(text_or_empty(code));
    return (uint32_t)get_u64(txn, DB_NAMES, &key);
}

uint32_t state_name(struct db_txn *txn, const char *code)
{
    uint32_t number = state_find_name(txn, code);
    if (number || txn->error)
        return number;
    number = (uint32_t)state_get_count(txn, "names") + 1;
    struct key key = code_key(text_or_empty(code)), back = name_key(number);
    put_u64(txn, DB_NAMES, &key, number);
    put(txn, DB_NAMES, &back, text_or_empty(code), strlen(text_or_empty(code)));
    state_put_count(txn, "names", number);
    return number;
}

const char *state_code(struct db_txn *txn, struct arena *arena, uint32_t number)
{
    struct key key = name_key(number);
    struct blob value = get(txn, DB_NAMES, &key);
    return value.bytes ? arena_strndup(arena, (const char *)value.bytes, value.length) : NULL;
}

// ---- places in the journal ----------------------------------------------------------------------

enum { PLACE_BYTES = 20 };

bool state_get_place(struct db_txn *txn, uint64_t seq, struct journal_place *out)
{
    struct key key = id_key(seq + 1);
    struct db_cursor cursor;
    db_cursor_open(&cursor, txn, DB_AT);
    bool found = db_cursor_before(&cursor, key.bytes, key.length) && cursor.value.length == PLACE_BYTES &&
                 seq - key_get_u64(cursor.key, 0) < get32(cursor.value.bytes + 16);
    if (found)
        *out = (struct journal_place){get64(cursor.value.bytes), get64(cursor.value.bytes + 8)};
    db_cursor_close(&cursor);
    return found;
}

void state_put_place(struct db_txn *txn, uint64_t first_seq, uint32_t count, struct journal_place place)
{
    uint8_t bytes[PLACE_BYTES];
    struct key key = id_key(first_seq);
    put64(bytes, place.segment);
    put64(bytes + 8, place.offset);
    put32(bytes + 16, count);
    put(txn, DB_AT, &key, bytes, sizeof bytes);
}

// ---- requests -----------------------------------------------------------------------------------

static struct key request_key(const uint8_t id[16], const char *principal)
{
    struct key key = {.length = 0};
    key_bytes(&key, id, 16);
    key_text(&key, text_or_empty(principal));
    return key;
}

enum { HASH_BYTES = 32 };

enum { REMEMBERED_HEAD = HASH_BYTES + 8 };

bool state_get_request(struct db_txn *txn, const uint8_t id[16], const char *principal,
                       struct remembered *out)
{
    struct key key = request_key(id, principal);
    struct blob value = get(txn, DB_REQUESTS, &key);
    if (value.length < REMEMBERED_HEAD)
        return false;
    out->hash = (struct blob){value.bytes, HASH_BYTES};
    out->seq = get64(value.bytes + HASH_BYTES);
    out->answer = (struct blob){value.bytes + REMEMBERED_HEAD, value.length - REMEMBERED_HEAD};
    return true;
}

void state_put_request(struct db_txn *txn, struct arena *arena, const uint8_t id[16], const char *principal,
                       const struct remembered *request)
{
    struct key key = request_key(id, principal);
    size_t length = REMEMBERED_HEAD + request->answer.length;
    uint8_t *value = request->hash.length == HASH_BYTES ? arena_alloc(arena, length) : NULL;
    if (!value) {
        txn->error = txn->error ? txn->error : ERROR_NO_MEMORY;
        return;
    }
    memcpy(value, request->hash.bytes, HASH_BYTES);
    put64(value + HASH_BYTES, request->seq);
    if (request->answer.length)
        memcpy(value + REMEMBERED_HEAD, request->answer.bytes, request->answer.length);
    put(txn, DB_REQUESTS, &key, value, length);
}

void state_expire_requests(struct db_txn *txn, int64_t before_ms, int most)
{
    while (most-- > 0 && !txn->error) {
        struct db_cursor cursor;
        struct ulid id;
        struct key key = {.length = 0};
        db_cursor_open(&cursor, txn, DB_REQUESTS);
        bool found = db_cursor_seek(&cursor, "", 1) && cursor.key.length >= sizeof id.bytes;
        if (found) {
            memcpy(id.bytes, cursor.key.bytes, sizeof id.bytes);
            memcpy(key.bytes, cursor.key.bytes, cursor.key.length);
            key.length = cursor.key.length;
        }
        db_cursor_close(&cursor);
        if (!found || ulid_time_ms(&id) >= before_ms)
            return;
        db_delete(txn, DB_REQUESTS, key.bytes, key.length);
        if (ulid_time_ms(&id) > state_forgotten_requests(txn))
            state_put_count(txn, "requests_forgotten", (uint64_t)ulid_time_ms(&id));
    }
}

int64_t state_forgotten_requests(struct db_txn *txn)
{
    return (int64_t)state_get_count(txn, "requests_forgotten");
}

// ---- due, cursors -------------------------------------------------------------------------------

struct key state_due_key(const struct due *due)
{
    struct key key = {.length = 0};
    key_time(&key, due->at_ms);
    key_u8(&key, (uint8_t)due->kind);
    key_u64(&key, due->id);
    return key;
}

struct due state_read_due(struct blob key)
{
    return (struct due){key_get_time(key, 0), key.length > 8 ? (enum due_kind)key.bytes[8] : DUE_CASE,
                        key_get_u64(key, 9)};
}

bool state_has_due(struct db_txn *txn, const struct due *due)
{
    struct key key = state_due_key(due);
    return get(txn, DB_DUE, &key).bytes != NULL;
}

bool state_first_due(struct db_txn *txn, struct due *out)
{
    struct db_cursor cursor;
    db_cursor_open(&cursor, txn, DB_DUE);
    bool found = db_cursor_seek(&cursor, "", 1);
    if (found)
        *out = state_read_due(cursor.key);
    db_cursor_close(&cursor);
    return found;
}

void state_put_due(struct db_txn *txn, const struct due *due, bool add)
{
    struct key key = state_due_key(due);
    if (add)
        db_put(txn, DB_DUE, key.bytes, key.length, NULL, 0);
    else
        db_delete(txn, DB_DUE, key.bytes, key.length);
}

// ---- notices ------------------------------------------------------------------------------------

enum { NOTICE_BYTES = 32 };

static struct key number_of(uint32_t number)
{
    struct key key = {.length = 0};
    key_u32(&key, number);
    return key;
}

void state_get_notices(struct db_txn *txn, uint32_t number, struct notice_count *out)
{
    struct key key = number_of(number);
    struct blob value = get(txn, DB_NOTICES, &key);
    *out = (struct notice_count){0};
    if (value.length < NOTICE_BYTES)
        return;
    *out = (struct notice_count){(int64_t)get64(value.bytes), get32(value.bytes + 8), get32(value.bytes + 12),
                                 get64(value.bytes + 16), (int64_t)get64(value.bytes + 24)};
}

void state_put_notices(struct db_txn *txn, uint32_t number, const struct notice_count *counts)
{
    struct key key = number_of(number);
    uint8_t bytes[NOTICE_BYTES];
    put64(bytes, (uint64_t)counts->since_ms);
    put32(bytes + 8, counts->told);
    put32(bytes + 12, counts->held);
    put64(bytes + 16, counts->first_seq);
    put64(bytes + 24, (uint64_t)counts->digest_ms);
    put(txn, DB_NOTICES, &key, bytes, sizeof bytes);
}

uint64_t state_next_provisional(struct db_txn *txn, uint64_t after)
{
    struct key key = id_key(after + 1);
    struct db_cursor cursor;
    db_cursor_open(&cursor, txn, DB_PROVISIONAL);
    uint64_t id = db_cursor_seek(&cursor, key.bytes, key.length) ? key_get_u64(cursor.key, 0) : 0;
    db_cursor_close(&cursor);
    return id;
}

uint32_t state_next_open_unit(struct db_txn *txn, uint32_t after)
{
    struct key key = {.length = 0};
    struct db_cursor cursor;
    key_u32(&key, after + 1);
    db_cursor_open(&cursor, txn, DB_UNIT_OPEN);
    uint32_t next = db_cursor_seek(&cursor, key.bytes, key.length) ? key_get_u32(cursor.key, 0) : 0;
    db_cursor_close(&cursor);
    return next;
}

static struct key viewed_key(uint64_t case_id, uint32_t principal)
{
    struct key key = {.length = 0};
    key_u64(&key, case_id);
    key_u32(&key, principal);
    return key;
}

uint64_t state_get_viewed(struct db_txn *txn, uint64_t case_id, const char *principal, int32_t *local_day)
{
    uint32_t number = state_find_name(txn, principal);
    struct key key = viewed_key(case_id, number);
    struct blob value = number ? get(txn, DB_VIEWED, &key) : (struct blob){0};
    if (value.length != 12)
        return 0;
    *local_day = (int32_t)get32(value.bytes + 8);
    return get64(value.bytes);
}

void state_put_viewed(struct db_txn *txn, uint64_t case_id, const char *principal, uint64_t seq,
                      int32_t local_day)
{
    uint8_t bytes[12];
    struct key key = viewed_key(case_id, state_name(txn, principal));
    put64(bytes, seq);
    put32(bytes + 8, (uint32_t)local_day);
    put(txn, DB_VIEWED, &key, bytes, sizeof bytes);
}

// Why, case id, and a byte more where it did not reach him.
enum { TOLD_BYTES = 1 + 8, UNREACHED_BYTES = TOLD_BYTES + 1 };

static struct key told_key(uint32_t recipient, uint64_t seq)
{
    struct key key = {.length = 0};
    key_u32(&key, recipient);
    key_u64(&key, seq);
    return key;
}

static struct blob get_told(struct db_txn *txn, const char *recipient, uint64_t seq, struct key *key)
{
    uint32_t number = state_find_name(txn, recipient);
    *key = told_key(number, seq);
    struct blob value = number ? get(txn, DB_FEEDS, key) : (struct blob){0};
    return value.length >= TOLD_BYTES ? value : (struct blob){0};
}

bool state_get_told(struct db_txn *txn, const char *recipient, uint64_t seq, uint64_t *case_id,
                    bool *unreached)
{
    struct key key;
    struct blob value = get_told(txn, recipient, seq, &key);
    if (!value.length)
        return false;
    *case_id = key_get_u64(value, 1);
    *unreached = value.length == UNREACHED_BYTES;
    return true;
}

void state_put_told(struct db_txn *txn, const struct recipient *recipient, uint64_t seq, uint64_t case_id)
{
    struct key key = told_key(state_name(txn, recipient->code), seq), value = {.length = 0};
    key_u8(&value, (uint8_t)recipient->why);
    key_u64(&value, case_id);
    put(txn, DB_FEEDS, &key, value.bytes, value.length);
}

void state_put_unreached(struct db_txn *txn, const char *recipient, uint64_t seq)
{
    uint8_t bytes[UNREACHED_BYTES] = {0};
    struct key key;
    struct blob value = get_told(txn, recipient, seq, &key);
    if (value.length != TOLD_BYTES)
        return;
    memcpy(bytes, value.bytes, TOLD_BYTES);
    put(txn, DB_FEEDS, &key, bytes, sizeof bytes);
}

uint64_t state_get_cursor(struct db_txn *txn, const char *recipient, const char *consumer, int64_t *at_ms)
{
    struct key key = pair_key(recipient, consumer);
    struct blob value = get(txn, DB_CURSORS, &key);
    if (value.length != 16)
        return 0;
    if (at_ms)
        *at_ms = (int64_t)get64(value.bytes + 8);
    return get64(value.bytes);
}

int64_t state_last_seen(struct db_txn *txn, const char *recipient)
{
    struct key prefix = text_key(recipient);
    struct db_cursor cursor;
    int64_t seen_ms = 0;
    key_u8(&prefix, 0);
    db_cursor_open(&cursor, txn, DB_CURSORS);
    bool found = db_cursor_seek(&cursor, prefix.bytes, prefix.length);
    for (; found && cursor.key.length >= prefix.length &&
           memcmp(cursor.key.bytes, prefix.bytes, prefix.length) == 0;
         found = db_cursor_next(&cursor)) {
        int64_t at_ms = cursor.value.length == 16 ? (int64_t)get64(cursor.value.bytes + 8) : 0;
        seen_ms = at_ms > seen_ms ? at_ms : seen_ms;
    }
    db_cursor_close(&cursor);
    return seen_ms;
}

void state_put_cursor(struct db_txn *txn, const char *recipient, const char *consumer, uint64_t upto,
                      int64_t at_ms)
{
    uint8_t bytes[16];
    struct key key = pair_key(recipient, consumer);
    put64(bytes, upto);
    put64(bytes + 8, (uint64_t)at_ms);
    put(txn, DB_CURSORS, &key, bytes, sizeof bytes);
}

bool state_concerns(const struct casefile *file, const struct clock *clock, const char *unit)
{
    const struct summons *summons = case_summons(file, clock->summons);
    return !unit || text_same(clock->unit, unit) || (summons && text_same(summons->handler, unit));
}

int64_t state_earliest_due(const struct casefile *file, const char *unit)
{
    int64_t earliest = CLOCK_NEVER;
    for (size_t i = 0; i < file->clock_count; i++) {
        const struct clock *clock = &file->clocks[i];
        if (state_concerns(file, clock, unit) && !clock->stopped_ms && clock->due_ms < earliest)
            earliest = clock->due_ms;
    }
    return earliest;
}
