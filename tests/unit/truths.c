#include "truths.h"

#include "base/text.h"
#include "codec/messages.h"

struct blob truths_encoded(struct city *city, const struct codec_message *message, const void *core)
{
    struct blob bytes;
    assert_int_equal(codec_encode(&city->arena, message, core, &bytes), 0);
    return bytes;
}

void truths_same(struct blob a, struct blob b)
{
    assert_int_equal(a.length, b.length);
    assert_memory_equal(a.bytes, b.bytes, a.length);
}

// ---- what always holds --------------------------------------------------------------------------

static bool clock_runs(const struct casefile *file, enum stage stage, uint32_t summons)
{
    return case_clock(file, stage, summons) != NULL;
}

// Who works on it is on the clock; no clock stops for an argument; a desk that has to rule is on the clock.
static void whoever_holds_a_case_is_on_the_clock(const struct casefile *file)
{
    bool declined = false;
    for (size_t i = 0; i < file->summons_count; i++) {
        const struct summons *summons = &file->summons[i];
        bool held = summons_is_open(summons->state) && case_is_open(file->state);
        declined |= summons->state == SUMMONS_DECLINED;
        if (!file->history)
            assert_true((summons->held_since_ms != 0) == held);
        if (held || (summons->state == SUMMONS_DECLINED && case_is_open(file->state)))
            assert_true(clock_runs(file, STAGE_RESOLVE, summons->id));
        if (summons->state != SUMMONS_CALLED)
            assert_false(clock_runs(file, STAGE_ACCEPT, summons->id));
        assert_true(summons->held_ms >= 0);
    }
    if (!case_is_open(file->state))
        return;
    if (declined)
        assert_int_equal(file->state, CASE_ARBITRATION);
    assert_true(clock_runs(file, STAGE_ARBITRATE, 0) == (file->state == CASE_ARBITRATION));
    if (file->state == CASE_RESOLVED || file->state == CASE_VERIFIED)
        assert_true(case_all_done(file));
}

// What falls due next for a clock: a rung, or the planned end of its pause.
static int64_t next_of(const struct clock *clock)
{
    int64_t first = 0;
    if (clock->stopped_ms)
        return 0;
    if (clock->pause_count && !clock->pauses[clock->pause_count - 1].to_ms)
        return clock->pauses[clock->pause_count - 1].until_ms;
    for (size_t i = 0; i < clock->rung_count; i++)
        if (!clock->rungs[i].fired_ms && (!first || clock->rungs[i].at_ms < first))
            first = clock->rungs[i].at_ms;
    return first;
}

static void due_is_the_first_rung_that_has_not_fired(const struct casefile *file)
{
    int64_t first = 0;
    for (size_t i = 0; i < file->clock_count; i++) {
        int64_t next = next_of(&file->clocks[i]);
        first = next && (!first || next < first) ? next : first;
    }
    assert_int_equal(file->next_due_ms, first);
    if (case_is_open(file->state) && !first && (!case_waits(file) || case_waits(file) == WAITS_PLACING))
        fail_msg("%s waits for nothing: %s", file->number, word_name(WORDS_CASE_STATE, (int)file->state));
    if (!case_is_open(file->state))
        assert_int_equal(first, 0);
    if (first)
        assert_int_equal(case_waits(file), 0);
}

static void recipients_are_told_once(const struct event *event)
{
    for (size_t i = 0; i < event->recipient_count; i++) {
        assert_true(event->recipients[i].why >= WHY_LEAD && event->recipients[i].why <= WHY_TOLD);
        for (size_t j = 0; j < i; j++)
            assert_false(text_same(event->recipients[i].code, event->recipients[j].code));
    }
}

// ---- the events alone ---------------------------------------------------------------------------

static void keep(struct city *city, struct told *told, const struct event *event)
{
    struct event read;
    struct blob bytes = truths_encoded(city, &codec_event, event);
    assert_int_equal(codec_decode(&city->arena, &codec_event, bytes, &read), 0);
    truths_same(bytes, truths_encoded(city, &codec_event, &read));
    assert_true(told->count < TOLD_EVENTS && (size_t)event->kind < TOLD_KINDS);
    told->happened[event->kind]++;
    told->events[told->count] = bytes;
    told->cases[told->count] = event->case_id;
    told->actors[told->count++] = city->command.actor;
}

// From the events of one case: what it is in the end, step by step.
static void replaying_gives_the_same_case(struct city *city, struct told *told, const struct casefile *lived)
{
    struct arena *arena = &city->arena;
    struct casefile *file = arena_alloc(arena, sizeof *file);
    uint32_t rungs[4096] = {0}; // by clock and rung: how often it fired
    for (size_t i = 0; i < told->count; i++) {
        struct event event;
        if (told->cases[i] != lived->id)
            continue;
        assert_int_equal(codec_decode(arena, &codec_event, told->events[i], &event), 0);
        assert_int_equal(case_apply(arena, file, &event, &told->actors[i]), 0);
        assert_int_equal(file->next_due_ms, event.next_due_ms);
        assert_null(case_check(file));
        if (event.kind != EVENT_RUNG)
            continue;
        assert_true(event.clocks[0].id < sizeof rungs / sizeof rungs[0] / CLOCK_MAX_RUNGS);
        assert_int_equal(rungs[event.clocks[0].id * CLOCK_MAX_RUNGS + event.rung - 1]++, 0);
        told->rungs++;
    }
    truths_same(truths_encoded(city, &codec_casefile, file), truths_encoded(city, &codec_casefile, lived));
}

// What rests in another is known there, and the other way round.
static void mergers_agree(const struct city *city, const struct casefile *file)
{
    for (size_t i = 0; i < city->case_count; i++)
        for (size_t j = 0; j < city->cases[i]->joined_count; j++)
            if (text_same(city->cases[i]->joined[j].number, file->number))
                assert_string_equal(file->merged_into, city->cases[i]->number);
    const struct casefile *into =
        file->merged_into ? city->view.ops->by_number(city->view.ctx, file->merged_into) : NULL;
    bool found = false;
    for (size_t i = 0; into && i < into->joined_count; i++)
        found |= text_same(into->joined[i].number, file->number);
    assert_true(found == (file->state == CASE_MERGED));
}

// ---- together -----------------------------------------------------------------------------------

void truths_of_events(struct city *city, struct told *told)
{
    const struct decision *decision = &city->decision;
    for (size_t i = 0; i < decision->event_count; i++) {
        recipients_are_told_once(&decision->events[i]);
        keep(city, told, &decision->events[i]);
    }
}

void truths_of_decision(struct city *city, struct told *told)
{
    const struct decision *decision = &city->decision;
    truths_of_events(city, told);
    for (size_t i = 0; i < decision->event_count; i++) {
        const struct event *event = &decision->events[i];
        truths_same(truths_encoded(city, &codec_casefile, decision_case(decision, event)),
                    truths_encoded(city, &codec_casefile, city->view.ops->by_id(city, event->case_id)));
    }
}

void truths_of_cases(const struct city *city)
{
    for (size_t i = 0; i < city->case_count; i++) {
        whoever_holds_a_case_is_on_the_clock(city->cases[i]);
        due_is_the_first_rung_that_has_not_fired(city->cases[i]);
        mergers_agree(city, city->cases[i]);
    }
}

void truths_told_again(struct city *city, struct told *told)
{
    for (size_t i = 0; i < city->case_count; i++)
        replaying_gives_the_same_case(city, told, city->cases[i]);
}
