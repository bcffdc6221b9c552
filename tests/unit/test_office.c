// layer: core, with: city.c
// What the submitting office does: urge, hand up, settle, evaluate, cancel, add a unit.
#include "city.h"

static const char office[] = "420902001001", street[] = "420902001";

static void open_garbage(struct city *city)
{
    city_open(city, "2026-03-02 08:00"); // a Monday
    done(city_submit(city, office, (struct whistle){0}));
}

static void open_resolved(struct city *city)
{
    open_garbage(city);
    done(city_verb(city, "cg", VERB_RESOLVE));
    done(city_verb(city, "zd1", VERB_RESOLVE));
}

static struct decision *evaluate(struct city *city, const char *unit, enum verdict verdict)
{
    return city_act(city, office, (struct act){.verb = VERB_EVALUATE, .target = unit, .verdict = verdict});
}

// ---- urge ---------------------------------------------------------------------------------------

static void urging_reaches_who_is_meant_and_is_on_the_record(void **state)
{
    (void)state;
    struct city city;
    open_garbage(&city);
    done(city_verb(&city, office, VERB_URGE));
    assert_true(city_told(city_event(&city), "cg", WHY_LEAD) &&
                city_told(city_event(&city), "zd1", WHY_ASSIST));
    done(city_act(&city, street, (struct act){.verb = VERB_URGE, .target = "zd1"}));
    assert_false(city_told_any(city_event(&city), "cg"));
    assert_int_equal(city_summons(&city, "cg")->urges, 1);
    assert_int_equal(city_summons(&city, "zd1")->urges, 2);
    assert_int_equal(city_case(&city)->urges, 2);
    refused(city_act(&city, office, (struct act){.verb = VERB_URGE, .target = "jj"}), ERROR_NOT_SUMMONED,
            "act.target");
    refused(city_act(&city, office, (struct act){.verb = VERB_URGE, .target = "nobody"}), ERROR_UNKNOWN_UNIT,
            "act.target");
    done(city_verb(&city, "zd1", VERB_RESOLVE));
    refused(city_act(&city, office, (struct act){.verb = VERB_URGE, .target = "zd1"}), ERROR_NOT_SUMMONED,
            "act.target");
    city_close(&city);
}

static void a_case_on_the_desk_is_urged_there(void **state)
{
    (void)state;
    struct city city;
    city_open(&city, "2026-03-02 08:00");
    done(city_submit(&city, office, (struct whistle){.category = "0999"}));
    done(city_verb(&city, office, VERB_URGE));
    assert_true(city_told(city_event(&city), "centre", WHY_SUPERVISOR));
    assert_int_equal(city_case(&city)->urges, 1);
    refused(city_act(&city, office, (struct act){.verb = VERB_URGE, .target = "cg"}), ERROR_NOT_SUMMONED,
            "act.target");
    city_close(&city);
}

// ---- hand up ------------------------------------------------------------------------------------

static void handing_up_goes_one_level_and_starts_that_level_s_clock(void **state)
{
    (void)state;
    struct city city;
    open_garbage(&city);
    refused(city_verb(&city, office, VERB_HAND_UP), ERROR_MISSING, "act.reason");
    refused(city_act(&city, office, (struct act){.verb = VERB_HAND_UP, .reason = "H99"}),
            ERROR_UNKNOWN_REASON, "act.reason");
    done(city_act(&city, office, (struct act){.verb = VERB_HAND_UP, .reason = "H01"}));
    assert_string_equal(city_case(&city)->charge, street);
    assert_string_equal(city_case(&city)->office, office);
    assert_int_equal(city_case(&city)->levels_up, 1);
    assert_string_equal(shown(city_clock(&city, STAGE_CHARGE, street)->due_ms), "2026-03-02 12:00");
    assert_true(city_told(city_event(&city), street, WHY_OFFICE));
    assert_true(city_told(city_event(&city), office, WHY_OFFICE));
    // the level below cannot push it past the level in charge
    refused(city_act(&city, office, (struct act){.verb = VERB_HAND_UP, .reason = "H01"}), ERROR_NOT_ALLOWED,
            NULL);
    done(city_act(&city, street, (struct act){.verb = VERB_HAND_UP, .reason = "H01"}));
    assert_string_equal(city_case(&city)->charge, "centre");
    assert_int_equal(city_clock(&city, STAGE_CHARGE, street)->stop, STOP_HANDED_UP);
    refused(city_act(&city, "centre", (struct act){.verb = VERB_HAND_UP, .reason = "H01"}),
            ERROR_NO_LEVEL_ABOVE, NULL);
    assert_int_equal(city_case(&city)->levels_up, 2);
    city_close(&city);
}

static void an_emergency_is_handed_up_on_continuous_hours(void **state)
{
    (void)state;
    struct city city;
    city_open(&city, "2026-03-07 22:00"); // a Saturday
    done(city_submit(&city, office, (struct whistle){.kind = KIND_EMERGENCY, .category = "0105"}));
    done(city_act(&city, office, (struct act){.verb = VERB_HAND_UP, .reason = "H01"}));
    assert_string_equal(shown(city_clock(&city, STAGE_CHARGE, street)->due_ms), "2026-03-08 02:00");
    city_close(&city);
}

// ---- settle -------------------------------------------------------------------------------------

static void an_office_settles_alone_what_nobody_has_taken_up(void **state)
{
    (void)state;
    struct city city;
    open_garbage(&city);
    refused(city_verb(&city, street, VERB_SETTLE), ERROR_NOT_ALLOWED, NULL);
    city.now_ms += MINUTE_MS;
    done(city_verb(&city, office, VERB_SETTLE));
    assert_int_equal(city_case(&city)->state, CASE_CLOSED);
    assert_string_equal(city_case(&city)->reason, "settled");
    assert_int_equal(city_case(&city)->closed_ms, city.now_ms);
    assert_int_equal(city_summons(&city, "cg")->state, SUMMONS_EXCUSED);
    assert_int_equal(city_summons(&city, "cg")->held_ms, MINUTE_MS);
    assert_int_equal(city_clock(&city, STAGE_RESOLVE, "cg")->stop, STOP_EXCUSED); // it met nothing
    assert_string_equal(shown(city_case(&city)->promised_ms),
                        "2026-03-02 18:00"); // what was promised stays known
    assert_true(city_told(city_event(&city), "cg", WHY_LEAD) &&
                city_told(city_event(&city), "zd1", WHY_ASSIST));
    refused(city_verb(&city, office, VERB_SETTLE), ERROR_ILLEGAL_MOVE, "act.number");
    city_close(&city);
    open_garbage(&city);
    done(city_verb(&city, "zd1", VERB_ACCEPT));
    refused(city_verb(&city, office, VERB_SETTLE), ERROR_ILLEGAL_MOVE, NULL);
    done(city_act(&city, "centre", (struct act){.verb = VERB_REASSIGN, .unit = "zd1", .target = "jj"}));
    done(city_verb(&city, office, VERB_SETTLE)); // who had taken it up was excused
    city_close(&city);
}

static void an_unplaced_case_is_settled_too(void **state)
{
    (void)state;
    struct city city;
    city_open(&city, "2026-03-02 08:00");
    done(city_submit(&city, office, (struct whistle){.category = "0999"}));
    done(city_verb(&city, office, VERB_SETTLE));
    assert_int_equal(city_case(&city)->state, CASE_CLOSED);
    assert_int_equal(city_case(&city)->next_due_ms, 0);
    city_close(&city);
}

// ---- evaluate -----------------------------------------------------------------------------------

static void all_solved_closes_the_case(void **state)
{
    (void)state;
    struct city city;
    open_resolved(&city);
    done(evaluate(&city, "cg", VERDICT_SOLVED));
    assert_int_equal(city_case(&city)->state, CASE_RESOLVED);
    assert_true(city_told(city_event(&city), "cg", WHY_LEAD));
    done(evaluate(&city, "zd1", VERDICT_SOLVED));
    assert_int_equal(city_case(&city)->state, CASE_CLOSED);
    assert_int_equal(city.decision.event_count, 2);
    assert_int_equal(city.decision.events[1].kind, EVENT_CLOSED);
    assert_string_equal(city_case(&city)->reason, "solved");
    refused(evaluate(&city, "cg", VERDICT_SOLVED), ERROR_ILLEGAL_MOVE, "act.number");
    city_close(&city);
    open_resolved(&city);
    done(evaluate(&city, NULL, VERDICT_SOLVED)); // all that are done, at once
    assert_int_equal(city_case(&city)->state, CASE_CLOSED);
    city_close(&city);
}

static void only_the_office_judges_and_only_what_is_done(void **state)
{
    (void)state;
    struct city city;
    open_garbage(&city);
    refused(evaluate(&city, NULL, VERDICT_SOLVED), ERROR_NOT_SUMMONED, "act.target");
    done(city_verb(&city, "cg", VERB_RESOLVE));
    refused(evaluate(&city, "zd1", VERDICT_SOLVED), ERROR_NOT_SUMMONED, "act.target");
    refused(evaluate(&city, "cg", 0), ERROR_MISSING, "act.verdict");
    refused(evaluate(&city, "cg", (enum verdict)9), ERROR_BAD_VALUE, "act.verdict");
    static const char *const others[] = {"cg", "zd1", "420902001", "centre", "supervise"};
    for (size_t i = 0; i < 5; i++)
        refused(city_act(&city, others[i], (struct act){.verb = VERB_EVALUATE, .verdict = VERDICT_SOLVED}),
                ERROR_NOT_ALLOWED, NULL);
    done(evaluate(&city, "cg", VERDICT_SOLVED)); // the lead is done, the assist is not
    assert_int_equal(city_case(&city)->state, CASE_IN_HAND);
    city_close(&city);
}

static void not_solved_is_rework_with_a_clock_of_its_own(void **state)
{
    (void)state;
    struct city city;
    open_resolved(&city);
    done(evaluate(&city, "cg", VERDICT_SOLVED));
    city_until(&city, "2026-03-03 11:00");
    done(evaluate(&city, "zd1", VERDICT_NOT_SOLVED));
    assert_int_equal(city.decision.events[1].kind, EVENT_REWORK);
    const struct summons *summons = city_summons(&city, "zd1");
    assert_int_equal(city_case(&city)->state, CASE_IN_HAND);
    assert_int_equal(city_case(&city)->reworks, 1);
    assert_int_equal(summons->state, SUMMONS_CALLED);
    assert_int_equal(summons->reworks, 1);
    assert_int_equal(summons->verdict, VERDICT_NOT_SOLVED);
    assert_int_equal(summons->called_ms, city.now_ms);
    assert_int_equal(summons->held_since_ms, city.now_ms);
    assert_int_equal(summons->accepted_ms | summons->reported_ms | summons->arrived_ms | summons->done_ms, 0);
    assert_string_equal(shown(city_clock(&city, STAGE_RESOLVE, "zd1")->due_ms), "2026-03-04 11:00");
    assert_string_equal(shown(city_case(&city)->promised_ms), "2026-03-04 11:00");
    assert_int_equal(city_summons(&city, "cg")->state, SUMMONS_DONE);
    assert_true(city_told(city_event(&city), "zd1", WHY_ASSIST) &&
                city_told(city_event(&city), "zd1/A", WHY_ASSIST));
    done(city_verb(&city, "zd1", VERB_ACCEPT));
    done(city_verb(&city, "zd1", VERB_RESOLVE));
    assert_int_equal(city_case(&city)->state, CASE_RESOLVED);
    done(evaluate(&city, "zd1", VERDICT_SOLVED));
    assert_int_equal(city_case(&city)->state, CASE_CLOSED);
    city_close(&city);
}

static void rework_while_others_work_leaves_them_alone(void **state)
{
    (void)state;
    struct city city;
    open_garbage(&city);
    done(city_verb(&city, "cg", VERB_RESOLVE));
    done(evaluate(&city, NULL, VERDICT_NOT_SOLVED));
    assert_int_equal(city_case(&city)->state, CASE_IN_HAND);
    assert_int_equal(city_summons(&city, "cg")->state, SUMMONS_CALLED);
    assert_int_equal(city_summons(&city, "zd1")->reworks, 0);
    city_close(&city);
}

// ---- cancel, add --------------------------------------------------------------------------------

static void cancelling_needs_a_listed_reason_and_stops_everything(void **state)
{
    (void)state;
    struct city city;
    open_garbage(&city);
    refused(city_verb(&city, office, VERB_CANCEL), ERROR_MISSING, "act.reason");
    refused(city_act(&city, office, (struct act){.verb = VERB_CANCEL, .reason = "C99"}), ERROR_UNKNOWN_REASON,
            "act.reason");
    refused(city_act(&city, "cg", (struct act){.verb = VERB_CANCEL, .reason = "C01"}), ERROR_NOT_ALLOWED,
            NULL);
    done(city_verb(&city, "cg", VERB_ACCEPT));
    done(city_act(&city, office, (struct act){.verb = VERB_CANCEL, .reason = "C01"}));
    assert_int_equal(city_case(&city)->state, CASE_CANCELLED);
    assert_string_equal(city_case(&city)->reason, "C01");
    for (size_t i = 0; i < city_case(&city)->clock_count; i++)
        assert_true(city_case(&city)->clocks[i].stopped_ms != 0);
    assert_int_equal(city_clock(&city, STAGE_RESOLVE, "cg")->stop, STOP_CANCELLED);
    assert_int_equal(city_clock(&city, STAGE_ACCEPT, "cg")->stop, STOP_MET); // it had met that one
    assert_true(city_told(city_event(&city), "cg", WHY_LEAD));
    city_close(&city);
    open_resolved(&city);
    refused(city_act(&city, office, (struct act){.verb = VERB_CANCEL, .reason = "C01"}), ERROR_ILLEGAL_MOVE,
            NULL);
    city_close(&city);
}

static void an_added_unit_has_its_own_clocks_and_is_in_the_answer(void **state)
{
    (void)state;
    struct city city;
    open_garbage(&city);
    done(city_verb(&city, "cg", VERB_RESOLVE));
    refused(city_verb(&city, office, VERB_ADD_UNIT), ERROR_MISSING, "act.target");
    refused(city_act(&city, office, (struct act){.verb = VERB_ADD_UNIT, .target = "nobody"}),
            ERROR_UNKNOWN_UNIT, "act.target");
    refused(city_act(&city, office, (struct act){.verb = VERB_ADD_UNIT, .target = "cg"}),
            ERROR_ALREADY_SUMMONED, "act.target");
    city_until(&city, "2026-03-02 10:00");
    struct decision *got = city_act(&city, office, (struct act){.verb = VERB_ADD_UNIT, .target = "jj"});
    done(got);
    assert_int_equal(city_summons(&city, "jj")->role, ROLE_ASSIST);
    assert_int_equal(city_summons(&city, "jj")->id, 3);
    assert_string_equal(shown(city_clock(&city, STAGE_RESOLVE, "jj")->due_ms), "2026-03-03 10:00");
    assert_int_equal(got->called_count, 1);
    assert_string_equal(got->called[0].unit, "jj");
    assert_string_equal(shown(got->called[0].accept_due_ms), "2026-03-02 11:00");
    done(city_act(&city, "centre", (struct act){.verb = VERB_ADD_UNIT, .target = "xf", .role = ROLE_LEAD}));
    assert_int_equal(city_summons(&city, "xf")->role, ROLE_LEAD);
    done(city_verb(&city, "zd1", VERB_RESOLVE));
    assert_int_equal(city_case(&city)->state, CASE_IN_HAND); // two more to go
    done(city_verb(&city, "jj", VERB_RESOLVE));
    done(city_verb(&city, "xf", VERB_RESOLVE));
    assert_int_equal(city_case(&city)->state, CASE_RESOLVED);
    refused(city_act(&city, office, (struct act){.verb = VERB_ADD_UNIT, .target = "yj"}), ERROR_ILLEGAL_MOVE,
            NULL);
    city_close(&city);
}

static void a_unit_that_was_excused_can_be_called_again(void **state)
{
    (void)state;
    struct city city;
    open_garbage(&city);
    done(city_act(&city, "centre", (struct act){.verb = VERB_REASSIGN, .unit = "zd1", .target = "jj"}));
    done(city_act(&city, office, (struct act){.verb = VERB_ADD_UNIT, .target = "zd1"}));
    assert_int_equal(city_summons(&city, "zd1")->id, 4);
    done(city_verb(&city, "zd1", VERB_ACCEPT));
    assert_int_equal(city_case(&city)->summons[1].state, SUMMONS_EXCUSED);
    city_close(&city);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(urging_reaches_who_is_meant_and_is_on_the_record),
        cmocka_unit_test(a_case_on_the_desk_is_urged_there),
        cmocka_unit_test(handing_up_goes_one_level_and_starts_that_level_s_clock),
        cmocka_unit_test(an_emergency_is_handed_up_on_continuous_hours),
        cmocka_unit_test(an_office_settles_alone_what_nobody_has_taken_up),
        cmocka_unit_test(an_unplaced_case_is_settled_too),
        cmocka_unit_test(all_solved_closes_the_case),
        cmocka_unit_test(only_the_office_judges_and_only_what_is_done),
        cmocka_unit_test(not_solved_is_rework_with_a_clock_of_its_own),
        cmocka_unit_test(rework_while_others_work_leaves_them_alone),
        cmocka_unit_test(cancelling_needs_a_listed_reason_and_stops_everything),
        cmocka_unit_test(an_added_unit_has_its_own_clocks_and_is_in_the_answer),
        cmocka_unit_test(a_unit_that_was_excused_can_be_called_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
