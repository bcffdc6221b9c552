#include "store/project.h"

#include "base/civil.h"
#include "base/error.h"
#include "base/text.h"
#include "codec/messages.h"
#include "core/case.h"
#include "core/rules.h"
#include "journal.pb-c.h"
#include "store/books.h"
#include "store/key.h"
#include "store/near.h"
#include "store/precedents.h"
#include "store/tables.h"

#include <assert.h>
#include <stdio.h>

enum { EXPIRE_AT_ONCE = 4 };

static const int64_t REQUEST_LIFE_MS = 49 * HOUR_MS; // 48 h of validity and an hour of grace

// ---- records and facts --------------------------------------------------------------------------

static int read_events(struct arena *arena, const Whistle__Journal__V1__Record *record,
                       struct record_facts *out)
{
    out->event_count = record->n_events;
    out->events = arena_array(arena, record->n_events + 1, sizeof *out->events);
    int error = out->events ? 0 : ERROR_NO_MEMORY;
    for (size_t i = 0; i < record->n_events && !error; i++)
        error = codec_message_read(arena, &codec_event, &record->events[i]->base, &out->events[i]);
    return error;
}

static const char *non_empty(const char *text)
{
    return text && *text ? text : NULL;
}

static struct blob blob_of(ProtobufCBinaryData data)
{
    return (struct blob){data.data, data.len};
}

static ProtobufCBinaryData data_of(struct blob blob)
{
    return (ProtobufCBinaryData){blob.length, (uint8_t *)blob.bytes};
}

static int read_apart(struct arena *arena, struct blob private_part, struct whistle *apart)
{
    const Whistle__Journal__V1__Private *private = (const void *)codec_unpack(
        arena, &whistle__journal__v1__private__descriptor, private_part.bytes, private_part.length);
    if (!private || !private->place)
        return arena_failed(arena) ? ERROR_NO_MEMORY : ERROR_CORRUPT;
    return codec_message_read(arena, &codec_whistle, &private->place->base, apart);
}

// What was set apart goes back to the events that say so; nothing does where it was erased.
static int put_back(struct arena *arena, struct blob private_part, struct record_facts *facts)
{
    struct whistle apart;
    bool read = false;
    for (size_t i = 0; i < facts->event_count && private_part.length; i++) {
        struct event *event = &facts->events[i];
        if (!(event->personal & PERSONAL_PLACE))
            continue;
        int rc = read ? 0 : read_apart(arena, private_part, &apart);
        if (rc)
            return rc;
        read = true;
        if (event->whistle) {
            whistle_put_back(event->whistle, &apart);
            continue;
        }
        event->position = apart.position;
        event->attachments = apart.attachments;
        event->attachment_count = apart.attachment_count;
    }
    return 0;
}

int facts_decode(struct arena *arena, struct blob public_part, struct blob private_part,
                 struct record_facts *out)
{
    *out = (struct record_facts){0};
    const Whistle__Journal__V1__Record *record = (const void *)codec_unpack(
        arena, &whistle__journal__v1__record__descriptor, public_part.bytes, public_part.length);
    if (!record)
        return arena_failed(arena) ? ERROR_NO_MEMORY : ERROR_CORRUPT;
    out->actor.principal = non_empty(record->principal);
    out->actor.agent_name = record->agent ? non_empty(record->agent->name) : NULL;
    out->actor.staff_no = record->agent ? non_empty(record->agent->staff_no) : NULL;
    out->request_id = blob_of(record->request_id);
    out->operation_hash = blob_of(record->operation_hash);
    out->answer = blob_of(record->answer);
    out->private_hash = blob_of(record->private_hash);
    out->rulebook = blob_of(record->rulebook);
    out->received_ms = record->received_ms;
    out->files = blob_of(record->files);
    int rc = read_events(arena, record, out);
    return rc ? rc : put_back(arena, private_part, out);
}

// An event without what stands in the private part of its record.
static struct event bare_event(struct arena *arena, const struct event *event)
{
    struct event bare = *event;
    struct whistle apart;
    bare.position = NULL;
    bare.attachments = NULL;
    bare.attachment_count = 0;
    if (event->whistle)
        bare.whistle = arena_memdup(arena, event->whistle, sizeof *event->whistle);
    if (bare.whistle)
        whistle_take_apart(bare.whistle, &apart);
    return bare;
}

static Whistle__V1__Event *make_event(struct arena *arena, const struct record_facts *facts, size_t index)
{
    const struct event *event = &facts->events[index];
    struct event bare;
    if (facts->private_hash.length && event->personal & PERSONAL_PLACE) {
        bare = bare_event(arena, event);
        event = &bare;
    }
    return (void *)codec_message_make(arena, &codec_event, event);
}

int facts_encode(struct arena *arena, const struct record_facts *facts, struct blob *out)
{
    Whistle__Journal__V1__Record record = WHISTLE__JOURNAL__V1__RECORD__INIT;
    Whistle__V1__Agent agent = WHISTLE__V1__AGENT__INIT;
    agent.name = (char *)text_or_empty(facts->actor.agent_name);
    agent.staff_no = (char *)text_or_empty(facts->actor.staff_no);
    bool has_agent = facts->actor.agent_name || facts->actor.staff_no;
    record.n_events = facts->event_count;
    record.events = arena_array(arena, facts->event_count + 1, sizeof *record.events);
    for (size_t i = 0; record.events && i < facts->event_count; i++)
        if (!(record.events[i] = make_event(arena, facts, i))) // or what a newer version left is not readable
            return arena_failed(arena) ? ERROR_NO_MEMORY : ERROR_CORRUPT;
    if (!record.events)
        return ERROR_NO_MEMORY;
    record.principal = (char *)text_or_empty(facts->actor.principal);
    record.agent = has_agent ? &agent : NULL;
    record.request_id = data_of(facts->request_id);
    record.operation_hash = data_of(facts->operation_hash);
    record.answer = data_of(facts->answer);
    record.private_hash = data_of(facts->private_hash);
    record.rulebook = data_of(facts->rulebook);
    record.received_ms = facts->received_ms;
    record.files = data_of(facts->files);
    return codec_pack(arena, &record.base, out);
}

// ---- what one event adds ------------------------------------------------------------------------

static void add_history(struct db_txn *txn, const struct event *event)
{
    struct key key = {.length = 0}, value = {.length = 0};
    key_u64(&key, event->case_id);
    key_u64(&key, event->seq);
    key_u8(&value, (uint8_t)event->kind);
    key_time(&value, event->at_ms);
    db_put(txn, DB_HISTORY, key.bytes, key.length, value.bytes, value.length);
}

static void add_feeds(struct db_txn *txn, const struct event *event)
{
    for (size_t i = 0; i < event->recipient_count; i++)
        if (!event->recipients[i].digested)
            state_put_told(txn, &event->recipients[i], event->seq, event->case_id);
}

// The digest is due when the window ends; one that waits for a later time was begun before the clock was set
// back.
static void start_digest(struct db_txn *txn, const struct event *event, uint32_t number,
                         struct notice_count *counts)
{
    int64_t end_ms = counts->since_ms + DIGEST_WINDOW_MS;
    if (counts->digest_ms && counts->digest_ms <= end_ms)
        return;
    if (counts->digest_ms)
        state_put_due(txn, &(struct due){counts->digest_ms, DUE_DIGEST, number}, false);
    else
        counts->first_seq = event->seq;
    counts->digest_ms = end_ms;
    state_put_due(txn, &(struct due){end_ms, DUE_DIGEST, number}, true);
}

// A notice of a rung counts in its recipient's window, or for the digest that is due when the window ends.
static void count_notice(struct db_txn *txn, const struct event *event, const struct recipient *recipient)
{
    uint32_t number = state_name(txn, recipient->code);
    struct notice_count counts;
    state_get_notices(txn, number, &counts);
    int64_t since_ms = event->at_ms - counts.since_ms;
    if (!recipient->digested && (since_ms < 0 || since_ms >= DIGEST_WINDOW_MS))
        counts = (struct notice_count){event->at_ms, 0, counts.held, counts.first_seq, counts.digest_ms};
    if (recipient->digested)
        start_digest(txn, event, number, &counts);
    counts.told += !recipient->digested;
    counts.held += recipient->digested;
    state_put_notices(txn, number, &counts);
}

static void end_digest(struct db_txn *txn, const char *recipient)
{
    uint32_t number = state_name(txn, recipient);
    struct notice_count counts;
    state_get_notices(txn, number, &counts);
    state_put_due(txn, &(struct due){counts.digest_ms, DUE_DIGEST, number}, false);
    counts.held = 0;
    counts.digest_ms = 0;
    state_put_notices(txn, number, &counts);
}

static void add_filed(struct db_txn *txn, const struct event *event)
{
    const struct whistle *whistle = event->whistle;
    state_put_number(txn, event->number, event->case_id);
    if (whistle->source && whistle->source_no)
        state_put_source(txn, whistle->source, whistle->source_no, event->case_id);
}

static void add_cursors(struct db_txn *txn, const struct event *event)
{
    for (size_t i = 0; i < event->cursor_count; i++) {
        const struct cursor_move *move = &event->cursors[i];
        uint64_t before = state_get_cursor(txn, move->recipient, move->consumer, NULL);
        state_put_cursor(txn, move->recipient, move->consumer, move->upto > before ? move->upto : before,
                         event->at_ms);
    }
}

// ---- what a changed case moves ------------------------------------------------------------------

static void due_entry(struct db_txn *txn, const struct casefile *file, bool add)
{
    if (file && file->next_due_ms && case_is_open(file->state))
        state_put_due(txn, &(struct due){file->next_due_ms, DUE_CASE, file->id}, add);
}

static void toggle(struct db_txn *txn, enum db_table table, const struct key *key, bool add)
{
    if (add)
        db_put(txn, table, key->bytes, key->length, NULL, 0);
    else
        db_delete(txn, table, key->bytes, key->length);
}

static void open_entries(struct db_txn *txn, const struct casefile *file, bool add)
{
    struct key due = {.length = 0};
    if (!file || !case_is_open(file->state))
        return;
    key_time(&due, state_earliest_due(file, NULL));
    key_u64(&due, file->id);
    toggle(txn, DB_OPEN, &due, add);
}

static void unit_entry(struct db_txn *txn, const struct casefile *file, const char *unit, bool add)
{
    struct key key = {.length = 0};
    if (!unit)
        return;
    key_u32(&key, state_name(txn, unit));
    key_time(&key, state_earliest_due(file, unit));
    key_u64(&key, file->id);
    toggle(txn, DB_UNIT_OPEN, &key, add);
}

// A branch that has a summons in hand finds it among its own.
static void unit_entries(struct db_txn *txn, const struct casefile *file, bool add)
{
    for (size_t i = 0; file && i < file->summons_count; i++) {
        const struct summons *summons = &file->summons[i];
        if (!summons_is_open(summons->state) || !case_is_open(file->state))
            continue;
        unit_entry(txn, file, summons->unit, add);
        unit_entry(txn, file, summons->handler, add);
    }
}

static void provisional_entry(struct db_txn *txn, const struct casefile *file, bool add)
{
    struct key key = {.length = 0};
    bool provisional = false;
    for (size_t i = 0; file && case_is_open(file->state) && i < file->clock_count; i++)
        provisional |= file->clocks[i].provisional && !file->clocks[i].stopped_ms;
    if (!provisional)
        return;
    key_u64(&key, file->id);
    toggle(txn, DB_PROVISIONAL, &key, add);
}

static void index_case(struct db_txn *txn, const struct casefile *file, bool add)
{
    due_entry(txn, file, add);
    open_entries(txn, file, add);
    unit_entries(txn, file, add);
    provisional_entry(txn, file, add);
}

static void count_states(struct db_txn *txn, const struct casefile *before, const struct casefile *after)
{
    char name[32];
    if (before && before->state == after->state)
        return;
    if (before) {
        snprintf(name, sizeof name, "state %d", (int)before->state);
        state_put_count(txn, name, state_get_count(txn, name) - 1);
    }
    snprintf(name, sizeof name, "state %d", (int)after->state);
    state_put_count(txn, name, state_get_count(txn, name) + 1);
}

static void project_event(struct db_txn *txn, const struct event *event, const struct actor *actor)
{
    if (event->case_id)
        add_history(txn, event);
    add_feeds(txn, event);
    if (event->kind == EVENT_FILED)
        add_filed(txn, event);
    if (event->kind == EVENT_EPOCH_BEGUN)
        state_put_number(txn, event->number, 0); // nobody's: counts go on behind it
    add_cursors(txn, event);
    for (size_t i = 0; event->kind == EVENT_RUNG && i < event->recipient_count; i++)
        count_notice(txn, event, &event->recipients[i]);
    if (event->kind == EVENT_UNDELIVERED)
        state_put_unreached(txn, event->target, event->about_seq);
    if (event->kind == EVENT_DIGEST)
        end_digest(txn, event->target);
    if (event->kind == EVENT_VIEWED)
        state_put_viewed(txn, event->about_seq, actor->principal, event->seq, event->local_day);
}

// The tables of one case move once, from before to after all that the command did to it.
static void project_case(struct db_txn *txn, struct arena *arena, const struct record_facts *facts,
                         uint64_t id)
{
    struct casefile *before = state_get_case(txn, arena, id);
    struct casefile *after = before ? case_copy(arena, before) : arena_alloc(arena, sizeof *after);
    int error = after ? 0 : ERROR_NO_MEMORY;
    struct books books;
    books_init(&books, txn);
    for (size_t i = 0; i < facts->event_count && !error && !txn->error; i++) {
        if (facts->events[i].case_id != id)
            continue;
        const struct casefile *was = case_before(arena, after);
        error = was ? case_apply(arena, after, &facts->events[i], &facts->actor) : ERROR_NO_MEMORY;
        if (!error)
            books_event(&books, was, after, &facts->events[i]);
        if (!error && facts->events[i].ruling)
            precedent_put(txn, arena, after, &facts->events[i]);
    }
    if (error && !txn->error)
        txn->error = error;
    if (txn->error)
        return;
    const char *broken = case_check(after);
    if (broken)
        fprintf(stderr, "case %s: %s\n", after->number ? after->number : "?", broken);
    assert(!broken);
    assert(!case_is_open(after->state) || after->next_due_ms || case_waits(after));
    index_case(txn, before, false);
    index_case(txn, after, true);
    books_case(&books, before, after);
    near_put(txn, before, after);
    count_states(txn, before, after);
    state_put_case(txn, arena, after);
}

static bool is_first_of_case(const struct record_facts *facts, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (facts->events[i].case_id == facts->events[index].case_id)
            return false;
    return facts->events[index].case_id != 0;
}

void project(struct db_txn *txn, struct arena *arena, const struct record_facts *facts)
{
    for (size_t i = 0; i < facts->event_count; i++)
        project_event(txn, &facts->events[i], &facts->actor);
    for (size_t i = 0; i < facts->event_count; i++)
        if (is_first_of_case(facts, i))
            project_case(txn, arena, facts, facts->events[i].case_id);
    if (facts->request_id.length == 16)
        state_put_request(txn, arena, facts->request_id.bytes, facts->actor.principal,
                          &(struct remembered){facts->operation_hash, facts->events[0].seq, facts->answer});
    if (facts->files.length)
        db_put(txn, DB_RULEBOOKS, facts->rulebook.bytes, facts->rulebook.length, facts->files.bytes,
               facts->files.length);
    if (facts->event_count && facts->events[0].kind == EVENT_STORE_OPENED)
        state_put_count(txn, "demo", text_same(facts->events[0].detail, "demo"));
    if (facts->event_count)
        state_put_count(txn, "last_ms", (uint64_t)facts->events[facts->event_count - 1].at_ms);
    state_expire_requests(txn, facts->received_ms - REQUEST_LIFE_MS, EXPIRE_AT_ONCE);
}
