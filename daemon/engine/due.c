#include "engine/due.h"

#include "base/error.h"
#include "core/number.h"

#include <assert.h>

// A command of the time's own about one case. It may decide nothing.
static int run_timed(struct run *run, const struct command *command, int64_t now_ms, size_t *events)
{
    struct store *store = run->batcher->store;
    const struct view *view = store_view(store);
    struct decision decision;
    if (!view)
        return ERROR_NO_MEMORY;
    int rc = decide(store_arena(store), run_rules(run), view, command, now_ms, &decision);
    *events = rc ? 0 : decision.event_count;
    if (!*events)
        return rc;
    struct store_record record =
        run_record(run, NULL, &command->actor, decision.events, decision.event_count);
    rc = store_take(store, &record);
    if (!rc)
        run_note_events(run, &decision);
    return rc;
}

// Each tick moves or removes its entry, which is what makes it idempotent.
// A due time that may rest on a year which is known now is looked at first.
static int tick_case(struct run *run, const struct due *due, int64_t now_ms)
{
    size_t events;
    struct batcher *batcher = run->batcher;
    if (batcher->recheck && due->id > batcher->recheck_after) { // it may not be due at all
        struct command look = {.kind = COMMAND_RESCHEDULE, .case_id = due->id};
        int error = run_timed(run, &look, now_ms, &events);
        if (error || events)
            return error;
    }
    struct command command = {.kind = COMMAND_TICK,
                              .case_id = due->id,
                              .due_ms = due->at_ms,
                              .late = due->at_ms < run->batcher->started_city_ms};
    int rc = run_timed(run, &command, now_ms, &events);
    assert(rc || events > 0);
    return rc;
}

// The notices that were too many for one recipient, as one.
static int tick_digest(struct run *run, const struct due *due)
{
    struct db_txn *txn = store_batch(run->batcher->store);
    struct notice_count counts;
    struct actor daemon = {0};
    struct recipient told = {.code = state_code(txn, store_arena(run->batcher->store), (uint32_t)due->id),
                             .why = WHY_TOLD};
    if (!told.code)
        return ERROR_NO_MEMORY;
    state_get_notices(txn, (uint32_t)due->id, &counts);
    struct event event = run_event(run, EVENT_DIGEST, NULL);
    event.target = told.code;
    event.tries = counts.held;
    event.about_seq = counts.first_seq;
    event.recipients = &told;
    event.recipient_count = 1;
    struct store_record record = run_record(run, NULL, &daemon, &event, 1);
    int rc = store_take(run->batcher->store, &record);
    if (!rc)
        run_wake(run->result, told.code, NULL);
    return rc;
}

void due_fire(struct run *run, int64_t until_ms)
{
    struct batcher *batcher = run->batcher;
    struct due due;
    while (!run->error && run->result->ticks < BATCH_MAX_TICKS &&
           state_first_due(store_batch(batcher->store), &due) && due.at_ms <= until_ms) {
        int rc = due.kind == DUE_DIGEST ? tick_digest(run, &due) : tick_case(run, &due, until_ms);
        if (rc == ERROR_TOO_LARGE)
            return; // the next batch goes on
        run->error = rc;
        run->result->ticks++;
    }
}

static int fire_numbered(struct run *run, const char *typed)
{
    struct number number;
    char text[NUMBER_TEXT];
    if (!typed || number_parse(typed, &number) || number_format(number, text))
        return 0;
    for (;;) {
        const struct view *view = store_view(run->batcher->store);
        const struct casefile *file = view ? view->ops->by_number(view->ctx, text) : NULL;
        if (!file || !file->next_due_ms || file->next_due_ms > run->now_ms)
            return 0;
        struct due due = {file->next_due_ms, DUE_CASE, file->id};
        int rc = tick_case(run, &due, run->now_ms);
        run->result->ticks++;
        if (rc)
            return rc;
    }
}

int due_fire_case(struct run *run, const struct work *work)
{
    const struct act *act = &work->command.act;
    int rc = work->command.kind == COMMAND_ACT ? fire_numbered(run, act->number) : 0;
    return rc || work->command.kind != COMMAND_ACT ? rc : fire_numbered(run, act->other);
}

void due_recheck(struct run *run)
{
    struct batcher *batcher = run->batcher;
    for (int i = 0; i < BATCH_MAX_RECHECKS && batcher->recheck && !run->error; i++) {
        uint64_t id = state_next_provisional(store_batch(batcher->store), batcher->recheck_after);
        struct command command = {.kind = COMMAND_RESCHEDULE, .case_id = id};
        size_t events;
        batcher->recheck = id != 0;
        int rc = id ? run_timed(run, &command, run->now_ms, &events) : 0;
        if (rc == ERROR_TOO_LARGE)
            return;
        run->error = rc;
        batcher->recheck_after = id;
    }
}

void due_look_again(struct batcher *batcher)
{
    batcher->recheck = true;
    batcher->recheck_after = 0;
}
