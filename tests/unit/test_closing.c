// layer: core, with: city.c
// How a case is brought to its end: what the resident is told and says, who closes it and when, and how it is
// opened again.
#include "city.h"

#include "base/text.h"

static const char community[] = "420902001001", street[] = "420902001";

static const struct closing *closing(struct city *city)
{
    assert_non_null(city_case(city)->closing);
    return city_case(city)->closing;
}

static void open_resolved(struct city *city, uint32_t needs)
{
    city_open(city, "2026-03-02 10:00");
    city->rules.closing = needs;
    city->rules.reopen_limit = limit_of(MEASURE_NATURAL_DAYS, 7);
    city->rules.limits.of[STAGE_CLOSE] = limit_of(MEASURE_WORKING_HOURS, 4);
    done(city_submit(city, community, (struct whistle){0}));
    done(city_verb(city, "cg", VERB_RESOLVE));
    done(city_verb(city, "zd1", VERB_RESOLVE));
    assert_int_equal(city_case(city)->state, CASE_RESOLVED);
}

static struct decision *evaluate(struct city *city, const char *unit, enum verdict verdict)
{
    return city_act(city, community, (struct act){.verb = VERB_EVALUATE, .target = unit, .verdict = verdict});
}

// With a text.
static struct decision *say(struct city *city, const char *who, enum verb verb)
{
    city->personal = PERSONAL_TEXT;
    struct decision *decision = city_verb(city, who, verb);
    city->personal = 0;
    return decision;
}

static struct decision *call_back(struct city *city, enum verdict verdict, enum satisfaction satisfied)
{
    return city_act(city, community,
                    (struct act){.verb = VERB_CALL_BACK, .verdict = verdict, .satisfied = satisfied});
}

// ---- 反馈, 回访 ---------------------------------------------------------------------------------

static void the_resident_is_told_before_the_case_is_closed(void **state)
{
    (void)state;
    struct city city;
    open_resolved(&city, CLOSING_FEEDBACK);
    refused(city_verb(&city, community, VERB_FEEDBACK), ERROR_MISSING, "act.text");
    refused(say(&city, "scj", VERB_FEEDBACK), ERROR_UNKNOWN_CASE, "act.number");
    refused(say(&city, "zd1", VERB_FEEDBACK), ERROR_NOT_ALLOWED, NULL); // an assist
    done(evaluate(&city, NULL, VERDICT_SOLVED));
    assert_int_equal(city_case(&city)->state, CASE_RESOLVED);
    done(say(&city, community, VERB_FEEDBACK));
    assert_int_equal(city_case(&city)->state, CASE_CLOSED);
    assert_int_equal(city.decision.event_count, 2);
    assert_int_equal(closing(&city)->fed_back_seq, city.decision.events[0].seq);
    city_close(&city);
}

static void what_was_told_before_the_work_was_done_is_not_its_result(void **state)
{
    (void)state;
    struct city city;
    city_open(&city, "2026-03-02 10:00");
    done(city_submit(&city, community, (struct whistle){0}));
    done(say(&city, "cg", VERB_FEEDBACK)); // the lead may tell him that it comes
    assert_int_equal(city_event(&city)->kind, EVENT_FED_BACK);
    assert_int_equal(closing(&city)->fed_back_ms, 0);
    city_close(&city);
}

static void the_resident_gives_two_answers_or_was_not_reached(void **state)
{
    (void)state;
    struct city city;
    open_resolved(&city, CLOSING_CALL_BACK);
    done(evaluate(&city, NULL, VERDICT_SOLVED));
    refused(call_back(&city, VERDICT_SOLVED, 0), ERROR_MISSING, "act.satisfied");
    refused(call_back(&city, 0, SATISFACTION_BASICALLY), ERROR_MISSING, "act.verdict");
    refused(call_back(&city, VERDICT_SOLVED, 9), ERROR_BAD_VALUE, "act.satisfied");
    refused(city_act(&city, "cg", (struct act){.verb = VERB_CALL_BACK}), ERROR_NOT_ALLOWED, NULL);
    done(call_back(&city, 0, 0));
    done(call_back(&city, 0, 0));
    assert_int_equal(closing(&city)->calls, 2);
    assert_int_equal(closing(&city)->called_back_ms, 0);
    assert_int_equal(city_case(&city)->state, CASE_RESOLVED);
    refused(city_act(&city, community,
                     (struct act){.verb = VERB_CALL_BACK,
                                  .target = "water", // which nobody called: it was praised for nothing
                                  .verdict = VERDICT_SOLVED,
                                  .satisfied = SATISFACTION_SATISFIED}),
            ERROR_NOT_SUMMONED, "act.target");
    done(call_back(&city, VERDICT_SOLVED, SATISFACTION_DISSATISFIED)); // solved, if not to his liking
    assert_int_equal(closing(&city)->calls, 3);
    assert_int_equal(closing(&city)->satisfied, SATISFACTION_DISSATISFIED);
    assert_int_equal(city_case(&city)->state, CASE_CLOSED);
    assert_string_equal(city_case(&city)->reason, "solved");
    city_close(&city);
}

static void not_solved_is_rework_and_what_he_said_before_counts_no_more(void **state)
{
    (void)state;
    struct city city;
    open_resolved(&city, CLOSING_CALL_BACK | CLOSING_FEEDBACK);
    done(evaluate(&city, NULL, VERDICT_SOLVED));
    done(say(&city, community, VERB_FEEDBACK));
    city.now_ms = at("2026-03-02 11:00");
    refused(city_act(&city, community,
                     (struct act){.verb = VERB_CALL_BACK,
                                  .target = "jj",
                                  .verdict = VERDICT_NOT_SOLVED,
                                  .satisfied = SATISFACTION_DISSATISFIED}),
            ERROR_NOT_SUMMONED, "act.target");
    done(call_back(&city, VERDICT_NOT_SOLVED, SATISFACTION_DISSATISFIED));
    assert_int_equal(city_case(&city)->state, CASE_IN_HAND);
    assert_int_equal(city_case(&city)->reworks, 1);
    assert_int_equal(city_summons(&city, "cg")->state, SUMMONS_CALLED);
    assert_string_equal(shown(city_clock(&city, STAGE_RESOLVE, "cg")->due_ms), "2026-03-03 11:00");
    assert_int_equal(closing(&city)->fed_back_ms, 0);
    assert_int_equal(closing(&city)->solved, 0);
    done(city_verb(&city, "cg", VERB_RESOLVE));
    done(city_verb(&city, "zd1", VERB_RESOLVE));
    done(call_back(&city, VERDICT_SOLVED, SATISFACTION_SATISFIED));
    done(say(&city, community, VERB_FEEDBACK));
    assert_int_equal(city_case(&city)->state, CASE_RESOLVED); // the office has not judged the new work
    done(evaluate(&city, NULL, VERDICT_SOLVED));
    assert_int_equal(city_case(&city)->state, CASE_CLOSED);
    city_close(&city);
}

// ---- 结案 ---------------------------------------------------------------------------------------

static void an_office_that_forgets_to_close_is_on_the_clock(void **state)
{
    (void)state;
    struct city city;
    open_resolved(&city, 0);
    assert_string_equal(shown(city_clock(&city, STAGE_CLOSE, community)->due_ms), "2026-03-02 16:00");
    assert_true(city_until(&city, "2026-03-02 16:00") > 0);
    done(evaluate(&city, "cg", VERDICT_NOT_SOLVED));
    assert_int_equal(city_clock(&city, STAGE_CLOSE, community)->stop, STOP_REPLACED);
    done(city_verb(&city, "cg", VERB_RESOLVE));
    done(evaluate(&city, NULL, VERDICT_SOLVED));
    assert_int_equal(city_clock(&city, STAGE_CLOSE, community)->stop, STOP_MET);
    city_close(&city);
}

static void a_case_is_closed_by_hand_with_a_coded_reason(void **state)
{
    (void)state;
    static struct reason reasons[] = {{"E1", "the resident cannot be reached"}};
    struct city city;
    open_resolved(&city, CLOSING_CALL_BACK);
    city.rules.close_reasons = (struct reason_list){reasons, 1};
    refused(city_verb(&city, community, VERB_CLOSE), ERROR_MISSING, "act.reason");
    refused(city_act(&city, community, (struct act){.verb = VERB_CLOSE, .reason = "tired"}),
            ERROR_UNKNOWN_REASON, "act.reason");
    refused(city_act(&city, "cg", (struct act){.verb = VERB_CLOSE, .reason = "E1"}), ERROR_NOT_ALLOWED, NULL);
    done(city_act(&city, community, (struct act){.verb = VERB_CLOSE, .reason = "E1"}));
    assert_int_equal(city_case(&city)->state, CASE_CLOSED);
    assert_string_equal(city_case(&city)->reason, "E1");
    refused(city_act(&city, community, (struct act){.verb = VERB_CLOSE, .reason = "E1"}), ERROR_ILLEGAL_MOVE,
            "act.number");
    city_close(&city);
}

static void nothing_is_closed_that_is_not_done_or_waits_to_be_verified(void **state)
{
    (void)state;
    struct city city;
    city_open(&city, "2026-03-02 10:00");
    city.rules.routing.rules[2].verify = "street";
    done(city_submit(&city, community, (struct whistle){0}));
    refused(city_act(&city, community, (struct act){.verb = VERB_CLOSE, .reason = "x"}), ERROR_ILLEGAL_MOVE,
            NULL);
    done(city_verb(&city, "cg", VERB_RESOLVE));
    done(city_verb(&city, "zd1", VERB_RESOLVE));
    refused(city_act(&city, community, (struct act){.verb = VERB_CLOSE, .reason = "x"}), ERROR_ILLEGAL_MOVE,
            NULL);
    done(city_act(&city, street, (struct act){.verb = VERB_VERIFY, .verdict = VERDICT_SOLVED}));
    done(city_act(&city, community, (struct act){.verb = VERB_CLOSE, .reason = "x"}));
    city_close(&city);
}

// ---- 重开 ---------------------------------------------------------------------------------------

static void open_closed(struct city *city)
{
    open_resolved(city, 0);
    done(evaluate(city, NULL, VERDICT_SOLVED));
    assert_int_equal(city_case(city)->state, CASE_CLOSED);
}

static struct decision *reopen(struct city *city, const char *who, const char *unit)
{
    return city_act(city, who, (struct act){.verb = VERB_REOPEN, .target = unit, .reason = "back again"});
}

static void a_closed_case_is_opened_again_within_its_window(void **state)
{
    (void)state;
    struct city city;
    open_closed(&city);
    assert_string_equal(shown(closing(&city)->reopen_until_ms), "2026-03-09 10:00");
    city.now_ms = at("2026-03-09 09:59");
    refused(city_verb(&city, community, VERB_REOPEN), ERROR_MISSING, "act.reason");
    refused(reopen(&city, "cg", NULL), ERROR_NOT_ALLOWED, NULL);
    refused(reopen(&city, community, "jj"), ERROR_NOT_SUMMONED, "act.target");
    done(reopen(&city, community, "cg"));
    assert_int_equal(city_case(&city)->state, CASE_IN_HAND);
    assert_int_equal(city_case(&city)->closed_ms, 0);
    assert_int_equal(closing(&city)->reopened, 1);
    assert_int_equal(city_summons(&city, "cg")->reworks, 1);
    assert_int_equal(city_summons(&city, "zd1")->state, SUMMONS_DONE);
    assert_true(clock_is_running(city_clock(&city, STAGE_RESOLVE, "cg")));
    done(city_verb(&city, "cg", VERB_RESOLVE));
    done(evaluate(&city, "cg", VERDICT_SOLVED));
    assert_int_equal(city_case(&city)->state, CASE_CLOSED);
    city_close(&city);
}

static void after_the_window_another_whistle_has_to_be_blown(void **state)
{
    (void)state;
    struct city city;
    open_closed(&city);
    city.now_ms = at("2026-03-09 10:00");
    refused(reopen(&city, community, NULL), ERROR_TOO_LATE, NULL);
    done(call_back(&city, VERDICT_NOT_SOLVED, SATISFACTION_DISSATISFIED)); // that is put down all the same
    assert_int_equal(closing(&city)->satisfied, SATISFACTION_DISSATISFIED);
    assert_int_equal(city_case(&city)->state, CASE_CLOSED);
    city_close(&city);
}

static void a_resident_who_is_called_after_the_end_can_open_it_again(void **state)
{
    (void)state;
    struct city city;
    open_closed(&city);
    done(call_back(&city, VERDICT_NOT_SOLVED, SATISFACTION_DISSATISFIED));
    assert_int_equal(city_case(&city)->state, CASE_IN_HAND);
    assert_int_equal(city.decision.event_count, 3);
    assert_int_equal(city.decision.events[1].kind, EVENT_REOPENED);
    assert_int_equal(city.decision.events[2].kind, EVENT_REWORK);
    city_close(&city);
}

static void what_was_settled_alone_is_placed_when_it_is_opened_again(void **state)
{
    (void)state;
    struct city city;
    city_open(&city, "2026-03-02 10:00");
    city.rules.reopen_limit = limit_of(MEASURE_NATURAL_DAYS, 7);
    done(city_submit(&city, community, (struct whistle){0}));
    done(city_verb(&city, community, VERB_SETTLE));
    city.now_ms = at("2026-03-03 10:00");
    done(reopen(&city, community, NULL));
    assert_int_equal(city_case(&city)->state, CASE_DISPATCHED);
    assert_int_equal(city_summons(&city, "cg")->state, SUMMONS_CALLED);
    assert_string_equal(shown(city_clock(&city, STAGE_RESOLVE, "cg")->due_ms), "2026-03-04 10:00");
    city_close(&city);
}

// ---- what was once wrong ------------------------------------------------------------------------

static struct decision *hand_up(struct city *city)
{
    return city_act(city, community, (struct act){.verb = VERB_HAND_UP, .reason = "H01"});
}

static void the_level_in_charge_has_a_time_again_when_the_work_begins_anew(void **state)
{
    (void)state;
    struct city city;
    city_open(&city, "2026-03-02 10:00");
    city.rules.reopen_limit = limit_of(MEASURE_NATURAL_DAYS, 7);
    done(city_submit(&city, community, (struct whistle){0}));
    done(hand_up(&city));
    done(city_verb(&city, "cg", VERB_RESOLVE));
    done(city_verb(&city, "zd1", VERB_RESOLVE));
    assert_null(case_clock(city_case(&city), STAGE_CHARGE, 0));
    done(evaluate(&city, "cg", VERDICT_NOT_SOLVED));
    assert_true(clock_is_running(city_clock(&city, STAGE_CHARGE, street)));
    done(city_verb(&city, "cg", VERB_RESOLVE));
    done(evaluate(&city, NULL, VERDICT_SOLVED));
    done(reopen(&city, community, NULL));
    assert_true(clock_is_running(city_clock(&city, STAGE_CHARGE, street)));
    city_close(&city);
}

static void what_was_found_wanting_is_not_settled_away(void **state)
{
    (void)state;
    struct city city;
    open_resolved(&city, 0);
    done(evaluate(&city, NULL, VERDICT_NOT_SOLVED));
    refused(city_verb(&city, community, VERB_SETTLE), ERROR_ILLEGAL_MOVE, NULL);
    city_close(&city);
}

static void what_was_handed_up_is_no_small_matter(void **state)
{
    (void)state;
    struct city city;
    city_open(&city, "2026-03-02 10:00");
    done(city_submit(&city, community, (struct whistle){0}));
    done(hand_up(&city));
    refused(city_verb(&city, community, VERB_SETTLE), ERROR_ILLEGAL_MOVE, NULL);
    city_close(&city);
}

static void who_settles_alone_says_what_he_did_where_residents_are_told(void **state)
{
    (void)state;
    static struct reason reasons[] = {{"E1", "explained"}};
    struct city city;
    city_open(&city, "2026-03-02 10:00");
    city.rules.closing = CLOSING_FEEDBACK;
    city.rules.close_reasons = (struct reason_list){reasons, 1};
    done(city_submit(&city, community, (struct whistle){0}));
    refused(city_verb(&city, community, VERB_SETTLE), ERROR_MISSING, "act.text");
    refused(city_act(&city, community, (struct act){.verb = VERB_SETTLE, .reason = "Zhang San is mad"}),
            ERROR_UNKNOWN_REASON, "act.reason");
    done(say(&city, community, VERB_SETTLE));
    city_close(&city);
}

static void one_unit_found_solved_does_not_verify_the_case(void **state)
{
    (void)state;
    struct city city;
    city_open(&city, "2026-03-02 10:00");
    city.rules.routing.rules[2].verify = "street";
    done(city_submit(&city, community, (struct whistle){0}));
    done(city_verb(&city, "cg", VERB_RESOLVE));
    done(city_verb(&city, "zd1", VERB_RESOLVE));
    refused(city_act(&city, street,
                     (struct act){.verb = VERB_VERIFY, .target = "zd1", .verdict = VERDICT_SOLVED}),
            ERROR_BAD_VALUE, "act.target");
    city_close(&city);
}

static void an_office_that_did_the_work_is_verified_by_the_level_above(void **state)
{
    (void)state;
    struct city city;
    city_open(&city, "2026-03-02 10:00");
    city.rules.routing.rules[5].verify = "office";
    done(city_submit(&city, community,
                     (struct whistle){.category = "0301"})); // which the community does itself
    done(city_verb(&city, community, VERB_RESOLVE));
    assert_non_null(city_clock(&city, STAGE_VERIFY, street));
    done(evaluate(&city, NULL, VERDICT_SOLVED));
    assert_int_equal(city_case(&city)->state, CASE_RESOLVED);
    done(city_act(&city, street, (struct act){.verb = VERB_VERIFY, .verdict = VERDICT_SOLVED}));
    assert_int_equal(city_case(&city)->state, CASE_CLOSED);
    city_close(&city);
}

static void who_can_verify_is_found_where_a_whole_line_worked(void **state)
{
    (void)state;
    struct city city;
    city_open(&city, "2026-03-02 10:00");
    city.rules.routing.rules[2].verify = "street";
    done(city_submit(&city, community, (struct whistle){0}));
    for (int i = 0; i < 2; i++)
        done(city_act(&city, community,
                      (struct act){.verb = VERB_ADD_UNIT, .target = (const char *[]){street, "centre"}[i]}));
    static const char *const units[] = {"cg", "zd1", "420902001", "centre"};
    for (int i = 0; i < 4; i++)
        done(city_verb(&city, units[i], VERB_RESOLVE));
    assert_non_null(city_clock(&city, STAGE_VERIFY, community)); // the street and the centre above it worked
    done(evaluate(&city, NULL, VERDICT_SOLVED));
    assert_int_equal(city_case(&city)->state, CASE_CLOSED);
    city_close(&city);
}

static void nobody_closes_by_hand_what_was_found_not_solved(void **state)
{
    (void)state;
    struct city city;
    open_resolved(&city, 0);
    done(evaluate(&city, "cg", VERDICT_NOT_SOLVED));
    done(city_verb(&city, "cg", VERB_RESOLVE)); // and nobody has looked at it again
    refused(city_act(&city, community, (struct act){.verb = VERB_CLOSE, .reason = "E1"}), ERROR_ILLEGAL_MOVE,
            NULL);
    refused(city_act(&city, community, (struct act){.verb = VERB_CLOSE, .reason = "solved"}),
            ERROR_UNKNOWN_REASON, "act.reason");
    city_close(&city);
}

static void what_was_said_already_is_not_counted_again(void **state)
{
    (void)state;
    struct city city;
    open_resolved(&city, CLOSING_FEEDBACK);
    done(evaluate(&city, NULL, VERDICT_SOLVED));
    refused(evaluate(&city, NULL, VERDICT_SOLVED), ERROR_ILLEGAL_MOVE, "act.verdict");
    done(call_back(&city, VERDICT_SOLVED, SATISFACTION_SATISFIED));
    refused(call_back(&city, VERDICT_SOLVED, SATISFACTION_SATISFIED), ERROR_ILLEGAL_MOVE, "act.verdict");
    city_close(&city);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_resident_is_told_before_the_case_is_closed),
        cmocka_unit_test(what_was_told_before_the_work_was_done_is_not_its_result),
        cmocka_unit_test(the_resident_gives_two_answers_or_was_not_reached),
        cmocka_unit_test(not_solved_is_rework_and_what_he_said_before_counts_no_more),
        cmocka_unit_test(an_office_that_forgets_to_close_is_on_the_clock),
        cmocka_unit_test(a_case_is_closed_by_hand_with_a_coded_reason),
        cmocka_unit_test(nothing_is_closed_that_is_not_done_or_waits_to_be_verified),
        cmocka_unit_test(a_closed_case_is_opened_again_within_its_window),
        cmocka_unit_test(after_the_window_another_whistle_has_to_be_blown),
        cmocka_unit_test(a_resident_who_is_called_after_the_end_can_open_it_again),
        cmocka_unit_test(the_level_in_charge_has_a_time_again_when_the_work_begins_anew),
        cmocka_unit_test(what_was_found_wanting_is_not_settled_away),
        cmocka_unit_test(what_was_handed_up_is_no_small_matter),
        cmocka_unit_test(who_settles_alone_says_what_he_did_where_residents_are_told),
        cmocka_unit_test(one_unit_found_solved_does_not_verify_the_case),
        cmocka_unit_test(an_office_that_did_the_work_is_verified_by_the_level_above),
        cmocka_unit_test(who_can_verify_is_found_where_a_whole_line_worked),
        cmocka_unit_test(nobody_closes_by_hand_what_was_found_not_solved),
        cmocka_unit_test(what_was_said_already_is_not_counted_again),
        cmocka_unit_test(what_was_settled_alone_is_placed_when_it_is_opened_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
