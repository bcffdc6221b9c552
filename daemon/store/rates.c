#include "store/rates.h"

#include "base/text.h"
#include "core/area.h"
#include "store/bytes.h"
#include "store/key.h"
#include "store/tables.h"

#include <stddef.h>
#include <string.h>

enum {
    FIELDS = sizeof(struct rate_counts) / sizeof(uint32_t),
    KEY_BYTES = 16,
};

static void read_counts(struct blob value, struct rate_counts *out)
{
    uint32_t fields[FIELDS] = {0};
    for (size_t i = 0; i < FIELDS && 4 * i + 4 <= value.length; i++)
        fields[i] = get32(value.bytes + 4 * i);
    memcpy(out, fields, sizeof *out);
}

static void write_counts(struct db_txn *txn, const struct key *key, const struct rate_counts *counts)
{
    uint32_t fields[FIELDS];
    uint8_t bytes[4 * FIELDS];
    memcpy(fields, counts, sizeof fields);
    for (size_t i = 0; i < FIELDS; i++)
        put32(bytes + 4 * i, fields[i]);
    db_put(txn, DB_RATES, key->bytes, key->length, bytes, sizeof bytes);
}

static void add(struct db_txn *txn, const struct casefile *file, const struct event *event, const char *unit,
                size_t field)
{
    struct key key = {.length = 0};
    struct rate_counts counts;
    key_u32(&key, (uint32_t)event->local_day);
    key_u32(&key, *unit ? state_name(txn, unit) : 0);
    key_u32(&key, state_name(txn, area_path_code(file->area)));
    key_u32(&key, state_name(txn, file->whistle->category));
    read_counts(db_get(txn, DB_RATES, key.bytes, key.length), &counts);
    uint32_t value;
    memcpy(&value, (char *)&counts + field, sizeof value);
    value++;
    memcpy((char *)&counts + field, &value, sizeof value);
    write_counts(txn, &key, &counts);
}

#define COUNT(unit, field) add(txn, file, event, unit, offsetof(struct rate_counts, field))

// A summons that the case did not have is a new call, and one that begins anew.
static void count_calls(struct db_txn *txn, const struct casefile *file, size_t summons_before,
                        const struct event *event)
{
    for (size_t i = 0; i < event->summons_count; i++)
        if (event->summons[i].id > summons_before || event->kind == EVENT_REWORK)
            COUNT(event->summons[i].unit, called);
}

static void count_verdicts(struct db_txn *txn, const struct casefile *file, const struct event *event)
{
    for (size_t i = 0; i < event->summons_count; i++)
        if (event->verdict == VERDICT_SOLVED)
            COUNT(event->summons[i].unit, solved);
        else
            COUNT(event->summons[i].unit, not_solved);
}

static void count_petition(struct db_txn *txn, const struct casefile *file, const struct event *event)
{
    const char *unit = event->summons_count ? event->summons[0].unit : "";
    switch (event->petition ? event->petition->verb : 0) {
    case VERB_EXTEND:
        COUNT(unit, extended);
        break;
    case VERB_PAUSE:
        COUNT(unit, paused);
        break;
    case VERB_SUSPEND:
        COUNT(unit, suspended);
        break;
    case VERB_APPEAL:
        COUNT(unit, exempted);
        break;
    default:
        break;
    }
}

// How far beyond its limit a resolve clock was when it stopped 超期倍数.
static void count_multiples(struct db_txn *txn, const struct casefile *file, const struct event *event)
{
    for (size_t i = 0; i < event->clock_count; i++) {
        const struct clock *clock = &event->clocks[i];
        if (clock->stage != STAGE_RESOLVE || clock->stopped_ms != event->at_ms)
            continue;
        if (clock->multiple >= 2)
            COUNT(text_or_empty(clock->unit), over_twice);
        if (clock->multiple >= 3)
            COUNT(text_or_empty(clock->unit), over_thrice);
    }
}

// Who reports again is counted once.
static bool is_first_report(const struct event *event)
{
    return event->summons_count && event->summons[0].reported_ms == event->at_ms;
}

// Who goes straight on has accepted by that, and is late by the clocks that he passed over.
static void count_passed(struct db_txn *txn, const struct casefile *file, const struct event *event)
{
    const char *unit = text_or_empty(event->unit);
    if (event->summons_count && event->summons[0].accepted_ms == event->at_ms)
        COUNT(unit, accepted);
    for (size_t i = 0; i < event->clock_count; i++) {
        const struct clock *clock = &event->clocks[i];
        bool late = clock->stopped_ms == event->at_ms && clock->due_ms < event->at_ms;
        if (late && clock->stage == STAGE_ACCEPT && text_same(clock->unit, unit))
            COUNT(unit, accepted_late);
        if (late && clock->stage == STAGE_REPORT && text_same(clock->unit, unit) &&
            event->kind == EVENT_RESOLVED)
            COUNT(unit, reported_late);
    }
}

// A ruling that agrees with the unit that declined: it was dispatched wrongly.
static void count_ruling(struct db_txn *txn, const struct casefile *file, const struct event *event)
{
    for (size_t i = 0; i < event->summons_count && event->ruling; i++)
        if (event->summons[i].state == SUMMONS_EXCUSED)
            COUNT(event->summons[i].unit, misdispatched);
}

// 满意率 takes who is basically satisfied for satisfied.
static void count_call_back(struct db_txn *txn, const struct casefile *file, const struct event *event)
{
    if (event->satisfied == SATISFACTION_DISSATISFIED)
        COUNT("", dissatisfied);
    else if (event->satisfied)
        COUNT("", satisfied);
}

static void count_act(struct db_txn *txn, const struct casefile *file, const struct event *event)
{
    const char *unit = text_or_empty(event->unit);
    switch (event->kind) {
    case EVENT_ACCEPTED:
        COUNT(unit, accepted);
        if (event->late)
            COUNT(unit, accepted_late);
        break;
    case EVENT_REPORTED:
        if (!is_first_report(event))
            break;
        COUNT(unit, reported);
        if (event->late)
            COUNT(unit, reported_late);
        count_passed(txn, file, event);
        break;
    case EVENT_RESOLVED:
        COUNT(unit, done);
        if (event->late)
            COUNT(unit, done_late);
        count_passed(txn, file, event);
        break;
    case EVENT_DECLINED:
        COUNT(unit, declined);
        break;
    case EVENT_GRANTED:
        count_petition(txn, file, event);
        break;
    case EVENT_CLAIMED:
        COUNT(unit, claimed);
        break;
    case EVENT_CHECKED_IN:
        COUNT(unit, checked_in);
        break;
    case EVENT_REASSIGNED:
        count_ruling(txn, file, event);
        break;
    default:
        break;
    }
}

static void count_case(struct db_txn *txn, const struct casefile *file, const struct event *event)
{
    switch (event->kind) {
    case EVENT_FILED:
        COUNT("", filed);
        break;
    case EVENT_REGISTERED:
        COUNT("", registered);
        break;
    case EVENT_REWORK:
        COUNT("", rework);
        break;
    case EVENT_URGED:
        COUNT("", urged);
        break;
    case EVENT_RUNG:
        COUNT("", rungs);
        break;
    case EVENT_REOPENED:
        COUNT("", reopened);
        break;
    case EVENT_MERGED:
        COUNT("", merged);
        break;
    case EVENT_CALLED_BACK:
        count_call_back(txn, file, event);
        break;
    default:
        break;
    }
    if (event->state == CASE_CLOSED)
        COUNT("", closed);
    if (event->state == CASE_CANCELLED)
        COUNT("", cancelled);
}

void rates_count(struct db_txn *txn, const struct casefile *file, size_t summons_before,
                 const struct event *event)
{
    if (file->history)
        return;
    count_case(txn, file, event);
    count_act(txn, file, event);
    count_calls(txn, file, summons_before, event);
    count_multiples(txn, file, event);
    if (event->kind == EVENT_EVALUATED)
        count_verdicts(txn, file, event);
}

void rates_day(struct db_txn *txn, int32_t day, const char *unit, struct rate_counts *out)
{
    struct key key = {.length = 0};
    struct db_cursor cursor;
    uint32_t wanted = unit && *unit ? state_find_name(txn, unit) : 0;
    *out = (struct rate_counts){0};
    key_u32(&key, (uint32_t)day);
    db_cursor_open(&cursor, txn, DB_RATES);
    bool found = db_cursor_seek(&cursor, key.bytes, key.length);
    for (; found && key_get_u32(cursor.key, 0) == (uint32_t)day; found = db_cursor_next(&cursor)) {
        struct rate_counts counts;
        if (unit && key_get_u32(cursor.key, 4) != wanted)
            continue;
        read_counts(cursor.value, &counts);
#define X(field) out->field += counts.field;
        RATE_COUNTS(X)
#undef X
    }
    db_cursor_close(&cursor);
}
