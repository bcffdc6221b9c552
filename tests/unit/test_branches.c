// layer: core, with: city.c
// Inside a unit, and between levels: a summons that is handed down to a branch, an assist that is excused,
// how far a unit is, a quarrel that goes to a meeting, a case that comes back down.
#include "city.h"

#include "base/text.h"

static const char community[] = "420902001001", street[] = "420902001";

static struct decision *about(struct city *city, const char *who, enum verb verb, const char *target)
{
    return city_act(city, who, (struct act){.verb = verb, .target = target});
}

// With a text.
static struct decision *say(struct city *city, const char *who, struct act act)
{
    city->personal = PERSONAL_TEXT;
    struct decision *decision = city_act(city, who, act);
    city->personal = 0;
    return decision;
}

// ---- 转派 ---------------------------------------------------------------------------------------

// The standing joint office is called to a case of garbage.
static void open_standing(struct city *city)
{
    city_open(city, "2026-03-02 10:00");
    done(city_submit(city, community, (struct whistle){.category = "0301"}));
    done(about(city, "centre", VERB_ADD_UNIT, "joint1"));
}

static void a_branch_has_it_in_hand_and_the_units_clock_is_unchanged(void **state)
{
    (void)state;
    struct city city;
    open_standing(&city);
    int64_t due_ms = city_clock(&city, STAGE_RESOLVE, "joint1")->due_ms;
    size_t clocks = city_case(&city)->clock_count;
    city.now_ms = at("2026-03-02 10:30");
    done(about(&city, "joint1", VERB_HAND_DOWN, "zd2"));
    assert_string_equal(city_summons(&city, "joint1")->handler, "zd2");
    assert_true(city_told(city_event(&city), "zd2", WHY_ASSIST));
    assert_int_equal(city_case(&city)->clock_count, clocks);
    assert_int_equal(city_clock(&city, STAGE_RESOLVE, "joint1")->due_ms, due_ms);
    done(city_verb(&city, "zd2", VERB_ACCEPT));
    assert_string_equal(city_event(&city)->unit, "joint1"); // whose summons it is
    assert_int_equal(city_summons(&city, "joint1")->state, SUMMONS_ACCEPTED);
    refused(city_act(&city, "zd2", (struct act){.verb = VERB_DECLINE, .reason = "D02"}), ERROR_NOT_ALLOWED,
            NULL);
    refused(about(&city, "zd2", VERB_HAND_DOWN, "zd3"), ERROR_NOT_ALLOWED, NULL);
    done(about(&city, "joint1", VERB_HAND_DOWN, "zd3"));
    assert_true(city_told_any(city_event(&city), "zd2")); // who had it hears that another has it
    refused(city_verb(&city, "zd2", VERB_RESOLVE), ERROR_UNKNOWN_CASE, "act.number");
    done(city_verb(&city, "zd3", VERB_REPORT));
    done(about(&city, "joint1", VERB_HAND_DOWN, "joint1")); // taken back
    assert_null(city_summons(&city, "joint1")->handler);
    done(city_verb(&city, "joint1", VERB_RESOLVE));
    city_close(&city);
}

static void only_to_a_branch_of_ones_own(void **state)
{
    (void)state;
    struct city city;
    open_standing(&city);
    refused(about(&city, "joint1", VERB_HAND_DOWN, "cg"), ERROR_BAD_VALUE, "act.target");
    refused(about(&city, "joint1", VERB_HAND_DOWN, "nobody"), ERROR_UNKNOWN_UNIT, "act.target");
    refused(about(&city, "joint1", VERB_HAND_DOWN, NULL), ERROR_MISSING, "act.target");
    refused(about(&city, "centre", VERB_HAND_DOWN, "zd2"), ERROR_NOT_ALLOWED, NULL);
    done(about(&city, "centre", VERB_ADD_UNIT, "zd2"));
    refused(about(&city, "joint1", VERB_HAND_DOWN, "zd2"), ERROR_ALREADY_SUMMONED, "act.target");
    done(city_verb(&city, "joint1", VERB_RESOLVE));
    refused(about(&city, "joint1", VERB_HAND_DOWN, "zd3"), ERROR_ILLEGAL_MOVE, NULL);
    city_close(&city);
}

static void a_department_hands_down_in_its_line(void **state)
{
    (void)state;
    struct city city;
    city_open(&city, "2026-03-02 10:00");
    done(city_submit(&city, community, (struct whistle){.category = "0301"}));
    done(about(&city, "centre", VERB_ADD_UNIT, "cg"));
    done(about(&city, "cg", VERB_HAND_DOWN, "zd1"));
    city_until(&city, "2026-03-02 10:48"); // four fifths of the hour to accept
    assert_int_equal(city_event(&city)->kind, EVENT_RUNG);
    assert_true(city_told_any(city_event(&city), "zd1")); // warned with the unit
    city_close(&city);
}

// ---- 进展, 撤派 ---------------------------------------------------------------------------------

static void how_far_it_is_stands_with_the_summons(void **state)
{
    (void)state;
    struct city city;
    city_open(&city, "2026-03-02 10:00");
    done(city_submit(&city, community, (struct whistle){0}));
    refused(city_verb(&city, "cg", VERB_PROGRESS), ERROR_MISSING, "act.text");
    done(say(&city, "cg", (struct act){.verb = VERB_PROGRESS}));
    assert_int_equal(city_summons(&city, "cg")->progress_seq, city_event(&city)->seq);
    assert_true(city_told(city_event(&city), community, WHY_OFFICE));
    done(city_verb(&city, "cg", VERB_RESOLVE));
    refused(say(&city, "cg", (struct act){.verb = VERB_PROGRESS}), ERROR_ILLEGAL_MOVE, NULL);
    city_close(&city);
}

static void an_assist_is_excused_on_the_record_and_the_case_goes_on_without_it(void **state)
{
    (void)state;
    struct city city;
    city_open(&city, "2026-03-02 10:00");
    done(city_submit(&city, community, (struct whistle){0}));
    refused(about(&city, community, VERB_EXCUSE, "cg"), ERROR_ILLEGAL_MOVE, "act.target"); // the lead
    refused(about(&city, community, VERB_EXCUSE, "jj"), ERROR_NOT_SUMMONED, "act.target");
    refused(about(&city, "cg", VERB_EXCUSE, "zd1"), ERROR_NOT_ALLOWED, NULL);
    done(city_verb(&city, "cg", VERB_RESOLVE));
    done(about(&city, community, VERB_EXCUSE, "zd1"));
    assert_int_equal(city_summons(&city, "zd1")->state, SUMMONS_EXCUSED);
    assert_null(city_summons(&city, "zd1")->exempt); // nobody found it wrongly called
    assert_int_equal(city_case(&city)->state, CASE_RESOLVED);
    city_close(&city);
}

static void what_a_unit_declined_is_for_the_desk_to_rule_on(void **state)
{
    (void)state;
    struct city city;
    city_open(&city, "2026-03-02 10:00");
    done(city_submit(&city, community, (struct whistle){0}));
    done(city_act(&city, "zd1", (struct act){.verb = VERB_DECLINE, .reason = "D02"}));
    refused(about(&city, community, VERB_EXCUSE, "zd1"), ERROR_ILLEGAL_MOVE, "act.target");
    done(city_act(&city, "centre", (struct act){.verb = VERB_REASSIGN, .unit = "zd1"}));
    assert_int_equal(city_event(&city)->ruling, RULING_EXCUSE);
    city_close(&city);
}

// ---- 联席会议 -----------------------------------------------------------------------------------

static struct decision *convene(struct city *city, const char *who, const char *time)
{
    return city_act(city, who, (struct act){.verb = VERB_CONVENE, .due_ms = time ? at(time) : 0});
}

static void a_quarrel_goes_to_a_meeting_once_and_the_promise_runs_on(void **state)
{
    (void)state;
    struct city city;
    city_open(&city, "2026-03-02 10:00");
    done(city_submit(&city, community, (struct whistle){0}));
    int64_t promised_ms = city_case(&city)->promised_ms;
    refused(convene(&city, "centre", "2026-03-03 09:00"), ERROR_ILLEGAL_MOVE, NULL); // no quarrel
    done(city_act(&city, "cg", (struct act){.verb = VERB_DECLINE, .reason = "D02"}));
    refused(convene(&city, "centre", NULL), ERROR_MISSING, "act.due_ms");
    refused(convene(&city, "centre", "2026-03-02 09:00"), ERROR_TIME_RANGE, "act.due_ms");
    refused(convene(&city, "centre", "2026-05-02 09:00"), ERROR_TIME_RANGE, "act.due_ms");
    refused(convene(&city, community, "2026-03-03 09:00"), ERROR_NOT_ALLOWED, NULL);
    done(convene(&city, "centre", "2026-03-03 09:00"));
    assert_string_equal(shown(city_clock(&city, STAGE_ARBITRATE, "centre")->due_ms), "2026-03-03 09:00");
    assert_true(city_told_any(city_event(&city), "cg") && city_told_any(city_event(&city), "zd1"));
    assert_int_equal(city_case(&city)->promised_ms, promised_ms);
    refused(convene(&city, "centre", "2026-03-04 09:00"), ERROR_ILLEGAL_MOVE, NULL);
    city_until(&city, "2026-03-03 09:00");
    done(about(&city, "centre", VERB_REASSIGN, "cg"));
    assert_int_equal(city_event(&city)->ruling, RULING_UPHOLD);
    assert_int_equal(city_clock(&city, STAGE_ARBITRATE, "centre")->stop, STOP_MET);
    assert_int_equal(city_case(&city)->promised_ms, promised_ms);
    city_close(&city);
}

// ---- 交回 ---------------------------------------------------------------------------------------

static struct decision *hand_up(struct city *city, const char *who)
{
    return city_act(city, who, (struct act){.verb = VERB_HAND_UP, .reason = "H01"});
}

static void a_case_that_climbed_comes_back_down_with_the_levels_decision(void **state)
{
    (void)state;
    struct city city;
    city_open(&city, "2026-03-02 10:00");
    done(city_submit(&city, community, (struct whistle){0}));
    refused(say(&city, community, (struct act){.verb = VERB_RETURN}), ERROR_ILLEGAL_MOVE, NULL);
    done(hand_up(&city, community));
    refused(say(&city, community, (struct act){.verb = VERB_RETURN}), ERROR_NOT_ALLOWED, NULL);
    done(hand_up(&city, street));
    assert_string_equal(city_case(&city)->charge, "centre");
    refused(city_verb(&city, "centre", VERB_RETURN), ERROR_MISSING, "act.text"); // what was decided?
    refused(say(&city, "centre", (struct act){.verb = VERB_RETURN, .target = "420902002"}), ERROR_BAD_VALUE,
            "act.target");
    done(say(&city, "centre", (struct act){.verb = VERB_RETURN, .target = street}));
    assert_string_equal(city_case(&city)->charge, street);
    assert_true(clock_is_running(city_clock(&city, STAGE_CHARGE, street)));
    assert_int_equal(city_clock(&city, STAGE_CHARGE, "centre")->stop, STOP_MET);
    done(say(&city, street, (struct act){.verb = VERB_RETURN}));
    assert_string_equal(city_case(&city)->charge, community);
    assert_null(case_clock(city_case(&city), STAGE_CHARGE, 0));
    assert_true(city_told(city_event(&city), community, WHY_OFFICE));
    assert_int_equal(city_case(&city)->levels_up, 2);
    done(hand_up(&city, community)); // and may climb again
    assert_string_equal(city_case(&city)->charge, street);
    city_close(&city);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_branch_has_it_in_hand_and_the_units_clock_is_unchanged),
        cmocka_unit_test(only_to_a_branch_of_ones_own),
        cmocka_unit_test(a_department_hands_down_in_its_line),
        cmocka_unit_test(how_far_it_is_stands_with_the_summons),
        cmocka_unit_test(an_assist_is_excused_on_the_record_and_the_case_goes_on_without_it),
        cmocka_unit_test(what_a_unit_declined_is_for_the_desk_to_rule_on),
        cmocka_unit_test(a_quarrel_goes_to_a_meeting_once_and_the_promise_runs_on),
        cmocka_unit_test(a_case_that_climbed_comes_back_down_with_the_levels_decision),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
