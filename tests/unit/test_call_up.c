// layer: core, with: city.c
// 社区吹哨、党员报到: an open call to a pool, who claims and comes, and what happens to places that stay
// free.
#include "city.h"

#include "base/text.h"
#include "core/permit.h"

static const char community[] = "420902001001", street[] = "420902001";

static const struct open_call *call_of(struct city *city)
{
    assert_non_null(city_case(city)->open_call);
    return city_case(city)->open_call;
}

static void open_call_up(struct city *city, struct whistle whistle)
{
    city_open(city, "2026-03-02 10:00");
    done(city_call_up(city, whistle));
}

static struct decision *member(struct city *city, const char *who, enum verb verb, const char *code)
{
    return city_act(city, who, (struct act){.verb = verb, .target = code});
}

// He claims, and is there.
static void come(struct city *city, const char *who, const char *code)
{
    done(member(city, who, VERB_CLAIM, code));
    done(member(city, who, VERB_CHECK_IN, code));
}

static void the_members_of_the_pool_around_the_place_are_called(void **state)
{
    (void)state;
    struct city city;
    open_call_up(&city, (struct whistle){0});
    const struct event *event = city_event(&city);
    assert_int_equal(event->kind, EVENT_OPEN_CALL);
    assert_int_equal(call_of(&city)->places, 2);
    assert_string_equal(call_of(&city)->area, community);
    assert_true(city_told(event, "member/m1", WHY_TOLD) && city_told(event, "member/m3", WHY_TOLD));
    assert_true(city_told(event, "school", WHY_TOLD) && city_told(event, "zd1", WHY_TOLD));
    assert_false(city_told_any(event, "member/m4") || city_told_any(event, "member/m5"));
    assert_int_equal(city_case(&city)->state, CASE_DISPATCHED);
    assert_string_equal(city_summons(&city, community)->unit, community); // the office works with them itself
    assert_null(city_clock(&city, STAGE_ACCEPT, community));
    assert_string_equal(shown(city_clock(&city, STAGE_FILL, community)->due_ms), "2026-03-02 12:00");
    city_close(&city);
}

static void a_place_without_an_office_calls_those_of_the_area_above(void **state)
{
    (void)state;
    struct city city;
    city_open(&city, "2026-03-02 10:00");
    done(city_submit(&city, "420902002",
                     (struct whistle){.kind = KIND_CALLUP, .category = "0999", .area = "420902002002"}));
    assert_string_equal(call_of(&city)->area, "420902002"); // its community has no office
    assert_true(city_told_any(city_event(&city), "member/m5"));
    city_close(&city);
}

static void only_those_with_the_skill_are_called(void **state)
{
    (void)state;
    struct city city;
    open_call_up(&city, (struct whistle){.skill = "electric", .places = 1});
    assert_true(city_told_any(city_event(&city), "member/m2"));
    assert_false(city_told_any(city_event(&city), "member/m1"));
    refused(member(&city, community, VERB_CLAIM, "m1"), ERROR_UNKNOWN_MEMBER, "act.target");
    city_close(&city);
}

static void the_first_fill_the_places_and_the_others_are_told(void **state)
{
    (void)state;
    struct city city;
    open_call_up(&city, (struct whistle){0});
    done(member(&city, "school", VERB_CLAIM, "m1"));
    assert_int_equal(city_case(&city)->state, CASE_IN_HAND);
    assert_string_equal(city_event(&city)->unit, "school");
    assert_false(city_told_any(city_event(&city), "member/m2"));
    refused(member(&city, "school", VERB_CLAIM, "m1"), ERROR_ALREADY_SUMMONED, "act.target");
    done(member(&city, "zd1", VERB_CLAIM, "m3"));
    assert_int_equal(call_of(&city)->filled_ms, city.now_ms);
    assert_true(city_told(city_event(&city), "member/m2", WHY_TOLD));
    assert_int_equal(city_clock(&city, STAGE_FILL, community)->stop, STOP_MET);
    refused(member(&city, "school", VERB_CLAIM, "m2"), ERROR_FULL, NULL);
    assert_string_equal(city.decision.arguments[0], "2");
    city_close(&city);
}

static void who_may_speak_for_a_member(void **state)
{
    (void)state;
    struct city city;
    open_call_up(&city, (struct whistle){0});
    refused(member(&city, "zd1", VERB_CLAIM, "m1"), ERROR_NOT_ALLOWED, "act.target"); // another's
    refused(member(&city, "river", VERB_CLAIM, "m5"), ERROR_UNKNOWN_CASE, "act.number");
    refused(member(&city, "cg", VERB_CLAIM, "m1"), ERROR_UNKNOWN_CASE, "act.number");
    refused(member(&city, "school", VERB_CLAIM, "nobody"), ERROR_UNKNOWN_MEMBER, "act.target");
    refused(member(&city, "school", VERB_CLAIM, NULL), ERROR_MISSING, "act.target");
    done(member(&city, community, VERB_CLAIM, "m1")); // the office of the whistle, for whoever telephoned
    const struct principal *school = principal_find(&city.rules.principals, "school");
    assert_true(permit_feed(&city.rules, school, "member/m1"));
    assert_false(permit_feed(&city.rules, school, "member/m3"));
    assert_false(permit_feed(&city.rules, school, "member/nobody"));
    assert_true(permit_feed(&city.rules, principal_find(&city.rules.principals, community), "member/m3"));
    done(city_submit(&city, community, (struct whistle){0}));
    refused(member(&city, community, VERB_CLAIM, "m1"), ERROR_ILLEGAL_MOVE, NULL); // no call-up
    city_close(&city);
}

static void who_comes_is_counted_and_who_withdraws_leaves_a_place(void **state)
{
    (void)state;
    struct city city;
    open_call_up(&city, (struct whistle){0});
    refused(member(&city, "school", VERB_CHECK_IN, "m1"), ERROR_ILLEGAL_MOVE, "act.target");
    done(member(&city, "school", VERB_CLAIM, "m1"));
    done(member(&city, "school", VERB_CLAIM, "m2"));
    city.now_ms = at("2026-03-02 10:30");
    refused(
        city_act(&city, "school",
                 (struct act){.verb = VERB_CHECK_IN, .target = "m1", .arrived_ms = at("2026-03-02 11:00")}),
        ERROR_TIME_RANGE, "act.arrived_ms");
    done(member(&city, "school", VERB_CHECK_IN, "m1"));
    assert_int_equal(call_of(&city)->claims[0].state, CLAIM_ON_SITE);
    assert_int_equal(call_of(&city)->claims[0].arrived_ms, city.now_ms);
    refused(member(&city, "school", VERB_WITHDRAW, "m1"), ERROR_ILLEGAL_MOVE, "act.target"); // he is there
    done(member(&city, "school", VERB_WITHDRAW, "m2"));
    assert_int_equal(call_of(&city)->filled_ms, 0);
    assert_true(city_told_any(city_event(&city), "member/m3")); // he is wanted again
    assert_string_equal(shown(city_clock(&city, STAGE_FILL, community)->due_ms), "2026-03-02 14:30");
    done(member(&city, "school", VERB_CLAIM, "m2"));
    assert_int_equal(call_of(&city)->claim_count, 2);
    assert_int_equal(call_of(&city)->claims[1].state, CLAIM_CLAIMED);
    city_close(&city);
}

static void places_that_stay_free_climb_and_the_call_widens(void **state)
{
    (void)state;
    static const struct address above[] = {{ADDRESS_BLOCK, 1, NULL}};
    static const struct rung climb[] = {{.id = 1,
                                         .when = RUNG_SHARE,
                                         .share = 1000,
                                         .acts = ACT_TELL | ACT_HAND_UP,
                                         .to = above,
                                         .to_count = 1}};
    struct ladder ladder = {"climb", climb, 1};
    struct city city;
    city_open(&city, "2026-03-02 10:00");
    city.rules.ladders = &ladder;
    city.rules.ladder_count = 1;
    city.rules.default_ladder = "climb";
    done(city_call_up(&city, (struct whistle){0}));
    done(member(&city, "school", VERB_CLAIM, "m1"));
    city_until(&city, "2026-03-02 12:00");
    assert_string_equal(city_case(&city)->charge, street);
    assert_string_equal(call_of(&city)->area, street);
    const struct event *event = city_event(&city);
    assert_int_equal(event->kind, EVENT_OPEN_CALL);
    assert_true(city_told(event, "member/m4", WHY_TOLD));
    assert_false(city_told_any(event, "member/m1")); // he has a place
    assert_false(city_told_any(event, "member/m5")); // of the other street
    done(member(&city, "zd1", VERB_CLAIM, "m4"));
    assert_int_equal(call_of(&city)->filled_ms, city.now_ms);
    city_close(&city);
}

static void an_office_that_hands_up_by_hand_widens_the_call_too(void **state)
{
    (void)state;
    struct city city;
    open_call_up(&city, (struct whistle){0});
    done(city_act(&city, community, (struct act){.verb = VERB_HAND_UP, .reason = "H01"}));
    assert_int_equal(city.decision.event_count, 2);
    assert_string_equal(call_of(&city)->area, street);
    city_close(&city);
}

static void the_office_says_when_it_is_done(void **state)
{
    (void)state;
    struct city city;
    open_call_up(&city, (struct whistle){0});
    done(member(&city, "school", VERB_CLAIM, "m1"));
    refused(city_verb(&city, community, VERB_RESOLVE), ERROR_ILLEGAL_MOVE, NULL); // by whom?
    done(member(&city, "school", VERB_CHECK_IN, "m1")); // one of two came, which was enough
    done(city_verb(&city, community, VERB_RESOLVE));
    assert_true(city_told(city_event(&city), "member/m1", WHY_TOLD)); // it is closed
    assert_int_equal(city_case(&city)->state, CASE_CLOSED);
    refused(member(&city, "school", VERB_CLAIM, "m2"), ERROR_ILLEGAL_MOVE, "act.number");
    city_close(&city);
}

static void what_a_call_up_did_is_verified_by_somebody_else_where_the_rule_says_so(void **state)
{
    (void)state;
    struct city city;
    city_open(&city, "2026-03-02 10:00");
    city.rules.routing.rules[6].verify = "street";
    done(city_call_up(&city, (struct whistle){0}));
    come(&city, "school", "m1");
    done(city_verb(&city, community, VERB_RESOLVE));
    assert_int_equal(city_case(&city)->state, CASE_RESOLVED);
    done(city_act(&city, street, (struct act){.verb = VERB_VERIFY, .verdict = VERDICT_SOLVED}));
    assert_int_equal(city_case(&city)->state, CASE_CLOSED);
    city_close(&city);
}

// ---- what was once wrong ------------------------------------------------------------------------

static void open_reworked(struct city *city)
{
    city_open(city, "2026-03-02 10:00");
    city->rules.routing.rules[6].verify = "street";
    done(city_call_up(city, (struct whistle){0}));
    come(city, "school", "m1");
    done(city_verb(city, community, VERB_RESOLVE));
    done(city_act(city, street, (struct act){.verb = VERB_VERIFY, .verdict = VERDICT_NOT_SOLVED}));
}

static void rework_waits_for_members_again_and_not_for_the_organiser(void **state)
{
    (void)state;
    struct city city;
    open_reworked(&city);
    assert_null(city_clock(&city, STAGE_ACCEPT, community));
    assert_null(city_clock(&city, STAGE_REPORT, community));
    assert_true(clock_is_running(city_clock(&city, STAGE_FILL, community)));
    city_close(&city);
}

static void who_withdraws_after_the_work_wakes_nobody(void **state)
{
    (void)state;
    struct city city;
    city_open(&city, "2026-03-02 10:00");
    city.rules.routing.rules[6].verify = "street";
    done(city_call_up(&city, (struct whistle){0}));
    done(member(&city, "school", VERB_CLAIM, "m1"));
    done(member(&city, "school", VERB_CLAIM, "m2"));
    done(member(&city, "school", VERB_CHECK_IN, "m1"));
    done(city_verb(&city, community, VERB_RESOLVE));
    refused(member(&city, "school", VERB_WITHDRAW, "m2"), ERROR_ILLEGAL_MOVE, NULL);
    city_close(&city);
}

static void who_has_a_place_hears_that_it_is_off(void **state)
{
    (void)state;
    struct city city;
    open_call_up(&city, (struct whistle){0});
    done(member(&city, "school", VERB_CLAIM, "m1"));
    done(member(&city, "school", VERB_CLAIM, "m2"));
    done(member(&city, "school", VERB_WITHDRAW, "m2"));
    done(city_act(&city, community, (struct act){.verb = VERB_CANCEL, .reason = "C01"}));
    assert_true(city_told(city_event(&city), "member/m1", WHY_TOLD));
    assert_false(city_told_any(city_event(&city), "member/m2"));
    city_close(&city);
}

static void a_call_widens_also_where_another_clock_handed_the_case_up(void **state)
{
    (void)state;
    struct city city;
    city_open(&city, "2026-03-02 08:00");
    city.rules.limits.of[STAGE_RESOLVE] = limit_of(MEASURE_WORKING_HOURS, 1);
    done(city_call_up(&city, (struct whistle){0}));
    city_until(&city, "2026-03-02 18:00");
    assert_string_equal(city_case(&city)->charge, street);
    assert_string_equal(call_of(&city)->area, street);
    city_close(&city);
}

static void a_member_who_left_the_roster_can_still_give_his_place_back(void **state)
{
    (void)state;
    struct city city;
    open_call_up(&city, (struct whistle){0});
    done(member(&city, "school", VERB_CLAIM, "m1"));
    done(member(&city, "school", VERB_CLAIM, "m2"));
    city.rules.members.members[0].area = city.rules.members.members[4].area;
    done(member(&city, "school", VERB_WITHDRAW, "m1"));
    assert_int_equal(call_of(&city)->filled_ms, 0);
    city_close(&city);
}

static void a_quarrel_about_the_lead_keeps_nobody_from_claiming(void **state)
{
    (void)state;
    struct city city;
    open_call_up(&city, (struct whistle){0});
    done(city_act(&city, community, (struct act){.verb = VERB_DECLINE, .reason = "D02"}));
    assert_int_equal(city_case(&city)->state, CASE_ARBITRATION);
    done(member(&city, "school", VERB_CLAIM, "m1"));
    assert_int_equal(city_case(&city)->state, CASE_ARBITRATION);
    city_close(&city);
}

static void a_skill_that_nobody_has_calls_nobody_and_is_refused(void **state)
{
    (void)state;
    struct city city;
    city_open(&city, "2026-03-02 10:00");
    refused(city_call_up(&city, (struct whistle){.skill = "juggling, telephone 13800000000"}),
            ERROR_BAD_VALUE, "whistle.skill");
    city_close(&city);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_members_of_the_pool_around_the_place_are_called),
        cmocka_unit_test(a_place_without_an_office_calls_those_of_the_area_above),
        cmocka_unit_test(only_those_with_the_skill_are_called),
        cmocka_unit_test(the_first_fill_the_places_and_the_others_are_told),
        cmocka_unit_test(who_may_speak_for_a_member),
        cmocka_unit_test(who_comes_is_counted_and_who_withdraws_leaves_a_place),
        cmocka_unit_test(places_that_stay_free_climb_and_the_call_widens),
        cmocka_unit_test(an_office_that_hands_up_by_hand_widens_the_call_too),
        cmocka_unit_test(the_office_says_when_it_is_done),
        cmocka_unit_test(rework_waits_for_members_again_and_not_for_the_organiser),
        cmocka_unit_test(who_withdraws_after_the_work_wakes_nobody),
        cmocka_unit_test(who_has_a_place_hears_that_it_is_off),
        cmocka_unit_test(a_call_widens_also_where_another_clock_handed_the_case_up),
        cmocka_unit_test(a_member_who_left_the_roster_can_still_give_his_place_back),
        cmocka_unit_test(a_quarrel_about_the_lead_keeps_nobody_from_claiming),
        cmocka_unit_test(a_skill_that_nobody_has_calls_nobody_and_is_refused),
        cmocka_unit_test(what_a_call_up_did_is_verified_by_somebody_else_where_the_rule_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
