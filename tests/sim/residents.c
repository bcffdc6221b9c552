#include "sim.h"

#include "store/key.h"

#include <stdio.h>
#include <stdlib.h>

// What is personal of a case: somebody looks at it, or it is erased. At the end each part that was to go is
// gone, no other is, and no look is on record twice.

// ---- while the city lives -----------------------------------------------------------------------

static struct work *look(struct sim *sim, const char *principal, uint64_t case_id)
{
    struct work *work = principal ? work_create(WORK_VIEWS, 1 << 16) : NULL;
    if (!work)
        return NULL;
    snprintf(work->principal, sizeof work->principal, "%s", principal);
    work->command.actor = (struct actor){.principal = work->principal, .agent_name = "Zhou"};
    work->cases = arena_memdup(&work->arena, &case_id, sizeof case_id);
    work->case_count = 1;
    work->received_ms = sim->now_ms;
    return work;
}

struct work *residents_act(struct sim *sim, const struct matter *matter, const struct casefile *file)
{
    if (sim_chance(sim, 30))
        return people_act_of(sim, matter, people_desk(sim),
                             (struct act){.verb = VERB_ERASE, .reason = "X01"});
    return look(sim, sim_chance(sim, 50) ? people_desk(sim) : people_speaker(sim, file->office), file->id);
}

// ---- at the end ---------------------------------------------------------------------------------

struct erasure {
    uint64_t case_id, seq;
};

struct viewing {
    uint64_t case_id;
    uint32_t principal;
    int32_t day;
};

struct residents {
    struct sim *sim;
    struct store_reader *reader;
    struct erasure *erasures;
    struct viewing *viewings;
    size_t erasure_count, erasure_capacity, viewing_count, viewing_capacity, gone;
};

static void hear(struct residents *r, const struct record_facts *facts, const struct journal_record *record)
{
    (void)record;
    for (size_t i = 0; i < facts->event_count; i++) {
        const struct event *event = &facts->events[i];
        r->erasures = sim_grown(r->erasures, r->erasure_count, &r->erasure_capacity, sizeof *r->erasures);
        r->viewings = sim_grown(r->viewings, r->viewing_count, &r->viewing_capacity, sizeof *r->viewings);
        if (event->kind == EVENT_ERASED)
            r->erasures[r->erasure_count++] = (struct erasure){event->case_id, event->seq};
        if (event->kind == EVENT_VIEWED)
            r->viewings[r->viewing_count++] = (struct viewing){
                event->about_seq, state_find_name(&r->reader->txn, facts->actor.principal), event->local_day};
    }
}

static bool is_to_be_gone(const struct residents *r, const struct event *event)
{
    for (size_t i = 0; i < r->erasure_count; i++)
        if (r->erasures[i].case_id == event->case_id && r->erasures[i].seq >= event->seq)
            return true;
    return false;
}

static void check(struct residents *r, const struct record_facts *facts, const struct journal_record *record)
{
    bool gone = false;
    for (size_t i = 0; i < facts->event_count; i++)
        gone |= facts->events[i].personal && is_to_be_gone(r, &facts->events[i]);
    if (!record->body.private_bytes)
        return;
    MUST((record->body.private_is == RECORD_PRIVATE_ERASED) == gone, "seq %llu: what is private is %s",
         (unsigned long long)facts->events[0].seq, record_private_name(record->body.private_is));
    r->gone += gone;
}

static void walk(struct residents *r,
                 void each(struct residents *, const struct record_facts *, const struct journal_record *))
{
    struct journal *journal = store_journal(r->sim->batcher.store);
    struct journal_position first;
    struct journal_cursor cursor;
    struct journal_record record;
    struct arena arena;
    arena_init(&arena, 0);
    MUST(journal_first(journal, &first, NULL) == 0, "the journal has no beginning");
    journal_cursor_init(&cursor, journal, &first);
    while (journal_cursor_next(&cursor, &record, NULL) == 0) {
        struct record_facts facts;
        MUST(facts_decode(&arena, record.body.public_part, record.body.private_part, &facts) == 0,
             "a record cannot be read");
        each(r, &facts, &record);
        arena_fini(&arena);
    }
    journal_cursor_fini(&cursor);
}

static int order(const void *a, const void *b)
{
    const struct viewing *one = a, *other = b;
    if (one->case_id != other->case_id)
        return one->case_id < other->case_id ? -1 : 1;
    if (one->principal != other->principal)
        return one->principal < other->principal ? -1 : 1;
    return (one->day > other->day) - (one->day < other->day);
}

// How many principals looked at how many cases, on whatever days.
static size_t count_viewings(struct residents *r)
{
    size_t pairs = 0;
    qsort(r->viewings, r->viewing_count, sizeof *r->viewings, order);
    for (size_t i = 0; i < r->viewing_count; i++) {
        const struct viewing *v = &r->viewings[i], *before = i ? v - 1 : NULL;
        bool same = before && before->case_id == v->case_id && before->principal == v->principal;
        MUST(!same || before->day != v->day, "a look at case %llu is on record twice a day",
             (unsigned long long)v->case_id);
        pairs += !same;
    }
    return pairs;
}

size_t residents_recount(struct sim *sim, struct store_reader *reader)
{
    struct residents r = {.sim = sim, .reader = reader};
    walk(&r, hear);
    walk(&r, check);
    size_t pairs = count_viewings(&r);
    if (!sim->options->quiet)
        printf("residents: %zu erasures, %zu private parts gone; %zu looks on record\n", r.erasure_count,
               r.gone, r.viewing_count);
    free(r.erasures);
    free(r.viewings);
    return pairs;
}
