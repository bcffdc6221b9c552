#include "sim.h"

#include "base/error.h"
#include "base/text.h"
#include "core/number.h"

#include <string.h>

// Case, clock and rung as one number; a case has fewer than 2^16 clocks.
static void fire_once(struct witness *witness, const struct event *event)
{
    uint64_t rung = event->case_id << 24 | (uint64_t)event->clocks[0].id << 8 | event->rung;
    MUST(table_add(&witness->rungs, rung, 0), "seq %llu: a rung of case %s fired twice",
         (unsigned long long)event->seq, event->number);
}

static void number_once(struct witness *witness, const struct event *event)
{
    struct number number;
    MUST(number_parse(event->number, &number) == 0, "seq %llu: %s is no number",
         (unsigned long long)event->seq, event->number);
    MUST(table_add(&witness->numbers, (uint64_t)number.day << 32 | number.count, 0),
         "seq %llu: the number %s is given a second time", (unsigned long long)event->seq, event->number);
}

static void read_request(struct sim *sim, const struct record_facts *facts)
{
    uint64_t seq = facts->events[0].seq;
    const char *principal = text_or_empty(facts->actor.principal);
    struct request *request = clients_find(sim, facts->request_id.bytes, principal);
    MUST(request != NULL, "seq %llu: nobody sent this request", (unsigned long long)seq);
    MUST(table_add(&sim->witness.requests, (uint64_t)(request - sim->clients.requests) + 1, 0),
         "seq %llu: a request was done twice", (unsigned long long)seq);
    MUST(request->done || request->in_doubt, "seq %llu: a request is on record that was never done",
         (unsigned long long)seq);
    MUST(!request->answer || (facts->answer.length == request->answer_length &&
                              memcmp(facts->answer.bytes, request->answer, facts->answer.length) == 0),
         "seq %llu: the client was answered something else", (unsigned long long)seq);
    MUST(!request->seq || request->seq == seq, "seq %llu: the request stood at another place before",
         (unsigned long long)seq);
    request->seq = seq;
}

static void read_record(struct sim *sim, const struct record_facts *facts)
{
    struct witness *witness = &sim->witness;
    for (size_t i = 0; i < facts->event_count; i++) {
        const struct event *event = &facts->events[i];
        if (event->kind == EVENT_RUNG)
            fire_once(witness, event);
        if (event->kind == EVENT_FILED)
            number_once(witness, event);
    }
    if (facts->request_id.length)
        read_request(sim, facts);
}

void witness_begin(struct sim *sim)
{
    sim->witness = (struct witness){0};
    MUST(journal_first(store_journal(sim->batcher.store), &sim->witness.at, NULL) == 0,
         "the journal has no beginning");
}

void witness_end(struct sim *sim)
{
    table_fini(&sim->witness.requests);
    table_fini(&sim->witness.rungs);
    table_fini(&sim->witness.numbers);
}

void witness_follow(struct sim *sim)
{
    struct journal_cursor cursor;
    struct journal_record record;
    struct store_error error = {0};
    int rc;
    journal_cursor_init(&cursor, store_journal(sim->batcher.store), &sim->witness.at);
    while ((rc = journal_cursor_next(&cursor, &record, &error)) == 0) {
        struct record_facts facts;
        struct arena arena;
        arena_init(&arena, 0);
        MUST(facts_decode(&arena, record.body.public_part, record.body.private_part, &facts) == 0,
             "a record cannot be read");
        read_record(sim, &facts);
        arena_fini(&arena);
    }
    MUST(rc == ERROR_NOT_FOUND, "the journal cannot be read: %s", error.text);
    sim->witness.at = cursor.position;
    journal_cursor_fini(&cursor);
}

void witness_last(struct sim *sim)
{
    const struct journal_options options = {.directory = sim->directory, .read_only = true};
    struct journal_recovery found;
    struct journal_position head, there;
    struct store_error error = {0};
    struct journal *journal;
    store_head(sim->batcher.store, &head);
    MUST(journal_open(&options, &journal, &found, &error) == 0, "somebody else opens the journal: %s",
         error.text);
    journal_head(journal, &there);
    journal_close(journal);
    MUST(there.next_seq == head.next_seq, "the journal ends before seq %llu, and who opens it finds %llu",
         (unsigned long long)head.next_seq, (unsigned long long)there.next_seq);
    MUST(found.cut_bytes == 0, "behind the journal's end, before seq %llu, stand %llu bytes",
         (unsigned long long)head.next_seq, (unsigned long long)found.cut_bytes);
}

void witness_return(struct sim *sim)
{
    const struct journal_position *at = &sim->witness.at;
    struct journal_position head, there;
    struct store_error error = {0};
    store_head(sim->batcher.store, &head);
    MUST(head.next_seq >= at->next_seq, "seq %llu was answered and is lost: the journal ends before %llu",
         (unsigned long long)at->next_seq - 1, (unsigned long long)head.next_seq);
    MUST(journal_seek(store_journal(sim->batcher.store), at->next_seq, &there, &error) == 0, "%s",
         error.text);
    MUST(there.next_seq == at->next_seq && memcmp(there.chain, at->chain, RECORD_CHAIN) == 0,
         "before seq %llu there is another past than there was", (unsigned long long)at->next_seq);
}
