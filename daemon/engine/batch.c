#include "engine/batch.h"

#include "base/civil.h"
#include "base/error.h"
#include "engine/answer.h"
#include "engine/due.h"
#include "engine/request.h"
#include "engine/run.h"

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

// A request that needs more is refused alone.
enum { DECISION_BYTES = 16 << 20 };

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

// What is promised to be erased must be within reach.
static int check_erasures(struct store *store, const struct decision *decision)
{
    int rc = 0;
    for (size_t i = 0; i < decision->event_count && !rc; i++)
        if (decision->events[i].kind == EVENT_ERASED)
            rc = store_can_erase(store, decision->events[i].case_id);
    return rc;
}

// The store's own refusals are the batch's; what a command did wrong is the command's.
static int run_command(struct run *run, struct work *work)
{
    struct store *store = run->batcher->store;
    struct decision decision;
    if (request_known(run->batcher->store, work, run->now_ms))
        return 0;
    const struct principal *principal = principal_find(&run_rules(run)->principals, work->principal);
    if (!principal)
        return answer_code(run, work, ERROR_REFUSED, NULL);
    work->command.principal = principal;
    int rc = due_fire_case(run, work);
    if (rc)
        return rc;
    const struct view *view = store_view(store);
    if (!view)
        return ERROR_NO_MEMORY;
    size_t most = run->batcher->decision_bytes ? run->batcher->decision_bytes : DECISION_BYTES;
    work->arena.max_bytes = work->arena.used + most;
    decide(&work->arena, run_rules(run), view, &work->command, run->now_ms, &decision);
    rc = check_erasures(store, &decision);
    if (rc)
        return rc == ERROR_ARCHIVED ? answer_code(run, work, rc, decision.file->number) : rc;
    work->code = decision.code;
    rc = answer_decision(&work->arena, &work->id, &decision, request_epoch(store), run->now_ms, &work->reply);
    if (rc)
        return answer_no_memory(run, work);
    if (!decision.event_count)
        return 0;
    struct store_record record =
        run_record(run, work, &work->command.actor, decision.events, decision.event_count);
    rc = store_take(store, &record);
    if (!rc)
        run_note_events(run, &decision);
    return rc;
}

// Who hears that a subscriber is silent: the desk, and the superior of the subscriber's unit.
static size_t tell_silence(const struct run *run, struct work *work, struct recipient out[2])
{
    const struct rules *rules = run_rules(run);
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
    struct event event = run_event(run, work->note, work->detail);
    struct recipient told[2];
    if (work->note == EVENT_SILENT) {
        event.target = work->detail;
        event.recipients = told;
        event.recipient_count = tell_silence(run, work, told);
    }
    struct actor daemon = {0};
    struct store_record record = run_record(run, work, &daemon, &event, 1);
    int rc = store_take(run->batcher->store, &record);
    for (size_t i = 0; i < event.recipient_count && !rc; i++)
        run_wake(run->result, event.recipients[i].code, NULL);
    return rc;
}

static int run_acks(struct run *run, struct work *work)
{
    struct event event = run_event(run, EVENT_ACKED, NULL);
    struct actor daemon = {0};
    event.cursors = work->cursors;
    event.cursor_count = work->cursor_count;
    struct store_record record = run_record(run, work, &daemon, &event, 1);
    return store_take(run->batcher->store, &record);
}

// One look of a principal at a case is put down once a day.
static int run_view(struct run *run, struct work *work, uint64_t case_id)
{
    struct store *store = run->batcher->store;
    struct event event = run_event(run, EVENT_VIEWED, NULL);
    int32_t day = 0;
    if (state_get_viewed(store_batch(store), case_id, work->principal, &day) && day == event.local_day)
        return 0;
    const struct view *view = store_view(store);
    const struct casefile *file = view ? view->ops->by_id(view->ctx, case_id) : NULL;
    if (!file)
        return view ? 0 : ERROR_NO_MEMORY;
    event.about_seq = case_id;
    event.number = file->number;
    event.area = file->area;
    struct store_record record = run_record(run, work, &work->command.actor, &event, 1);
    return store_take(store, &record);
}

// What found no room is put down by the next batch; what was put down is passed over then.
static int run_views(struct run *run, struct work *work)
{
    int rc = 0;
    for (size_t i = 0; i < work->case_count && !rc; i++)
        rc = run_view(run, work, work->cases[i]);
    return rc;
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
static int run_swap(struct run *run, struct work *work)
{
    struct batcher *batcher = run->batcher;
    struct rulebook *old = batcher->book;
    const char *abandoned = abandoned_unit(run, work);
    if (abandoned)
        return answer_code(run, work, ERROR_IN_USE, abandoned);
    const uint8_t *digest = rulebook_rules(work->book)->digest;
    bool known = db_get(store_batch(batcher->store), DB_RULEBOOKS, digest, DIGEST_BYTES).bytes != NULL;
    batcher->book = work->book;
    struct event event = run_event(run, EVENT_RULES_LOADED, work->detail);
    struct actor daemon = {0};
    struct store_record record = run_record(run, work, &daemon, &event, 1);
    int rc = known ? 0 : request_rulebook_files(&work->arena, work->book, &record.facts.files);
    rc = rc ? rc : store_take(batcher->store, &record);
    if (rc) {
        batcher->book = old;
        return rc;
    }
    work->book = old; // destroyed with the work
    run->result->rules_changed = true;
    due_look_again(batcher);
    return 0;
}

static int run_work(struct run *run, struct work *work)
{
    switch (work->kind) {
    case WORK_COMMAND:
        return run_command(run, work);
    case WORK_RULES:
        return run_swap(run, work);
    case WORK_NOTE:
        return run_note(run, work);
    case WORK_ACKS:
        return run_acks(run, work);
    case WORK_VIEWS:
        return run_views(run, work);
    }
    return ERROR_INTERNAL;
}

// A request that ends the process here is known at the next start.
static int run_in_hand(struct run *run, struct work *work)
{
    struct guard *guard = work->kind == WORK_COMMAND ? run->batcher->guard : NULL;
    guard_take(guard, &(struct inhand_note){INHAND_DECIDING, work->principal, work->id.bytes, work->message});
    int rc = run_work(run, work);
    guard_drop(guard);
    return rc;
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
        if (answer_code(run, work, error, error == ERROR_BUSY ? "1000" : NULL))
            work->reply = (struct blob){0};
    }
    batch_result_fini(run->result);
    batch_result_init(run->result);
    due_look_again(run->batcher); // nothing of it was written
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
        due_fire(run, run->now_ms);
        int rc = run->error ? run->error : run_in_hand(run, work);
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

// Whoever hears that it is erased may rely on it. If it fails, it is on record that it is to be: the process
// ends, and the next start makes it good.
static int erase(struct run *run)
{
    for (size_t i = 0; i < run->result->erased_count; i++)
        if (store_erase(run->batcher->store, run->result->erased[i]))
            return ERROR_IO;
    return 0;
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
        due_recheck(&run);
    if (!run.error)
        due_fire(&run, run.now_ms);
    if (run.error)
        store_abort(batcher->store);
    else
        run.error = store_commit(batcher->store);
    if (!run.error)
        run.error = erase(&run);
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
