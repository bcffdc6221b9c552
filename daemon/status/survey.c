#include "status/survey.h"

#include "base/error.h"
#include "store/bytes.h"
#include "store/key.h"

#include <string.h>

// ---- subscribers ------------------------------------------------------------------------------------------

static uint64_t head_of_feed(struct db_txn *txn, uint32_t number)
{
    struct key key = {.length = 0};
    struct db_cursor cursor;
    uint64_t head = 0;
    key_u32(&key, number);
    key_u64(&key, UINT64_MAX);
    db_cursor_open(&cursor, txn, DB_FEEDS);
    if (db_cursor_before(&cursor, key.bytes, key.length) && key_get_u32(cursor.key, 0) == number)
        head = key_get_u64(cursor.key, 4);
    db_cursor_close(&cursor);
    return head;
}

static uint64_t entries_behind(struct db_txn *txn, uint32_t number, uint64_t after)
{
    struct key key = {.length = 0};
    struct db_cursor cursor;
    uint64_t count = 0;
    key_u32(&key, number);
    key_u64(&key, after + 1);
    db_cursor_open(&cursor, txn, DB_FEEDS);
    bool found = db_cursor_seek(&cursor, key.bytes, key.length);
    for (; found && key_get_u32(cursor.key, 0) == number && count < BEHIND_MAX;
         found = db_cursor_next(&cursor))
        count++;
    db_cursor_close(&cursor);
    return count;
}

static void measure(struct inquiry *inquiry, struct subscriber *s)
{
    struct db_txn *txn = &inquiry->reader.txn;
    int64_t silent_ms = inquiry->rules->silent_ms;
    uint32_t number = state_find_name(txn, s->recipient);
    s->head = number ? head_of_feed(txn, number) : 0;
    s->behind = s->head > s->acknowledged ? entries_behind(txn, number, s->acknowledged) : 0;
    s->lagging = s->behind && silent_ms && inquiry->now_ms - s->seen_ms > silent_ms;
}

// A key is recipient, NUL, consumer; one whose texts were too long for a key is a hash and names nobody.
static bool read_cursor(struct inquiry *inquiry, const struct db_cursor *cursor, struct subscriber *out)
{
    const char *key = (const char *)cursor->key.bytes;
    size_t length = strnlen(key, cursor->key.length);
    if (length == cursor->key.length || cursor->value.length != 16)
        return false;
    *out = (struct subscriber){
        .recipient = arena_strndup(&inquiry->arena, key, length),
        .consumer = arena_strndup(&inquiry->arena, key + length + 1, cursor->key.length - length - 1),
        .acknowledged = get64(cursor->value.bytes),
        .seen_ms = (int64_t)get64(cursor->value.bytes + 8),
    };
    return !arena_failed(&inquiry->arena);
}

int survey_subscribers(struct inquiry *inquiry,
                       int (*each)(void *context, const struct subscriber *subscriber), void *context)
{
    struct db_cursor cursor;
    int rc = 0;
    db_cursor_open(&cursor, &inquiry->reader.txn, DB_CURSORS);
    bool found = db_cursor_seek(&cursor, "", 1);
    for (; found && !rc; found = db_cursor_next(&cursor)) {
        struct subscriber subscriber;
        if (!read_cursor(inquiry, &cursor, &subscriber))
            continue;
        measure(inquiry, &subscriber);
        rc = each(context, &subscriber);
    }
    db_cursor_close(&cursor);
    if (!rc && arena_failed(&inquiry->arena))
        rc = ERROR_NO_MEMORY;
    return rc ? rc : inquiry->reader.txn.error;
}

bool survey_unread(struct inquiry *inquiry, const char *recipient, struct subscriber *out)
{
    struct db_cursor cursor;
    struct key key = {.length = 0};
    *out = (struct subscriber){.recipient = recipient, .consumer = ""};
    key_text(&key, recipient);
    key_u8(&key, 0);
    db_cursor_open(&cursor, &inquiry->reader.txn, DB_CURSORS);
    bool read = db_cursor_seek(&cursor, key.bytes, key.length) && cursor.key.length >= key.length &&
                memcmp(cursor.key.bytes, key.bytes, key.length) == 0;
    db_cursor_close(&cursor);
    if (!read)
        measure(inquiry, out);
    return !read && out->head;
}

static int count_subscriber(void *context, const struct subscriber *subscriber)
{
    struct survey *survey = context;
    survey->consumers++;
    survey->lagging += subscriber->lagging;
    return 0;
}

// ---- open cases -------------------------------------------------------------------------------------------

static uint64_t count_provisional(const struct casefile *file)
{
    uint64_t count = 0;
    for (size_t i = 0; i < file->clock_count; i++)
        count += file->clocks[i].provisional && !file->clocks[i].stopped_ms;
    return count;
}

// The value of a history entry begins with the event's kind.
static uint64_t count_undelivered(struct db_txn *txn, uint64_t case_id)
{
    struct key key = {.length = 0};
    struct db_cursor cursor;
    uint64_t count = 0;
    key_u64(&key, case_id);
    db_cursor_open(&cursor, txn, DB_HISTORY);
    bool found = db_cursor_seek(&cursor, key.bytes, key.length);
    for (; found && key_get_u64(cursor.key, 0) == case_id; found = db_cursor_next(&cursor))
        count += cursor.value.length && cursor.value.bytes[0] == EVENT_UNDELIVERED;
    db_cursor_close(&cursor);
    return count;
}

static void survey_case(struct inquiry *inquiry, uint64_t id, struct survey *out)
{
    struct arena arena;
    arena_init(&arena, 0);
    const struct casefile *file = state_get_case(&inquiry->reader.txn, &arena, id);
    if (file)
        out->provisional += count_provisional(file);
    out->undelivered += count_undelivered(&inquiry->reader.txn, id);
    arena_fini(&arena);
}

// Sorted by due time, so the overdue ones come first: they are counted all, the others up to SURVEY_MAX.
static void survey_cases(struct inquiry *inquiry, struct survey *out)
{
    struct db_cursor cursor;
    db_cursor_open(&cursor, &inquiry->reader.txn, DB_OPEN);
    bool found = db_cursor_seek(&cursor, "", 1);
    for (; found; found = db_cursor_next(&cursor)) {
        bool overdue = key_get_time(cursor.key, 0) < inquiry->now_ms;
        out->partial = out->looked == SURVEY_MAX;
        if (!overdue && out->partial)
            break;
        out->overdue += overdue;
        if (!out->partial) {
            out->looked++;
            survey_case(inquiry, key_get_u64(cursor.key, 8), out);
        }
    }
    db_cursor_close(&cursor);
}

int survey_take(struct inquiry *inquiry, struct survey *out)
{
    *out = inquiry->seen.survey;
    int64_t age = inquiry->machine_ms - out->at_ms;
    if (out->at_ms && age >= 0 && age < SURVEY_SHARE * out->took_ms)
        return 0;
    *out = (struct survey){.at_ms = inquiry->machine_ms};
    survey_cases(inquiry, out);
    int rc = survey_subscribers(inquiry, count_subscriber, out);
    out->took_ms = engine_machine_now() - inquiry->machine_ms;
    if (!rc)
        inquiry->seen.survey = *out;
    return rc;
}
