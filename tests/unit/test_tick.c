// layer: core, with: city.c
// Due times: which rung fires when, whom it tells and why, what it starts, and that none fires twice.
#include "city.h"

static const char office[] = "420902001001", street[] = "420902001";

// The event of the last tick that fired this rung (as the ladder numbers it) of a unit's clock.
static const struct event *fired(struct city *city, enum stage stage, const char *unit, uint32_t rung)
{
    const struct clock *clock = city_clock(city, stage, unit);
    for (size_t i = 0; clock && i < city->decision.event_count; i++) {
        const struct event *event = &city->decision.events[i];
        if (event->kind == EVENT_RUNG && event->stage == stage && event->rung >= 1 &&
            event->rung <= clock->rung_count && clock->rungs[event->rung - 1].rung.id == rung &&
            event->clocks[0].id == clock->id)
            return event;
    }
    fail_msg("rung %u of %s did not fire", rung, unit);
    return NULL;
}

static void open_garbage(struct city *city)
{
    city_open(city, "2026-03-02 08:00"); // a Monday
    done(city_submit(city, office, (struct whistle){0}));
}

static void the_case_waits_for_the_first_rung_of_all_clocks(void **state)
{
    (void)state;
    struct city city;
    open_garbage(&city);
    assert_string_equal(shown(city_case(&city)->next_due_ms), "2026-03-02 08:48"); // 80 % of an hour
    assert_int_equal(city_until(&city, "2026-03-02 08:47"), 0);
    assert_int_equal(city_until(&city, "2026-03-02 08:48"), 2); // both units
    assert_string_equal(shown(city_case(&city)->next_due_ms), "2026-03-02 09:00");
    city_close(&city);
}

static void before_it_is_due_the_unit_and_its_contact_are_warned(void **state)
{
    (void)state;
    struct city city;
    open_garbage(&city);
    city_until(&city, "2026-03-02 08:48");
    const struct event *event = fired(&city, STAGE_ACCEPT, "zd1", 1);
    assert_true(city_told(event, "zd1", WHY_ASSIST) && city_told(event, "zd1/A", WHY_ASSIST));
    assert_int_equal(event->recipient_count, 2);
    assert_string_equal(event->target, "zd1");
    assert_null(event->unit);
    assert_false(event->late);
    assert_int_equal(event->state, 0);
    city_close(&city);
}

static void contact_b_is_called_and_block_and_line_hear_of_who_is_late(void **state)
{
    (void)state;
    struct city city;
    open_garbage(&city);
    done(city_verb(&city, "cg", VERB_ACCEPT));
    assert_int_equal(city_until(&city, "2026-03-02 09:00"), 3);
    const struct event *call = fired(&city, STAGE_ACCEPT, "zd1", 2);
    assert_true(city_told(call, "zd1/B", WHY_ASSIST));
    assert_string_equal(city_summons(&city, "zd1")->contact, "B");
    assert_int_equal(call->summons_count, 1);
    const struct event *climb = fired(&city, STAGE_ACCEPT, "zd1", 3);
    assert_true(city_told(climb, street, WHY_SUPERVISOR)); // block: the level above the place
    assert_true(city_told(climb, "cg", WHY_SUPERVISOR));   // line: its superior unit
    assert_true(city_told(climb, "cg/A", WHY_SUPERVISOR)); // each with the contact on duty
    assert_int_equal(city_case(&city)->rungs_fired, 3);
    city_close(&city);
}

// A rung for contact B told nobody at all where the unit has no B.
static void a_unit_without_b_is_told_itself(void **state)
{
    (void)state;
    struct city city;
    city_open(&city, "2026-03-02 08:00");
    done(city_submit(&city, office,
                     (struct whistle){.category = "0301"})); // the community leads, it has A only
    city_until(&city, "2026-03-02 09:00");
    const struct event *call = fired(&city, STAGE_ACCEPT, office, 2);
    assert_true(city_told(call, office, WHY_LEAD));
    assert_string_equal(city_summons(&city, office)->contact, "A");
    assert_int_equal(city_case(&city)->summons_count, 1);
    city_close(&city);
}

static void a_rung_hands_up_and_the_next_level_s_clock_hands_up_again(void **state)
{
    (void)state;
    struct city city;
    open_garbage(&city);
    done(city_verb(&city, "zd1", VERB_RESOLVE));
    done(city_verb(&city, "cg", VERB_REPORT));
    city_until(&city, "2026-03-03 13:59"); // due 03-02 18:00; 4 hours of work later it is noon, and it waits
    assert_string_equal(city_case(&city)->charge, office);
    city_until(&city, "2026-03-03 14:00");
    assert_string_equal(city_case(&city)->charge, street);
    assert_int_equal(city_case(&city)->levels_up, 1);
    const struct event *event = fired(&city, STAGE_RESOLVE, "cg", 4);
    assert_string_equal(event->charge, street);
    assert_true(city_told(event, street, WHY_SUPERVISOR) || city_told(event, street, WHY_OFFICE));
    assert_true(city_told(event, office, WHY_OFFICE));
    assert_string_equal(shown(city_clock(&city, STAGE_CHARGE, street)->due_ms), "2026-03-03 18:00");
    city_until(&city, "2026-03-03 18:00");
    assert_string_equal(city_case(&city)->charge, "centre");
    assert_int_equal(city_case(&city)->levels_up, 2);
    assert_int_equal(city_clock(&city, STAGE_CHARGE, street)->stop, STOP_HANDED_UP);
    assert_string_equal(shown(city_clock(&city, STAGE_CHARGE, "centre")->due_ms), "2026-03-04 12:00");
    size_t rungs = city_until(&city, "2026-03-31 18:00"); // nobody stands above: it ends there
    assert_true(rungs > 0);
    assert_int_equal(city_case(&city)->levels_up, 2);
    assert_int_equal(city_case(&city)->next_due_ms, 0);
    assert_int_equal(city_until(&city, "2026-06-01 18:00"), 0);
    city_close(&city);
}

static void several_late_clocks_hand_a_case_up_once(void **state)
{
    (void)state;
    struct city city;
    open_garbage(&city);                   // two units, three clocks each, nobody moves
    city_until(&city, "2026-03-02 17:59"); // both accept clocks are four hours over
    assert_int_equal(city_case(&city)->levels_up, 1);
    assert_string_equal(city_case(&city)->charge, street);
    city_until(&city,
               "2026-03-31 18:00"); // the street was late too; reports and results that are late add nothing
    assert_int_equal(city_case(&city)->levels_up, 2);
    assert_string_equal(city_case(&city)->charge, "centre");
    city_close(&city);
}

static void an_office_of_a_higher_level_is_not_handed_down_to(void **state)
{
    (void)state;
    struct city city;
    city_open(&city, "2026-03-02 08:00");
    done(city_submit(&city, "centre", (struct whistle){0}));
    city_until(&city, "2026-03-31 18:00");
    assert_string_equal(city_case(&city)->charge, "centre");
    assert_int_equal(city_case(&city)->levels_up, 0);
    city_close(&city);
}

static void ladders_that_lead_into_each_other_come_to_an_end(void **state)
{
    (void)state;
    static const struct address unit[] = {{ADDRESS_UNIT, 0, NULL}};
    static const struct rung again[] = {{.id = 1,
                                         .when = RUNG_AFTER_START,
                                         .acts = ACT_SUPERVISE,
                                         .to = unit,
                                         .to_count = 1,
                                         .limit = {MEASURE_WORKING_HOURS, LIMIT_UNIT},
                                         .ladder = "again"}};
    static struct ladder ladders[] = {{"again", again, 1}};
    struct city city;
    city_open(&city, "2026-03-02 08:00");
    city.rules.ladders = ladders;
    city.rules.ladder_count = 1;
    city.rules.default_ladder = "again";
    done(city_submit(&city, office, (struct whistle){0}));
    size_t rungs = city_until(&city, "2026-03-02 08:01");
    assert_true(rungs > 0 && rungs < 2 * TICK_MAX_CLOCKS);
    assert_int_equal(city_case(&city)->next_due_ms, 0);
    city_close(&city);
}

static void who_is_late_at_the_meeting_is_under_an_order(void **state)
{
    (void)state;
    struct city city;
    city_open(&city, "2026-02-13 16:50");
    done(city_submit(&city, office,
                     (struct whistle){.kind = KIND_JOINT, .appointed_ms = at("2026-02-14 09:00")}));
    static const char *const units[] = {"cg", "scj", "jj", "water"};
    for (size_t i = 0; i < 4; i++)
        done(city_verb(&city, units[i], VERB_ACCEPT));
    city_until(&city, "2026-02-13 17:50");
    const struct event *climb = fired(&city, STAGE_ACCEPT, "xf", 3);
    assert_true(city_told(climb, street, WHY_SUPERVISOR) && city_told(climb, "yj", WHY_SUPERVISOR));
    assert_string_equal(city_summons(&city, "xf")->contact, "B");
    done(city_verb(&city, "xf", VERB_ACCEPT));
    city_until(&city, "2026-02-14 09:04");
    for (size_t i = 0; i < 4; i++)
        done(city_act(&city, units[i], (struct act){.verb = VERB_REPORT, .head_count = 2}));
    city_until(&city, "2026-02-14 10:00"); // the meeting's clock ran out at 09:30
    const struct event *order = fired(&city, STAGE_REPORT, "xf", 4);
    assert_true(city_told(order, "supervise", WHY_TOLD) && city_told(order, "leader/QW02", WHY_TOLD));
    assert_false(city_told_any(order, "leader/QW01")); // the nearest area that has leaders
    assert_true(city_told(order, "xf", WHY_ASSIST));
    const struct clock *answer = city_clock(&city, STAGE_ANSWER, "xf");
    assert_string_equal(answer->why, "supervise");
    assert_string_equal(answer->ladder, "answer");
    assert_string_equal(shown(answer->due_ms), "2026-02-14 10:30");
    city_until(&city, "2026-02-14 10:11");
    done(city_verb(&city, "xf", VERB_ANSWER));
    assert_false(city_event(&city)->late);
    done(city_verb(&city, "xf", VERB_REPORT));
    assert_true(city_event(&city)->late);
    city_close(&city);
}

static void an_emergency_s_rungs_repeat_and_call_more_units_at_night(void **state)
{
    (void)state;
    struct city city;
    city_open(&city, "2026-02-17 03:00"); // the night after New Year's Eve
    done(city_submit(&city, office, (struct whistle){.kind = KIND_EMERGENCY, .category = "0105"}));
    done(city_verb(&city, "xf", VERB_REPORT));
    assert_int_equal(city_until(&city, "2026-02-17 03:30"), 1);
    assert_int_equal(city_until(&city, "2026-02-17 04:00"),
                     3); // both resolve clocks at half, water's accept due
    city_until(&city, "2026-02-17 04:10");
    assert_true(city_told(fired(&city, STAGE_ACCEPT, "water", 3), "cg", WHY_SUPERVISOR));
    city_until(&city, "2026-02-17 04:20");
    fired(&city, STAGE_ACCEPT, "water", 3);
    city_until(&city, "2026-02-17 04:30");
    fired(&city, STAGE_ACCEPT, "water", 3);
    assert_int_equal(city_case(&city)->summons_count, 2); // xf was called already, nobody is called twice
    city_close(&city);
}

static void a_rung_calls_a_unit_that_was_not_there_with_clocks_of_its_own(void **state)
{
    (void)state;
    struct city city;
    city_open(&city, "2026-02-17 03:00");
    done(city_submit(&city, office, (struct whistle){.kind = KIND_EMERGENCY, .category = "0301"}));
    city_until(&city, "2026-02-17 04:30"); // accept was due at 04:00
    assert_int_equal(city_case(&city)->summons_count, 2);
    assert_int_equal(city_summons(&city, "xf")->role, ROLE_ASSIST);
    assert_string_equal(shown(city_clock(&city, STAGE_ACCEPT, "xf")->due_ms), "2026-02-17 05:30");
    assert_true(city_told(fired(&city, STAGE_ACCEPT, office, 4), "xf", WHY_TOLD) ||
                city_told(fired(&city, STAGE_ACCEPT, office, 4), "xf", WHY_ASSIST));
    city_close(&city);
}

static void the_desk_is_on_a_ladder_too(void **state)
{
    (void)state;
    struct city city;
    city_open(&city, "2026-03-02 08:00");
    done(city_submit(&city, office, (struct whistle){.category = "0999"}));
    city_until(&city, "2026-03-02 09:36");
    assert_true(city_told(fired(&city, STAGE_ARBITRATE, "centre", 1), "centre", WHY_TOLD));
    city_until(&city, "2026-03-02 10:00");
    assert_true(city_told(fired(&city, STAGE_ARBITRATE, "centre", 2), "supervise", WHY_TOLD));
    city_close(&city);
}

static void after_a_stop_everything_fires_once_in_order_and_says_that_it_is_late(void **state)
{
    (void)state;
    struct city city;
    open_garbage(&city);
    city.now_ms = at("2026-03-05 10:00"); // nobody ticked for three days
    int64_t before = 0;
    size_t rungs = 0;
    while (city_case(&city)->next_due_ms && city_case(&city)->next_due_ms <= city.now_ms) {
        assert_true(city_case(&city)->next_due_ms >= before);
        before = city_case(&city)->next_due_ms;
        done(city_tick(&city, city_case(&city)->id));
        assert_true(city.decision.event_count >= 1 && city.decision.event_count <= TICK_MAX_RUNGS);
        rungs += city.decision.event_count;
        for (size_t i = 0; i < city.decision.event_count; i++)
            assert_true(city.decision.events[i].late);
    }
    assert_int_equal(rungs, city_case(&city)->rungs_fired);
    assert_true(rungs >= 2 * 5 * 3 - 4);
    done(city_tick(&city, city_case(&city)->id)); // again: nothing is ripe
    assert_int_equal(city.decision.event_count, 0);
    city_close(&city);
}

// 80 % of a day that begins at 02:00 is the middle of the night; nobody is woken for a warning.
static void quiet_hours_hold_back_what_is_not_urgent(void **state)
{
    (void)state;
    struct city city;
    city_open(&city, "2026-03-02 02:00");
    city.rules.calendars[0].quiet = (struct slot){22 * 60, 7 * 60};
    city.rules.routing.rules[2].limits.of[STAGE_RESOLVE] = limit_of(MEASURE_EMERGENCY_HOURS, 5);
    done(city_submit(&city, office, (struct whistle){0}));
    const struct clock *clock = city_clock(&city, STAGE_RESOLVE, "cg");
    assert_string_equal(shown(clock->due_ms), "2026-03-02 07:00");
    assert_string_equal(shown(clock->rungs[0].at_ms), "2026-03-02 07:00"); // 80 %: 06:00
    city.now_ms = at("2026-03-02 19:00");
    done(city_submit(&city, office, (struct whistle){0}));
    clock = city_clock(&city, STAGE_RESOLVE, "cg");
    assert_string_equal(shown(clock->due_ms), "2026-03-03 00:00");
    for (size_t i = 0; i < clock->rung_count; i++) {
        const char *at = shown(clock->rungs[i].at_ms);
        if (clock->rungs[i].rung.id == 1) // 80 %: 23:00
            assert_string_equal(at, "2026-03-03 07:00");
        if (clock->rungs[i].rung.id == 2) // urgent: B is called at midnight
            assert_string_equal(at, "2026-03-03 00:00");
    }
    city_close(&city);
}

static void a_rung_that_records_tells_nobody_and_puts_the_multiple_down(void **state)
{
    (void)state;
    static const struct rung record[] = {
        {.id = 1, .when = RUNG_SHARE, .share = 2000, .acts = ACT_RECORD},
        {.id = 2, .when = RUNG_SHARE, .share = 3000, .acts = ACT_RECORD},
    };
    static struct ladder ladders[] = {{"record", record, 2}};
    struct city city;
    assert_int_equal(ladder_check(ladders, NULL), 0);
    city_open(&city, "2026-03-02 08:00");
    city.rules.ladders = ladders;
    city.rules.ladder_count = 1;
    city.rules.default_ladder = "record";
    city.rules.emergency_ladder = NULL;
    done(city_submit(&city, office, (struct whistle){0}));
    done(city_verb(&city, "zd1", VERB_RESOLVE));
    done(city_verb(&city, "cg", VERB_REPORT));
    assert_int_equal(city_until(&city, "2026-03-03 17:59"), 0);
    assert_int_equal(city_until(&city, "2026-03-03 18:00"), 1); // two working days of one
    assert_int_equal(city_event(&city)->recipient_count, 0);
    assert_int_equal(city_clock(&city, STAGE_RESOLVE, "cg")->multiple, 2);
    assert_int_equal(city_until(&city, "2026-03-04 18:00"), 1);
    assert_int_equal(city_clock(&city, STAGE_RESOLVE, "cg")->multiple, 3);
    city_close(&city);
}

// A recipient's notices of a flood only count for its digest; see test_batch for the digest itself.
static void who_had_enough_notices_is_digested(void **state)
{
    (void)state;
    struct city city;
    city_open(&city, "2026-03-02 08:00");
    city.rules.digest_after = 2;
    for (int i = 0; i < 4; i++)
        done(city_submit(&city, office, (struct whistle){0}));
    uint32_t told = 0, digested = 0;
    for (size_t i = 0; i < city.case_count; i++) {
        city.now_ms = at("2026-03-02 09:00");
        done(city_tick(&city, city.cases[i]->id)); // 80 % of accepting
        for (size_t j = 0; j < city.decision.event_count; j++)
            for (size_t k = 0; k < city.decision.events[j].recipient_count; k++) {
                const struct recipient *recipient = &city.decision.events[j].recipients[k];
                bool cg = strcmp(recipient->code, "cg") == 0;
                told += cg && !recipient->digested;
                digested += cg && recipient->digested;
            }
    }
    assert_int_equal(told, 2);
    assert_true(digested >= 2);
    city_close(&city);
}

static uint32_t told_of_a_call(const struct event *event, const char *code)
{
    uint32_t told = 0;
    for (size_t i = 0; i < event->recipient_count && event->summons_count; i++) {
        bool meant = strcmp(event->recipients[i].code, code) == 0;
        assert_false(meant && event->recipients[i].digested);
        told += meant;
    }
    return told;
}

// The other contact of a unit is a recipient of its own, and was held back although a rung had called it.
static void a_contact_that_is_called_is_not_held_back(void **state)
{
    (void)state;
    struct city city;
    uint32_t called = 0;
    city_open(&city, "2026-03-02 10:00");
    city.rules.digest_after = 1;
    for (int i = 0; i < 3; i++)
        done(city_submit(&city, office, (struct whistle){0}));
    city.now_ms = at("2026-03-02 11:05");
    for (size_t i = 0; i < city.case_count; i++)
        while (city.cases[i]->next_due_ms <= city.now_ms) {
            done(city_tick(&city, city.cases[i]->id));
            for (size_t j = 0; j < city.decision.event_count; j++)
                called += told_of_a_call(&city.decision.events[j], "cg/B");
        }
    assert_true(called > 1);
    city_close(&city);
}

static void a_rung_stops_with_its_clock(void **state)
{
    (void)state;
    struct city city;
    open_garbage(&city);
    done(city_verb(&city, "cg", VERB_RESOLVE));
    done(city_verb(&city, "zd1", VERB_RESOLVE));
    assert_int_equal(city_until(&city, "2026-12-31 18:00"), 0);
    city_close(&city);
}

static void a_clock_of_a_unit_that_left_the_rulebook_still_climbs(void **state)
{
    (void)state;
    struct city city;
    open_garbage(&city);
    strmap_fini(&city.rules.units.by_code); // no code is found any more
    strmap_init(&city.rules.units.by_code);
    assert_int_equal(city_until(&city, "2026-03-02 09:00"), 6);
    assert_true(city_told(city_event(&city), street, WHY_SUPERVISOR));
    city_close(&city);
}

static void a_case_whose_area_left_the_rulebook_brings_nothing_down(void **state)
{
    (void)state;
    struct city city;
    open_garbage(&city);
    strmap_fini(&city.rules.areas.by_code);
    strmap_init(&city.rules.areas.by_code);
    assert_true(city_until(&city, "2026-03-31 09:00") > 0);
    done(city_verb(&city, "cg", VERB_ACCEPT));
    done(city_act(&city, office, (struct act){.verb = VERB_URGE, .target = "cg"}));
    city_close(&city);
}

static void a_tick_for_a_case_that_is_not_there_is_refused(void **state)
{
    (void)state;
    struct city city;
    city_open(&city, "2026-03-02 08:00");
    refused(city_tick(&city, 77), ERROR_UNKNOWN_CASE, NULL);
    city_close(&city);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_case_waits_for_the_first_rung_of_all_clocks),
        cmocka_unit_test(before_it_is_due_the_unit_and_its_contact_are_warned),
        cmocka_unit_test(contact_b_is_called_and_block_and_line_hear_of_who_is_late),
        cmocka_unit_test(a_unit_without_b_is_told_itself),
        cmocka_unit_test(a_rung_hands_up_and_the_next_level_s_clock_hands_up_again),
        cmocka_unit_test(several_late_clocks_hand_a_case_up_once),
        cmocka_unit_test(an_office_of_a_higher_level_is_not_handed_down_to),
        cmocka_unit_test(ladders_that_lead_into_each_other_come_to_an_end),
        cmocka_unit_test(who_is_late_at_the_meeting_is_under_an_order),
        cmocka_unit_test(an_emergency_s_rungs_repeat_and_call_more_units_at_night),
        cmocka_unit_test(a_rung_calls_a_unit_that_was_not_there_with_clocks_of_its_own),
        cmocka_unit_test(the_desk_is_on_a_ladder_too),
        cmocka_unit_test(after_a_stop_everything_fires_once_in_order_and_says_that_it_is_late),
        cmocka_unit_test(quiet_hours_hold_back_what_is_not_urgent),
        cmocka_unit_test(a_rung_that_records_tells_nobody_and_puts_the_multiple_down),
        cmocka_unit_test(who_had_enough_notices_is_digested),
        cmocka_unit_test(a_contact_that_is_called_is_not_held_back),
        cmocka_unit_test(a_rung_stops_with_its_clock),
        cmocka_unit_test(a_clock_of_a_unit_that_left_the_rulebook_still_climbs),
        cmocka_unit_test(a_case_whose_area_left_the_rulebook_brings_nothing_down),
        cmocka_unit_test(a_tick_for_a_case_that_is_not_there_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
