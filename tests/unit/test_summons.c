// layer: core, with: city.c
// What a called unit does: accept, report, decline, resolve; its clocks, its held time, what is late, what is
// refused.
#include "city.h"

static void open_garbage(struct city *city)
{
    city_open(city, "2026-03-02 08:00"); // a Monday
    done(city_submit(city, "420902001001", (struct whistle){0}));
}

static void open_joint(struct city *city)
{
    city_open(city, "2026-02-13 16:50");
    done(city_submit(city, "420902001001",
                     (struct whistle){.kind = KIND_JOINT, .appointed_ms = at("2026-02-14 09:00")}));
}

static bool runs(struct city *city, enum stage stage, const char *unit)
{
    const struct clock *clock = city_clock(city, stage, unit);
    return clock && !clock->stopped_ms;
}

static struct decision *decline(struct city *city, const char *unit, const char *reason)
{
    return city_act(city, unit, (struct act){.verb = VERB_DECLINE, .reason = reason});
}

// ---- accept -------------------------------------------------------------------------------------

static void accepting_stops_its_clock_and_puts_the_case_in_hand(void **state)
{
    (void)state;
    struct city city;
    open_garbage(&city);
    city.now_ms += 20 * MINUTE_MS;
    done(city_verb(&city, "cg", VERB_ACCEPT));
    const struct summons *summons = city_summons(&city, "cg");
    assert_int_equal(city_case(&city)->state, CASE_IN_HAND);
    assert_int_equal(summons->state, SUMMONS_ACCEPTED);
    assert_int_equal(summons->accepted_ms, city.now_ms);
    assert_int_equal(summons->accepted_seq, city_event(&city)->seq);
    assert_int_equal(summons->held_since_ms,
                     at("2026-03-02 08:00")); // held since the call, not since acceptance
    assert_false(city_event(&city)->late);
    assert_int_equal(city_clock(&city, STAGE_ACCEPT, "cg")->stop, STOP_MET);
    assert_true(runs(&city, STAGE_REPORT, "cg") && runs(&city, STAGE_RESOLVE, "cg"));
    assert_true(runs(&city, STAGE_ACCEPT, "zd1"));
    assert_true(city_told(city_event(&city), "420902001001", WHY_OFFICE));
    assert_int_equal(city_event(&city)->recipient_count, 1);
    refused(city_verb(&city, "cg", VERB_ACCEPT), ERROR_ILLEGAL_MOVE, NULL);
    city_close(&city);
}

static void accepting_after_the_due_time_is_late(void **state)
{
    (void)state;
    struct city city;
    open_garbage(&city);
    city_until(&city, "2026-03-02 09:00");
    done(city_verb(&city, "cg", VERB_ACCEPT));
    assert_false(city_event(&city)->late); // on the minute
    city.now_ms += 1;
    done(city_verb(&city, "zd1", VERB_ACCEPT));
    assert_true(city_event(&city)->late);
    city_close(&city);
}

static void only_who_is_called_acts_on_a_summons_and_only_on_its_own(void **state)
{
    (void)state;
    struct city city;
    open_garbage(&city);
    refused(city_verb(&city, "jj", VERB_ACCEPT), ERROR_UNKNOWN_CASE,
            "act.number"); // knows nothing of the case
    refused(city_verb(&city, "420902001001", VERB_ACCEPT), ERROR_NOT_ALLOWED, NULL);
    refused(city_verb(&city, "420902001", VERB_ACCEPT), ERROR_NOT_ALLOWED, NULL);
    refused(city_verb(&city, "centre", VERB_RESOLVE), ERROR_NOT_ALLOWED, NULL);
    refused(city_act(&city, "cg", (struct act){.verb = VERB_ACCEPT, .unit = "zd1"}), ERROR_NOT_ALLOWED,
            "act.unit");
    done(city_act(&city, "cg", (struct act){.verb = VERB_ACCEPT, .unit = "cg"}));
    city_close(&city);
}

// ---- report -------------------------------------------------------------------------------------

static void a_report_implies_acceptance(void **state)
{
    (void)state;
    struct city city;
    open_garbage(&city);
    city.now_ms += HOUR_MS / 2;
    done(city_act(&city, "cg", (struct act){.verb = VERB_REPORT, .head_count = 3}));
    const struct summons *summons = city_summons(&city, "cg");
    assert_int_equal(summons->state, SUMMONS_REPORTED);
    assert_int_equal(summons->accepted_ms, city.now_ms);
    assert_int_equal(summons->reported_ms, city.now_ms);
    assert_int_equal(summons->arrived_ms, city.now_ms);
    assert_int_equal(summons->reported_seq, city_event(&city)->seq);
    assert_int_equal(summons->head_count, 3);
    assert_false(runs(&city, STAGE_ACCEPT, "cg") || runs(&city, STAGE_REPORT, "cg"));
    assert_true(runs(&city, STAGE_RESOLVE, "cg"));
    assert_int_equal(city_case(&city)->state, CASE_IN_HAND);
    city_close(&city);
}

static void in_contact_counts_where_no_meeting_is_appointed(void **state)
{
    (void)state;
    struct city city;
    open_garbage(&city);
    int64_t eta = city.now_ms + 2 * HOUR_MS;
    done(city_act(&city, "cg", (struct act){.verb = VERB_REPORT, .eta_ms = eta}));
    assert_int_equal(city_summons(&city, "cg")->eta_ms, eta);
    assert_int_equal(city_summons(&city, "cg")->arrived_ms, 0);
    assert_false(runs(&city, STAGE_REPORT, "cg"));
    city.now_ms += HOUR_MS;
    done(
        city_act(&city, "cg", (struct act){.verb = VERB_REPORT, .arrived_ms = city.now_ms, .head_count = 2}));
    assert_int_equal(city_summons(&city, "cg")->arrived_ms, city.now_ms);
    assert_int_equal(city_summons(&city, "cg")->reported_ms,
                     at("2026-03-02 08:00")); // the first report stands
    city_close(&city);
}

static void a_meeting_s_clock_runs_until_arrival(void **state)
{
    (void)state;
    struct city city;
    open_joint(&city);
    done(city_act(&city, "cg", (struct act){.verb = VERB_REPORT, .eta_ms = at("2026-02-14 09:00")}));
    assert_true(runs(&city, STAGE_REPORT, "cg"));
    done(city_act(&city, "jj",
                  (struct act){.verb = VERB_REPORT})); // the evening before: in contact, not there
    assert_int_equal(city_summons(&city, "jj")->arrived_ms, 0);
    assert_true(runs(&city, STAGE_REPORT, "jj"));
    city_until(&city, "2026-02-14 08:50");
    done(city_act(&city, "cg", (struct act){.verb = VERB_REPORT, .head_count = 4})); // early, and there
    assert_false(runs(&city, STAGE_REPORT, "cg"));
    assert_false(city_event(&city)->late);
    city_until(&city, "2026-02-14 09:41");
    done(city_act(&city, "jj", (struct act){.verb = VERB_REPORT, .arrived_ms = city.now_ms}));
    assert_true(city_event(&city)->late);
    city_close(&city);
}

static void times_of_a_report_are_held_to_the_clock(void **state)
{
    (void)state;
    struct city city;
    open_garbage(&city);
    int64_t called = city.now_ms;
    city.now_ms += HOUR_MS;
    const struct {
        struct act act;
        const char *field;
    } table[] = {
        {{.verb = VERB_REPORT, .arrived_ms = called - 1}, "act.arrived_ms"},
        {{.verb = VERB_REPORT, .arrived_ms = city.now_ms + 6 * MINUTE_MS}, "act.arrived_ms"},
        {{.verb = VERB_REPORT, .arrived_ms = -5}, "act.arrived_ms"},
        {{.verb = VERB_REPORT, .eta_ms = city.now_ms - 6 * MINUTE_MS}, "act.eta_ms"},
        {{.verb = VERB_REPORT, .eta_ms = INT64_MAX}, "act.eta_ms"},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        refused(city_act(&city, "cg", table[i].act), ERROR_TIME_RANGE, table[i].field);
    done(city_act(&city, "cg", (struct act){.verb = VERB_REPORT, .arrived_ms = called + MINUTE_MS}));
    city_close(&city);
}

// ---- decline ------------------------------------------------------------------------------------

static void a_decline_goes_to_the_desk_and_no_clock_stops(void **state)
{
    (void)state;
    struct city city;
    open_garbage(&city);
    city.now_ms += 31 * MINUTE_MS;
    done(decline(&city, "cg", "D02"));
    assert_int_equal(city_case(&city)->state, CASE_ARBITRATION);
    assert_int_equal(city_case(&city)->declines, 1);
    assert_int_equal(city_summons(&city, "cg")->state, SUMMONS_DECLINED);
    assert_string_equal(city_summons(&city, "cg")->reason, "D02");
    assert_int_equal(city_summons(&city, "cg")->held_ms, 31 * MINUTE_MS);
    assert_int_equal(city_summons(&city, "cg")->held_since_ms, 0);
    assert_int_equal(city_clock(&city, STAGE_ACCEPT, "cg")->stop, STOP_DECLINED);
    assert_true(runs(&city, STAGE_RESOLVE, "cg") && runs(&city, STAGE_REPORT, "cg"));
    assert_true(runs(&city, STAGE_ARBITRATE, "centre"));
    assert_string_equal(shown(city_clock(&city, STAGE_ARBITRATE, "centre")->due_ms), "2026-03-02 10:31");
    assert_true(city_told(city_event(&city), "centre", WHY_SUPERVISOR));
    assert_true(city_told(city_event(&city), "420902001001", WHY_OFFICE));
    refused(city_verb(&city, "cg", VERB_ACCEPT), ERROR_ILLEGAL_MOVE, NULL);
    refused(decline(&city, "cg", "D02"), ERROR_ILLEGAL_MOVE, NULL);
    done(city_verb(&city, "zd1", VERB_ACCEPT)); // the others go on
    assert_int_equal(city_case(&city)->state, CASE_ARBITRATION);
    city_close(&city);
}

static void a_decline_needs_a_listed_reason(void **state)
{
    (void)state;
    struct city city;
    open_garbage(&city);
    refused(decline(&city, "cg", NULL), ERROR_MISSING, "act.reason");
    refused(decline(&city, "cg", ""), ERROR_MISSING, "act.reason");
    refused(decline(&city, "cg", "we are busy"), ERROR_UNKNOWN_REASON, "act.reason");
    city_close(&city);
}

static void the_return_limit_runs_from_acceptance_else_from_the_call(void **state)
{
    (void)state;
    struct city city;
    open_garbage(&city);
    city_until(&city, "2026-03-02 11:00");
    done(city_verb(&city, "cg", VERB_ACCEPT));
    city_until(&city, "2026-03-02 14:01"); // 4 hours of work from the call end at noon
    refused(decline(&city, "zd1", "D02"), ERROR_TOO_LATE, NULL);
    city_until(&city, "2026-03-02 17:00"); // from acceptance at 17:00
    done(decline(&city, "cg", "D02"));
    city_close(&city);
    open_garbage(&city);
    done(city_verb(&city, "cg", VERB_ACCEPT));
    city_until(&city, "2026-03-02 14:01");
    refused(decline(&city, "cg", "D02"), ERROR_TOO_LATE, NULL);
    assert_string_equal(city.decision.arguments[0], "decline");
    city_close(&city);
}

static void who_has_reported_does_not_decline(void **state)
{
    (void)state;
    struct city city;
    open_garbage(&city);
    done(city_verb(&city, "cg", VERB_REPORT));
    refused(decline(&city, "cg", "D02"), ERROR_ILLEGAL_MOVE, NULL);
    city_close(&city);
}

static void declines_count_over_the_whole_case(void **state)
{
    (void)state;
    struct city city;
    open_joint(&city);
    done(decline(&city, "jj", "D02"));
    const struct clock *desk = city_clock(&city, STAGE_ARBITRATE, "centre");
    int64_t due = desk->due_ms;
    city.now_ms += 10 * MINUTE_MS;
    done(decline(&city, "xf", "D01"));
    assert_int_equal(city_clock(&city, STAGE_ARBITRATE, "centre")->due_ms,
                     due); // the desk's clock is not set back
    refused(decline(&city, "water", "D01"), ERROR_TOO_MANY, NULL);
    assert_string_equal(city.decision.arguments[1], "2");
    city.rules.max_declines = 0; // unset: two
    refused(decline(&city, "water", "D01"), ERROR_TOO_MANY, NULL);
    city_close(&city);
}

static void without_a_return_limit_any_time_will_do(void **state)
{
    (void)state;
    struct city city;
    open_garbage(&city);
    city.rules.return_limit = (struct limit){0};
    city_until(&city, "2026-03-02 17:00");
    done(decline(&city, "zd1", "D02"));
    city_close(&city);
}

static void an_emergency_that_is_declined_at_night_is_ruled_on_at_night(void **state)
{
    (void)state;
    struct city city;
    city_open(&city, "2026-03-07 23:00");
    done(city_submit(&city, "420902001001", (struct whistle){.kind = KIND_EMERGENCY, .category = "0105"}));
    city.now_ms += 10 * MINUTE_MS;
    done(decline(&city, "water", "D02"));
    assert_string_equal(shown(city_clock(&city, STAGE_ARBITRATE, "centre")->due_ms), "2026-03-08 01:10");
    city.now_ms += 4 * HOUR_MS;
    refused(decline(&city, "xf", "D02"), ERROR_TOO_LATE, NULL); // four hours, not four hours of work
    city_close(&city);
}

// ---- resolve ------------------------------------------------------------------------------------

// A clock that one event stopped twice was an assertion: any resolve without acceptance, and any last one.
static void resolving_at_once_brings_nothing_down(void **state)
{
    (void)state;
    struct city city;
    open_garbage(&city);
    city.now_ms += HOUR_MS / 2;
    done(city_act(&city, "cg", (struct act){.verb = VERB_RESOLVE, .reason = "S01"}));
    assert_int_equal(city_summons(&city, "cg")->state, SUMMONS_DONE);
    assert_int_equal(city_summons(&city, "cg")->done_ms, city.now_ms);
    assert_int_equal(city_summons(&city, "cg")->accepted_ms, city.now_ms);
    assert_int_equal(city_summons(&city, "cg")->done_seq, city_event(&city)->seq);
    assert_int_equal(city_summons(&city, "cg")->held_ms, HOUR_MS / 2);
    assert_int_equal(city_case(&city)->state, CASE_IN_HAND); // the assist is still at it
    done(city_verb(&city, "zd1", VERB_RESOLVE));
    assert_int_equal(city_case(&city)->state, CASE_RESOLVED);
    for (size_t i = 0; i < city_case(&city)->clock_count; i++)
        assert_int_equal(city_case(&city)->clocks[i].stop, STOP_MET);
    assert_int_equal(city_case(&city)->next_due_ms, 0);
    refused(city_verb(&city, "cg", VERB_RESOLVE), ERROR_ILLEGAL_MOVE, NULL);
    city_close(&city);
}

static void a_result_is_on_the_list_or_not_given(void **state)
{
    (void)state;
    struct city city;
    open_garbage(&city);
    refused(city_act(&city, "cg", (struct act){.verb = VERB_RESOLVE, .reason = "S99"}), ERROR_UNKNOWN_REASON,
            "act.reason");
    city.rules.resolve_reasons.count = 0; // free
    done(city_act(&city, "cg", (struct act){.verb = VERB_RESOLVE, .reason = "swept"}));
    done(city_verb(&city, "zd1", VERB_RESOLVE));
    city_close(&city);
}

static void resolving_late_is_said(void **state)
{
    (void)state;
    struct city city;
    open_garbage(&city);
    city_until(&city, "2026-03-02 18:00");
    done(city_verb(&city, "cg", VERB_RESOLVE));
    assert_false(city_event(&city)->late);
    city_until(&city, "2026-03-02 18:01");
    done(city_verb(&city, "zd1", VERB_RESOLVE));
    assert_true(city_event(&city)->late);
    city_close(&city);
}

static void a_joint_case_is_resolved_when_all_five_are_done(void **state)
{
    (void)state;
    static const char *const units[] = {"cg", "scj", "jj", "water", "xf"};
    struct city city;
    open_joint(&city);
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(city_case(&city)->state, i ? CASE_IN_HAND : CASE_DISPATCHED);
        done(city_verb(&city, units[i], VERB_RESOLVE));
    }
    assert_int_equal(city_case(&city)->state, CASE_RESOLVED);
    city_close(&city);
}

static void a_case_is_not_resolved_over_a_decline_that_waits(void **state)
{
    (void)state;
    struct city city;
    open_garbage(&city);
    done(decline(&city, "zd1", "D02"));
    done(city_verb(&city, "cg", VERB_RESOLVE));
    assert_int_equal(city_case(&city)->state, CASE_ARBITRATION);
    assert_true(runs(&city, STAGE_ARBITRATE, "centre"));
    city_close(&city);
}

static void a_finished_case_takes_no_more_acts_of_units(void **state)
{
    (void)state;
    struct city city;
    open_garbage(&city);
    done(city_act(&city, "420902001001", (struct act){.verb = VERB_CANCEL, .reason = "C01"}));
    refused(city_verb(&city, "cg", VERB_ACCEPT), ERROR_UNKNOWN_CASE,
            "act.number"); // excused: a stranger again
    city_close(&city);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accepting_stops_its_clock_and_puts_the_case_in_hand),
        cmocka_unit_test(accepting_after_the_due_time_is_late),
        cmocka_unit_test(only_who_is_called_acts_on_a_summons_and_only_on_its_own),
        cmocka_unit_test(a_report_implies_acceptance),
        cmocka_unit_test(in_contact_counts_where_no_meeting_is_appointed),
        cmocka_unit_test(a_meeting_s_clock_runs_until_arrival),
        cmocka_unit_test(times_of_a_report_are_held_to_the_clock),
        cmocka_unit_test(a_decline_goes_to_the_desk_and_no_clock_stops),
        cmocka_unit_test(a_decline_needs_a_listed_reason),
        cmocka_unit_test(the_return_limit_runs_from_acceptance_else_from_the_call),
        cmocka_unit_test(who_has_reported_does_not_decline),
        cmocka_unit_test(declines_count_over_the_whole_case),
        cmocka_unit_test(without_a_return_limit_any_time_will_do),
        cmocka_unit_test(an_emergency_that_is_declined_at_night_is_ruled_on_at_night),
        cmocka_unit_test(resolving_at_once_brings_nothing_down),
        cmocka_unit_test(a_result_is_on_the_list_or_not_given),
        cmocka_unit_test(resolving_late_is_said),
        cmocka_unit_test(a_joint_case_is_resolved_when_all_five_are_done),
        cmocka_unit_test(a_case_is_not_resolved_over_a_decline_that_waits),
        cmocka_unit_test(a_finished_case_takes_no_more_acts_of_units),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
