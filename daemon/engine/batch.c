#include "engine/batch.h"

#include "base/civil.h"
#include "base/error.h"
#include "base/text.h"
#include "core/number.h"
#include "engine/answer.h"
#include "engine/notice.h"
#include "engine/request.h"

#include <assert.h>
#include <string.h>

void batch_result_init(struct batch_result *result)
{
    *result = (struct batch_result){0};
    arena_init(&result->arena, 0);
}

void batch_result_fini(struct batch_result *result)
{
    arena_fini(&result->arena);
    *result = (struct batch_result){0};
}

struct run {
    struct batcher *batcher;
    struct batch_result *result;
    int64_t now_ms;   // of the work in hand
    int64_t batch_ms; // of the batch
    int64_t machine_ms;
    int error;               // that spoils the batch
    struct rulebook *before; // in force when it began, a reference: put back when it is spoilt
};

// A request that needs more is refused alone.
enum { DECISION_BYTES = 8 << 20 };

static const struct rules *rules_of(const struct run *run)
{
    return rulebook_rules(run->batcher->book);
}

// ---- what goes out after the commit -------------------------------------------------------------

static void note_wake(struct batch_result *result, const char *recipient, const char *area)
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
    if (notice_make(&result->arena, rules_of(run), file, event, epoch, run->batcher->demo, &payload) ||
        !payload.length)
        return;
    struct blob *notices = arena_grow(&result->arena, result->notices, result->notice_count,
                                      &result->notice_capacity, sizeof *notices);
    if (!notices)
        return; // the public feed is a hint: its sequence shows the gap
    result->notices = notices;
    result->notices[result->notice_count++] = payload;
}

static void note_events(struct run *run, const struct decision *decision)
{
    for (size_t i = 0; i < decision->event_count; i++) {
        const struct event *event = &decision->events[i];
        for (size_t j = 0; j < event->recipient_count; j++)
            if (!event->recipients[j].digested)
                note_wake(run->result, event->recipients[j].code, NULL);
        note_wake(run->result, NULL, event->area);
        note_notice(run, decision->file, event);
    }
    run->result->events += decision->event_count;
}

// ---- taking down --------------------------------------------------------------------------------

static struct store_record record_of(const struct run *run, const struct work *work,
                                     const struct actor *actor, struct event *events, size_t count)
{
    struct store_record record = {
        .facts = {.actor = *actor,
                  .events = events,
                  .event_count = count,
                  .rulebook = {rules_of(run)->digest, DIGEST_BYTES},
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

static struct event own_event(const struct run *run, enum event_kind kind, const char *detail)
{
    return (struct event){
        .kind = kind,
        .seq = store_next_seq(run->batcher->store),
        .at_ms = run->now_ms,
        .local_day = calendar_day_number(rules_calendar(rules_of(run), NULL), run->now_ms),
        .detail = detail,
    };
}

// ---- due times ----------------------------------------------------------------------------------

// A command of the time's own about one case. It may decide nothing.
static int run_timed(struct run *run, const struct command *command, int64_t now_ms, size_t *events)
{
    struct store *store = run->batcher->store;
    const struct view *view = store_view(store);
    struct decision decision;
    if (!view)
        return ERROR_NO_MEMORY;
    int rc = decide(store_arena(store), rules_of(run), view, command, now_ms, &decision);
    *events = rc ? 0 : decision.event_count;
    if (!*events)
        return rc;
    struct store_record record = record_of(run, NULL, &command->actor, decision.events, decision.event_count);
    rc = store_take(store, &record);
    if (!rc)
        note_events(run, &decision);
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
    struct event event = own_event(run, EVENT_DIGEST, NULL);
    event.target = told.code;
    event.tries = counts.held;
    event.about_seq = counts.first_seq;
    event.recipients = &told;
    event.recipient_count = 1;
    struct store_record record = record_of(run, NULL, &daemon, &event, 1);
    int rc = store_take(run->batcher->store, &record);
    if (!rc)
        note_wake(run->result, told.code, NULL);
    return rc;
}

// Does what is due up to `until_ms`, in due order.
static void run_due(struct run *run, int64_t until_ms)
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

// What is due in the very case that an act is about fires before it, however many others wait: an act stops
// clocks, and a stopped clock's rungs fire no more.
static int run_own_due(struct run *run, const struct work *work)
{
    struct number number;
    char text[NUMBER_TEXT];
    const char *typed = work->command.kind == COMMAND_ACT ? work->command.act.number : NULL;
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

// Looks again at the due times that cross a year which was not loaded, some of them in each batch.
static void run_recheck(struct run *run)
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

// ---- the kinds of work --------------------------------------------------------------------------

// Without an answer the client asks again after its own time-out.
static int drop_reply(struct work *work)
{
    work->reply = (struct blob){0};
    return 0;
}

static int answer_code(struct run *run, struct work *work, int code, const char *argument)
{
    work->code = code;
    return answer_refusal(&work->arena, &work->id, code, NULL, argument, NULL, run->now_ms, &work->reply);
}

// Nothing was taken down yet, so that the others of the batch have no part in it.
static int answer_no_memory(struct run *run, struct work *work)
{
    work->arena.max_bytes = 0;
    work->arena.failed = false;
    return answer_code(run, work, ERROR_NO_MEMORY, NULL) ? drop_reply(work) : 0;
}

// The store's own refusals are the batch's; what a command did wrong is the command's.
static int run_command(struct run *run, struct work *work)
{
    struct store *store = run->batcher->store;
    struct decision decision;
    if (request_known(run->batcher->store, work, run->now_ms))
        return 0;
    const struct principal *principal = principal_find(&rules_of(run)->principals, work->principal);
    if (!principal)
        return answer_code(run, work, ERROR_REFUSED, NULL);
    work->command.principal = principal;
    int rc = run_own_due(run, work);
    if (rc)
        return rc;
    const struct view *view = store_view(store);
    if (!view)
        return ERROR_NO_MEMORY;
    size_t most = run->batcher->decision_bytes ? run->batcher->decision_bytes : DECISION_BYTES;
    work->arena.max_bytes = work->arena.used + most;
    decide(&work->arena, rules_of(run), view, &work->command, run->now_ms, &decision);
    work->code = decision.code;
    rc = answer_decision(&work->arena, &work->id, &decision, request_epoch(store), run->now_ms, &work->reply);
    if (rc)
        return answer_no_memory(run, work);
    if (!decision.event_count)
        return 0;
    struct store_record record =
        record_of(run, work, &work->command.actor, decision.events, decision.event_count);
    rc = store_take(store, &record);
    if (!rc)
        note_events(run, &decision);
    return rc;
}

// Who hears that a subscriber is silent: the desk, and the superior of the subscriber's unit.
static size_t tell_silence(const struct run *run, struct work *work, struct recipient out[2])
{
    const struct rules *rules = rules_of(run);
    const char *slash = strchr(work->detail, '/');
    const char *code =
        slash ? arena_strndup(&work->arena, work->detail, (size_t)(slash - work->detail)) : work->detail;
    uint32_t unit = unit_find(&rules->units, code);
    uint32_t superior = unit == UNIT_NONE ? UNIT_NONE : rules->units.units[unit].superior;
    size_t count = 0;
    if (rules->desk != UNIT_NONE)
        out[count++] =
            (struct recipient){.code = rules->units.units[rules->desk].code, .why = WHY_SUPERVISOR};
    if (superior != UNIT_NONE && superior != rules->desk)
        out[count++] = (struct recipient){.code = rules->units.units[superior].code, .why = WHY_TOLD};
    return count;
}

static int run_note(struct run *run, struct work *work)
{
    struct event event = own_event(run, work->note, work->detail);
    struct recipient told[2];
    if (work->note == EVENT_SILENT) {
        event.target = work->detail;
        event.recipients = told;
        event.recipient_count = tell_silence(run, work, told);
    }
    struct actor daemon = {0};
    struct store_record record = record_of(run, work, &daemon, &event, 1);
    int rc = store_take(run->batcher->store, &record);
    for (size_t i = 0; i < event.recipient_count && !rc; i++)
        note_wake(run->result, event.recipients[i].code, NULL);
    return rc;
}

static int run_acks(struct run *run, struct work *work)
{
    struct event event = own_event(run, EVENT_ACKED, NULL);
    struct actor daemon = {0};
    event.cursors = work->cursors;
    event.cursor_count = work->cursor_count;
    struct store_record record = record_of(run, work, &daemon, &event, 1);
    return store_take(run->batcher->store, &record);
}

// A unit with open summonses may leave only with a successor. The code of the first that does not, or NULL.
static const char *abandoned_unit(struct run *run, struct work *work)
{
    struct db_txn *txn = store_batch(run->batcher->store);
    for (uint32_t number = 0; (number = state_next_open_unit(txn, number)) != 0;) {
        const char *code = state_code(txn, &work->arena, number);
        if (code && unit_find(&rulebook_rules(work->book)->units, code) == UNIT_NONE)
            return code;
    }
    return NULL;
}

// The new rulebook is in force from here on; if the batch fails, the old one is put back by batch_run.
static int run_rules(struct run *run, struct work *work)
{
    struct batcher *batcher = run->batcher;
    struct rulebook *old = batcher->book;
    const char *abandoned = abandoned_unit(run, work);
    if (abandoned)
        return answer_code(run, work, ERROR_IN_USE, abandoned);
    const uint8_t *digest = rulebook_rules(work->book)->digest;
    bool known = db_get(store_batch(batcher->store), DB_RULEBOOKS, digest, DIGEST_BYTES).bytes != NULL;
    batcher->book = work->book;
    struct event event = own_event(run, EVENT_RULES_LOADED, work->detail);
    struct actor daemon = {0};
    struct store_record record = record_of(run, work, &daemon, &event, 1);
    int rc = known ? 0 : request_rulebook_files(&work->arena, work->book, &record.facts.files);
    rc = rc ? rc : store_take(batcher->store, &record);
    if (rc) {
        batcher->book = old;
        return rc;
    }
    work->book = old; // destroyed with the work
    run->result->rules_changed = true;
    batcher->recheck = true;
    batcher->recheck_after = 0;
    return 0;
}

static int run_work(struct run *run, struct work *work)
{
    switch (work->kind) {
    case WORK_COMMAND:
        return run_command(run, work);
    case WORK_RULES:
        return run_rules(run, work);
    case WORK_NOTE:
        return run_note(run, work);
    case WORK_ACKS:
        return run_acks(run, work);
    }
    return ERROR_INTERNAL;
}

// ---- the batch ----------------------------------------------------------------------------------

static void spoil(struct run *run, struct work_list *works, int error)
{
    struct work *work;
    if (run->before) {
        rulebook_unref(run->batcher->book);
        run->batcher->book = run->before;
        run->before = NULL;
    }
    TAILQ_FOREACH (work, works, entry) {
        work->reply = (struct blob){0};
        if (answer_code(run, work, error, NULL))
            work->reply = (struct blob){0};
    }
    batch_result_fini(run->result);
    batch_result_init(run->result);
    run->batcher->recheck = true; // nothing of it was written
    run->batcher->recheck_after = 0;
}

// A work's time is that of its receipt, so that what came in time does not lose to a slow disk.
static int64_t time_of(const struct run *run, const struct work *work)
{
    int64_t last_ms = run->batcher->last_now_ms;
    int64_t floor_ms = last_ms < run->batch_ms ? last_ms : run->batch_ms;
    int64_t at_ms = work->city_ms && work->city_ms < run->batch_ms ? work->city_ms : run->batch_ms;
    return at_ms > floor_ms ? at_ms : floor_ms;
}

// Queues are taken round robin, so that a batch comes out of order: the times of its events may not.
static void sort_by_time(const struct run *run, struct work_list *works)
{
    struct work_list sorted;
    struct work *work, *before;
    TAILQ_INIT(&sorted);
    while ((work = TAILQ_FIRST(works))) {
        TAILQ_REMOVE(works, work, entry);
        before = TAILQ_LAST(&sorted, work_list);
        while (before && time_of(run, before) > time_of(run, work))
            before = TAILQ_PREV(before, work_list, entry);
        if (before)
            TAILQ_INSERT_AFTER(&sorted, before, work, entry);
        else
            TAILQ_INSERT_HEAD(&sorted, work, entry);
    }
    TAILQ_CONCAT(works, &sorted, entry);
}

// Runs each work; one that finds no room, and all behind it, are left for the next batch.
static void run_works(struct run *run, struct work_list *works, struct work_list *left)
{
    struct work *work = TAILQ_FIRST(works), *next;
    for (; work && !run->error; work = next) {
        next = TAILQ_NEXT(work, entry);
        run->now_ms = time_of(run, work);
        run_due(run, run->now_ms);
        int rc = run->error ? run->error : run_work(run, work);
        if (rc == ERROR_TOO_LARGE && store_batch_is_empty(run->batcher->store))
            rc = answer_code(run, work, rc, NULL); // it will not fit into any other batch either
        if (rc != ERROR_TOO_LARGE) {
            run->error = rc;
            continue;
        }
        for (; work; work = next) {
            next = TAILQ_NEXT(work, entry);
            TAILQ_REMOVE(works, work, entry);
            TAILQ_INSERT_TAIL(left, work, entry);
        }
        return;
    }
}

// A small backward step of the clock is held, so that times in the journal do not go back for it; a large one
// is a step (an event tells of it), and the new time counts.
static int64_t held_time(const struct batcher *batcher, int64_t now_ms)
{
    int64_t back = batcher->last_now_ms - now_ms;
    return back > 0 && back < 2 * SECOND_MS ? batcher->last_now_ms : now_ms;
}

int batch_run(struct batcher *batcher, struct work_list *works, struct work_list *left, int64_t now_ms,
              int64_t machine_ms, struct batch_result *result)
{
    struct run run = {.batcher = batcher, .result = result, .machine_ms = machine_ms};
    run.now_ms = run.batch_ms = held_time(batcher, now_ms);
    run.error = store_begin(batcher->store);
    if (run.error) {
        spoil(&run, works, run.error);
        return run.error;
    }
    run.before = rulebook_ref(batcher->book);
    sort_by_time(&run, works);
    run_works(&run, works, left);
    run.now_ms = run.batch_ms;
    if (!run.error)
        run_recheck(&run);
    if (!run.error)
        run_due(&run, run.now_ms);
    if (run.error)
        store_abort(batcher->store);
    else
        run.error = store_commit(batcher->store);
    if (run.error)
        spoil(&run, works, run.error);
    else
        batcher->last_now_ms = run.now_ms;
    rulebook_unref(run.before);
    return run.error;
}

int64_t batch_next_due(struct batcher *batcher)
{
    struct store_reader reader;
    struct arena arena;
    struct due due = {.at_ms = CLOCK_NEVER};
    arena_init(&arena, 0);
    store_read_begin(batcher->store, &arena, &reader);
    bool recheck = batcher->recheck && state_next_provisional(&reader.txn, batcher->recheck_after);
    if (recheck)
        due.at_ms = 0; // at once
    else if (!state_first_due(&reader.txn, &due))
        due.at_ms = reader.txn.error ? batcher->last_now_ms + SECOND_MS : CLOCK_NEVER; // looked at again soon
    store_read_end(&reader);
    arena_fini(&arena);
    return due.at_ms;
}
