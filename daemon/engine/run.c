#include "engine/run.h"

#include "base/error.h"
#include "engine/notice.h"
#include "engine/request.h"

const struct rules *run_rules(const struct run *run)
{
    return rulebook_rules(run->batcher->book);
}

// ---- what goes out after the commit -------------------------------------------------------------

void run_wake(struct batch_result *result, const char *recipient, const char *area)
{
    struct batch_wake *wakes =
        arena_grow(&result->arena, result->wakes, result->wake_count, &result->wake_capacity, sizeof *wakes);
    if (!wakes)
        return; // a poll that is not woken ends at its own time
    result->wakes = wakes;
    result->wakes[result->wake_count++] =
        (struct batch_wake){arena_strdup(&result->arena, recipient), arena_strdup(&result->arena, area)};
}

static void note_notice(struct run *run, const struct casefile *file, const struct event *event)
{
    struct batch_result *result = run->result;
    struct blob payload;
    uint32_t epoch = request_epoch(run->batcher->store);
    if (notice_make(&result->arena, run_rules(run), file, event, epoch, run->batcher->demo, &payload) ||
        !payload.length)
        return;
    struct blob *notices = arena_grow(&result->arena, result->notices, result->notice_count,
                                      &result->notice_capacity, sizeof *notices);
    if (!notices)
        return; // the public feed is a hint: its sequence shows the gap
    result->notices = notices;
    result->notices[result->notice_count++] = payload;
}

static void note_erased(struct run *run, const struct event *event)
{
    struct batch_result *result = run->result;
    struct store_erasure *erased = arena_grow(&result->arena, result->erased, result->erased_count,
                                              &result->erased_capacity, sizeof *erased);
    if (!erased) {
        run->error = ERROR_NO_MEMORY; // what was promised has to be done
        return;
    }
    result->erased = erased;
    result->erased[result->erased_count++] = (struct store_erasure){event->case_id, event->seq};
}

void run_note_events(struct run *run, const struct decision *decision)
{
    for (size_t i = 0; i < decision->event_count; i++) {
        const struct event *event = &decision->events[i];
        for (size_t j = 0; j < event->recipient_count; j++)
            if (!event->recipients[j].digested)
                run_wake(run->result, event->recipients[j].code, NULL);
        run_wake(run->result, NULL, event->area);
        note_notice(run, decision_case(decision, event), event);
        if (event->kind == EVENT_ERASED)
            note_erased(run, event);
    }
    run->result->events += decision->event_count;
}

// ---- taking down --------------------------------------------------------------------------------

struct store_record run_record(const struct run *run, const struct work *work, const struct actor *actor,
                               struct event *events, size_t count)
{
    struct store_record record = {
        .facts = {.actor = *actor,
                  .events = events,
                  .event_count = count,
                  .rulebook = {run_rules(run)->digest, DIGEST_BYTES},
                  .received_ms = work ? work->received_ms : run->machine_ms},
    };
    if (work && work->kind == WORK_COMMAND) {
        record.facts.request_id = (struct blob){work->id.bytes, sizeof work->id.bytes};
        record.facts.operation_hash = (struct blob){work->operation_hash, WORK_HASH};
        record.facts.answer = work->reply;
        record.private_part = work->private_part;
        if (work->private_part.length)
            record.facts.private_hash = (struct blob){work->private_hash, WORK_HASH};
    }
    return record;
}

struct event run_event(const struct run *run, enum event_kind kind, const char *detail)
{
    return (struct event){
        .kind = kind,
        .seq = store_next_seq(run->batcher->store),
        .at_ms = run->now_ms,
        .local_day = calendar_day_number(rules_calendar(run_rules(run), NULL), run->now_ms),
        .detail = detail,
    };
}
