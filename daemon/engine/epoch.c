#include "engine/epoch.h"

#include "base/civil.h"
#include "base/error.h"

static int make_number(const struct calendar *calendar, int64_t now_ms, char number[NUMBER_TEXT])
{
    int32_t day = calendar_day_number(calendar, now_ms);
    int64_t midnight_ms = zone_reached(calendar->zone, day * DAY_MS);
    return number_format(number_epoch(day, now_ms - midnight_ms), number);
}

static int take(struct store *store, const struct rules *rules, int64_t now_ms, int64_t machine_ms,
                const char *number)
{
    struct event event = {
        .kind = EVENT_EPOCH_BEGUN,
        .seq = store_next_seq(store),
        .at_ms = now_ms,
        .local_day = calendar_day_number(rules_calendar(rules, NULL), now_ms),
        .number = number,
        .detail = "the store goes on from an older copy; numbers of this day go on behind this one",
    };
    struct store_record record = {.facts = {.events = &event,
                                            .event_count = 1,
                                            .rulebook = {rules->digest, DIGEST_BYTES},
                                            .received_ms = machine_ms}};
    return store_take(store, &record);
}

int epoch_begin(struct store *store, const struct rules *rules, int64_t now_ms, int64_t machine_ms,
                char number[NUMBER_TEXT])
{
    bool is_new;
    number[0] = 0;
    int rc = journal_epoch_is_new(store_journal(store), &is_new, NULL);
    if (rc || !is_new)
        return rc;
    rc = make_number(rules_calendar(rules, NULL), now_ms, number);
    if (!rc)
        rc = store_begin(store);
    if (rc)
        return rc;
    rc = take(store, rules, now_ms, machine_ms, number);
    if (!rc)
        return store_commit(store);
    store_abort(store);
    return rc;
}
