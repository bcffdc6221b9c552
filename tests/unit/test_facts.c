// layer: core
// The facts of cases: what each event adds and whose it is, what a clock counts as, and what is left out.
#include "core/fact.h"

#include "base/civil.h"
#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

enum { MOST = 64 };

struct told {
    struct fact facts[MOST];
    size_t count;
};

static struct whistle whistle = {.category = "0102"};
static struct summons lead = {
    .id = 1, .unit = "cg", .role = ROLE_LEAD, .state = SUMMONS_CALLED, .called_ms = 20};

static struct casefile a_case(void)
{
    return (struct casefile){.id = 100,
                             .number = "260213-0001-1",
                             .area = "420902/420902001",
                             .office = "420902001",
                             .whistle = &whistle,
                             .state = CASE_IN_HAND,
                             .filed_ms = 10};
}

static void put(void *context, const struct fact *fact)
{
    struct told *told = context;
    assert_true(told->count < MOST);
    told->facts[told->count++] = *fact;
}

static struct told tell_from(const struct casefile *before, const struct casefile *file, struct event event)
{
    struct told told = {.count = 0};
    event.case_id = file->id;
    event.seq = event.seq ? event.seq : file->id + 5;
    facts_of_event(before, file, &event, put, &told);
    return told;
}

// The case had its first `summons_before` summonses, as they are.
static struct told tell(const struct casefile *file, size_t summons_before, struct event event)
{
    struct casefile before = *file;
    before.summons_count = summons_before;
    return tell_from(&before, file, event);
}

static size_t number_of(const struct told *told, enum fact_kind kind, const char *unit)
{
    size_t found = 0;
    for (size_t i = 0; i < told->count; i++)
        found += told->facts[i].kind == kind && (!unit || text_same(told->facts[i].unit, unit));
    return found;
}

static const struct fact *first_of(const struct told *told, enum fact_kind kind)
{
    for (size_t i = 0; i < told->count; i++)
        if (told->facts[i].kind == kind)
            return &told->facts[i];
    fail_msg("no %s was told", fact_name(kind));
    return NULL;
}

// ---- what happened ------------------------------------------------------------------------------

static void a_whistle_is_the_offices_and_a_call_is_the_units(void **state)
{
    (void)state;
    struct casefile file = a_case();
    struct summons called[] = {lead, {.id = 2, .unit = "jj", .role = ROLE_ASSIST, .state = SUMMONS_CALLED}};
    struct told told = tell(&file, 0, (struct event){.kind = EVENT_FILED, .at_ms = 10});
    assert_int_equal(told.count, 1);
    assert_int_equal(number_of(&told, FACT_FILED, "420902001"), 1);
    file.summons = called;
    file.summons_count = 2;
    told = tell(&file, 0,
                (struct event){.kind = EVENT_DISPATCHED, .at_ms = 20, .summons = called, .summons_count = 2});
    assert_int_equal(told.count, 3);
    assert_int_equal(number_of(&told, FACT_CALLED, "cg") + number_of(&told, FACT_CALLED, "jj"), 2);
    assert_int_equal(number_of(&told, FACT_PLACED, "420902001"), 1);
    told = tell(&file, 1,
                (struct event){.kind = EVENT_UNIT_ADDED, .at_ms = 30, .summons = called, .summons_count = 2});
    assert_int_equal(told.count, 1); // cg had been called
    assert_int_equal(number_of(&told, FACT_CALLED, "jj"), 1);
}

// 金牛区's penalty for points that repeat is about who has to do something there, not about who whistles.
static void a_point_that_repeats_is_the_leads_once_it_is_placed(void **state)
{
    (void)state;
    struct casefile file = a_case();
    file.related_count = 3;
    struct told told = tell(&file, 0, (struct event){.kind = EVENT_FILED, .related_count = 3});
    assert_int_equal(told.count, 1);
    file.summons = &lead;
    file.summons_count = 1;
    told = tell(&file, 0, (struct event){.kind = EVENT_DISPATCHED, .summons = &lead, .summons_count = 1});
    assert_int_equal(number_of(&told, FACT_REPEATED, "cg"), 1);
}

static void what_was_imported_as_history_is_in_no_book(void **state)
{
    (void)state;
    struct casefile file = a_case();
    struct clock clock = {.id = 1, .stage = STAGE_RESOLVE, .unit = "cg", .due_ms = 50};
    struct fact fact;
    file.history = true;
    file.clocks = &clock;
    file.clock_count = 1;
    assert_int_equal(tell(&file, 0, (struct event){.kind = EVENT_FILED}).count, 0);
    assert_false(fact_of_limit(&file, 1, &fact));
    assert_false(fact_of_limit(&file, 0, &fact));
}

// Who reports again is counted once; who goes straight on has accepted, late by the clock that he passed.
static void who_goes_straight_on_has_accepted_and_who_reports_again_is_counted_once(void **state)
{
    (void)state;
    struct casefile file = a_case();
    struct summons summons = {.id = 1,
                              .unit = "cg",
                              .role = ROLE_LEAD,
                              .state = SUMMONS_REPORTED,
                              .called_ms = 20,
                              .accepted_ms = 50,
                              .reported_ms = 50};
    struct clock passed = {.id = 1, .stage = STAGE_ACCEPT, .unit = "cg", .due_ms = 40, .stopped_ms = 50};
    struct event report = {.kind = EVENT_REPORTED,
                           .unit = "cg",
                           .at_ms = 50,
                           .summons = &summons,
                           .summons_count = 1,
                           .clocks = &passed,
                           .clock_count = 1};
    struct casefile before = file;
    before.summons = &lead;
    file.summons = &summons;
    before.summons_count = file.summons_count = 1;
    struct told told = tell_from(&before, &file, report);
    assert_int_equal(told.count, 2);
    assert_int_equal(first_of(&told, FACT_ACCEPTED)->flags, FACT_LATE);
    assert_int_equal(first_of(&told, FACT_ACCEPTED)->took_ms, 30);
    assert_int_equal(first_of(&told, FACT_REPORTED)->flags, 0);
    report.at_ms = 60;
    assert_int_equal(tell(&file, 1, report).count, 0);
}

static void a_branch_that_works_is_named_beside_its_unit(void **state)
{
    (void)state;
    struct casefile file = a_case();
    struct summons summons = lead;
    summons.handler = "jdzf";
    summons.state = SUMMONS_DONE;
    file.summons = &summons;
    file.summons_count = 1;
    struct told told = tell(&file, 1,
                            (struct event){.kind = EVENT_RESOLVED,
                                           .unit = "cg",
                                           .at_ms = 80,
                                           .late = true,
                                           .summons = &summons,
                                           .summons_count = 1});
    const struct fact *done = first_of(&told, FACT_DONE);
    assert_string_equal(done->unit, "cg");
    assert_string_equal(done->branch, "jdzf");
    assert_int_equal(done->flags, FACT_LATE);
    assert_int_equal(done->took_ms, 60);
    assert_int_equal(done->summons, 1);
}

static void verdicts_are_of_each_unit_and_answers_of_the_one_meant(void **state)
{
    (void)state;
    struct casefile file = a_case();
    struct summons all[] = {lead, {.id = 2, .unit = "jj", .role = ROLE_ASSIST, .state = SUMMONS_DONE}};
    file.summons = all;
    file.summons_count = 2;
    struct told told =
        tell(&file, 2,
             (struct event){
                 .kind = EVENT_EVALUATED, .verdict = VERDICT_NOT_SOLVED, .summons = all, .summons_count = 2});
    assert_int_equal(number_of(&told, FACT_NOT_SOLVED, NULL), 2);
    file.office = "jj"; // nobody is judge of himself
    told = tell(&file, 2,
                (struct event){
                    .kind = EVENT_EVALUATED, .verdict = VERDICT_SOLVED, .summons = all, .summons_count = 2});
    assert_int_equal(number_of(&told, FACT_SOLVED, NULL), 1);
    assert_int_equal(number_of(&told, FACT_SOLVED, "cg"), 1);
    told = tell(&file, 2,
                (struct event){.kind = EVENT_CALLED_BACK,
                               .target = "jj",
                               .verdict = VERDICT_SOLVED,
                               .satisfied = SATISFACTION_SATISFIED});
    assert_int_equal(told.count, 0);
    file.office = "420902001";
    told = tell(&file, 2, (struct event){.kind = EVENT_REWORK, .summons = all, .summons_count = 2});
    assert_int_equal(number_of(&told, FACT_REWORK, NULL), 2);
    assert_int_equal(number_of(&told, FACT_CALLED, NULL), 2);
    told =
        tell(&file, 2,
             (struct event){
                 .kind = EVENT_CALLED_BACK, .verdict = VERDICT_SOLVED, .satisfied = SATISFACTION_BASICALLY});
    assert_int_equal(number_of(&told, FACT_RESIDENT_SOLVED, "cg"), 1);
    assert_int_equal(number_of(&told, FACT_BASICALLY, "cg"), 1);
    told = tell(&file, 2,
                (struct event){.kind = EVENT_CALLED_BACK,
                               .target = "jj",
                               .verdict = VERDICT_NOT_SOLVED,
                               .satisfied = SATISFACTION_DISSATISFIED});
    assert_int_equal(number_of(&told, FACT_DISSATISFIED, "jj"), 1);
    assert_int_equal(first_of(&told, FACT_RESIDENT_NOT_SOLVED)->summons, 2);
    told = tell(&file, 2, (struct event){.kind = EVENT_CALLED_BACK});
    assert_int_equal(told.count, 1);
    assert_int_equal(number_of(&told, FACT_UNREACHED, "cg"), 1);
}

static void a_ruling_tells_who_was_called_wrongly_only_where_one_had_declined(void **state)
{
    (void)state;
    struct casefile file = a_case();
    struct summons spared[] = {{.id = 1, .unit = "cg", .state = SUMMONS_EXCUSED},
                               {.id = 2, .unit = "jj", .state = SUMMONS_CALLED}};
    struct event ruled = {.kind = EVENT_REASSIGNED, .summons = spared, .summons_count = 2};
    file.summons = spared;
    file.summons_count = 2;
    struct told told = tell(&file, 2, ruled);
    assert_int_equal(told.count, 0);
    ruled.ruling = RULING_ASSIGN;
    told = tell(&file, 2, ruled);
    assert_int_equal(told.count, 1);
    assert_int_equal(number_of(&told, FACT_MISDISPATCHED, "cg"), 1);
}

static void orders_rungs_and_hand_ups_are_whose_clock_it_is(void **state)
{
    (void)state;
    struct casefile file = a_case();
    struct clock clocks[] = {{.id = 1, .stage = STAGE_RESOLVE, .unit = "cg", .start_ms = 5, .due_ms = 50},
                             {.id = 2, .stage = STAGE_ANSWER, .unit = "cg", .start_ms = 60, .due_ms = 90}};
    struct told told =
        tell(&file, 0,
             (struct event){
                 .kind = EVENT_RUNG, .at_ms = 60, .clocks = clocks, .clock_count = 2, .charge = "420902"});
    assert_int_equal(told.count, 3);
    assert_int_equal(number_of(&told, FACT_RUNG, "cg"), 1);
    assert_int_equal(number_of(&told, FACT_SUPERVISED, "cg"), 1);
    assert_int_equal(number_of(&told, FACT_HANDED_UP, "420902"), 1);
}

static void states_petitions_and_members(void **state)
{
    (void)state;
    struct casefile file = a_case();
    struct petition petition = {.verb = VERB_EXTEND};
    file.summons = &lead;
    file.summons_count = 1;
    struct told told =
        tell(&file, 1, (struct event){.kind = EVENT_CLOSED, .state = CASE_CLOSED, .at_ms = 10 + DAY_MS});
    assert_int_equal(first_of(&told, FACT_CLOSED)->took_ms, DAY_MS);
    assert_string_equal(first_of(&told, FACT_CLOSED)->unit, "cg");
    told = tell(&file, 1, (struct event){.kind = EVENT_CANCELLED, .state = CASE_CANCELLED});
    assert_int_equal(number_of(&told, FACT_CANCELLED, "420902001"), 1);
    told = tell(&file, 1, (struct event){.kind = EVENT_REFUSED, .state = CASE_REJECTED});
    assert_int_equal(number_of(&told, FACT_REJECTED, "420902001"), 1);
    static const enum fact_kind granted[] = {FACT_EXTENDED, FACT_PAUSED, FACT_SUSPENDED, FACT_EXEMPTED};
    for (int i = 0; i < 4; i++) {
        petition.verb = (enum verb)(VERB_EXTEND + i);
        told = tell(&file, 1,
                    (struct event){
                        .kind = EVENT_GRANTED, .petition = &petition, .summons = &lead, .summons_count = 1});
        assert_int_equal(told.count, 1);
        assert_int_equal(number_of(&told, granted[i], "cg"), 1);
    }
    told = tell(&file, 1, (struct event){.kind = EVENT_CHECKED_IN, .unit = "school", .target = "D003"});
    assert_string_equal(first_of(&told, FACT_CHECKED_IN)->member, "D003");
    assert_string_equal(first_of(&told, FACT_CHECKED_IN)->unit, "school");
}

// ---- limits -------------------------------------------------------------------------------------

static bool has(uint32_t aspects, enum aspect aspect)
{
    return aspects >> aspect & 1;
}

static uint32_t aspects_of(struct clock clock, int64_t now_ms)
{
    struct casefile file = a_case();
    struct fact fact;
    clock.id = 1;
    clock.unit = "cg";
    file.clocks = &clock;
    file.clock_count = 1;
    return fact_of_limit(&file, 1, &fact) ? fact_aspects(fact.kind, fact.flags, fact.at_ms, now_ms) : 0;
}

#define BIT(aspect) (1u << ASPECT_##aspect)

static void a_clock_counts_when_its_time_is_up_or_it_is_met(void **state)
{
    (void)state;
    struct clock clock = {.stage = STAGE_RESOLVE, .start_ms = 10, .due_ms = 50};
    assert_int_equal(aspects_of(clock, 40), BIT(PENDING));
    assert_int_equal(aspects_of(clock, 60), BIT(DUE) | BIT(OVERDUE) | BIT(MISSED));
    clock.stopped_ms = 45;
    clock.stop = STOP_MET;
    assert_int_equal(aspects_of(clock, 46), BIT(DUE) | BIT(MET) | BIT(IN_TIME));
    clock.stopped_ms = 50; // to the millisecond
    assert_int_equal(aspects_of(clock, 90), BIT(DUE) | BIT(MET) | BIT(IN_TIME));
    clock.stopped_ms = 51;
    assert_int_equal(aspects_of(clock, 90), BIT(DUE) | BIT(MET) | BIT(LATE));
    clock.multiple = 3;
    clock.extension_count = 1;
    assert_int_equal(aspects_of(clock, 90),
                     BIT(DUE) | BIT(MET) | BIT(LATE) | BIT(EXTENDED) | BIT(TWICE) | BIT(THRICE));
}

// Nobody gets rid of a lateness by ending the clock in another way.
static void a_clock_that_was_called_off_counts_only_where_it_was_late(void **state)
{
    (void)state;
    static const enum clock_stop stops[] = {STOP_CANCELLED, STOP_REPLACED, STOP_DECLINED, STOP_EXCUSED,
                                            STOP_HANDED_UP};
    for (size_t i = 0; i < sizeof stops / sizeof stops[0]; i++) {
        struct clock clock = {
            .stage = STAGE_RESOLVE, .start_ms = 10, .due_ms = 50, .stop = stops[i], .stopped_ms = 40};
        assert_int_equal(aspects_of(clock, 90), 0);
        clock.stopped_ms = 60;
        assert_int_equal(aspects_of(clock, 90), BIT(DUE) | BIT(MISSED));
    }
    struct clock paused = {.stage = STAGE_RESOLVE, .start_ms = 10, .due_ms = CLOCK_NEVER};
    assert_int_equal(aspects_of(paused, 90), 0);
}

static void a_case_that_came_to_nothing_has_no_limits(void **state)
{
    (void)state;
    static const enum case_state states[] = {CASE_CANCELLED, CASE_MERGED, CASE_REJECTED, CASE_REGISTERED};
    struct clock clock = {.id = 1, .stage = STAGE_RESOLVE, .unit = "cg", .due_ms = 50, .stopped_ms = 60};
    struct fact fact;
    for (size_t i = 0; i < sizeof states / sizeof states[0]; i++) {
        struct casefile file = a_case();
        file.state = states[i];
        file.clocks = &clock;
        file.clock_count = 1;
        assert_false(fact_of_limit(&file, 1, &fact));
        assert_false(fact_of_limit(&file, 0, &fact));
    }
}

static void the_case_as_a_whole_is_due_with_its_last_limit(void **state)
{
    (void)state;
    struct casefile file = a_case();
    struct fact fact;
    struct clock clocks[] = {
        {.id = 1, .stage = STAGE_ACCEPT, .unit = "cg", .due_ms = 900, .stopped_ms = 30, .stop = STOP_MET},
        {.id = 2, .stage = STAGE_RESOLVE, .unit = "cg", .due_ms = 50, .stopped_ms = 40, .stop = STOP_MET},
        {.id = 3, .stage = STAGE_CLOSE, .unit = "420902001", .due_ms = 80}};
    file.summons = &lead;
    file.summons_count = 1;
    file.clocks = clocks;
    assert_false(fact_of_limit(&file, 0, &fact)); // nobody was given any time
    file.clock_count = 3;
    assert_true(fact_of_limit(&file, 0, &fact));
    assert_int_equal(fact.at_ms, 80);
    assert_string_equal(fact.unit, "420902001"); // which closes it
    assert_int_equal(fact_aspects(fact.kind, fact.flags, fact.at_ms, 70), BIT(PENDING));
    clocks[2].stopped_ms = 70;
    clocks[2].stop = STOP_MET;
    file.state = CASE_CLOSED;
    file.closed_ms = 70;
    assert_true(fact_of_limit(&file, 0, &fact));
    assert_int_equal(fact_aspects(fact.kind, fact.flags, fact.at_ms, 90), BIT(DUE) | BIT(MET) | BIT(IN_TIME));
    assert_int_equal(fact.took_ms, 60);
    clocks[1].stopped_ms = 55; // the unit was late, and the office made good for it: late all the same
    assert_true(fact_of_limit(&file, 0, &fact));
    assert_true(has(fact_aspects(fact.kind, fact.flags, fact.at_ms, 90), ASPECT_LATE));
}

// ---- exclusions ---------------------------------------------------------------------------------

struct excluded {
    uint32_t about[8];
    enum exclusion exclusions[8];
    size_t count;
};

static void note(void *context, enum exclusion exclusion, uint32_t about, const char *reason)
{
    struct excluded *excluded = context;
    assert_non_null(reason);
    excluded->exclusions[excluded->count] = exclusion;
    excluded->about[excluded->count++] = about;
}

static void exclusions_say_what_they_are_about(void **state)
{
    (void)state;
    struct casefile file = a_case();
    struct summons all[] = {{.id = 1, .unit = "cg", .exempt = "D02"}, {.id = 2, .unit = "jj"}};
    struct clock clocks[] = {{.id = 1, .summons = 1, .exempt = "D02"},
                             {.id = 2, .summons = 2, .exempt = "A01"}};
    struct excluded excluded = {.count = 0};
    file.summons = all;
    file.summons_count = 2;
    file.clocks = clocks;
    file.clock_count = 2;
    file.unreasonable = "U01";
    fact_exclusions(&file, note, &excluded);
    assert_int_equal(excluded.count, 3); // the ruling's own clock is no appeal
    assert_int_equal(excluded.exclusions[0], EXCLUDED_APPEAL);
    assert_int_equal(excluded.about[0], 2);
    assert_int_equal(excluded.exclusions[1], EXCLUDED_MISDISPATCHED);
    assert_int_equal(excluded.about[1], 1);
    assert_int_equal(excluded.exclusions[2], EXCLUDED_UNREASONABLE);
}

// One granted appeal about one clock says nothing of a case that was late for another reason.
static void a_case_is_excused_where_all_that_made_it_late_is(void **state)
{
    (void)state;
    struct casefile file = a_case();
    struct summons all[] = {lead, {.id = 2, .unit = "jj", .role = ROLE_ASSIST, .state = SUMMONS_DONE}};
    struct clock clocks[] = {
        {.id = 1, .stage = STAGE_RESOLVE, .summons = 1, .due_ms = 50, .stopped_ms = 60, .stop = STOP_MET},
        {.id = 2, .stage = STAGE_RESOLVE, .summons = 2, .due_ms = 50, .stopped_ms = 60, .stop = STOP_MET},
        {.id = 3, .stage = STAGE_ACCEPT, .summons = 2, .due_ms = 20, .stopped_ms = 30, .stop = STOP_MET}};
    file.summons = all;
    file.summons_count = 2;
    file.clocks = clocks;
    file.clock_count = 3;
    clocks[2].exempt = "A01";
    assert_false(fact_case_is_excused(&file));
    clocks[0].exempt = "A01";
    assert_false(fact_case_is_excused(&file));
    clocks[1].exempt = "A01";
    assert_true(fact_case_is_excused(&file));
    clocks[1].exempt = NULL;
    all[1].exempt = "D02"; // who was called wrongly made nothing late
    assert_true(fact_case_is_excused(&file));
}

// What the quarrel took is not counted against whoever has to come after all.
static void who_takes_a_clock_over_is_held_to_his_own_time(void **state)
{
    (void)state;
    struct clock clock = {
        .stage = STAGE_RESOLVE, .start_ms = 10, .due_ms = 50, .taken_over_ms = 45, .own_due_ms = 85};
    assert_int_equal(aspects_of(clock, 70), BIT(PENDING));
    clock.stopped_ms = 80;
    clock.stop = STOP_MET;
    assert_int_equal(aspects_of(clock, 90), BIT(DUE) | BIT(MET) | BIT(IN_TIME));
    clock.stopped_ms = 86;
    clock.multiple = 2; // of the limit as it began
    assert_int_equal(aspects_of(clock, 90), BIT(DUE) | BIT(MET) | BIT(LATE));
}

static void a_case_that_is_closed_after_its_last_limit_is_late(void **state)
{
    (void)state;
    struct casefile file = a_case();
    struct fact fact;
    struct clock clock = {.id = 1, .stage = STAGE_RESOLVE, .due_ms = 50, .stopped_ms = 40, .stop = STOP_MET};
    file.clocks = &clock;
    file.clock_count = 1;
    file.state = CASE_CLOSED;
    file.closed_ms = 300;
    assert_true(fact_of_limit(&file, 0, &fact));
    assert_true(has(fact_aspects(fact.kind, fact.flags, fact.at_ms, 400), ASPECT_LATE));
}

static void an_exclusion_takes_out_what_it_is_about(void **state)
{
    (void)state;
    enum fact_kind resolve = (enum fact_kind)(FACT_LIMIT + STAGE_RESOLVE);
    assert_true(fact_is_excluded(resolve, 2, 1, EXCLUDED_APPEAL, 2));
    assert_false(fact_is_excluded(resolve, 3, 1, EXCLUDED_APPEAL, 2));
    assert_false(
        fact_is_excluded(FACT_DONE, 2, 1, EXCLUDED_APPEAL, 2)); // part 2 of what happened is no clock
    assert_false(fact_is_excluded(FACT_LIMIT, 0, 0, EXCLUDED_APPEAL, 2));
    assert_true(fact_is_excluded(FACT_LIMIT, 0, 0, EXCLUDED_APPEAL, 0));
    assert_true(fact_is_excluded(FACT_NOT_SOLVED, 7, 1, EXCLUDED_MISDISPATCHED, 1));
    assert_false(fact_is_excluded(FACT_NOT_SOLVED, 7, 2, EXCLUDED_MISDISPATCHED, 1));
    assert_false(fact_is_excluded(FACT_CALLED, 7, 1, EXCLUDED_MISDISPATCHED, 1)); // that it was stays counted
    assert_false(fact_is_excluded(FACT_MISDISPATCHED, 7, 1, EXCLUDED_MISDISPATCHED, 1));
    assert_true(fact_is_excluded(FACT_FILED, 7, 0, EXCLUDED_UNREASONABLE, 0));
}

static void names_are_read_back(void **state)
{
    (void)state;
    size_t named = 0;
    for (int kind = 1; kind < FACT_KINDS; kind++) {
        const char *name = fact_name((enum fact_kind)kind);
        if (*name)
            assert_int_equal(fact_from_name(name), kind);
        named += *name != 0;
    }
    assert_true(named > 45);
    assert_int_equal(fact_from_name("nonsense"), 0);
    assert_int_equal(fact_from_name(""), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whistle_is_the_offices_and_a_call_is_the_units),
        cmocka_unit_test(a_point_that_repeats_is_the_leads_once_it_is_placed),
        cmocka_unit_test(what_was_imported_as_history_is_in_no_book),
        cmocka_unit_test(who_goes_straight_on_has_accepted_and_who_reports_again_is_counted_once),
        cmocka_unit_test(a_branch_that_works_is_named_beside_its_unit),
        cmocka_unit_test(verdicts_are_of_each_unit_and_answers_of_the_one_meant),
        cmocka_unit_test(a_ruling_tells_who_was_called_wrongly_only_where_one_had_declined),
        cmocka_unit_test(orders_rungs_and_hand_ups_are_whose_clock_it_is),
        cmocka_unit_test(states_petitions_and_members),
        cmocka_unit_test(a_clock_counts_when_its_time_is_up_or_it_is_met),
        cmocka_unit_test(a_clock_that_was_called_off_counts_only_where_it_was_late),
        cmocka_unit_test(a_case_that_came_to_nothing_has_no_limits),
        cmocka_unit_test(the_case_as_a_whole_is_due_with_its_last_limit),
        cmocka_unit_test(exclusions_say_what_they_are_about),
        cmocka_unit_test(a_case_is_excused_where_all_that_made_it_late_is),
        cmocka_unit_test(who_takes_a_clock_over_is_held_to_his_own_time),
        cmocka_unit_test(a_case_that_is_closed_after_its_last_limit_is_late),
        cmocka_unit_test(an_exclusion_takes_out_what_it_is_about),
        cmocka_unit_test(names_are_read_back),
    };
    return cmocka_run_group_tests_name("facts", tests, NULL, NULL);
}
